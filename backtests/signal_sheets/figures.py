"""The figures of a signal's sheet, as plotly.js takes them; no number is made here but for layout."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np

from backtests.pages.figures import Trace, band, error_bars, level, line, titled
from backtests.pages.html import PALETTE, SOFT, figure, scrolling
from backtests.pages.text import instant
from backtests.signal_sheets.events import EventStudy, Path
from backtests.signal_sheets.forward import Estimate
from backtests.signal_sheets.quantiles import FEW
from backtests.signal_sheets.sheet import SignalSheet
from backtests.signal_sheets.stability import CLAIMED

BLUE, ORANGE, GREEN, PURPLE, *_ = PALETTE
CLAIM = f"{CLAIMED:%Y-%m-%d}"
DIGITS = 6
PERIOD_COLOURS = {1: BLUE, 5: ORANGE, 20: GREEN}


def over_time(p: SignalSheet) -> str:
    """Return the signal and the traded asset's price over time."""
    dates = [instant(at) for at in p.rows.decisions]
    traces = [
        line(dates, _short(p.rows.close), f"{p.market.traded} (right, log)", SOFT, width=1, yaxis="y2"),
        line(dates, _short(p.rows.x), f"{p.name} (left, {p.signal.unit})", BLUE, width=1.4),
    ]
    layout: dict[str, Any] = {
        "xaxis": {"type": "date", "showgrid": False},
        "yaxis": {"title": {"text": p.signal.unit}, "zeroline": True},
        "yaxis2": {"overlaying": "y", "side": "right", "type": "log", "showgrid": False, **_prices(p)},
        "margin": {"r": 60},
    }
    if dates[0] < CLAIM < dates[-1]:
        layout["shapes"] = [{"type": "line", "x0": CLAIM, "x1": CLAIM, "yref": "paper", "y0": 0, "y1": 1,
                             "line": {"color": PURPLE, "width": 1, "dash": "dot"}}]  # fmt: skip
        layout["annotations"] = [{"x": CLAIM, "y": 1, "yref": "paper", "text": "claim published", "showarrow": False,
                                  "xanchor": "right", "xshift": -4, "font": {"size": 11, "color": PURPLE}}]  # fmt: skip
    return figure(traces, layout, height=340, says=f"{p.name} and the price of {p.market.traded} over time")


def forward(p: SignalSheet, returns: str, title: str) -> str:
    """Return correlations with the returns to come by horizon, every method beside the others."""
    found = [e for e in p.forward if e.returns == returns]
    horizons = list(dict.fromkeys(e.horizon for e in found))
    kinds = (
        ("HAC, Hodrick 1B", BLUE, -0.14, ("hac", "hodrick")),
        ("no overlap", ORANGE, 0.0, ("nonoverlapping",)),
    )
    traces = [
        _dots([horizons.index(e.horizon) + shift for e in part], part, name, colour)
        for name, colour, shift, methods in kinds
        if (part := [e for e in found if e.method in methods and e.correlation is not None])
    ]
    ranked = [r for r in p.ranks if r.returns == returns and r.rho is not None]
    traces.append(
        {
            "type": "scatter",
            "mode": "markers",
            "name": "ranks",
            "x": [horizons.index(r.horizon) + 0.14 for r in ranked],
            "y": [r.rho for r in ranked],
            "marker": {"symbol": "diamond-open", "size": 8, "color": SOFT},
            "hovertemplate": "%{y:.3f}<extra></extra>",
        }
    )
    layout = {
        "xaxis": _names([str(h) for h in horizons], "bars after the decision's fill"),
        "yaxis": {"title": {"text": "correlation"}, "range": _reach(p.forward), "zeroline": True},
        **titled(title),
    }
    return figure(traces, layout, height=350, says=f"{title}: correlation of {p.name} by horizon, with bands of 95%")


