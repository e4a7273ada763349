"""The page of a stress test: a tornado first, then every assumption by itself."""

from __future__ import annotations

from typing import Any

from backtests.experiments.named import title
from backtests.metrics.labels import LABELS
from backtests.pages import html
from backtests.pages.figures import upright
from backtests.pages.text import interval, many, number
from backtests.registry import TrialCount
from backtests.stress.answer import answer, over
from backtests.stress.record import CaseRecord, GroupRecord, StressRecord

BLUE, RUST, GREY = "--c1", "--c2", "--soft"
SHOWN = ("sharpe", "cagr", "max_drawdown", "turnover_per_year", "orders")
MOST_ROWS = 24
FOOTER = (
    "Net of costs. One assumption is changed at a time; nothing here is ranked, chosen or counted as a search, and no "
    "row is a reason to change a setting: pick the best of these and it is luck. stress.json holds every case."
)
KEYS = (
    "Bars reach over the Sharpe ratios of the cases of an assumption and the one as assumed over their days, a mark is "
    "the median of the cases; solid: as assumed over all days, dashed: holding."
)


def render(stress: StressRecord, trials: TrialCount) -> bytes:
    """Return the page as UTF-8."""
    settings = [[path, str(value)] for path, value in stress.params.items()]
    parts = [
        html.verdict(answer(stress)),
        _tornado(stress),
        html.claim(f"{KEYS} {reading(stress)}"),
        html.tiles(_tiles(stress)),
        *(html.section(group.group, _table(group)) for group in stress.groups),
        html.section("Not asked", html.table(["question", "why"], [*map(list, stress.missing.items())], wrap=(1,)))
        if stress.missing
        else "",
        html.section("How often it was tried", html.paragraph(trials.line)),
        html.method(
            html.facts(_facts(stress)),
            html.section("Every setting", html.table(["parameter", "value"], settings)),
        ),
    ]
    made = stress.source if stress.simulated else ""
    return html.page(
        f"Stress of {title(stress.study, stress.params)}", *parts, simulated=made, footer=f"{FOOTER} {stress.run_id}."
    )


def reading(stress: StressRecord) -> str:
    """Return how many of all cases are worse than doing nothing, in one sentence; nothing where none is known."""
    pairs = [_against_holding(stress, case) for case in _cases(stress) if not case.as_assumed]
    known = [(own, held) for own, held in pairs if own is not None and held is not None]
    below = sum(own < held for own, held in known)
    return f"{below:,} of {many(len(known), 'case')} are below holding over the same span." if known else ""


def _against_holding(stress: StressRecord, case: CaseRecord) -> tuple[float | None, float | None]:
    """Return the Sharpe ratio of a case and that of holding: over its own days, where they begin later."""
    held = stress.holding["sharpe"] if case.holding_sharpe is None else case.holding_sharpe
    return case.metrics.get("sharpe"), held


def break_even(stress: StressRecord) -> dict[str, str]:
    """Return what a fill may cost, as a person reads it."""
    even, grown, held = stress.break_even, stress.metrics.get("total_return"), stress.holding["total_return"]
    if not stress.metrics.get("orders"):
        return {"nothing is left": "-", "holding grows more": "-"}

    def bps(value: float | None, left: float | None) -> str:
        if value is not None:
            return f"{value:.0f} bp"
        return "-" if left is None else f"over {even.most_bps:,.0f} bp" if left > 0 else "0 bp"

    beyond = None if grown is None or held is None else grown - held
    return {"nothing is left": bps(even.nothing_bps, grown), "holding grows more": bps(even.holding_bps, beyond)}


def _cases(stress: StressRecord) -> list[CaseRecord]:
    return [case for group in stress.groups for case in group.cases]


def _tiles(stress: StressRecord) -> dict[str, str | tuple[str, str]]:
    even = break_even(stress)
    sure = f"95% {interval(*stress.sharpe_interval_95, '.2f')}" if stress.sharpe_interval_95 else "of too few bars"
    return {
        "Sharpe ratio, as assumed": (number("sharpe", stress.metrics.get("sharpe")), sure),
        "Holding": (number("sharpe", stress.holding["sharpe"]), "its Sharpe ratio"),
        "A fill may cost": (even["nothing is left"], "of its value, until nothing is left"),
        "And until holding grows more": (even["holding grows more"], "of its value"),
        "Cases": (f"{stress.cases:,}", f"in {many(len(stress.groups), 'group')}, one assumption changed at a time"),
    }


