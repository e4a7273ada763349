"""The figures of a page as plotly's own, for a notebook: the same traces, in the colours of the light page."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from itertools import cycle
from typing import TYPE_CHECKING, Any

from backtests.pages.colours import LIGHT

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

HEIGHT, MOST_POINTS = 380, 600
COLOURS = ("c1", "faint", "c2", "c3", "c4", "c5", "c6")  # a run's own, then what it is held against
EMBEDDED = re.compile(r'<script type="application/json" id="figure-\d+">(.*?)</script>', re.DOTALL)
NAMED = re.compile(r"^--([a-z0-9]+)(?:/(\.\d+))?$")


def figures_of(page: str) -> list[go.Figure]:
    """Return every figure that a page, or a part of one, embeds, in its order."""
    import plotly.graph_objects as go  # noqa: PLC0415  # heavy: only where a figure is asked for

    found = (coloured(json.loads(text)) for text in EMBEDDED.findall(page))
    return [go.Figure(data=content["data"], layout=content["layout"], skip_invalid=True) for content in found]


def coloured(value: Any) -> Any:
    """Return plain content with the names of our colours ("--c1", "--c1/.2") as colours that plotly knows."""
    if isinstance(value, dict):
        return {name: coloured(item) for name, item in value.items()}
    if isinstance(value, list):
        return [coloured(item) for item in value]
    named = NAMED.match(value) if isinstance(value, str) else None
    if named is None or named[1] not in LIGHT:
        return value
    colour = LIGHT[named[1]]
    if named[2] is None:
        return colour
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{float(named[2]):g})"


def curves(drawn: Mapping[str, pd.Series[float]], title: str, *, unit: str = "USD", log: bool = True) -> go.Figure:
    """Return curves over dates, the first in the colour of a run's own, on a log scale; at most MOST_POINTS of each."""
    import plotly.graph_objects as go  # noqa: PLC0415  # heavy: only where a figure is asked for

    figure = go.Figure()
    for (name, column), colour in zip(drawn.items(), cycle(COLOURS), strict=False):
        line, kept = {"color": LIGHT[colour], "width": 1.5}, _thinned(column)
        figure.add_scatter(x=list(kept.index.astype(str)), y=list(kept), name=name, mode="lines", line=line)
    figure.update_yaxes(type="log" if log else "linear", title=unit)
    return titled(figure, title)


def _thinned(column: pd.Series[float]) -> pd.Series[float]:
    """Return at most MOST_POINTS values of five digits, first and last among them."""
    step = max(1, -(-len(column) // MOST_POINTS))
    kept = column.iloc[::-step][::-1]
    return kept.map(lambda value: float(f"{value:.5g}"))


def titled(figure: go.Figure, title: str) -> go.Figure:
    """Return a figure under its title, at the height of a notebook's."""
    legend, margin = {"orientation": "h", "y": -0.15}, {"t": 50, "b": 30, "l": 60, "r": 20}
    figure.update_layout(title={"text": title}, height=HEIGHT, legend=legend, margin=margin, template="plotly_white")
    return figure
