"""The page of a comparison: what differs, the numbers side by side, curves, and how sure the differences are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from backtests.comparisons.answer import answer
from backtests.comparisons.comparison import ROLLING_BARS, Comparison
from backtests.comparisons.differences import as_text
from backtests.metrics.labels import LABELS
from backtests.metrics.performance import NAMES
from backtests.pages import html
from backtests.pages.card import PALETTE
from backtests.pages.html import SOFT, Cell
from backtests.pages.text import interval, number, p_value, signed, signed_percent
from backtests.registry import TrialCount
from backtests.runs.evidence import line
from backtests.runs.files import DATE
from backtests.statistics.paired import Paired

DASHES = ("solid", "dot")  # a second round of the colours
INTERVALS = (
    "First what a run would have returned a year beyond A at A's volatility: the difference of the annual Sharpe "
    "ratios times it. Then the mean difference of the returns of the same bars, times bars a year, which rewards risk. "
    "95% by a stationary bootstrap of whole bars ({draws:,} draws, seed {seed}), blocks of {blocks} bars on average. "
    "Each interval stands by itself and takes the runs as the only ones that were tried: choosing them among many "
    "makes every one of them too narrow."
)
FORESTS = {
    "matched_per_year": "return a year less A, at A's volatility",
    "per_year": "return a year less A, as they are",
}
NUMBERS = (
    "Net pays every cost; gross is the same decisions at zero cost. Annualised by the bars a year of each run. A dash "
    "is undefined or not known; compare.json has the reason."
)
SAME = "Nothing differs: the runs have one set of parameters, one span and the same data."


def render(comparison: Comparison, comparison_id: str, trials: tuple[TrialCount, ...] = ()) -> bytes:
    """Return the page as UTF-8; `trials`: what had been tried on what the runs trade by then."""
    first, last = (f"{label:{DATE}}" for label in comparison.span)
    bars = f"{len(comparison.curves):,}"
    parts = [
        html.paragraph(answer(comparison.record(comparison_id)), "lead"),
        html.facts({"Common span": f"{first} to {last}", "Bars in common": bars} | _runs(comparison)),
        html.warnings(comparison.warnings),
        *(html.paragraph(count.line, "trials") for count in trials),
        html.section("What differs", _differences(comparison)),
        html.section("The numbers", _tiles(comparison), _numbers(comparison), html.paragraph(NUMBERS)),
        html.section("Side by side in time", _curves(comparison), html.paragraph(_reading(comparison))),
        html.section("How sure", *_how_sure(comparison)),
        html.section("Is each of them luck?", _luck(comparison)),
        html.section("Every setting", _settings(comparison)),
        html.embedded({letter: colour(at)["color"] for at, letter in enumerate(comparison.letters)}, "colours"),
    ]
    footer = f"harbinger compare {comparison_id}. compare.json holds what this page says."
    return html.page(comparison.title, *parts, simulated=comparison.simulated, footer=footer, script=SCRIPT)


# Rows whose cells differ are marked, so that a setting is easy to see in the long table; heads have the line's colour.
SCRIPT = """
for (const row of document.querySelectorAll("#settings tbody tr")) {
  const values = [...row.cells].slice(1).map(cell => cell.textContent);
  row.classList.toggle("chosen", values.some(value => value !== values[0]));
}
const colours = JSON.parse(document.getElementById("colours").textContent);
for (const head of document.querySelectorAll("thead th")) {
  const letter = /^([A-L]) /.exec(head.textContent);
  if (letter) head.style.borderBottomColor = colours[letter[1]];
}
"""


def colour(at: int) -> dict[str, str]:
    """Return the line of run number `at`, the same in every figure."""
    return {"color": PALETTE[at % len(PALETTE)], "dash": DASHES[at // len(PALETTE) % len(DASHES)]}


def _runs(comparison: Comparison) -> dict[str, str]:
    return {name: side.record.run_id for name, side in zip(comparison.names, comparison.sides, strict=True)}


def _differences(comparison: Comparison) -> str:
    differing = comparison.parameters | comparison.facts
    rows: list[list[Cell]] = [[name, *map(as_text, row)] for name, row in differing.items()]
    return html.table(["", *comparison.names], rows) if rows else html.paragraph(SAME)


def _tiles(comparison: Comparison) -> str:
    named = zip(comparison.names, comparison.net, strict=True)
    return html.tiles({f"Sharpe ratio, {name}": number("sharpe", m["sharpe"]) for name, m in named})


def _numbers(comparison: Comparison) -> str:
    kinds = (comparison.net_names, ["gross"] * len(comparison.sides))
    columns = ["", *(f"{letter} {kind}" for own in kinds for letter, kind in zip(comparison.letters, own, strict=True))]
    both = [*comparison.net, *comparison.gross]
    rows: list[list[Cell]] = [
        [LABELS[name], *("-" if m is None else number(name, m[name]) for m in both)] for name in NAMES
    ]
    return f'<div id="numbers">{html.table(columns, rows)}</div>'


def _curves(comparison: Comparison) -> str:
    """Return equity, drawdown and rolling difference, one below another on one axis of time."""
    dates = pd.DatetimeIndex(comparison.curves.index).strftime("%Y-%m-%d %H:%M").str.removesuffix(" 00:00").tolist()
    traces: list[dict[str, Any]] = []
    for at, (letter, name) in enumerate(zip(comparison.letters, comparison.names, strict=True)):
        for axis, quantity in (("y", "growth_of_one"), ("y2", "drawdown_fraction"),
                               ("y3", "rolling_return_less_first_fraction")):  # fmt: skip
            if (letter, quantity) not in comparison.curves:
                continue
            traces.append(
                {
                    "type": "scatter",
                    "mode": "lines",
                    "x": dates,
                    "y": _rounded(comparison.curves[letter, quantity].to_numpy()),
                    "name": name,
                    "legendgroup": letter,
                    "showlegend": axis == "y",
                    "yaxis": axis,
                    "line": {"width": 1.4, **colour(at)},
                    "hovertemplate": "%{x}: %{y:.2f}" if axis == "y" else "%{x}: %{y:.1%}",
                }
            )
    layout = {
        "xaxis": {
            "anchor": "y3",
            "showspikes": True,
            "spikemode": "across",
            "spikethickness": 1,
            "spikecolor": SOFT,
        },
        "yaxis": {"type": "log", "domain": [0.52, 1], "title": {"text": "growth of 1 USD (log)"}},
        "yaxis2": {"domain": [0.27, 0.48], "tickformat": ".0%", "title": {"text": "drawdown"}},
        "yaxis3": {
            "domain": [0, 0.23],
            "tickformat": ".0%",
            "title": {"text": f"{ROLLING_BARS} bars less A"},
            **_most(comparison),
        },
    }
    return html.figure(traces, layout, height=760, says="Equity, drawdown and rolling difference of the runs over time")


def _most(comparison: Comparison) -> dict[str, Any]:
    """Return a range of the rolling differences that a few peaks do not flatten; none where there are no values."""
    apart = comparison.curves.xs("rolling_return_less_first_fraction", axis=1, level=1).to_numpy()
    if np.isnan(apart).all():
        return {}
    low, high = np.nanquantile(apart, [0.05, 0.95])
    room = 0.6 * (high - low) or 0.01
    return {"range": [float(low - room), float(high + room)]}


def _rounded(values: Any) -> list[float | None]:
    return [None if not np.isfinite(value) else float(f"{value:.6g}") for value in values.tolist()]


def _reading(comparison: Comparison) -> str:
    start = "the close before the common span" if comparison.cut else "the starting cash"
    return (
        f"Equity after costs, set to 1 at {start}; drawdown from the peak since then; below, the return of the last "
        f"{ROLLING_BARS} bars less that of {comparison.names[0]}; its peaks may lie outside. "
        "Drag to zoom; a double click shows all."
    )


def _how_sure(comparison: Comparison) -> list[str]:
    known = [d for d in comparison.paired if d.block_bars is not None]
    blocks = sorted({f"{d.block_bars:.0f}" for d in known}, key=int)
    says = INTERVALS.format(draws=known[0].draws, seed=known[0].seed, blocks=" or ".join(blocks)) if known else ""
    columns = ["less A", "bars", "at A's volatility", "95%", "p", "Sharpe ratio", "95%", "as they are", "95%", "p"]
    columns.append("why not")
    rows: list[list[Cell]] = [
        [name, f"{d.bars:,}", signed_percent(d.matched_per_year), _interval(d.matched_per_year_95, "+z.1%"),
         p_value(d.sharpe_p_value), signed(d.sharpe), _interval(d.sharpe_95, "+z.2f"),
         signed_percent(d.per_year), _interval(d.per_year_95, "+z.1%"), p_value(d.p_value), d.missing]
        for name, d in zip(comparison.names[1:], comparison.paired, strict=True)
    ]  # fmt: skip
    if all(not d.missing for d in comparison.paired):
        columns, rows = columns[:-1], [row[:-1] for row in rows]
    figures = [html.side_by_side(*(_forest(comparison, what) for what in FORESTS))] if known else []
    return [*figures, html.table(columns, rows), html.paragraph(says)]


def _luck(comparison: Comparison) -> str:
    rows: list[list[Cell]] = [
        [name, line(side.record.evidence) if side.record.evidence else "not known: the run is of an earlier version"]
        for name, side in zip(comparison.names, comparison.sides, strict=True)
    ]
    said = "By its own bars, the trials of that day and its positions, slid; harbinger evidence asks more."
    return html.table(["run", "verdict"], rows, wrap=(1,)) + html.paragraph(said)


def _forest(comparison: Comparison, what: str) -> str:
    """Return the intervals of one difference as a figure, a row for each run."""
    drawn = [(at, d) for at, d in enumerate(comparison.paired, 1) if _bounds(d, what) is not None]
    traces = []
    for at, d in drawn:
        value, (low, high) = getattr(d, what), _bounds(d, what) or (0.0, 0.0)
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": [value],
                "y": [comparison.names[at]],
                "error_x": {"type": "data", "symmetric": False, "array": [high - value], "arrayminus": [value - low],
                            "color": PALETTE[at % len(PALETTE)], "thickness": 2, "width": 6},
                "marker": {"size": 10, "color": PALETTE[at % len(PALETTE)]},
                "showlegend": False,
            }
        )  # fmt: skip
    title = FORESTS[what]
    layout = {
        "xaxis": {"title": {"text": title}, "zeroline": True, "zerolinewidth": 2, "tickformat": ".0%"},
        "yaxis": {"autorange": "reversed", "showgrid": False},
    }  # fmt: skip
    return html.figure(traces, layout, height=110 + 44 * len(drawn), says=f"95% intervals of the {title}")


def _bounds(d: Paired, what: str) -> tuple[float, float] | None:
    return d.matched_per_year_95 if what == "matched_per_year" else d.per_year_95


def _interval(bounds: tuple[float, float] | None, form: str) -> str:
    low, high = bounds or (None, None)
    return interval(low, high, form)


def _settings(comparison: Comparison) -> str:
    paths = dict.fromkeys(path for side in comparison.sides for path in side.record.params)
    rows: list[list[Cell]] = [
        [path, *(as_text(side.record.params.get(path)) for side in comparison.sides)] for path in paths
    ]
    table = html.table(["parameter", *comparison.names], rows, wrap=range(1, 1 + len(comparison.sides)))
    return f'<div id="settings">{table}</div>'