def quantiles(p: SignalSheet, horizon: int) -> str:
    """Return the mean return after each group of values, with its band, and the mean of all."""
    rows = [g for g in p.group_returns if g.horizon == horizon and g.mean_pct is not None]
    names = [g.group for g in rows]
    means = np.array([g.mean_pct for g in rows], dtype=float)
    traces: list[Trace] = [
        {
            "type": "bar",
            "x": names,
            "y": means,
            "marker": {"color": _shades(len(rows))},
            "error_y": error_bars(means, [g.low_pct for g in rows], [g.high_pct for g in rows]),
            "customdata": [[g.n] for g in rows],
            "hovertemplate": "%{x}: %{y:.2f}%, %{customdata[0]} decisions<extra></extra>",
        }
    ]
    bars = "the next bar" if horizon == 1 else f"{horizon} bars"
    mean = float(np.average(means, weights=[g.n for g in rows])) if rows else 0.0
    every = f"; all decisions {mean:+.2f}%" if rows else ""
    layout: dict[str, Any] = {
        "xaxis": {"type": "category", "showgrid": False},
        "yaxis": {"ticksuffix": "%", "zeroline": True},
        "bargap": 0.35,
        **titled(f"{bars[0].upper()}{bars[1:]}{every}", legend=False),
    }
    if every:
        layout["shapes"] = [level(mean)]
    return figure(traces, layout, height=250, says=f"Mean log return of {bars} by group of {p.name}, with bands")


def hit_rates(p: SignalSheet) -> str:
    """Return the share of right directions by horizon, with Wilson's interval, beside chance."""
    rows = [h for h in p.hits if h.rate is not None]
    at = [str(h.horizon) for h in rows]
    reach = max((1.15 * abs(v - 0.5) for h in rows for v in (h.low, h.high) if v is not None), default=0.1)
    rates = np.array([h.rate for h in rows], dtype=float)
    traces: list[Trace] = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": "hit rate",
            "x": at,
            "y": rates,
            "marker": {"size": 9, "color": BLUE},
            "error_y": error_bars(rates, [h.low for h in rows], [h.high for h in rows]),
            "hovertemplate": "%{y:.1%}<extra></extra>",
        },
        {
            "type": "scatter",
            "mode": "markers",
            "name": "of independent series",
            "x": at,
            "y": [h.by_chance for h in rows],
            "marker": {"symbol": "line-ew-open", "size": 22, "color": SOFT, "line": {"width": 2}},
            "hovertemplate": "%{y:.1%}<extra></extra>",
        },
    ]
    layout = {
        "xaxis": {"type": "category", "title": {"text": "bars"}},
        "yaxis": {"tickformat": ".0%", "range": [0.5 - reach, 0.5 + reach]},
    }
    return figure(traces, layout, height=280, says=f"Share of bars on which {p.name} had the right direction")


def decay_daily(p: SignalSheet) -> str:
    """Return the correlation with each single bar after the decision."""
    rows = [lag for lag in p.decay if lag.correlation is not None]
    x, reach = [lag.ahead for lag in rows], [lag.reach for lag in rows]
    traces = [
        *band(x, [-(r or 0) for r in reach], reach, "95% of no relation"),
        {
            "type": "bar",
            "name": "correlation",
            "x": x,
            "y": [lag.correlation for lag in rows],
            "marker": {"color": BLUE},
            "hovertemplate": "bar %{x}: %{y:.3f}<extra></extra>",
        },
    ]
    layout = {"xaxis": {"title": {"text": "bars ahead"}}, "yaxis": {"zeroline": True}, "bargap": 0.3}
    title = titled("Correlation with the return of each single bar")
    return figure(traces, layout | title, height=300, says=f"Correlation of {p.name} with each bar ahead")


def decay_response(p: SignalSheet) -> str:
    """Return the response that adds up over the bars after the decision."""
    rows = [lag for lag in p.decay if lag.response_pct is not None]
    x = [lag.ahead for lag in rows]
    traces = [
        *band(x, [lag.low_pct for lag in rows], [lag.high_pct for lag in rows], "95% (Hodrick 1B)"),
        line(x, [lag.response_pct for lag in rows], "response", BLUE, width=2),
    ]
    layout = {"xaxis": {"title": {"text": "bars ahead"}}, "yaxis": {"ticksuffix": "%", "zeroline": True}}
    title = titled("Return that goes with a signal one standard deviation higher")
    return figure(traces, layout | title, height=300, says=f"Cumulative response of returns to {p.name}")


