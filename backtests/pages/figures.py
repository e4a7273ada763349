"""What figures of several pages are drawn from: lines, bands, bars of error, titles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from backtests.pages.html import BAND, SOFT

Trace = dict[str, Any]


def line(x: Sequence[Any], y: Any, name: str, colour: str, *, width: float, **more: Any) -> Trace:
    """Return a line."""
    drawn = {"color": colour, "width": width}
    return {"type": "scatter", "mode": "lines", "name": name, "x": x, "y": y, "line": drawn, **more}


def band(x: Sequence[Any], low: Sequence[Any], high: Sequence[Any], name: str, colour: str = BAND) -> list[Trace]:
    """Return the area between two curves; bands of one figure take colours of their own."""
    edge = {"type": "scatter", "mode": "lines", "x": list(x), "line": {"width": 0}, "hoverinfo": "skip"}
    return [
        {**edge, "y": list(low), "showlegend": False},
        {**edge, "y": list(high), "name": name, "fill": "tonexty", "fillcolor": colour},
    ]


def error_bars(y: Any, low: Sequence[float | None], high: Sequence[float | None], colour: str = "--soft") -> Trace:
    """Return bars that reach from `low` to `high` around `y`."""
    up, down = np.array(high, dtype=float) - y, y - np.array(low, dtype=float)
    return {"type": "data", "symmetric": False, "array": up, "arrayminus": down, "color": colour,
            "thickness": 1.4, "width": 4}  # fmt: skip


def titled(text: str, *, legend: bool = True) -> dict[str, Any]:
    """Return the layout of a panel under its own title, a legend between the two."""
    title = {"text": text, "x": 0, "xanchor": "left", "y": 0.98, "yanchor": "top", "font": {"size": 13}}
    return {"title": title, "margin": {"t": 58 if legend else 34}, "showlegend": legend}


def level(y: float) -> Trace:
    """Return a dashed line across the whole width."""
    drawn = {"color": SOFT, "width": 1, "dash": "dash"}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": y, "y1": y, "line": drawn}


def upright(x: Any, colour: str, *, dash: str = "dot", width: float = 1) -> Trace:
    """Return a line from the bottom to the top."""
    drawn = {"color": colour, "width": width, "dash": dash}
    return {"type": "line", "x0": x, "x1": x, "yref": "paper", "y0": 0, "y1": 1, "line": drawn}


def legend_at(y: float) -> dict[str, Any]:
    """Return a legend of one line at a height of its own, above the panel."""
    return {"orientation": "h", "x": 0, "y": y, "yanchor": "bottom"}
