"""The figures of the lead page that compare a few numbers: placebos, wrong labels, periods, tails."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from backtests.lead.comovement import Comovement, Part
from backtests.lead.deciding import Lead
from backtests.lead.examination import Examination
from backtests.lead.placebos import Trap
from backtests.pages.figures import Trace, error_bars, line, titled, upright
from backtests.pages.html import BAND, PALETTE, SOFT, figure
from backtests.pages.text import p_equation

BLUE, ORANGE, GREEN, PURPLE, *_ = PALETTE
NOT_FOUND = "--soft"


def placebos(found: Examination, lead: Lead) -> str:
    """Return the largest t of the leader and of each placebo beside the value that it would have to pass."""
    rows = {f"{found.windows.leader} (decides)": lead, **seats(found)}
    names = list(rows)[::-1]
    said = [[rows[name].where, p_equation(rows[name].p_value_judged)] for name in names]
    t, critical = [rows[name].t for name in names], [rows[name].critical for name in names]
    colours = [BLUE if "decides" in name else ORANGE if rows[name].found else NOT_FOUND for name in names]
    traces: list[Trace] = [
        {"type": "bar", "orientation": "h", "name": "largest t", "y": names, "x": t, "width": 0.08,
         "marker": {"color": colours}, "showlegend": False, "hoverinfo": "skip"},
        {"type": "scatter", "mode": "markers", "name": "largest t of the search", "y": names, "x": t,
         "marker": {"size": 12, "color": colours}, "customdata": said,
         "hovertemplate": "%{y}: t %{x:.2f} at %{customdata[0]}, %{customdata[1]}<extra></extra>"},
        {"type": "scatter", "mode": "markers", "name": "what it must pass at 2.5%", "y": names, "x": critical,
         "marker": {"symbol": "line-ns-open", "size": 20, "color": PURPLE, "line": {"width": 2}},
         "hovertemplate": "%{y}: must pass %{x:.2f}<extra></extra>"},
    ]  # fmt: skip
    reach = 1.06 * max(*t, *critical)
    layout: dict[str, Any] = {
        "xaxis": {"title": {"text": "robust t"}, "range": [min(0.0, 1.1 * min(t)), reach], "zeroline": True},
        "yaxis": {"type": "category", "showgrid": False},
        "annotations": [
            {"x": 1, "xref": "paper", "xanchor": "left", "y": name, "showarrow": False,
             "text": p_value, "font": {"size": 12, "color": NOT_FOUND}}
            for name, (_, p_value) in zip(names, said, strict=True)
        ],
        "margin": {"r": 72},
    }  # fmt: skip
    return figure(traces, layout, height=90 + 40 * len(names), says="Largest t of the leader and of each placebo")


def seats(found: Examination) -> dict[str, Lead]:
    """Return the placebos that are searches like the leader's own."""
    return {name: result for name, result in (found.placebos or {}).items() if isinstance(result, Lead)}


def trap(found: Examination, wrong: Trap) -> str:
    """Return the correlations one session off and in the same one, under matched windows and under wrong labels."""
    leader, traded = found.windows.leader, found.windows.traded
    places = [f"{traded}<br>a session before", "same session", f"{leader}<br>a session before"]
    kinds = {
        "matched": ("matched windows", BLUE),
        "bars": ("bar of the same date", SOFT),
        "close date": ("bar under the date of its close", ORANGE),
    }
    traces: list[Trace] = [
        {"type": "bar", "name": kinds[name][0], "x": places, "y": values, "marker": {"color": kinds[name][1]},
         "hovertemplate": "%{x}: %{y:+.3f}<extra></extra>"}
        for name, values in wrong.correlations.items()
    ]  # fmt: skip
    most = max(max(map(abs, values)) for values in wrong.correlations.values())
    layout: dict[str, Any] = {
        "xaxis": {"type": "category", "showgrid": False},
        "yaxis": {"title": {"text": "correlation"}, "zeroline": True, "range": [-0.3 * most, 1.2 * most]},
        "bargap": 0.3,
        "shapes": [
            {"type": "rect", "xref": "paper", "x0": 0, "x1": 1, "y0": -wrong.half_width, "y1": wrong.half_width,
             "fillcolor": BAND, "line": {"width": 0}, "layer": "below"}
        ],
    }  # fmt: skip
    if min(min(values) for values in wrong.correlations.values()) < -0.3 * most:
        layout["yaxis"]["range"][0] = -1.2 * most
    return figure(traces, layout, height=330, says="Correlations under matched windows and under wrong labels")


