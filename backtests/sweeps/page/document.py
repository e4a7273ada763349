"""The whole page of a sweep: the set that stands for the region beside holding, then what each question asks next."""

from __future__ import annotations

from html import escape
from typing import NamedTuple

from backtests.experiments.named import title
from backtests.pages import html
from backtests.pages.shell import own
from backtests.pages.text import many
from backtests.runs.evidence import line as verdict_line
from backtests.sweeps import ranking
from backtests.sweeps.answer import answer
from backtests.sweeps.folder.trials_parquet import holder
from backtests.sweeps.page import chosen, notes, surface, tables, walk_forward
from backtests.sweeps.page.method import method
from backtests.sweeps.record import SweepRecord
from backtests.sweeps.result import Sweep

MOST_SPANS = 1_000
ALONE_SAYS = "Line: median over all sets with that value. Band: from the 10th to the 90th percentile. Dashed: holding."


class Parts(NamedTuple):
    """The parts of a page that take longest, which need nothing of what the check against backtrader finds."""

    order: list[int]
    shown: list[int]
    equity: list[str]
    packed: str


def slow_parts(sweep: Sweep) -> Parts | None:
    """Draw the parts that take longest; None for sets that may not be ranked, whose page has none."""
    plan = sweep.plan
    if ranking.unranked(plan):
        return None
    order = ranking.ranked(plan, sweep.metrics, ranking.eligible(plan, sweep.metrics, sweep.status))
    shown = surface.sample(sweep, order[: tables.TOP])
    return Parts(order, shown, chosen.equity(sweep), surface.packed(sweep, shown))


def render(sweep: Sweep, tearsheets: dict[str, str] | None = None, drawn: Parts | None = None) -> bytes:
    """Return the page as UTF-8; `tearsheets` links by the name of what was chosen, `drawn` what is drawn of it."""
    record, plan = sweep.record, sweep.plan
    drawn = drawn or slow_parts(sweep)
    if drawn is None:
        return _of_spans(sweep)
    order, shown = drawn.order, drawn.shown
    alone = [_place(f"profile-{at}", 210, f"The chosen number by {path} alone") for at, path in enumerate(plan.paths)]
    sets = _place("distribution", 280, "How many sets have which number")
    parts = [
        html.verdict(answer(record)),
        surface.surface(),
        html.claim(surface.claim(sweep)),
        html.tiles(chosen.tiles(record)),
        surface.controls(),
        html.warnings(notes.warnings(sweep, shown)),
        *drawn.equity,
        chosen.section(tearsheets),
        html.section("Is it luck?", *_luck(sweep)),
        *tables.costs(sweep),
        *([walk_forward.section(record.walk_forward, sweep.folder)] if record.walk_forward else []),
        html.section("Each parameter alone", html.side_by_side(*alone), html.claim(ALONE_SAYS)),
        html.section("All parameter sets", sets, '<p id="standing" class="claim"></p>'),
        tables.top(sweep, order),
        tables.stability(sweep),
        html.method(*method(sweep)),
        html.embedded(drawn.packed, "sweep", is_plain=True),
    ]
    made = record.source if record.simulated else ""
    return html.page(_title(record), *parts, simulated=made, footer=_footer(record), script=own("sweeps/page/sweep.js"))


def _of_spans(sweep: Sweep) -> bytes:
    """Return the page of sets that may not be ranked: their numbers in a table, in the order asked for."""
    record, plan = sweep.record, sweep.plan
    order = ranking.listed(plan, sweep.metrics, sweep.status)
    table, rest = tables.table(sweep, [(at, 0) for at in order[:MOST_SPANS]], ranks=False), len(order) - MOST_SPANS
    why = ranking.unranked(plan)
    parts = [
        html.verdict(f"{many(record.sets, 'parameter set')} of {title(record.study, record.params)}. No ranking."),
        html.warnings([f"{why}.", *notes.failures(sweep)]),
        html.section(
            "Set by set", table, html.paragraph(f"{rest:,} more in {holder(record.sets)}." if rest > 0 else "")
        ),
        *([html.paragraph(sweep.trials_so_far.line, "trials")] if sweep.trials_so_far else []),
        html.method(*method(sweep)),
    ]
    made = record.source if record.simulated else ""
    return html.page(_title(record), *parts, simulated=made, footer=_footer(record))


def _title(record: SweepRecord) -> str:
    return f"Sweep of {title(record.study, record.params)}"


def _footer(record: SweepRecord) -> str:
    return f"{record.sweep_id}. {holder(record.sets)} holds every set; sweep.json what this page says."


def _place(id: str, height: int, says: str) -> str:
    """Return the place of a figure that the page draws itself; `says` describes it to who does not see it."""
    label = f'role="img" aria-label="{escape(says)}"'
    return f'<div id="{id}" class="figure" {label} style="height:{height}px"></div>'


def _luck(sweep: Sweep) -> list[str]:
    counted = [html.paragraph(sweep.trials_so_far.line, "trials")] if sweep.trials_so_far else []
    return [_verdict(sweep.record), *counted]


def _verdict(record: SweepRecord) -> str:
    """Return the verdict on the best point in one line, and how to ask more."""
    if record.evidence is None:
        return ""
    more = f"<code>harbinger evidence {escape(record.sweep_id)}</code> asks more: overfitting, placebos, controls."
    return f"<p>Of the best set: {escape(verdict_line(record.evidence))}. {more}</p>"
