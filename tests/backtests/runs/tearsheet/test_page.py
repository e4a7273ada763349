"""The tearsheet: self-contained, labelled, right, and rendered in real Chromium."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from backtests.metrics import performance
from backtests.pages.places import NAV
from backtests.record import read
from backtests.runs.answer import answer
from backtests.runs.record import RunRecord
from tests.browser import browse, find_browser
from tests.paths import ROOT

RUN = ("run", "small_cap_trend", "--source", "simulated:seed=6", "--start", "2018-06-01", "--end", "2022-12-31")
LOADS = re.compile(r"""(?:src|href)\s*=\s*["'](?!#|data:)([^"']+)|url\((?!#|["']?data:|['"]?#)([^)]+)\)|@import""")

CALL = """
import atexit, json, pathlib, sys
from backtests.cli import main
atexit.register(lambda: pathlib.Path("loaded.json").write_text(json.dumps(sorted(sys.modules))))
main()
"""


@pytest.fixture(scope="module")
def sheet(tmp_path_factory):
    """One real run with its page, shared by the tests below."""
    import os
    import subprocess
    import sys

    folder = tmp_path_factory.mktemp("sheet")
    evil = [
        "-s",
        'study.name=<img src=x onerror="fail()"> & co',
        "-s",
        "study.why=<script>document.title='owned'</script>",
    ]
    words = [sys.executable, "-c", CALL, *RUN, *evil, "--out", "out"]
    subprocess.run(words, cwd=folder, check=True, env={**os.environ, "HARBINGER_HOME": str(folder / "home"),
                   "PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL)  # fmt: skip
    return folder / "out" / "tearsheet.html"


@pytest.mark.slow
def test_nothing_is_loaded_from_outside(sheet):
    content = sheet.read_bytes()
    (links,) = NAV.findall(content)
    assert re.findall(rb'href="([^"]*)"', links) == [b"spec.toml", b"run.json", b"equity.csv", b"orders.csv"]
    text = NAV.sub(b"", content).decode()  # what it links to is asked for by a person, not by the page
    assert [m.group() for m in LOADS.finditer(text)] == []
    assert re.findall("script-src ([^;]*);", text)[0].count("'sha256-") == len(re.findall("<script>", text)) == 1
    assert "<a " not in text


@pytest.mark.slow
def test_a_page_loads_nothing_that_it_does_not_draw_with(sheet):
    loaded = set(json.loads((sheet.parent.parent / "loaded.json").read_text()))
    assert {"quantstats.reports", "matplotlib.backends.backend_svg"} <= loaded
    unused = {
        "yfinance.ticker",
        "IPython",
        "plotly.graph_objects",
        "numpy.f2py.crackfortran",
        "numba",
        "scipy",
        "statsmodels.api",
    }
    assert sorted(unused & loaded) == []


@pytest.mark.slow
def test_it_says_what_made_it(sheet):
    text = sheet.read_text()
    run = json.loads((sheet.parent / "run.json").read_text())
    for word in (run["data_fingerprint"], run["run_id"], "commission 10 bp, slippage 5 bp", "next bar&#x27;s open",
                 "trend.lookback", "simulated:lead=60,strength=0.03,seed=6", "2018-06-01 to 2022-12-31", "365 a year",
                 *(f"{k} {v}" for k, v in run["versions"].items())):  # fmt: skip
        assert word in text, word
    for path, value in run["params"].items():
        if not path.startswith("study."):
            assert f"<td>{path}</td><td>{value}</td>" in text


@pytest.mark.slow
def test_its_numbers_are_the_runs(sheet):
    text, run = sheet.read_text(), json.loads((sheet.parent / "run.json").read_text())
    assert f"<td>Sharpe ratio</td><td>{run['metrics']['sharpe']:.2f}</td>" in text
    assert f"<td>Worst drawdown</td><td>{run['metrics']['max_drawdown']:.1%}</td>" in text
    # quantstats' own table, at 365 bars a year, says the same of the strategy and of holding, but over 0%.
    rows = {m[0]: m[1:] for m in re.findall(r"<tr><td>([^<]+)</td><td>([^<]+)</td><td>([^<]+)</td></tr>", text)}
    held = run["benchmark_metrics"]["hold ETH-USD"]
    equity = pd.read_csv(sheet.parent / "equity.csv")["equity_usd"].to_numpy()
    over_zero = performance.of_curve(equity, run["cash_usd"], run["periods_per_year"])
    others = {
        "Sharpe",
        "Sortino",
        "Time in Market",
        "Smart Sharpe",
        "Smart Sortino",
        "Sortino/√2",
        "Prob. Sharpe Ratio",
    }
    assert not others & {*rows}  # those are other numbers above, or over 0% without saying so
    assert {"Smart Sharpe over 0%", "Smart Sortino over 0%", "Prob. Sharpe over 0%"} <= {*rows}
    for name in ("Sharpe", "Sortino"):
        assert (
            float(rows[f"{name} over 0%"][1])
            == round(over_zero[name.lower()], 2)
            > round(run["metrics"][name.lower()], 2)
        )
    years = {3: "3Y (ann.)", 5: "5Y (ann.)", 10: "10Y (ann.)"}  # of more years than were run it has the whole run's
    assert {name for name in years.values() if name in rows} == {
        name for length, name in years.items() if run["bars"] >= 365 * length
    }
    assert "10Y (ann.)" not in rows
    drawdown = [float(v.rstrip("%")) for v in rows["Max Drawdown"]]
    assert drawdown == [round(m["max_drawdown"] * 100, 2) for m in (held, run["metrics"])]


def test_months_are_compounded_and_empty_outside_the_run(sheet):
    equity = pd.read_csv(sheet.parent / "equity.csv", index_col=0, parse_dates=True)["equity_usd"]
    text = re.search(r'<table id="months">.*?</table>', sheet.read_text()).group()
    rows = [
        re.findall(r"<td[^>]*>(?:<b>)?([^<]*)(?:</b>)?</td>", row) for row in re.findall(r"<tr>(<td>.*?)</tr>", text)
    ]
    assert [row[0] for row in rows] == ["2018", "2019", "2020", "2021", "2022"]
    start = 100_000.0
    for year, *months, whole in rows:
        first = start
        for month, cell in enumerate(months, 1):
            inside = equity[(equity.index.year == int(year)) & (equity.index.month == month)]
            if inside.empty:
                assert cell == ""
                continue
            assert cell == f"{inside.iloc[-1] / start - 1:,.1%}", (year, month)
            start = inside.iloc[-1]
        assert whole == f"{start / first - 1:,.1%}"
    assert [cell == "" for cell in rows[0][1:13]] == [True] * 5 + [False] * 7


@pytest.mark.slow
@pytest.mark.browser
def test_in_chromium(sheet):
    find_browser()
    with browse(sheet) as page:
        assert page.problems == []
        assert [url for url in page.requests if not url.startswith(("file:", "data:"))] == []
        assert page.requests[0].startswith("file:")
        title = page.evaluate("document.title")
        assert title.startswith("SIMULATED")
        assert "<img src=x" in title  # the study's name, as text
        assert page.evaluate("document.querySelectorAll('img').length") == 0
        said = answer(read(RunRecord, sheet.parent / "run.json"))
        assert page.evaluate("document.querySelector('.verdict').textContent") == " ".join(said.split())
        assert page.evaluate("document.querySelectorAll('#quantstats svg').length") == 10
        assert page.evaluate("document.querySelectorAll('#numbers tbody tr').length") == 11
        equity = pd.read_csv(sheet.parent / "equity.csv", index_col=0)["equity_usd"]
        chart = "document.querySelector('figure.chart')"
        shown = f"[{chart}.querySelector('time').textContent, {chart}.querySelector('[data-at]').textContent].join()"
        assert page.evaluate(shown) == f"{equity.index[-1]},{equity.iloc[-1]:,.0f}"
        page.evaluate("document.querySelector('.chart .plot').focus()")
        page.send("Input.dispatchKeyEvent", type="keyDown", key="Home")
        date, value = page.evaluate(shown).split(",", 1)
        assert date == equity.index[0]
        assert float(value.replace(",", "")) == pytest.approx(equity.iloc[0], rel=1e-4)  # five digits


@pytest.mark.slow
def test_a_run_that_quantstats_cannot_draw_still_stands(harbinger):
    code, out, _ = harbinger("run", "hold_eth", "-s", "weight=0", "--source", "simulated:null", "--end", "2016-01-20",
                             "--json", "--out", "x")  # fmt: skip
    assert code == 0
    run = json.loads(out)
    drawn = Path("x/tearsheet.html").exists()
    assert drawn != any(w.startswith("no tearsheet") for w in run["warnings"])


TWICE = """
import sys
import matplotlib
matplotlib.rcParams["svg.hashsalt"] = "the same names of what is drawn"
from backtests.experiments.studies import load
from backtests.runs.tearsheet import drawers, quantstats_chapter, quantstats_report
from backtests.runs.run import run
from data.sources.simulated.source import SimulatedSource
from data.store import Store

result = run(load("small_cap_trend").with_value("study.start", "2019-01-01"), SimulatedSource(), Store())
drawers.processors = lambda: 3
with drawers.begun():
    assert len(drawers._drawers) == 2
    beside = quantstats_chapter.chapter(result, "net")()
quick = quantstats_chapter.chapter(result, "net")()
assert quick == beside
assert "scipy" not in sys.modules
for name in [name for name in sys.modules if name.partition(".")[0] in ("quantstats", "seaborn")]:
    del sys.modules[name]
import scipy.stats
quantstats_report.REPEATED = ()
assert quantstats_chapter.chapter(result, "net")() == quick
"""


@pytest.mark.slow
def test_what_makes_a_page_quick_changes_no_byte_of_it(tmp_path):
    import os
    import subprocess
    import sys

    env = {**os.environ, "HARBINGER_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", TWICE], cwd=tmp_path, check=True, env=env)
