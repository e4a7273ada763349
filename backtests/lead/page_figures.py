"""The figures of the lead page that stand on the time axis or on the lags; no number is made here but for layout."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from backtests.lead.comovement import CLAIM, COM, ROLLING, Comovement
from backtests.lead.correlogram import REACH, Correlogram
from backtests.lead.examination import Examination
from backtests.lead.family import Array
from backtests.pages.figures import Trace, band, legend_at, line, upright
from backtests.pages.html import PALETTE, SOFT, figure
from backtests.pages.text import signed
from data.calendars.events import eth_events, fomc_decisions

BLUE, ORANGE, GREEN, PURPLE, *_ = PALETTE
FAINT = "--faint"
DIGITS = 3
UPRIGHT = {"zeroline": True, "automargin": False}  # figures below one another share their time axis


def correlogram(found: Examination, lags: Correlogram) -> str:
    """Return the correlations at lags -10..10 with both bands, the direction in words on the axis."""
    leader, traded = found.windows.leader, found.windows.traded
    colours = [BLUE if lag > 0 else ORANGE if lag < 0 else SOFT for lag in lags.lags]
    x = list(lags.lags)
    hover = [f"{leader} {lag} before" if lag > 0 else f"{traded} {-lag} before" if lag else "same" for lag in x]
    traces: list[Trace] = [
        *band(x, *_around_zero(lags.band_searched), "95% of all 20 lags at once", "--c5/.16"),
        *band(x, *_around_zero(lags.band), "95% of one lag", "--soft/.34"),
        *map(_stem, x, lags.correlation.tolist(), hover, colours),
    ]
    layout: dict[str, Any] = {
        "xaxis": {
            "title": {"text": "lag in sessions: the one that comes first is named above"},
            "dtick": 1,
            "range": [-REACH - 0.6, REACH + 0.6],
            "zeroline": False,
            "showgrid": False,
        },
        "yaxis": {"title": {"text": "correlation"}, "zeroline": True},
        "shapes": [upright(-0.5, FAINT), upright(0.5, FAINT)],
        "annotations": [
            _note(-5.5, f"← {traded} leads", ORANGE),
            _note(0, "same session", "--soft"),
            _note(5.5, f"{leader} leads →", BLUE),
        ],
        "margin": {"t": 54},
        "legend": legend_at(1.09),
        "phone": {
            "xaxis": {"dtick": 5, "title": {"text": "lag in sessions"}},
            "annotations": [_note(-6, f"← {traded} leads", ORANGE), _note(6, f"{leader} leads →", BLUE)],
            "legend": {"y": 1.14},
        },
    }
    says = f"Correlation of {leader} and {traded} at lags -10 to 10, with bands of 95%"
    return figure(traces, layout, height=340, says=says)


def _stem(lag: int, value: float, text: str, colour: str) -> Trace:
    """Return a bar drawn as a line, since a true bar would lie below the bands."""
    hover = f"{text}: {signed(value, DIGITS)}<extra></extra>"
    return line([lag, lag], [0, value], "", colour, width=13, showlegend=False, hovertemplate=hover)


def _around_zero(half: Array) -> tuple[list[float], list[float]]:
    return (-half).tolist(), half.tolist()


def _note(x: float, text: str, colour: str) -> Trace:
    return {"x": x, "y": 1, "yref": "paper", "yanchor": "bottom", "text": f"<b>{text}</b>", "showarrow": False,
            "font": {"size": 13, "color": colour}}  # fmt: skip


def over_time(found: Examination, together: Comovement) -> str:
    """Return the rolling and the EWMA correlation with breaks, the claim, FOMC decisions and the coin's catalysts."""
    days = _days(together.rolling.index)
    traces = [
        line(days, together.rolling.round(DIGITS), f"{ROLLING} sessions", BLUE, width=1.6),
        line(_days(together.ewma.index), together.ewma.round(DIGITS), f"EWMA, com {COM}", ORANGE, width=1.4),
        *_decisions(days[0], days[-1]),
        _catalysts(days[0], days[-1]),
    ]
    layout: dict[str, Any] = {
        "xaxis": _time(days),
        "yaxis": {"title": {"text": "correlation"}, "range": [-1.0, 1.15], **UPRIGHT},
        **_marked(together, days, named=True),
        "margin": {"t": 48},
        "legend": legend_at(1.04),
    }
    says = f"Rolling correlation of {found.windows.leader} and {found.windows.traded} with breaks and events"
    return figure(traces, layout, height=400, says=says)


