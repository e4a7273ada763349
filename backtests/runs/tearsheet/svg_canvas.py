"""Where quantstats draws: matplotlib's SVG canvas, without the drawing that nobody sees.

A backend of matplotlib, named by `module://backtests.runs.tearsheet.svg_canvas`. pyplot draws a figure once more after
it was saved, for a window to show it: there is none, and it took a tenth of a page.
"""

from __future__ import annotations

from typing import Any

from matplotlib.axis import Axis
from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.ticker import FuncFormatter

FigureManager = FigureManagerBase
FIFTH = -0.19999999999999996  # as ticks are counted from -0.6 in steps of 0.2


class FigureCanvas(FigureCanvasSVG):
    """A canvas that draws when it is saved, its shares in percents that are not cut off: -20% was -19%, 2.5% was 2%."""

    manager_class = FigureManagerBase

    def print_figure(self, *given: Any, **named: Any) -> Any:
        """Save the figure."""
        for axes in self.figure.axes:
            for axis in (axes.xaxis, axes.yaxis):
                if _cuts(axis):
                    axis.set_major_formatter(FuncFormatter(percent))
        return super().print_figure(*given, **named)

    def draw_idle(self, *_: Any, **__: Any) -> None:
        """Draw nothing: no window waits for it."""


def percent(share: float, _: int) -> str:
    """Return a share as the percents of a tick."""
    return f"{float(f'{100 * share:.6g}'):,g}%"


def _cuts(axis: Axis) -> bool:
    formatter = axis.get_major_formatter()
    return isinstance(formatter, FuncFormatter) and formatter.func(FIFTH, 0) == "-19%"
