"""The page of a sweep: the region and the set that stands for it beside holding, then what each question asks next."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from backtests.engine.ledger import Floats
from backtests.metrics.labels import LABELS
from backtests.metrics.performance import NAMES
from backtests.pages import html
from backtests.pages.chart import Curve, Panel, chart
from backtests.pages.shell import own
from backtests.pages.text import many, number
from backtests.runs.controls import HOLDING, OWN_TREND
from backtests.runs.evidence import RunEvidence
from backtests.runs.evidence import line as verdict_line
from backtests.runs.tearsheet.picture import drawdown
from backtests.statistics.verdict import DEFLATED
from backtests.sweeps import page_surface, page_walk_forward, ranking
from backtests.sweeps.answer import answer, chosen, words
from backtests.sweeps.axes import Axis
from backtests.sweeps.record import SweepRecord
from backtests.sweeps.sweep import Sweep
from backtests.sweeps.swept_costs import judged_at
from backtests.sweeps.table import PARTS
from backtests.sweeps.trials_parquet import holder

TOP = 25
MOST_SPANS = 1_000
SHOWN = ("sharpe", "total_return", "max_drawdown", "orders")
CURVES = {
    "best_region_usd": ("the set that stands for the best region", "--c1", 2.0),
    "holding_usd": ("holding", "--soft", 1.4),
    "own_trend_usd": ("own trend", "--c3", 1.2),
    "best_point_usd": ("the best set", "--c2", 1.2),
}
ALONE_SAYS = "Line: median over all sets with that value. Band: from the 10th to the 90th percentile. Dashed: holding."
TOP_SAYS = (
    "Click a row to choose it. Sets whose numbers are equal are shown once. Ranks 1 to 4 are percentile ranks, one a "
    "sub-period: the share of sets with a lower Sharpe ratio in it."
)
STABLE_SAYS = (
    "Rank correlation (Spearman) of all sets' Sharpe ratios between sub-periods of equal length. Near 0 or below: what "
    "was best in one says nothing of the other."
)
READING = (
    "The best of many sets is the luckiest of them too: its number is no estimate of what comes. The region is the set "
    "whose neighbours (one step on each axis) are best in the median, itself among them. Of its sets that are not "
    "below that median the one nearest to it stands for it: never worse than the median, seldom the luckiest."
)


def render(sweep: Sweep, tearsheets: dict[str, str] | None = None) -> bytes:
    """Return the page as UTF-8; `tearsheets` gives links by the name of what was chosen."""
    record, plan = sweep.record, sweep.plan
    if ranking.unranked(plan):
        return _of_spans(sweep)
    order = ranking.ranked(plan, sweep.metrics, ranking.eligible(plan, sweep.metrics, sweep.status))
    shown = page_surface.sample(sweep, order[:TOP])
    alone = [_place(f"profile-{at}", 210) for at in range(len(plan.axes))]
    parts = [
        html.verdict(answer(record)),
        page_surface.surface(),
        html.claim(page_surface.claim(sweep)),
        html.tiles(_tiles(record)),
        page_surface.controls(),
        html.warnings(_warnings(sweep, shown)),
        *_equity(sweep),
        html.section("The chosen set", _chosen_table(), _links(tearsheets), html.paragraph(READING)),
        html.section("Is it luck?", *_luck(sweep)),
        *_costs(sweep),
        *([page_walk_forward.section(record.walk_forward, sweep.folder)] if record.walk_forward else []),
        html.section("Each parameter alone", html.side_by_side(*alone), html.claim(ALONE_SAYS)),
        html.section("All parameter sets", _place("distribution", 280), '<p id="standing" class="claim"></p>'),
        html.section(f"The best {min(TOP, len(order))}", _top(sweep, order), html.claim(TOP_SAYS)),
        html.section("Do ranks hold from one sub-period to the next?", _stability(sweep), html.claim(STABLE_SAYS)),
        html.method(*_method(sweep)),
        html.embedded(page_surface.packed(sweep, shown), "sweep", is_plain=True),
    ]
    made = record.source if record.simulated else ""
    return html.page(_title(record), *parts, simulated=made, footer=_footer(record), script=own("sweeps/sweep.js"))


def _of_spans(sweep: Sweep) -> bytes:
    """Return the page of sets that may not be ranked: their numbers in a table, in the order asked for."""
    record, plan = sweep.record, sweep.plan
    order = ranking.listed(plan, sweep.metrics, sweep.status)
    table, rest = _table(sweep, [(at, 0) for at in order[:MOST_SPANS]], ranks=False), len(order) - MOST_SPANS
    why = ranking.unranked(plan)
    parts = [
        html.verdict(f"{many(record.sets, 'parameter set')} of {record.study}. No ranking."),
        html.warnings([f"{why}.", *_failures(sweep)]),
        html.section(
            "Set by set", table, html.paragraph(f"{rest:,} more in {holder(record.sets)}." if rest > 0 else "")
        ),
        *([html.paragraph(sweep.trials_so_far.line, "trials")] if sweep.trials_so_far else []),
        html.method(*_method(sweep)),
    ]
    made = record.source if record.simulated else ""
    return html.page(_title(record), *parts, simulated=made, footer=_footer(record))


def _title(record: SweepRecord) -> str:
    return f"Sweep of {record.study}"


def _footer(record: SweepRecord) -> str:
    return f"{record.sweep_id}. {holder(record.sets)} holds every set; sweep.json what this page says."


def _place(id: str, height: int) -> str:
    return f'<div id="{id}" class="figure" style="height:{height}px"></div>'


def _method(sweep: Sweep) -> list[str]:
    record = sweep.record
    settings = [[path, _swept(sweep.plan.axes, path, value)] for path, value in record.params.items()]
    return [html.facts(_facts(record)), html.section("Every setting", html.table(["parameter", "value"], settings))]


def _facts(record: SweepRecord) -> dict[str, str]:
    return {
        "Span": f"{record.start} to {record.end}",
        "Source": record.source,
        "Data fingerprint": record.data_fingerprint,
        "Parameter sets": f"{record.sets:,} ({record.method})",
        "Failed, ruined": f"{record.failed:,}, {record.ruined:,}",
        "Engine": record.engine + parity(record),
        "Constraint": record.constraint or "none",
        "Time": f"{record.seconds:.1f} s",
        "Versions": ", ".join(f"{name} {record.versions[name]}" for name in ("harbinger-eth", "numpy", "pandas")),
    }


def parity(record: SweepRecord) -> str:
    """Return how the sets that backtrader ran too compare, in words; empty where none was."""
    if not record.parity_checked or record.parity_max_rel is None:
        return ""
    worst = record.parity_max_rel
    return f"; {record.parity_checked} sets by backtrader too, " + ("identical" if not worst else f"within {worst:.1e}")


def edge_notes(sweep: Sweep) -> list[str]:
    """Return a note where the best region lies at the edge of what was swept."""
    region = sweep.record.best_region
    edges = ranking.at_the_edge(sweep.plan, region.params) if region else []
    return (
        [f"the best region lies at the edge of {', '.join(edges)}: sweep further before you trust it"] if edges else []
    )


def cost_notes(sweep: Sweep) -> list[str]:
    """Return a note on which costs the sets are ranked at, where costs are swept."""
    levels = judged_at(sweep.plan)
    return [f"costs are no choice: sets are ranked at {words(levels)}, the others are a stress table"] if levels else []


def _warnings(sweep: Sweep, shown: list[int]) -> list[str]:
    found = [*sweep.record.notes, *edge_notes(sweep), *cost_notes(sweep)]
    if len(shown) < len(sweep.status):
        found.append(
            f"This page shows {len(shown):,} of {len(sweep.status):,} sets, drawn at random, and the best ones."
        )
    return found + _failures(sweep)


def _failures(sweep: Sweep) -> list[str]:
    found: list[str] = []
    if sweep.record.failed:
        reasons = pd.Series(
            [r for r, s in zip(sweep.reason, sweep.status, strict=True) if s == "failed"]
        ).value_counts()
        found += [f"{count:,} sets failed: {reason}" for reason, count in reasons.head(5).items()]
    return found


def _tiles(record: SweepRecord) -> dict[str, str | tuple[str, str]]:
    point, region, metric, luck = record.best, record.best_region, record.metric, record.evidence or RunEvidence()
    if point is None or region is None:
        return {}
    label, held = LABELS[metric], {name: _control(record, name) for name in (HOLDING, OWN_TREND)}
    return {
        f"{label} of the chosen set": (number(metric, region.metrics[metric]), words(chosen(region.params))),
        f"Median of {many(region.neighbours, 'neighbour')}": (
            number(metric, region.score),
            f"{number(metric, region.worst)} to {number(metric, region.top)}",
        ),
        "Holding": (held[HOLDING], f"own trend {held[OWN_TREND]}"),
        "The best set, the luckiest too": (number(metric, point.metrics[metric]), words(chosen(point.params))),
        "Deflated Sharpe ratio of the best": (
            "-" if luck.deflated_sharpe is None else f"{luck.deflated_sharpe:.2f}",
            f"after {many(luck.n_trials, 'trial')}; {DEFLATED:g} is due",
        ),
    }


def _control(record: SweepRecord, name: str) -> str:
    return number(record.metric, record.controls[name][record.metric]) if name in record.controls else "-"


def _luck(sweep: Sweep) -> list[str]:
    counted = [html.paragraph(sweep.trials_so_far.line, "trials")] if sweep.trials_so_far else []
    return [_verdict(sweep.record), *counted]


def _verdict(record: SweepRecord) -> str:
    """Return the verdict on the best point in one line, and how to ask more."""
    if record.evidence is None:
        return ""
    more = f"<code>harbinger evidence {escape(record.sweep_id)}</code> asks more: overfitting, placebos, controls."
    return f"<p>Of the best set: {escape(verdict_line(record.evidence))}. {more}</p>"


def _links(tearsheets: dict[str, str] | None) -> str:
    if not tearsheets:
        return ""
    links = ", ".join(f'<a href="{escape(path)}">{escape(name)}</a>' for name, path in tearsheets.items())
    return f"<p>Tearsheets: {links}</p>"


def _equity(sweep: Sweep) -> list[str]:
    """Return the section with the equity of what was chosen beside holding; none where nothing was."""
    known = {name: sweep.equity[name].to_numpy(dtype="float64") for name in CURVES if name in sweep.equity}
    region = sweep.record.best_region
    if not known or region is None:
        return []
    cash = sweep.plan.base.study.cash_usd
    lines = [Curve(CURVES[name][0], values, *CURVES[name][1:]) for name, values in known.items()]
    falls = [
        Curve(CURVES[name][0], drawdown(known[name], cash), CURVES[name][1], 1.1, area=name == "best_region_usd")
        for name in ("best_region_usd", "holding_usd")
        if name in known
    ]
    panels = [Panel("Equity at closes, USD, log scale", lines, 230, "money", log=True),
              Panel("Drawdown", falls, 84, "percent")]  # fmt: skip
    says = "Equity of the set that stands for the best region, of holding, of own trend and of the best set"
    picture = chart(sweep.equity.index, panels, says=says, claim=_earned(sweep.record))
    return [html.section("What it would have earned", picture)]


def _earned(record: SweepRecord) -> str:
    region = record.best_region
    rows = [] if region is None else [(words(region.params), region.metrics), *record.controls.items()]
    parts = [
        f"{name}: {number('total_return', m['total_return'])}, {LABELS['max_drawdown'].lower()} "
        f"{number('max_drawdown', m['max_drawdown'])}"
        for name, m in rows
    ]
    return f"{'; '.join(parts)}. equity.csv has every bar."


def _chosen_table() -> str:
    return '<div class="pairs" id="chosen-rows"></div><p>Its report: <code id="chosen-command"></code></p>'


def _costs(sweep: Sweep) -> list[str]:
    """Return the stress table of swept costs: the chosen set at each level of them; none where none is swept."""
    levels, region, plan = judged_at(sweep.plan), sweep.record.best_region, sweep.plan
    if not levels or region is None:
        return []
    fixed = {path: value for path, value in region.params.items() if path not in levels}
    own = [(axis, fixed[path]) for axis, path in enumerate(plan.paths) if path in fixed]
    places = [at for at, values in enumerate(plan.sets) if all(values[axis] == value for axis, value in own)]
    named = {at: dict(zip(plan.paths, plan.sets[at], strict=True)) for at in places}
    rows = [[*(str(named[at][path]) for path in levels), *_numbers(sweep, at)] for at in places]
    chosen = places.index(region.set) if region.set in places else None
    table = html.table([*levels, *map(LABELS.__getitem__, _names(sweep))], rows, chosen=chosen)
    says = f"{words(fixed) or 'The study'} at each level of costs; marked: the level at which sets are ranked."
    return [html.section("What costs do to it", table, html.claim(says))]


def _names(sweep: Sweep) -> list[str]:
    return list(dict.fromkeys([sweep.plan.metric, *SHOWN]))


def _numbers(sweep: Sweep, at: int) -> list[str]:
    return [number(name, ranking.number(name, float(sweep.metrics[at, NAMES.index(name)]))) for name in _names(sweep)]


def _top(sweep: Sweep, order: list[int]) -> str:
    """Return the best sets, holding and own trend first; those whose numbers are equal once, with their count."""
    return f'<div id="top">{_table(sweep, distinct(sweep.metrics, order, TOP))}</div>'


def distinct(metrics: Floats, order: list[int], most: int) -> list[tuple[int, int]]:
    """Return the first of each group of sets whose metrics (sets, 11) are equal, in order, and how many more it has.

    The first `most` groups: of a million sets their rows together, rounded, would take as much memory as all metrics.
    """
    places, found = np.array(order, dtype=np.int64), list[tuple[int, int]]()
    returns = np.round(metrics[places, 0], 12).view(np.int64)  # as bits: what is undefined is equal too
    left = np.ones(len(places), dtype=np.bool_)
    while len(found) < most and left.any():
        first = int(np.argmax(left))
        alike = np.flatnonzero(left & (returns == returns[first]))
        rows = np.round(metrics[places[alike]], 12).view(np.int64)
        same = alike[(rows == rows[0]).all(axis=1)]
        found.append((order[first], len(same) - 1))
        left[same] = False
    return found


def _table(sweep: Sweep, sets: list[tuple[int, int]], *, ranks: bool = True) -> str:
    names, equals = _names(sweep), any(more for _, more in sets)
    columns = ["set", *sweep.plan.paths, *(LABELS[name] for name in names)]
    columns += [f"rank {i + 1}" for i in range(PARTS * ranks)] + ["equal sets"] * equals
    width = len(columns)
    rows = [_padded([name, *("" for _ in sweep.plan.paths), *_of(metrics, names)], width)
            for name, metrics in sweep.record.controls.items()]  # fmt: skip
    for at, more in sets:
        point = ranking.point(sweep.plan, sweep.metrics, sweep.parts, at)
        places = ["-" if rank is None else f"{rank:.0%}" for rank in point.rank_by_subperiod[: PARTS * ranks]]
        last = [f"{more} more" if more else ""] * equals
        rows.append([str(at), *map(str, point.params.values()), *_of(point.metrics, names), *places, *last])
    return html.table(columns, rows, sortable=True)


def _of(metrics: Mapping[str, Any], names: list[str]) -> list[str]:
    return [number(name, metrics[name]) for name in names]


def _padded(row: list[str], width: int) -> list[str]:
    return [*row, *("" for _ in range(width - len(row)))]


def _stability(sweep: Sweep) -> str:
    spans = page_surface.spans(sweep)
    rows = [
        [spans[i], *("-" if v is None else f"{v:+.2f}" for v in row)] for i, row in enumerate(sweep.record.stability)
    ]
    return html.table(["sub-period", *spans], rows)


def _swept(axes: tuple[Axis, ...], path: str, value: Any) -> str:
    axis = next((axis for axis in axes if axis.path == path), None)
    if axis is None:
        return str(value)
    if not axis.values:
        return f"swept: {axis.low:g} to {axis.high:g}"
    values = [str(v) for v in axis.values]
    return "swept: " + (
        ", ".join(values) if len(values) <= 12 else f"{values[0]} .. {values[-1]} ({len(values)} values)"
    )