def _tornado(stress: StressRecord) -> str:
    groups = [group for group in stress.groups if group.low is not None and group.high is not None][::-1]
    if not groups:
        return ""
    own, held = stress.metrics.get("sharpe"), stress.holding["sharpe"]
    names = [group.group for group in groups]
    ends = [
        [value for value in (group.low, group.high, *group.as_assumed(own)) if value is not None] for group in groups
    ]
    bars: dict[str, Any] = {
        "type": "bar", "orientation": "h", "y": names, "base": [min(values) for values in ends],
        "x": [max(values) - min(values) for values in ends], "marker": {"color": BLUE, "opacity": 0.75},
        "customdata": [[group.low, group.high, len(group.cases)] for group in groups],
        "hovertemplate": "%{y}: %{customdata[0]:.2f} to %{customdata[1]:.2f}, %{customdata[2]} cases<extra></extra>",
    }  # fmt: skip
    medians = {
        "type": "scatter", "mode": "markers", "y": names, "x": [group.median for group in groups],
        "marker": {"symbol": "line-ns-open", "size": 14, "color": RUST}, "hoverinfo": "skip",
    }  # fmt: skip
    marks = [] if own is None else [upright(own, RUST, dash="solid", width=1.5)]
    marks += [] if held is None else [upright(held, GREY, dash="dash")]
    layout = {"xaxis": {"title": {"text": "Sharpe ratio, net"}}, "yaxis": {"automargin": True}, "showlegend": False,
              "shapes": marks, "bargap": 0.35, "margin": {"t": 10}}  # fmt: skip
    says = "Lowest to highest Sharpe ratio of each assumption, the widest first"
    return html.figure([bars, medians], layout, height=70 + 30 * len(groups), says=says)


def _table(group: GroupRecord) -> str:
    shown = group.cases if len(group.cases) <= MOST_ROWS else group.cases[:: -(-len(group.cases) // MOST_ROWS)]
    noted = any(case.reason for case in shown)
    rows = [
        [case.name, *(number(name, case.metrics.get(name)) for name in SHOWN), *([case.reason] * noted)]
        for case in shown
    ]
    chosen = next((at for at, case in enumerate(shown) if case.as_assumed), None)
    columns = ["case", *(LABELS[name] for name in SHOWN), *(["note"] * noted)]
    table = html.table(columns, rows, wrap=(len(SHOWN) + 1,), chosen=chosen, sortable=True)
    more = f"{len(shown)} of {len(group.cases)} cases; stress.json has all. " if len(shown) < len(group.cases) else ""
    return html.paragraph(f"{more}{spread(group)}") + table


def spread(group: GroupRecord) -> str:
    """Return over what the Sharpe ratios of an assumption's cases reach, in a sentence."""
    if group.low is None:
        return "No case has a Sharpe ratio."
    low, median, high = (number("sharpe", value) for value in (group.low, group.median, group.high))
    reach = low if low == high else f"{low} to {high}, median {median}"
    return f"Sharpe ratio {reach}.{on_these_days(group)}"


def on_these_days(group: GroupRecord) -> str:
    """Return what holding has over the days of the cases, and the run as assumed where they are not its own."""
    held = [case.holding_sharpe for case in group.cases if case.holding_sharpe is not None]
    if group.other_days and held:
        return f" Over the same days as assumed {over(group.as_assumed(None))}, holding {over(held)}."
    return f" Holding from the same days has {over(held)}." if held else ""


def _facts(stress: StressRecord) -> dict[str, str]:
    return {
        "Span": f"{stress.start} to {stress.end}",
        "Source": stress.source,
        "Data": stress.data_fingerprint,
        "Engine": "kernel, equal to backtrader to the bit",
        "Versions": ", ".join(f"{name} {stress.versions[name]}" for name in ("harbinger-eth", "numpy", "pandas")),
    }
