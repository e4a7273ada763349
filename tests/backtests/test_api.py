"""The work from Python: names that are there in any order of imports, what is written and counted, what is shown."""

import json
import os
import subprocess
import sys
import typing
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import backtests
from backtests import api, compare, run, sweep
from backtests.experiments.studies import load
from backtests.registry import Registry
from backtests.runs.result import Result
from backtests.sweeps.work import pool, running
from data.errors import BadSpec, OutOfBounds, UnknownName, UsageError
from tests.conftest import ROOT

SOURCE, END = "simulated:seed=3", "2018-12-31"
AXES = {"trend.lookback": [20, 40, 60], "threshold": (0.0, 0.02)}
SCRIPT = """
from backtests import sweep
done = sweep("small_cap_trend", {"trend.lookback": [20, 40]}, source="simulated", end="2018-12-31", out="s")
print(done.content["parity_checked"], len(done.trials))
"""
# What may stand without a unit: ratios, counts, words, and swept paths.
BARE = {"sharpe", "sortino", "calmar", "orders", "side", "status", "reason", "sharpe_difference", "sharpe_difference_low",
        "sharpe_difference_high", "p_value", "sharpe_p_value", "bars", *AXES}  # fmt: skip
UNITS = ("_usd", "_fraction", "_units", "_per_year", "_of_one")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def quick():
    """Return a run of a few years."""
    return lambda study="small_cap_trend", **words: run(study, **{"source": SOURCE, "end": END} | words)


def python(code, **env):
    words = [sys.executable, "-c", code]
    return subprocess.run(words, cwd=ROOT, env={**os.environ, **env}, check=True, capture_output=True, text=True).stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    "code",
    [
        "from backtests import run, sweep, compare",
        "import backtests.runs.run, backtests.sweeps.sweep, backtests.comparisons.comparison\nfrom backtests import run, sweep, compare",
        "from backtests import run, sweep, compare\nimport backtests.runs.run, backtests.sweeps.sweep, backtests.comparisons.comparison",
        "from backtests.runs.run import run as engine_run\nfrom backtests import run, sweep, compare\nassert run is not engine_run",
        "import backtests.cli.run, backtests.cli.sweep, backtests.cli.compare\nfrom backtests import run, sweep, compare",
    ],
)
def test_the_names_are_functions_in_any_order_of_imports(code):
    told = "from inspect import isfunction\nprint([isfunction(x) and x.__module__ for x in (run, sweep, compare)])"
    assert python(f"{code}\n{told}") == "['backtests.api', 'backtests.api', 'backtests.api']\n"


def test_no_module_may_ever_hide_a_name():
    assert {"compare", "run", "sweep"} < set(backtests.__all__)
    for name in backtests.__all__:
        assert not list(Path(backtests.__file__).parent.glob(f"{name}.py")), name
        assert not (Path(backtests.__file__).parent / name).exists(), name


@pytest.mark.slow
def test_the_package_by_itself_loads_nothing_heavy():
    code = (
        "import sys, backtests; print(sorted({'pandas', 'numpy', 'backtests.api', 'rich', 'arch'} & set(sys.modules)))"
    )
    assert python(code) == "[]\n"
    code = "import sys; from backtests import run, sweep, compare; print(sorted({'arch', 'scipy', 'plotly', 'matplotlib', 'statsmodels'} & set(sys.modules)))"
    assert python(code) == "[]\n"


def test_what_is_not_there_is_said_as_python_says_it():
    with pytest.raises(AttributeError, match="module 'backtests' has no attribute 'runn'"):
        backtests.runn  # noqa: B018
    with pytest.raises(ImportError, match="cannot import name 'runn'"):
        from backtests import runn  # noqa: F401


def test_everything_is_typed():
    for package in ("data", "signals", "strategies", "backtests"):
        assert (ROOT / package / "py.typed").is_file()
    assert typing.get_type_hints(api.run)["return"] is Result
    for function in (run, sweep, compare):
        hints = typing.get_type_hints(function)
        assert set(function.__code__.co_varnames[: function.__code__.co_argcount]) <= set(hints)


@pytest.mark.slow
def test_a_run_writes_nothing_and_is_counted(quick, elsewhere):
    result = quick(settings={"trend.lookback": np.int64(90)})
    assert list(elsewhere.iterdir()) == []
    (entry,) = Registry().runs.newest()
    assert (entry.run_id, entry.path, entry.status) == (result.run_id, "", "ok")
    assert json.loads(entry.metrics) == result.metrics.values
    assert Registry().count("ETH-USD", simulated=True).from_runs == 1
    quick(settings={"trend.lookback": "90"})
    assert Registry().count("ETH-USD", simulated=True).from_runs == 1  # the same idea again
    quick(settings={"trend.lookback": 30})
    assert Registry().count("ETH-USD", simulated=True).from_runs == 2


