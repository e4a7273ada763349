"""The chapter by quantstats: its metrics and the plots it is known for, in our words and colours.

Its bars by year are left out: their labels name other years than they show, and our own table by month has them. What
it calls as we call something else is renamed, and its drawings are made smaller: coordinates to a tenth of a point,
words as text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from html import escape

import numpy as np
import pandas as pd

from backtests.metrics import performance
from backtests.pages.html import scrolling
from backtests.runs.result import Result
from backtests.runs.tearsheet import drawers
from backtests.runs.tearsheet.quantstats_claims import claims
from backtests.runs.tearsheet.quantstats_report import MARK, Asked, Plot, Report, drawing, load, report

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


def chapter(result: Result, net: str) -> Callable[[], str]:
    """Begin the chapter, and return what returns it as HTML; `net` is what the returns are called.

    RunError then, where quantstats cannot draw them.
    """
    asked = Asked(result.returns, _benchmark(result), result.market.periods_per_year, net)
    return partial(_chapter, asked, drawers.ask(report, asked))


def _chapter(asked: Asked, reported: Callable[[], Report]) -> str:
    load()  # while a drawer measures
    whole = reported()
    drawn = dict(zip(whole.plots, drawers.each(_drawn, list(whole.plots.values())), strict=True))
    return MARK.sub(lambda mark: drawn[int(mark[1])], _worded(whole.text, asked))


def _worded(page: str, asked: Asked) -> str:
    """Return the report in our words, each plot with a line that says what it shows."""
    page = page.replace("\ufe6a", "%")  # quantstats writes a small percent sign that few fonts have
    for name, ours in RENAMED.items():
        page = page.replace(f"<td>{name}</td>", f"<td>{ours}</td>")
    index = asked.returns.index
    page = _without_years_not_run(page, (index[-1] - index[0]).days)
    page = page.replace("<th>Recovered</th>", "<th>Recovered, or end</th>")  # it names the last bar where it was not
    said = claims(asked.returns, asked.benchmark, asked.periods_per_year, asked.net)
    words = {"benchmark": str(asked.benchmark.name), "periods": str(asked.periods_per_year), **said}
    for place, text in words.items():
        page = page.replace(f"[[{place}]]", escape(text))
    return re.sub(r"<table.*?</table>", lambda found: scrolling(found.group()), page, flags=re.S)


def _drawn(plot: Plot) -> str:
    """Return a plot as SVG with its colours named, its coordinates rounded and what no reader sees left out."""
    svg = drawing(plot)
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->|<style.*?</style>", "", svg, flags=re.S)
    svg = re.sub(r"<[^>]*>", lambda tag: re.sub(r"(?<=\d\.\d)\d+", "", tag.group()), svg)
    svg = re.sub(r"\s+", " ", svg).replace("> <", "><")
    svg = re.sub(
        r"#[0-9a-f]{6}\b", lambda c: f"var(--{COLOURS[c.group()]})" if c.group() in COLOURS else c.group(), svg
    )
    title = re.search(r"<text[^>]*>([^<]+)</text>", svg)
    return svg.replace("<svg ", f'<svg role="img" aria-label="{escape(title.group(1) if title else "plot")}" ', 1)


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