def cusum(together: Comovement) -> str:
    """Return the path of the CUSUM on the product of standardised returns, and the bound of a test at 5%."""
    path = together.breaks.cusum
    days = _days(path.index)
    bound = 1.358  # sup of a Brownian bridge, 95%
    traces = [
        line([days[0], days[-1]], [bound, bound], "95% without a break", FAINT, width=1),
        line([days[0], days[-1]], [-bound, -bound], "", FAINT, width=1, showlegend=False),
        line(days, path.round(DIGITS), "CUSUM", GREEN, width=1.4),
    ]
    layout: dict[str, Any] = {
        "xaxis": _time(_days(together.rolling.index)),
        "yaxis": {"title": {"text": "CUSUM"}, **UPRIGHT},
        **_marked(together, days, named=False),
    }
    return figure(traces, layout, height=210, says="CUSUM of the product of standardised returns")


def _days(index: Any) -> list[str]:
    return [f"{at:%Y-%m-%d}" for at in pd.DatetimeIndex(index)]


def _time(days: list[str]) -> Trace:
    return {"type": "date", "showgrid": False, "range": [days[0], days[-1]]}


def _marked(together: Comovement, days: list[str], *, named: bool) -> Trace:
    """Return upright lines at the breaks and at the claim."""
    marks = [
        (f"{b.date:%Y-%m-%d}", f"break {b.date:%Y-%m-%d}: {signed(b.before, 2)} → {signed(b.after, 2)}", "--ink")
        for b in together.breaks.dates
    ]
    if days[0] < CLAIM < days[-1]:
        marks.append((CLAIM, "claim published", PURPLE))
    shapes = [upright(at, colour, dash="dash" if "break" in text else "dot") for at, text, colour in marks]
    middle = days[len(days) // 2]
    if not named:
        return {"shapes": shapes}

    def notes(foot: float, step: float) -> list[Trace]:
        return [
            {"x": at, "y": foot + step * (place % 3), "yref": "paper", "text": text, "showarrow": False,
             "xshift": 4 if at < middle else -4, "xanchor": "left" if at < middle else "right",
             "font": {"size": 11, "color": colour}, "bgcolor": "--paper/.85"}
            for place, (at, text, colour) in enumerate(marks)
        ]  # fmt: skip

    return {"shapes": shapes, "annotations": notes(0.07, 0.06), "phone": {"annotations": notes(0.17, 0.12)}}


def _decisions(first: str, last: str) -> list[Trace]:
    """Return FOMC decisions as thin strokes at the foot, named on hover."""
    table = fomc_decisions().dropna(subset="change_bp")
    table = table[(table["decision_date"] >= first) & (table["decision_date"] <= last)]
    kinds = (("FOMC: unchanged", 0, FAINT), ("rise", 1, ORANGE), ("cut", -1, GREEN))
    return [_strokes(table[np.sign(table["change_bp"]) == side], name, colour) for name, side, colour in kinds]


def _strokes(table: pd.DataFrame, name: str, colour: str) -> Trace:
    moves = [f"FOMC, {change:+.0f} bp" for change in table["change_bp"]]
    return {"type": "scatter", "mode": "markers", "name": name, "x": _days(table["decision_date"]),
            "y": [-0.955] * len(table), "text": moves,
            "marker": {"symbol": "line-ns-open", "size": 9, "color": colour, "line": {"width": 1.4}},
            "hovertemplate": "%{x|%Y-%m-%d}: %{text}<extra></extra>"}  # fmt: skip


def _catalysts(first: str, last: str) -> Trace:
    """Return the coin's own catalysts as marks at the head, named on hover; hollow where the date is not verified."""
    table = eth_events()
    table = table[(table["date"] >= first) & (table["date"] <= last) & (table["kind"] != "claim")]
    sure = table["verified"] == "yes"
    names = table["name"] + np.where(sure, "", " (date not verified)")
    return {"type": "scatter", "mode": "markers", "name": "Ethereum's catalysts", "x": _days(table["date"]),
            "y": [1.06] * len(table), "text": names.tolist(),
            "marker": {"size": 7, "color": PURPLE, "symbol": np.where(sure, "diamond", "diamond-open").tolist()},
            "hovertemplate": "%{x|%Y-%m-%d}: %{text}<extra></extra>"}  # fmt: skip