def test_a_failed_attempt_leaves_its_row(quick, elsewhere):
    with pytest.raises(Exception, match="choose a span inside"):
        quick(start="2031-01-01", end="2031-12-31")
    assert [entry.status for entry in Registry().runs.newest()] == ["failed"]
    assert list(elsewhere.iterdir()) == []


def test_a_run_is_that_of_the_command_to_the_bit(quick, harbinger):
    result = quick(settings={"costs.slippage_bps": 20}, start="2017-01-01", out="a")
    words = ("--source", SOURCE, "--start", "2017-01-01", "--end", END, "--no-tearsheet", "--out", "b", "--fresh")
    code, _, err = harbinger("run", "small_cap_trend", "-s", "costs.slippage_bps=20", *words)
    assert (code, err) == (0, "")
    assert Path("a").resolve() != Path("b").resolve()
    for name in ("equity.csv", "orders.csv", "spec.toml"):
        assert Path("b", name).read_bytes() == Path("a", name).read_bytes(), name
    assert json.loads(Path("a/run.json").read_text())["run_id"] == result.run_id
    read = pd.read_csv("b/equity.csv", index_col="date", parse_dates=True)
    assert np.array_equal(result.equity["equity_usd"], read["equity_usd"])
    assert len(result.orders) == len(pd.read_csv("b/orders.csv"))


@pytest.mark.slow
def test_a_spec_and_a_file_are_run_too(quick):
    experiment = load("small_cap_trend")
    Path("mine.toml").write_text(
        '[study]\nname = "mine"\n[strategy]\nuse = "long_flat"\n[strategy.trend]\nuse = "small_cap_momentum"\n'
    )
    results = [quick(), quick(experiment), quick(Path("mine.toml")), quick("mine.toml")]
    assert len({result.metrics["sharpe"] for result in results}) == 1


@pytest.mark.slow
def test_tables_have_units_in_their_names(quick):
    result = quick()
    done = sweep("small_cap_trend", AXES, source=SOURCE, end=END, out="s")
    found = compare(result, quick("hold_eth"))
    tables = [result.equity, result.orders, done.trials, found.metrics, found.apart, found.curves.droplevel(0, axis=1)]
    for table in tables:
        for column in table.columns:
            assert column.endswith(UNITS) or column in BARE, column
    equity = result.equity
    r = equity["equity_usd"] / equity["equity_usd"].shift(fill_value=1e5) - 1
    assert equity["return_fraction"].tolist() == pytest.approx(r.tolist(), abs=1e-15)
    assert equity["drawdown_fraction"].min() == pytest.approx(result.metrics["max_drawdown"], rel=1e-12)
    assert equity["return_fraction"].tolist() == pytest.approx(result.returns.tolist(), abs=1e-15)
    assert (equity["drawdown_fraction"] <= 0).all()


@pytest.mark.slow
def test_a_sweep_is_that_of_the_command_and_its_best_is_a_setting(quick, harbinger):
    done = sweep("small_cap_trend", AXES, source=SOURCE, end=END, out="s")
    words = ("-s", "trend.lookback=20,40,60", "-s", "threshold=0,0.02", "--source", SOURCE, "--end", END, "--out", "t")
    assert harbinger("sweep", "small_cap_trend", *words)[0] == 0
    assert Path("s/trials.csv").read_bytes() == Path("t/trials.csv").read_bytes()
    assert {file.name for file in Path("s").iterdir()} == {file.name for file in Path("t").iterdir()}
    best = done.trials.loc[done.trials["sharpe"].idxmax()]
    assert done.best == {"trend.lookback": best["trend.lookback"], "threshold": best["threshold"]}
    again = quick(settings=done.best)
    assert again.metrics["sharpe"] == pytest.approx(best["sharpe"], rel=1e-9)
    assert set(done.best_region) == set(AXES)
    read = pd.read_csv("t/trials.csv")
    assert done.trials["total_return_fraction"].tolist() == read["total_return"].tolist()


@pytest.mark.slow
@pytest.mark.parametrize(("asked", "many"), [({}, 5), ({"workers": 1}, 1)])
def test_a_sweep_takes_the_processes_that_the_command_takes(quick, monkeypatch, asked, many):
    begun = []

    class Counted(running.Auditors):
        def __init__(self, *given):
            begun.append(given[-1])
            super().__init__(*given)

    monkeypatch.setattr(running, "Auditors", Counted)
    monkeypatch.setattr(pool, "processors", lambda: 5)
    sweep("small_cap_trend", {"trend.lookback": [20]}, source=SOURCE, end=END, out="s", **asked)
    assert begun == [many]


