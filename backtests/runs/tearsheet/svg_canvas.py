"""Where quantstats draws: matplotlib's SVG canvas, without the drawing that nobody sees.

A backend of matplotlib, named by `module://backtests.runs.tearsheet.svg_canvas`. pyplot draws a figure once more after
it was saved, for a window to show it: there is none, and it took a tenth of a page.
"""

from __future__ import annotations

from typing import Any

from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_svg import FigureCanvasSVG

FigureManager = FigureManagerBase


class FigureCanvas(FigureCanvasSVG):
    """A canvas that draws when it is saved."""

    manager_class = FigureManagerBase

    def draw_idle(self, *_: Any, **__: Any) -> None:
        """Draw nothing: no window waits for it."""
