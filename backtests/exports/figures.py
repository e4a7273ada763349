"""Figures of saved work for a notebook, plotly's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from backtests.pages.colours import LIGHT
from backtests.pages.notebook import HEIGHT, curves, titled
from backtests.site.work import Answer

if TYPE_CHECKING:
    import plotly.graph_objects as go


def equity(table: pd.DataFrame, answer: Answer) -> go.Figure:
    """Return the equity of a run beside holding from the same start, or of what a sweep chose, on a log scale."""
    if "equity_usd" in table:
        own, price = table["equity_usd"], table["close"]
        drawn = {answer.study: own, "holding": price / price.iloc[0] * own.iloc[0]}
    else:
        drawn = {str(name).removesuffix("_usd").replace("_", " "): column for name, column in table.items()}
    return curves(drawn, title(answer))


def intervals(answer: Answer) -> go.Figure:
    """Return the 95% intervals of an answer as bars of error, zero marked."""
    import plotly.graph_objects as go  # noqa: PLC0415  # heavy: only where a figure is asked for

    rows = [(low, value, high) for low, value, high in answer.thumbnail.intervals if value is not None]
    up = [None if high is None else high - value for _, value, high in rows]
    down = [None if low is None else value - low for low, value, _ in rows]
    bars = {"type": "data", "symmetric": False, "array": up, "arrayminus": down, "color": LIGHT["c1"]}
    figure = go.Figure()
    figure.add_scatter(
        x=[value for _, value, _ in rows],
        y=[str(at + 1) for at in range(len(rows))],
        mode="markers",
        marker={"color": LIGHT["c1"], "size": 9},
        error_x=bars,
        name="estimate and 95%",
    )
    figure.add_vline(x=0, line={"color": LIGHT["faint"], "dash": "dash"})
    return titled(figure, title(answer))


def marked(figure: go.Figure, answer: Answer) -> go.Figure:
    """Return a figure of a page as a notebook shows it by itself: its title says SIMULATED where its numbers are."""
    own = figure.layout.title.text or title(answer)
    text = f"SIMULATED · {own}" if answer.simulated and not own.startswith("SIMULATED") else own
    return figure.update_layout(title={"text": text}, height=HEIGHT)


def title(answer: Answer) -> str:
    """Return what a figure says above itself."""
    return f"{'SIMULATED · ' if answer.simulated else ''}{answer.kind} of {answer.study}"