@pytest.mark.slow
def test_a_sweep_keeps_the_equity_of_the_chosen_and_of_all_where_asked(quick):
    axes = {"trend.lookback": [20, 40], "study.start": ["2018-03-01", "2018-09-01"]}
    done = sweep("small_cap_trend", axes, source=SOURCE, end=END, out="s", curves=True)
    found = done.curves([3, 0])
    assert list(found.columns) == [3, 0]
    assert found.index[0] == pd.Timestamp("2018-03-01")
    assert found[3].isna().sum() == 184
    for at in (0, 3):
        run = quick(settings=dict(zip(axes, done.plan.sets[at], strict=True)))
        assert found[at].dropna().tolist() == run.ledger.equity_usd.tolist()
    assert list(done.equity.columns) == []  # over different days none is the best
    with pytest.raises(UsageError, match="no equity curve of set 4"):
        done.curves([4])
    kept = sweep("small_cap_trend", AXES, source=SOURCE, end=END, out="u", curves=True)
    best = kept.curves([kept.content["best"]["set"]]).iloc[:, 0]
    assert kept.equity["best_point_usd"].dropna().tolist() == best.tolist()
    plain = sweep("small_cap_trend", AXES, source=SOURCE, end=END, out="t")
    with pytest.raises(UsageError, match="sweep with --curves"):
        plain.curves([0])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("axes", "words", "sets"),
    [
        ({"trend.lookback": range(20, 61, 20)}, {}, [20, 40, 60]),
        ({"trend.lookback": "20:60:20"}, {}, [20, 40, 60]),
        ({"trend.lookback": np.array([20, 40])}, {}, [20, 40]),
        ({"trend.lookback": (n for n in (20, 40))}, {}, [20, 40]),
        ({"trend.lookback": [20, 40, 60]}, {"constraint": "trend.lookback < 50"}, [20, 40]),
        ({"market.join": ["hold", "flat"]}, {}, ["hold", "flat"]),
    ],
)
def test_axes_are_values_or_text(axes, words, sets):
    path = next(iter(axes))
    done = sweep("small_cap_trend", axes, source=SOURCE, end=END, out="s", **words)
    assert done.trials[path].tolist() == sets


@pytest.mark.slow
def test_random_and_sobol_draw_from_ranges():
    for words in ({"random": 5}, {"sobol": 5, "seed": 3}):
        done = sweep(
            "small_cap_trend",
            {"threshold": "0:0.05"},
            source=SOURCE,
            end=END,
            out=next(iter(words)),
            metric="calmar",
            **words,
        )
        assert len(done.trials) == 5
        assert done.trials["threshold"].between(0, 0.05).all()
        assert done.content["metric"] == "calmar"


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: run("smal_cap_trend"), UnknownName, "did you mean small_cap_trend"),
        (lambda: run("small_cap_trend", settings={"trend.lokback": 3}), UnknownName, "did you mean trend.lookback"),
        (lambda: run("small_cap_trend", settings={"trend.lookback": 0}), OutOfBounds, "trend.lookback = 0"),
        (lambda: run("small_cap_trend", settings={"trend.lookback": 30.5}), BadSpec, "not a whole number"),
        (lambda: run("small_cap_trend", start="2020", source=SOURCE), BadSpec, "write YYYY-MM-DD"),
        (lambda: run("small_cap_trend", tearsheet=True), UsageError, "needs out="),
        (lambda: sweep("small_cap_trend", {}), BadSpec, "nothing to sweep"),
        (lambda: sweep("small_cap_trend", {"trend.lookback": []}), BadSpec, "at least one value"),
        (lambda: sweep("small_cap_trend", {"trend.lookback": [20, 20]}), BadSpec, "20 stands twice"),
        (lambda: sweep("small_cap_trend", {"lookback": [20]}), UnknownName, "did you mean trend.lookback"),
        (lambda: sweep("small_cap_trend", {"trend.lookback": [20]}, random=3, sobol=3), UsageError, "choose one"),
        (lambda: sweep("small_cap_trend", {"trend.lookback": [2.5]}), BadSpec, "not a whole number"),
        (lambda: compare("small_cap_trend", "nosuch", source=SOURCE), UnknownName, "run or study"),
    ],
)
def test_errors_name_the_value_and_the_remedy(call, error, says, elsewhere):
    with pytest.raises(error, match=says.replace("(", r"\(")):
        call()
    assert list(elsewhere.iterdir()) == []


