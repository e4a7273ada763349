"""harbinger in a folder full of modules that must never run: named like Python's own, the libraries' and ours."""

import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

SCRIPT = Path(sys.executable).parent / "harbinger"
HOSTILE = 'open({mark!r}, "a").write(__name__ + "\\n")\nraise SystemExit("a module of the current folder ran")\n'
SWEEP = (
    "sweep",
    "own_trend",
    "--source",
    "simulated:null",
    "--end",
    "2017-12-31",
    "-s",
    "trend.lookback=20,40",
    "--json",
)
OURS = ("signals", "data", "strategies")
EVERY_MODULE = """
import importlib, pkgutil, sys
import backtests, data, signals, strategies
for package in (backtests, data, signals, strategies):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
for late in ("quantstats", "yfinance", "matplotlib.pyplot", "plotly", "pyarrow.parquet", "jinja2.sandbox", "scipy.stats.qmc"):
    importlib.import_module(late)
from backtests.cli import main
for words in (["run", "own_trend", "--source", "simulated:null", "--no-tearsheet"], ["data", "check", "IWM", "--source", "simulated"],
              ["today", "own_trend", "--source", "simulated"], ["fedwatch"], ["signals"], ["strategies"], ["studies"], ["runs", "list"]):
    sys.argv = ["harbinger", *words]
    try:
        main()
    except SystemExit as end:
        assert end.code in (0, 1, None), (words, end.code)
import os
assert not {"", ".", os.getcwd()} & set(sys.path), sys.path
print("all of them ran")
"""


@pytest.fixture
def hostile(tmp_path):
    """Fill a folder with a module of every name that is Python's own, a library's or ours; where each would leave its name."""

    def fill(names):
        mark = tmp_path / "ran.txt"
        for name in filter(str.isidentifier, names):
            (tmp_path / f"{name}.py").write_text(HOSTILE.format(mark=str(mark)))
        return mark

    return fill


def call(words, folder):
    return subprocess.run(list(map(str, words)), cwd=folder, capture_output=True, text=True, timeout=300, check=False)


def libraries():
    """Every name that an installed library or one of our floors imports by, `backtests` apart; asked for late, for it takes long."""
    return {*packages_distributions(), *OURS} - {"backtests"}


def everything():
    """These, Python's own and what Python itself looks for as it starts."""
    return {*libraries(), *sys.stdlib_module_names, "backtests", "sitecustomize", "usercustomize"} - {"__main__"}


@pytest.mark.slow
def test_no_module_and_no_verb_imports_what_lies_in_the_current_folder(hostile, tmp_path):
    mark = hostile(everything())
    done = call([sys.executable, "-P", "-c", EVERY_MODULE], tmp_path)
    assert not mark.exists(), mark.read_text()
    assert done.stdout.endswith("all of them ran\n"), done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("start", "names"),
    [
        ([SCRIPT], everything),
        (
            [sys.executable, "-m", "backtests"],
            libraries,
        ),  # Python itself looks here first, before any line of ours runs
    ],
)
def test_the_processes_of_a_sweep_import_nothing_of_it(hostile, tmp_path, start, names):
    mark = hostile(names())
    done = call([*start, *SWEEP], tmp_path)
    assert not mark.exists(), mark.read_text()
    assert (done.returncode, done.stderr) == (0, "")


def test_the_package_runs_as_the_command(tmp_path):
    (tmp_path / "backtests.py").write_text("raise SystemExit('the current folder ran')")
    done = call([sys.executable, "-P", "-m", "backtests", "--version"], tmp_path)
    assert done.stdout.startswith("harbinger ")
