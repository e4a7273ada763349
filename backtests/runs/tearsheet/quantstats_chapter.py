"""The chapter by quantstats: its metrics and the plots it is known for, in our colours. The one importer.

quantstats is called as it is right: tz-naive returns without NaN, a benchmark on the very same index, dates not
matched (matching cuts flat starts), bars a year stated. Its bars by year are left out: their labels name other years
than they show, and our own table by month has them. What it calls as we call something else is renamed, and its
drawings are made smaller: coordinates to a tenth of a point, words as text.
"""

from __future__ import annotations

import logging
import re
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from backtests.deferred import absent, deferred
from backtests.metrics import performance
from backtests.pages.html import scrolling
from backtests.runs.result import Result
from backtests.runs.tearsheet.once import computed_once
from backtests.runs.tearsheet.quantstats_claims import claims
from backtests.runs.tearsheet.scipy_stats import stood_in
from data.errors import RunError

# Its name -> ours, where it means another number than the name does elsewhere on the page.
RENAMED = {
    "Time in Market": "Bars with a return",
    "Sharpe": "Sharpe over 0%",
    "Prob. Sharpe Ratio": "Prob. Sharpe over 0%",
    "Smart Sharpe": "Smart Sharpe over 0%",
    "Sortino": "Sortino over 0%",
    "Smart Sortino": "Smart Sortino over 0%",
    "Sortino/√2": "Sortino/√2 over 0%",
    "Smart Sortino/√2": "Smart Sortino/√2 over 0%",
    "Start Period": "First bar",
    "End Period": "Last bar",
}
# Its colours -> those of the page, so that a drawing is right on light, on dark and on paper.
COLOURS = {
    "#348dc1": "c1", "#4688af": "c1", "#fedd78": "faint", "#edd589": "faint", "#ad5e72": "c2", "#ba516b": "c2",
    "#5a9984": "c3", "#4fa487": "c3", "#9665aa": "c4", "#9b59b6": "c4", "#ff0000": "c2", "#ffffff": "paper",
    "#dddddd": "line", "#cccccc": "line", "#808080": "faint", "#494949": "soft", "#666666": "soft", "#333333": "ink",
    "#000000": "ink",
}  # fmt: skip
CANVAS = "module://backtests.runs.tearsheet.svg_canvas"
# What quantstats and scipy import and no drawing uses; IPython, without which it can do, would only show a page.
UNUSED = ("yfinance", "plotly", "numpy.f2py", "scipy.cluster", "scipy.cluster.hierarchy")
REPEATED = ("aggregate_returns", "_prepare_benchmark")  # by month, by year, on the same dates: a tenth of a chapter
PLACES = {  # of each plot in the template; `returns` has two
    "log_returns": "log_returns",
    "yearly_returns": "eoy_returns",
    "histogram": "monthly_dist",
    "daily_returns": "daily_returns",
    "rolling_beta": "rolling_beta",
    "rolling_volatility": "rolling_vol",
    "rolling_sharpe": "rolling_sharpe",
    "rolling_sortino": "rolling_sortino",
    "drawdowns_periods": "dd_periods",
    "drawdown": "dd_plot",
    "monthly_heatmap": "monthly_heatmap",
    "distribution": "returns_dist",
}


def chapter(result: Result, net: str) -> str:
    """Return the chapter as HTML; RunError where quantstats cannot draw the returns. `net` is what they are called."""
    returns, benchmark, periods = result.returns, _benchmark(result), result.market.periods_per_year
    page = _quantstats(returns, benchmark, periods, net)
    page = page.replace("\ufe6a", "%")  # quantstats writes a small percent sign that few fonts have
    for name, ours in RENAMED.items():
        page = page.replace(f"<td>{name}</td>", f"<td>{ours}</td>")
    page = _without_years_not_run(page, (returns.index[-1] - returns.index[0]).days)
    page = page.replace("<th>Recovered</th>", "<th>Recovered, or end</th>")  # it names the last bar where it was not
    words = {"benchmark": str(benchmark.name), "periods": str(periods), **claims(returns, benchmark, periods, net)}
    for place, text in words.items():
        page = page.replace(f"[[{place}]]", escape(text))
    page = re.sub(r"<table.*?</table>", lambda found: scrolling(found.group()), page, flags=re.S)
    return re.sub(r"(?:<\?xml[^>]*>\s*)?(?:<!DOCTYPE[^>]*>\s*)?<svg.*?</svg>", _restyled, page, flags=re.S)


