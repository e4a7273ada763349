"""The tearsheet by quantstats, self-contained. The only importer of quantstats.

quantstats is called as it is right: tz-naive returns without NaN, a benchmark on the very same index, dates not
matched (matching cuts flat starts), bars a year stated. Its template is ours: no link to anywhere.
"""

from __future__ import annotations

import logging
import tempfile
import warnings
from html import escape
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
import pandas as pd

from backtests.metrics import performance
from backtests.pages.shell import fill, policy
from backtests.registry import TrialCount
from backtests.runs import months
from backtests.runs.record import RunRecord
from backtests.runs.result import Result
from backtests.runs.summary import foot, front, head
from data.errors import RunError


def render(result: Result, run: RunRecord, trials: TrialCount | None = None) -> bytes:
    """Return the page of a run as UTF-8; `run` is its record, as run.json has it, `trials` what had been tried by then.

    RunError where quantstats cannot draw the returns.
    """
    name = result.experiment.study.name
    title = f"SIMULATED · {name}" if result.market.simulated else name
    page = _quantstats_page(result.returns, _benchmark(result), escape(title), result.market.periods_per_year, run.net)
    page = fill(
        page,
        text={},
        html={
            "policy": policy(),
            "head": head(run),
            "front": front(run, title, trials),
            "months": months.table(result.returns, run.net),
            "foot": foot(run),
        },
    )
    return page.replace("\ufe6a", "%").encode()  # quantstats writes a small percent sign that few fonts have


def _benchmark(result: Result) -> pd.Series[float]:
    name, curve = next(iter(result.benchmark_curves.items()))
    held = curve.reindex(result.returns.index).ffill()  # a ruined benchmark stays where it ended
    r = performance.returns(held.to_numpy(), result.experiment.study.cash_usd)
    if result.benchmarks[name]["time_in_market"] == 0:  # inside the band for ever: cash alone, to which no beta is
        r = np.zeros(len(r))  # quantstats would draw one of thousands, and a tick for each half
    return pd.Series(r, index=held.index, name=name)


def _quantstats_page(
    returns: pd.Series[float], benchmark: pd.Series[float], title: str, periods_per_year: int, net: str
) -> str:
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        warnings.simplefilter("ignore")  # its own use of pandas and seaborn; nothing a reader could act on
        logging.getLogger("matplotlib").setLevel(logging.ERROR)
        import matplotlib as mpl  # noqa: PLC0415  # heavy: loaded when it is needed

        mpl.use("svg")  # what it saves; Agg would draw each figure once more
        import quantstats  # noqa: PLC0415  # heavy: loaded when it is needed

        output = Path(folder) / "page.html"
        template = files("backtests").joinpath("runs/tearsheet.html")
        try:
            with as_file(template) as path, mpl.rc_context():
                quantstats.reports.html(  # type: ignore[no-untyped-call]  # quantstats is untyped
                    returns.copy(),
                    benchmark,
                    rf=0.0,
                    title=title,
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