def parts(rows: Sequence[Part], title: str) -> str:
    """Return the correlation of the same session, and with the leader's session before, of each part."""
    shown = [part for part in rows if part.same and part.eve][::-1]
    traces: list[Trace] = []
    for name, colour, shift, pick in (("leader before", ORANGE, -0.13, "eve"), ("same session", BLUE, 0.13, "same")):
        values = [getattr(part, pick) for part in shown]
        x = np.array([value.value for value in values])
        bars = error_bars(x, [v.low for v in values], [v.high for v in values], colour)
        traces.append(
            {"type": "scatter", "mode": "markers", "name": name, "x": x, "y": [at + shift for at in range(len(shown))],
             "marker": {"size": 8, "color": colour}, "error_x": bars, "hovertemplate": "%{x:+.3f}<extra></extra>"}
        )  # fmt: skip
    names = [f"{part.name} ({part.n:,})" for part in shown]
    ticks = {"tickvals": list(range(len(names))), "ticktext": names, "range": [-0.6, len(names) - 0.4]}
    layout: dict[str, Any] = {
        "xaxis": {"title": {"text": "correlation"}, "zeroline": True},
        "yaxis": {**ticks, "zeroline": False, "showgrid": False},
        **titled(title),
    }
    return figure(traces, layout, height=110 + 42 * len(names), says=f"{title}: correlations with bands of 95%")


def tails(together: Comovement) -> str:
    """Return the share of the leader's tail sessions that are the traded asset's too, beside a normal copula's."""
    names = [f"{tail.side} {tail.quantile:.0%}" for tail in together.tails]
    y = np.array([tail.dependence for tail in together.tails])
    traces: list[Trace] = [
        {"type": "scatter", "mode": "markers", "name": "observed", "x": names,
         "y": y, "marker": {"size": 9, "color": BLUE},
         "error_y": error_bars(y, [tail.low for tail in together.tails], [tail.high for tail in together.tails], BLUE),
         "hovertemplate": "%{x}: %{y:.1%}<extra></extra>"},
        {"type": "scatter", "mode": "markers", "name": "normal copula, same correlation", "x": names,
         "y": [tail.gaussian for tail in together.tails],
         "marker": {"symbol": "line-ew-open", "size": 20, "color": SOFT, "line": {"width": 2}},
         "hovertemplate": "%{x}: %{y:.1%}<extra></extra>"},
    ]  # fmt: skip
    layout: dict[str, Any] = {
        "xaxis": {"type": "category", "showgrid": False},
        "yaxis": {"tickformat": ".0%", "rangemode": "tozero"},
        **titled("Share of the leader's tail sessions in the same tail of the traded asset"),
    }
    return figure(traces, layout, height=300, says="Tail dependence with bands of 95%")


def scatter(found: Examination, together: Comovement) -> str:
    """Return every session of both, the leader's worst in another colour."""
    x, y = (100 * found.windows.table[name].to_numpy() for name in (found.windows.leader, "traded"))
    bad = x <= np.quantile(x, together.stress.share)
    share = f"{found.windows.leader}'s worst {together.stress.share:.0%}"
    traces: list[Trace] = [
        {"type": "scatter", "mode": "markers", "name": name, "x": x[rows].round(3), "y": y[rows].round(3),
         "marker": {"size": 4, "color": colour, "opacity": opacity}, "hoverinfo": "skip"}
        for name, rows, colour, opacity in (("sessions", ~bad, SOFT, 0.45), (share, bad, ORANGE, 0.8))
    ]  # fmt: skip
    traces += _slopes(x, y, together)
    layout: dict[str, Any] = {
        "xaxis": {"title": {"text": f"{found.windows.leader}, log return"}, "ticksuffix": "%", "zeroline": True},
        "yaxis": {"title": {"text": found.windows.traded}, "ticksuffix": "%", "zeroline": True},
        "shapes": [upright(float(x[bad].max()), ORANGE)],
        **titled("The same session"),
    }
    return figure(traces, layout, height=300, says="Returns of the same session, one beside the other")


def _slopes(x: Any, y: Any, together: Comovement) -> list[Trace]:
    """Return the lines of both betas, each over its own side."""
    found = []
    for slope, side in ((together.downside.slope, x < 0), (together.upside.slope, x > 0)):
        ends = np.array([x[side].min(), x[side].max()])
        fitted = y[side].mean() + slope * (ends - x[side].mean())
        hover = f"beta {slope:.2f}<extra></extra>"
        found.append(line(ends.tolist(), fitted, "", BLUE, width=2, showlegend=False, hovertemplate=hover))
    return found