def _without_years_not_run(page: str, days: int) -> str:
    """Return the page without growth over more years than were run: quantstats says that of the whole run there."""
    longer = "|".join(str(years) for years in (3, 5, 10) if days < 365 * years)
    return re.sub(rf"<tr><td>(?:{longer})Y \(ann\.\)</td>.*?</tr>\s*", "", page) if longer else page


def _benchmark(result: Result) -> pd.Series[float]:
    name, curve = next(iter(result.benchmark_curves.items()))
    held = curve.reindex(result.returns.index).ffill()  # a ruined benchmark stays where it ended
    r = performance.returns(held.to_numpy(), result.experiment.study.cash_usd)
    if result.benchmarks[name]["time_in_market"] == 0:  # inside the band for ever: cash alone, to which no beta is
        r = np.zeros(len(r))  # quantstats would draw one of thousands, and a tick for each half
    return pd.Series(r, index=held.index, name=name)


def _restyled(found: re.Match[str]) -> str:
    """Return a drawing with its colours named, its coordinates rounded and what no reader sees left out."""
    svg = found.group()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->|<style.*?</style>", "", svg, flags=re.S)
    svg = re.sub(r"(?<=\d\.\d)\d+", "", svg)
    svg = re.sub(r"\s+", " ", svg).replace("> <", "><")
    svg = re.sub(
        r"#[0-9a-f]{6}\b", lambda c: f"var(--{COLOURS[c.group()]})" if c.group() in COLOURS else c.group(), svg
    )
    title = re.search(r"<text[^>]*>([^<]+)</text>", svg)
    return svg.replace("<svg ", f'<svg role="img" aria-label="{escape(title.group(1) if title else "plot")}" ', 1)


def _quantstats(returns: pd.Series[float], benchmark: pd.Series[float], periods_per_year: int, net: str) -> str:
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        warnings.simplefilter("ignore")  # its own use of pandas and seaborn; nothing a reader could act on
        logging.getLogger("matplotlib").setLevel(logging.ERROR)
        deferred(*UNUSED)
        import matplotlib as mpl  # noqa: PLC0415  # heavy: loaded when it is needed

        mpl.use(CANVAS)
        with absent("IPython"), stood_in(), _undescribed():
            import quantstats  # noqa: PLC0415  # heavy: loaded when it is needed

        output = Path(folder) / "chapter.html"
        template = files("backtests").joinpath("runs/tearsheet/quantstats.fragment")
        try:
            shown = _only_shown(quantstats.plots, template.read_text(encoding="utf-8"))
            repeated = computed_once(quantstats.utils, REPEATED)
            with as_file(template) as path, mpl.rc_context({"svg.fonttype": "none"}), shown, repeated:
                quantstats.reports.html(  # type: ignore[no-untyped-call]  # quantstats is untyped
                    returns.copy(),
                    benchmark,
                    rf=0.0,
                    output=str(output),
                    periods_per_year=periods_per_year,
                    match_dates=False,
                    compounded=True,
                    template_path=str(path),
                    strategy_title=net,
                    benchmark_title=benchmark.name,
                )
        except Exception as error:  # quantstats raises whatever pandas or seaborn do
            raise RunError(f"quantstats cannot draw these returns ({type(error).__name__}: {error})") from error
        return output.read_text(encoding="utf-8")


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


@contextmanager
def _only_shown(plots: Any, template: str) -> Iterator[None]:
    """Leave out the plots that have no place in the template: quantstats draws them all."""
    kept = {name: getattr(plots, name) for name, place in PLACES.items() if f"{{{{{place}}}}}" not in template}
    for name in kept:
        setattr(plots, name, lambda *_, **__: None)
    try:
        yield
    finally:
        for name, plot in kept.items():
            setattr(plots, name, plot)
