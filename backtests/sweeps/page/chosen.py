"""The chosen sets on the page of a sweep: their numbers, what they would have earned, what to make of them."""

from __future__ import annotations

from html import escape

from backtests.metrics.labels import LABELS
from backtests.pages import html
from backtests.pages.chart import Curve, Panel, chart
from backtests.pages.text import many, number
from backtests.runs.controls import HOLDING, OWN_TREND
from backtests.runs.evidence import RunEvidence
from backtests.runs.tearsheet.picture import drawdown
from backtests.statistics.verdict import DEFLATED
from backtests.sweeps.answer import chosen, words
from backtests.sweeps.record import SweepRecord
from backtests.sweeps.result import Sweep

CURVES = {
    "best_region_usd": ("the set that stands for the best region", "--c1", 2.0),
    "holding_usd": ("holding", "--soft", 1.4),
    "own_trend_usd": ("own trend", "--c3", 1.2),
    "best_point_usd": ("the best set", "--c2", 1.2),
}
ROWS = '<div class="pairs" id="chosen-rows"></div><p>Its report: <code id="chosen-command"></code></p>'
READING = (
    "The best of many sets is the luckiest of them too: its number is no estimate of what comes. The region is the set "
    "whose neighbours (one step on each axis) are best in the median, itself among them. Of its sets that are not "
    "below that median the one nearest to it stands for it: never worse than the median, seldom the luckiest."
)


def tiles(record: SweepRecord) -> dict[str, str | tuple[str, str]]:
    """Return the numbers that stand first: the chosen set, its neighbours, what it is held against, the luckiest."""
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


def section(tearsheets: dict[str, str] | None) -> str:
    """Return the section of the set that a reader has chosen, which sweep.js fills, with links to `tearsheets`."""
    return html.section("The chosen set", ROWS, _links(tearsheets), html.paragraph(READING))


def _links(tearsheets: dict[str, str] | None) -> str:
    if not tearsheets:
        return ""
    links = ", ".join(f'<a href="{escape(path)}">{escape(name)}</a>' for name, path in tearsheets.items())
    return f"<p>Tearsheets: {links}</p>"


def equity(sweep: Sweep) -> list[str]:
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