def stability(p: SignalSheet) -> str:
    """Return the correlations of each period, the horizons beside one another."""
    names = [period.name for period in p.stability]
    horizons = list(PERIOD_COLOURS)
    traces = []
    for place, horizon in enumerate(horizons):
        pairs = [(at, e) for at, period in enumerate(p.stability) for e in period.estimates if e.horizon == horizon]
        pairs = [(at, e) for at, e in pairs if e.correlation is not None]
        name = f"{horizon} bar{'s' * (horizon > 1)}"
        xs = [at + 0.18 * (place - 1) for at, _ in pairs]
        traces.append(_dots(xs, [e for _, e in pairs], name, PERIOD_COLOURS[horizon]))
    found = [e for period in p.stability for e in period.estimates]
    small = {"size": 10, "color": "--soft"}
    narrow = {"ticktext": [name.replace(" ", "<br>") for name in names], "tickangle": 0, "tickfont": small}
    layout = {
        "xaxis": _names(names, ""),
        "yaxis": {"title": {"text": "correlation"}, "range": _reach(found), "zeroline": True},
        "phone": {"xaxis": narrow},
    }
    return figure(traces, layout, height=320, says=f"Correlation of {p.name} with returns to come in each period")


def event_panel(study: EventStudy, path: Path, what: str, colour: str, suffix: str) -> str:
    """Return one average around events with the band of random dates."""
    days = list(study.days)
    traces = [
        *band(days, path.low, path.high, "95% of random dates"),
        line(days, path.average, "average", colour, width=2),
    ]
    layout: dict[str, Any] = {
        "xaxis": {"title": {"text": "bars from the event"}, "dtick": 5, "zeroline": False},
        "yaxis": {"ticksuffix": suffix, "zeroline": bool(suffix)},
        "shapes": [{"type": "line", "x0": 0, "x1": 0, "yref": "paper", "y0": 0, "y1": 1,
                    "line": {"color": PURPLE, "width": 1, "dash": "dot"}}],
        **titled(what, legend=False),
    }  # fmt: skip
    return figure(traces, layout, height=240, says=f"{what} around {study.name}, with a band of random dates")


def kin_bars(p: SignalSheet) -> str:
    """Return the rank correlation with every other signal, of levels and of changes, the strongest on top."""
    rows = [row for row in zip(p.kin.names, p.kin.correlations[0], p.kin.changes, strict=True) if row[0] != p.name]
    rows.sort(key=lambda row: abs(row[1] or 0.0))
    names = [name for name, _, _ in rows]
    traces: list[Trace] = [
        {"type": "bar", "orientation": "h", "name": "levels", "y": names, "x": [level for _, level, _ in rows],
         "marker": {"color": BLUE}, "hovertemplate": "%{y}: %{x:.2f}<extra>levels</extra>"},
        {"type": "scatter", "mode": "markers", "name": "20-bar changes", "y": names, "x": [c for _, _, c in rows],
         "marker": {"color": ORANGE, "size": 8, "symbol": "diamond"},
         "hovertemplate": "%{y}: %{x:.2f}<extra>changes</extra>"},
    ]  # fmt: skip
    layout = {
        "xaxis": {"range": [-1, 1], "zeroline": True, "title": {"text": "rank correlation"}},
        "yaxis": {"type": "category"},
        "bargap": 0.35,
        **titled(f"With {p.name}"),
    }
    return figure(traces, layout, height=_kin_height(p), says=f"Rank correlation of {p.name} with the other signals")


def kin_map(p: SignalSheet) -> str:
    """Return the rank correlations of all signals with one another, a table in the colours of their sign."""
    names = list(p.kin.names)
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th>{"".join(map(_shaded, row))}</tr>'
        for name, row in zip(names, p.kin.correlations, strict=True)
    )
    table = f'<table class="heat upright"><thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table>'
    return f"<h3>All with one another</h3>{scrolling(table)}"


def _shaded(value: float | None) -> str:
    if value is None:
        return "<td>-</td>"
    colour = f"var(--{'gain' if value > 0 else 'loss'}) {round(45 * abs(value))}%,transparent"
    return f'<td style="background:color-mix(in srgb,{colour})">{value:+z.1f}</td>'


