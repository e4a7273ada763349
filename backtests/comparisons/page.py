"""The page of a comparison: what differs, the numbers side by side, curves, and how sure the differences are."""

from __future__ import annotations

import numpy as np

from backtests.comparisons.answer import answer
from backtests.comparisons.comparison import ROLLING_BARS, Comparison
from backtests.comparisons.differences import as_text
from backtests.metrics.labels import LABELS
from backtests.metrics.performance import NAMES
from backtests.pages import html
from backtests.pages.chart import Curve, Panel, chart
from backtests.pages.figures import titled
from backtests.pages.html import PALETTE, Cell
from backtests.pages.text import interval, number, p_value, signed, signed_percent
from backtests.registry import TrialCount
from backtests.runs.evidence import line
from backtests.runs.files import DATE
from backtests.statistics.paired import Paired

MOST_TILES = 6
INTERVALS = (
    "First what a run would have returned a year beyond A at A's volatility: the difference of the annual Sharpe "
    "ratios times it. Then the mean difference of the returns of the same bars, times bars a year, which rewards risk. "
    "95% by a stationary bootstrap of whole bars ({draws:,} draws, seed {seed}), blocks of {blocks} bars on average. "
    "Each interval stands by itself and takes the runs as the only ones that were tried: choosing them among many "
    "makes every one of them too narrow."
)
FORESTS = {
    "matched_per_year": "return a year less A's, at A's volatility",
    "per_year": "return a year less A's, as they are",
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
    facts = {"Common span": f"{first} to {last}", "Bars in common": bars} | _runs(comparison)
    parts = [
        html.verdict(answer(comparison.record(comparison_id))),
        _curves(comparison),
        html.tiles(_tiles(comparison)),
        html.warnings(comparison.warnings),
        *(html.paragraph(count.line, "trials") for count in trials),
        html.section("How sure", *_how_sure(comparison)),
        html.section("What differs", _differences(comparison)),
        html.section("The numbers", _numbers(comparison), html.paragraph(NUMBERS)),
        html.section("Is each of them luck?", _luck(comparison)),
        html.method(html.facts(facts), html.section("Every setting", _settings(comparison))),
        html.embedded({letter: colour(at) for at, letter in enumerate(comparison.letters)}, "colours"),
    ]
    footer = f"{comparison_id}. compare.json holds what this page says."
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
  if (letter) head.style.borderBottom = `2px solid var(${colours[letter[1]]})`;
}
"""


def colour(at: int) -> str:
    """Return the colour of run number `at`, the same in every figure; a second round of them is dashed."""
    return PALETTE[at % len(PALETTE)]


def _runs(comparison: Comparison) -> dict[str, str]:
    return {name: side.record.run_id for name, side in zip(comparison.names, comparison.sides, strict=True)}


def _differences(comparison: Comparison) -> str:
    differing = comparison.parameters | comparison.facts
    rows: list[list[Cell]] = [[name, *map(as_text, row)] for name, row in differing.items()]
    return html.table(["", *comparison.studies], rows) if rows else html.paragraph(SAME)


def _tiles(comparison: Comparison) -> dict[str, str | tuple[str, str]]:
    """Return the Sharpe ratio of the first runs, and of each but the first its difference from that one."""
    first = comparison.letters[0]
    under = ["the one that the others are held against"]
    for d in comparison.paired:
        bounds = f" (95% {interval(*d.sharpe_95)})" if d.sharpe_95 else ""
        under.append(f"{signed(d.sharpe)} less {first}{bounds}" if d.sharpe is not None else d.missing)
    rows = list(zip(comparison.names, comparison.net, under, strict=True))[:MOST_TILES]
    return {f"Sharpe ratio, {name}": (number("sharpe", m["sharpe"]), below) for name, m, below in rows}


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
    panels = [
        Panel("Growth of 1 USD, log scale", _lines(comparison, "growth_of_one", 1.6), 216, log=True),
        Panel("Drawdown", _lines(comparison, "drawdown_fraction", 1.1), 84, "percent"),
    ]
    apart = _lines(comparison, "rolling_return_less_first_fraction", 1.1)
    if apart and (ends := _most(comparison)):
        title = f"Return of {ROLLING_BARS} bars less that of {comparison.letters[0]}; peaks may lie outside"
        panels.append(Panel(title, apart, 64, "percent", ends=ends))
    says = "Equity, drawdown and rolling difference of the runs over time"
    return chart(comparison.curves.index, panels, says=says, claim=_reading(comparison))


def _lines(comparison: Comparison, quantity: str, width: float) -> list[Curve]:
    pairs = enumerate(zip(comparison.letters, comparison.names, strict=True))
    return [
        Curve(
            name,
            comparison.curves[letter, quantity].to_numpy(dtype="float64"),
            colour(at),
            width,
            dashed=at >= len(PALETTE),
        )
        for at, (letter, name) in pairs
        if (letter, quantity) in comparison.curves
    ]


def _most(comparison: Comparison) -> tuple[float, float] | None:
    """Return a range of the rolling differences that a few peaks do not flatten; None where there are no values."""
    apart = comparison.curves.xs("rolling_return_less_first_fraction", axis=1, level=1).to_numpy()
    if np.isnan(apart).all():
        return None
    low, high = np.nanquantile(apart, [0.05, 0.95])
    room = 0.6 * (high - low) or 0.01
    return float(low - room), float(high + room)


def _reading(comparison: Comparison) -> str:
    growth = {name: float(comparison.curves[letter, "growth_of_one"].iloc[-1])
              for letter, name in zip(comparison.letters, comparison.names, strict=True)}  # fmt: skip
    best, worst = max(growth, key=growth.__getitem__), min(growth, key=growth.__getitem__)
    start = "the close before the common span" if comparison.cut else "the starting cash"
    return (
        f"1 USD became {growth[best]:,.2f} in {best} and {growth[worst]:,.2f} in {worst}, after costs, from {start} on."
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
                "y": [_short(comparison, at)],
                "error_x": {"type": "data", "symmetric": False, "array": [high - value], "arrayminus": [value - low],
                            "color": PALETTE[at % len(PALETTE)], "thickness": 2, "width": 6},
                "marker": {"size": 10, "color": PALETTE[at % len(PALETTE)]},
                "showlegend": False,
            }
        )  # fmt: skip
    title = FORESTS[what]
    layout = {
        "xaxis": {"zeroline": True, "zerolinewidth": 2, "tickformat": ".0%"},
        "yaxis": {"autorange": "reversed", "showgrid": False},
        **titled(f"{title[0].upper()}{title[1:]}", legend=False),
    }
    return html.figure(traces, layout, height=110 + 44 * len(drawn), says=f"95% intervals of the {title}")


def _short(comparison: Comparison, at: int) -> str:
    """Return the letter of a run with what tells it from others of its study; with its study where nothing does."""
    study, name = comparison.studies[at], comparison.names[at]
    apart = name.removeprefix(study)
    return f"{comparison.letters[at]}{apart}" if apart else study


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
    table = html.table(["parameter", *comparison.studies], rows, wrap=range(1, 1 + len(comparison.sides)))
    return f'<div id="settings">{table}</div>'