@pytest.mark.slow
def test_compare_takes_results_folders_ids_and_studies(quick):
    first, second = quick(), quick("own_trend", out="b")
    found = compare(first, "b", second.run_id, "hold_eth", load("hold_eth"), source=SOURCE, out="c")
    assert [side.record.run_id for side in found.sides[:3]] == [first.run_id, second.run_id, second.run_id]
    assert found.net[1].values == found.net[2].values
    assert sorted(file.name for file in Path("c").iterdir()) == ["compare.html", "compare.json"]
    assert found.differences.loc["trend"].tolist() == ["small_cap_momentum", "own_momentum", "own_momentum", "-", "-"]
    run_unsaved = compare(first, second)
    assert run_unsaved.net[1].values == found.net[1].values
    assert run_unsaved.gross[0].values == first.gross.values


def test_the_same_run_from_memory_and_from_its_folder_is_one_side(quick):
    settings = {"costs.cash_yield_pct_per_year": 4, "market.traded": "SPY"}
    result = quick("vol_target_hold", settings=settings, out="a")
    found = compare(result, "a", quick("hold_eth", start="2017-06-01"))
    assert found.cut
    assert found.net[0].values == pytest.approx(found.net[1].values, rel=1e-12)
    assert found.gross[0].values == pytest.approx(found.gross[1].values, rel=1e-12)
    assert {path: row for path, row in found.parameters.items() if row[0] != row[1]} == {}


@pytest.mark.slow
def test_a_script_without_a_guard_sweeps_once(elsewhere):
    Path("script.py").write_text(SCRIPT)
    done = subprocess.run([sys.executable, "script.py"], capture_output=True, text=True, check=True)
    assert done.stdout == "2 2\n"
    assert Registry().count("ETH-USD", simulated=True).trials == 2


class Reader(HTMLParser):
    """Tags that are open, and everything that a page could load or run."""

    def __init__(self):
        super().__init__()
        self.open, self.bad, self.text = [], [], []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.bad += [tag] if tag in ("script", "link", "img", "iframe", "style") else []
        self.bad += [name for name, _ in attrs if name.startswith("on") or name in ("src", "href")]

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def read(html):
    reader = Reader()
    reader.feed(html)
    assert (reader.open, reader.bad) == ([], [])
    return " ".join(reader.text)


@pytest.mark.slow
def test_cards_stand_by_themselves_and_are_small(quick):
    result, done = quick(), sweep("small_cap_trend", AXES, source=SOURCE, end=END, out="s")
    for thing, words in ((result, ["Sharpe ratio", "hold ETH-USD", result.run_id]), (done, ["best region", "set "]),
                         (compare(result, quick("hold_eth")), ["less A", "common span"])):  # fmt: skip
        html = thing._repr_html_()
        text = read(html)
        assert "SIMULATED" in text
        assert "SIMULATED" in repr(thing)
        assert len(html) < 25_000
        assert len(repr(thing)) < 200
        assert "<polyline" in html
        for word in words:
            assert word in text, word


def test_a_name_on_a_card_is_text(quick):
    name = "<script>alert(1)</script>\"'&"
    Path("mine.toml").write_text(f"[study]\nname = '''{name}'''\n[strategy]\nuse = \"hold\"\n")
    result = quick("mine.toml")
    assert name in read(result._repr_html_())
    assert name in read(compare(result, quick("hold_eth"))._repr_html_())


@pytest.mark.slow
def test_cards_of_ends_and_gaps(quick):
    ruined = quick("hold_eth", source="simulated:null,seed=4", end=None,
                   settings={"weight": -3, "execution.max_leverage": 3, "execution.rebalance_band": 1})  # fmt: skip
    assert "ruin" in read(ruined._repr_html_())
    assert "nan" not in ruined._repr_html_()
    idle = quick("hold_eth", settings={"weight": 0}, end="2016-01-31")
    assert idle.metrics["sharpe"] is None
    assert "Sharpe ratio - -" in " ".join(read(idle._repr_html_()).split())
    done = sweep("hold_eth", {"weight": [0.0, 0.5]}, source=SOURCE, end=END, out="s", constraint="orders > 999")
    assert done.best is None
    assert done.best_region is None
    assert "no set may be called best" in read(done._repr_html_())


@pytest.mark.slow
def test_the_three_lines_of_the_readme():
    code = (ROOT / "README.md").read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    scope = {}
    exec(compile(code, "README.md", "exec"), scope)
    assert repr(scope["trend"]).startswith("<Result SIMULATED small_cap_trend")


@pytest.mark.parametrize("verb", [run, sweep, compare])
def test_a_wrong_keyword_is_answered_as_a_wrong_option_is(verb):
    with pytest.raises(UnknownName, match=r"unknown keyword of \w+\(\) 'sorce'; did you mean source") as caught:
        verb("small_cap_trend", "own_trend", sorce="simulated")
    assert isinstance(caught.value, TypeError)  # as Python's own answer is
    with pytest.raises(TypeError, match="settings="):
        verb("small_cap_trend", "own_trend", lookback=90)
