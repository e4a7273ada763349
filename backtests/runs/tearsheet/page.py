"""The page of a run, in the order of a reader's questions: the answer and its picture, whether it is luck, the numbers,
when it earned them, what it knew, quantstats' chapter, and, folded, how it was made."""

from __future__ import annotations

from html import escape

from backtests.experiments.named import title
from backtests.metrics.labels import LABELS
from backtests.pages import html
from backtests.pages.text import interval, number, signed
from backtests.registry import TrialCount
from backtests.runs.answer import answer
from backtests.runs.evidence import RunEvidence
from backtests.runs.record import RunRecord
from backtests.runs.result import Result
from backtests.runs.summary import (
    KNOWN_LABELS,
    REGIME_LABELS,
    columns_line,
    facts,
    known_line,
    known_rows,
    number_rows,
    regime_rows,
)
from backtests.runs.tearsheet import months
from backtests.runs.tearsheet.picture import picture
from backtests.runs.tearsheet.quantstats_chapter import chapter
from backtests.statistics.verdict import DEFLATED, DOES_NOT, SURVIVES

LUCK = {SURVIVES: "It met every condition", DOES_NOT: "Why not, the heaviest first"}
QUANTSTATS = (
    "quantstats leaves the information ratio, the Treynor index and the ulcer performance index without annualisation. "
    "Where its table and ours differ, ours follows the stated formula."
)


def render(result: Result, run: RunRecord, trials: TrialCount | None = None) -> bytes:
    """Return the page of a run as UTF-8; `run` is its record, as run.json has it, `trials` what had been tried by then.

    RunError where quantstats cannot draw the returns.
    """
    quantstats = chapter(result, run.net)  # drawn beside the rest, where there are drawers
    parts = [
        html.verdict(answer(run)),
        picture(result, run),
        html.tiles(tiles(run)),
        html.warnings(run.warnings),
        html.paragraph(run.why, "lead"),
        html.section("Is it luck?", *_luck(run, trials)),
        html.section("The numbers", _numbers(run), html.paragraph(columns_line(run))),
        months.section(result.returns, run.net),
        _regimes(run),
        html.section("What the last decision knew", *_known(run)),
        f'<section id="quantstats"><h2>quantstats</h2>{quantstats()}</section>',
        html.method(*_method(run)),
    ]
    made = run.source if run.simulated else ""
    return html.page(
        title(run.study, run.params),
        *parts,
        simulated=made,
        footer=f"{run.run_id}. run.json holds what this page says.",
    )


def tiles(run: RunRecord) -> dict[str, str | tuple[str, str]]:
    """Return the five numbers that stand first, each with its interval and what it is held against."""
    own, held, luck = run.metrics, run.held, run.evidence or RunEvidence()
    name = f"holding {run.market.traded}"
    beside = {key: f"{name} {number(key, held[key])}" for key in ("sharpe", "cagr", "max_drawdown")}
    added = f"{_ends(luck.active_interval, '+z.2f')}; what timing added"
    return {
        LABELS["sharpe"]: (
            number("sharpe", own["sharpe"]),
            f"{_ends(run.sharpe_interval_95, 'z.2f')}; {beside['sharpe']}",
        ),
        "Active Sharpe ratio": (signed(luck.active_sharpe), added),
        LABELS["cagr"]: (number("cagr", own["cagr"]), f"{_ends(luck.cagr_interval, 'z.0%')}; {beside['cagr']}"),
        LABELS["max_drawdown"]: (number("max_drawdown", own["max_drawdown"]), beside["max_drawdown"]),
        "Deflated Sharpe ratio": (
            "-" if luck.deflated_sharpe is None else f"{luck.deflated_sharpe:.2f}",
            f"after {luck.n_trials:,} trial{'s' * (luck.n_trials != 1)}; {DEFLATED:g} is due",
        ),
    }


def _ends(bounds: tuple[float, float] | None, form: str) -> str:
    return f"95% {interval(*bounds, form=form)}" if bounds else "no interval"


def _luck(run: RunRecord, trials: TrialCount | None) -> list[str]:
    counted = [html.paragraph(trials.line, "trials")] if trials else []
    if run.evidence is None:
        return counted
    first = (
        f"{run.evidence.verdict.capitalize()}. {LUCK.get(run.evidence.verdict, 'What is short, the heaviest first')}:"
    )
    more = (
        f"<p><code>harbinger evidence {escape(run.run_id)}</code> asks more: placebos, leaders, halves, intervals.</p>"
    )
    return [html.paragraph(first), html.ordered(run.evidence.reasons), *counted, more]


def _numbers(run: RunRecord) -> str:
    return html.table(["number", *run.columns], number_rows(run), sortable=True, id="numbers")


def _regimes(run: RunRecord) -> str:
    rows = regime_rows(run)
    if not rows:
        return ""
    says = (
        f"{run.net.capitalize()}, by the regime of the decision in force on each bar. 1 + the total returns multiply "
        "to the run's."
    )
    return html.section("By regime", html.table(["", *REGIME_LABELS], rows, sortable=True), html.paragraph(says))


def _known(run: RunRecord) -> list[str]:
    table = html.table(KNOWN_LABELS, known_rows(run), id="known-inputs")
    says = f"{known_line(run)}. The newest observation of each input, and how long it had been known."
    return [table, html.paragraph(says)]


def _method(run: RunRecord) -> list[str]:
    software = ", ".join(f"{name} {version}" for name, version in run.versions.items())
    return [
        html.facts(facts(run)),
        html.section(
            "Every parameter", html.table(["parameter", "value"], [[k, str(v)] for k, v in run.params.items()])
        ),
        html.section("Software", html.paragraph(f"{QUANTSTATS} Made by {software}.")),
    ]