def histogram(p: SignalSheet) -> str:
    """Return the distribution of the values."""
    x, counts, width = _bins(p)
    traces: list[Trace] = [
        {
            "type": "bar",
            "x": x,
            "y": counts,
            "width": width,
            "marker": {"color": BLUE, "line": {"color": "--paper", "width": 0.5}},
            "hovertemplate": "%{x:.4g}: %{y} decisions<extra></extra>",
        }
    ]
    last = p.rows.x[np.isfinite(p.rows.x)][-1]
    layout = {
        "xaxis": {"title": {"text": p.signal.unit}},
        "yaxis": {"title": {"text": "decisions"}},
        "shapes": [{"type": "line", "x0": float(last), "x1": float(last), "yref": "paper", "y0": 0, "y1": 1,
                    "line": {"color": ORANGE, "width": 1.5}}],
        "annotations": [{"x": float(last), "y": 1, "yref": "paper", "text": "last", "showarrow": False,
                         "xanchor": "left", "xshift": 3, "font": {"size": 11, "color": ORANGE}}],
        **titled("Values at the decisions", legend=False),
    }  # fmt: skip
    return figure(traces, layout, height=280, says=f"Histogram of {p.name}")


def _bins(p: SignalSheet) -> tuple[Any, Any, Any]:
    """Return middle, count and width of the bars of the histogram; a bar a value where there are few."""
    if p.distribution.distinct <= FEW:
        x = np.array([g.lowest for g in p.groups])
        return x, [g.n for g in p.groups], 0.5 * float(np.min(np.diff(x), initial=1.0))
    edges = np.array(p.distribution.edges)
    return (edges[:-1] + edges[1:]) / 2, p.distribution.counts, np.diff(edges)


def autocorrelation(p: SignalSheet) -> str:
    """Return the autocorrelation by lag."""
    found = p.distribution.autocorrelation
    traces: list[Trace] = [
        {
            "type": "bar",
            "x": list(range(1, len(found) + 1)),
            "y": list(found),
            "marker": {"color": BLUE},
            "hovertemplate": "lag %{x}: %{y:.2f}<extra></extra>",
        }
    ]
    layout = {
        "xaxis": {"title": {"text": "bars"}},
        "yaxis": {"zeroline": True},
        "bargap": 0.25,
        **titled("Autocorrelation", legend=False),
    }
    return figure(traces, layout, height=280, says=f"Autocorrelation of {p.name}")


def _dots(x: Sequence[float], rows: Sequence[Estimate], name: str, colour: str) -> Trace:
    """Return correlations as dots with their bands."""
    y = np.array([e.correlation for e in rows], dtype=float)
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": list(x),
        "y": y,
        "marker": {"size": 8, "color": colour},
        "error_y": error_bars(y, [e.low for e in rows], [e.high for e in rows], colour),
        "customdata": [[e.n, e.p_value] for e in rows],
        "hovertemplate": "%{y:.3f}, p %{customdata[1]:.3f}, n %{customdata[0]}<extra></extra>",
    }


def _reach(rows: Sequence[Estimate]) -> list[float]:
    """Return one range, even around zero, for panels that are compared; no wider than a correlation can be."""
    ends = [abs(v) for e in rows for v in (e.low, e.high) if v is not None]
    most = min(1.05, 1.08 * max(ends, default=0.5))
    return [-most, most]


def _names(names: Sequence[str], title: str) -> dict[str, Any]:
    """Return an axis on whose whole numbers names stand, so that dots may stand beside one another."""
    ticks = {"tickvals": list(range(len(names))), "ticktext": list(names), "range": [-0.5, len(names) - 0.5]}
    return {**ticks, "title": {"text": title}, "zeroline": False, "showgrid": False}


def _prices(p: SignalSheet) -> dict[str, Any]:
    """Return round prices for the ticks of a logarithmic axis."""
    low, high = float(np.nanmin(p.rows.close)), float(np.nanmax(p.rows.close))
    steps = (1, 2, 5) if high / low < 200 else (1,)
    ticks = [step * 10.0**power for power in range(-9, 9) for step in steps]
    shown = [tick for tick in ticks if low <= tick <= high]
    return {"tickvals": shown, "ticktext": [f"${tick:,.10g}" for tick in shown]}


def _shades(n: int) -> list[str]:
    """Return one colour from light to dark for each group."""
    return [f"--c1/{0.3 + 0.7 * at / max(1, n - 1):.2f}" for at in range(n)]


def _short(values: Any) -> list[float | None]:
    """Return numbers to six digits: what a figure can show."""
    return [float(f"{v:.{DIGITS}g}") if np.isfinite(v) else None for v in values]


def _kin_height(p: SignalSheet) -> int:
    return 150 + 24 * max(6, len(p.kin.names))
