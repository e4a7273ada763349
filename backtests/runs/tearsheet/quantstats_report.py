"""quantstats' own report of a run's returns, its plots apart: they can be drawn elsewhere. The one importer.

quantstats is called as it is right: tz-naive returns without NaN, a benchmark on the very same index, dates not
matched (matching cuts flat starts), bars a year stated.
"""

from __future__ import annotations

import logging
import re
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.resources import as_file, files
from inspect import isfunction, signature
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd

from backtests.deferred import absent, deferred
from backtests.runs.tearsheet.once import computed_once
from backtests.runs.tearsheet.scipy_stats import stood_in
from data.errors import RunError

CANVAS = "module://backtests.runs.tearsheet.svg_canvas"
# What quantstats and scipy import and no drawing uses; IPython, without which it can do, would only show a page.
UNUSED = ("yfinance", "plotly", "numpy.f2py", "scipy.cluster", "scipy.cluster.hierarchy")
REPEATED = ("aggregate_returns", "_prepare_benchmark")  # by month, by year, on the same dates: a tenth of a chapter
MARK = re.compile(r"\[\[plot (\d+)\]\]")


@dataclass(frozen=True)
class Asked:
    """What quantstats is asked: tz-naive returns, a benchmark on their index, bars a year, what they are called."""

    returns: pd.Series[float]
    benchmark: pd.Series[float]
    periods_per_year: int
    net: str


@dataclass(frozen=True)
class Plot:
    """A plot that the report has a place for: a function of quantstats.plots and what it is called with."""

    name: str
    given: tuple[Any, ...]
    named: dict[str, Any]


@dataclass(frozen=True)
class Report:
    """The report as HTML, with [[plot 0]] where the drawing of `plots[0]` belongs."""

    text: str
    plots: dict[int, Plot]


def report(asked: Asked) -> Report:
    """Return quantstats' report with its plots left open; RunError where it cannot measure the returns."""
    with _quantstats() as quantstats, tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "chapter.html"
        template = files("backtests").joinpath("runs/tearsheet/quantstats.fragment")
        with as_file(template) as path, _left_open(quantstats.plots) as plots:
            quantstats.reports.html(
                asked.returns.copy(),
                asked.benchmark,
                rf=0.0,
                output=str(output),
                periods_per_year=asked.periods_per_year,
                match_dates=False,
                compounded=True,
                template_path=str(path),
                strategy_title=asked.net,
                benchmark_title=asked.benchmark.name,
            )
        text = output.read_text(encoding="utf-8")
    return Report(text, {number: plots[number] for number in map(int, MARK.findall(text))})


def drawing(plot: Plot) -> str:
    """Return a plot as SVG, as quantstats draws it; RunError where it cannot."""
    file = BytesIO()
    with _quantstats() as quantstats:
        getattr(quantstats.plots, plot.name)(*plot.given, **plot.named, savefig={"fname": file, "format": "svg"})
    return file.getvalue().decode()


def load() -> Any:
    """Load quantstats without what no page needs, and return it."""
    deferred(*UNUSED)
    import matplotlib as mpl  # noqa: PLC0415  # heavy: loaded when it is needed

    mpl.use(CANVAS)
    with absent("IPython"), stood_in(), _undescribed():
        import quantstats  # noqa: PLC0415  # heavy: loaded when it is needed
    return quantstats


@contextmanager
def _quantstats() -> Iterator[Any]:
    """Lend quantstats as a page wants it: words as text, without warnings, nothing computed twice."""
    with ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")  # its own use of pandas and seaborn; nothing a reader could act on
        logging.getLogger("matplotlib").setLevel(logging.ERROR)
        quantstats = load()
        import matplotlib as mpl  # noqa: PLC0415  # heavy: loaded when it is needed

        stack.enter_context(mpl.rc_context({"svg.fonttype": "none"}))
        stack.enter_context(computed_once(quantstats.utils, REPEATED))
        try:
            yield quantstats
        except Exception as error:  # quantstats raises whatever pandas or seaborn do
            raise RunError(f"quantstats cannot draw these returns ({type(error).__name__}: {error})") from error


@contextmanager
def _left_open(module: Any) -> Iterator[list[Plot]]:
    """Let what draws write a mark into its file instead, and yield the plots that it was to draw, as they come."""
    plots: list[Plot] = []
    kept = {name: draws for name, draws in vars(module).items() if isfunction(draws) and _saves(draws)}

    def mark(name: str, *given: Any, savefig: dict[str, Any], **named: Any) -> None:
        savefig["fname"].write(f"[[plot {len(plots)}]]".encode())
        plots.append(Plot(name, given, named))

    for name in kept:
        setattr(module, name, partial(mark, name))
    try:
        yield plots
    finally:
        for name, plot in kept.items():
            setattr(module, name, plot)


def _saves(function: Callable[..., Any]) -> bool:
    return "savefig" in signature(function).parameters


@contextmanager
def _undescribed() -> Iterator[None]:
    """Let classes of matplotlib load without the text that lists their properties: to write it is half of loading."""
    from matplotlib.artist import Artist  # noqa: PLC0415  # heavy: loaded when it is needed

    def undescribed(cls: Any) -> None:
        cls.set._autogenerated_signature = True  # what a class made from this one looks for

    name = "_update_set_signature_and_docstring"
    kept = vars(Artist)[name]
    setattr(Artist, name, classmethod(undescribed))
    try:
        yield
    finally:
        setattr(Artist, name, kept)
