"""What a library imports and a run never uses is loaded by whoever asks for it, and by nobody else."""

import importlib
import json
import os
import subprocess
import sys

import pytest

from backtests.deferred import absent, deferred
from backtests.engine.backtrader import UNUSED
from tests.paths import ROOT

HEAVY = {"quantstats", "matplotlib", "scipy", "seaborn", "yfinance", "plotly", "numba", "statsmodels", "arch", "requests",
         "IPython", "exchange_calendars", "backtrader.indicators.sma", "backtrader.analyzers.sharpe"}  # fmt: skip
CALL = """
import sys
from backtests.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code
import json
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


@pytest.fixture
def library(tmp_path, monkeypatch):
    """A package that imports two modules of its own, one inside the other; each says when it runs."""
    name = f"library_{tmp_path.name.replace('-', '_')}"
    inner = tmp_path / name / "part"
    inner.mkdir(parents=True)
    (tmp_path / name / "__init__.py").write_text(
        f"ran = []\nfrom . import part as part\nfrom . import part as again\nimport {name}.part.deep\n"
    )
    (inner / "__init__.py").write_text(f"import {name}\n{name}.ran.append('part')\nvalue = 7\n")
    (inner / "deep.py").write_text(f"import {name}\n{name}.ran.append('deep')\nvalue = 8\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield name
    for each in [each for each in sys.modules if each.split(".")[0] == name]:
        del sys.modules[each]


def test_a_deferred_module_runs_once_and_when_it_is_asked(library):
    deferred(f"{library}.part", f"{library}.part.deep", f"{library}.nowhere")
    package = importlib.import_module(library)
    assert package.ran == []
    assert package.part is package.again
    assert package.part.value == package.part.value == 7
    assert package.ran == ["part", "deep"]  # which may have added to it
    assert package.part.deep.value == 8
    with pytest.raises(AttributeError, match="missing"):
        package.part.missing  # noqa: B018  # as of any module
    with pytest.raises(ImportError):
        importlib.import_module(f"{library}.nowhere")


def test_what_is_imported_from_a_deferred_module_is_there(library):
    deferred(f"{library}.part")
    assert importlib.import_module(f"{library}.part").value == 7
    loaded = sys.modules[f"{library}.part"]
    deferred(f"{library}.part")
    assert sys.modules[f"{library}.part"] is loaded


def test_an_absent_library_is_back_afterwards(library):
    with absent(library), pytest.raises(ImportError):
        importlib.import_module(library)
    package = importlib.import_module(library)
    with absent(library):
        assert importlib.import_module(library) is package


def test_a_strategy_of_the_users_finds_all_of_backtrader():
    import backtrader as bt

    for name in UNUSED:
        module = importlib.import_module(f"backtrader.{name}")
        assert any(not each.startswith("_") for each in dir(module)), name
    assert bt.ind is bt.indicators
    assert bt.ind.SMA
    assert bt.observers.DrawDown
    assert bt.analyzers.SharpeRatio
    assert bt.indicators.Vortex
    assert bt.studies.Fractal


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ("run", "small_cap_trend", "--source", "simulated", "--no-tearsheet", "--out", "out", "--json"),
        ("--help",),
        ("studies",),
    ],
    ids=lambda words: words[0],
)
def test_a_command_loads_nothing_heavy_that_it_does_not_use(tmp_path, words):
    env = {**os.environ, "HARBINGER_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)}
    for _ in range(2):  # the first call keeps the calendars
        ended = subprocess.run(
            [sys.executable, "-c", CALL, *words], env=env, cwd=tmp_path, capture_output=True, text=True, check=True
        )
    loaded = set(json.loads(ended.stderr.splitlines()[-1]))
    assert sorted(loaded & HEAVY) == []


KERNEL = """
import sys
import numpy as np
from backtests.runs.batch.sets import run_many
given = dict(commission_bps=10, slippage_bps=5, borrow_pct_per_year=0, rebalance_band=0, delay_bars=0, max_leverage=1)
prices = np.array([1.0, 2.0, 4.0])
numbers = run_many(prices, prices, np.ones(3), np.ones((1, 3)), cash_usd=1.0, periods_per_year=365,
                   **{name: np.array([value]) for name, value in given.items()})
assert numbers.bars[0] == 3
print(sorted({"coverage", "yaml", "scipy.linalg.blas", "IPython"} & set(sys.modules)))
import numba  # a user's own, with what the kernel does without
assert (numba.njit(lambda a, b: a @ b)(np.eye(2), np.eye(2)) == np.eye(2)).all()
"""


@pytest.mark.slow
def test_the_kernel_loads_nothing_of_numbas_that_it_does_not_use_and_leaves_it_whole(tmp_path):
    env = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    (tmp_path / ".numba_config.yaml").write_text("opt: nonsense")  # of a folder that a user stands in
    for _ in range(2):  # the first may compile, the second loads what it kept
        ended = subprocess.run(
            [sys.executable, "-c", KERNEL],
            env=env | {"PYTHONPATH": str(ROOT)},
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    assert ended.stdout.strip() == "[]"
