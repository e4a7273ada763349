"""Declared histories suffice, and one that does not is said."""

import json

import pandas as pd
import pytest

from backtests.checks.testing import assert_warm
from backtests.checks.warmup import check_warmup
from backtests.runs.subject import of_signal, resolve
from data.errors import DataError
from data.market import load_tables
from data.sources.simulated.source import SimulatedSource
from signals.base import Signal
from signals.discovery import find, names
from signals.own_momentum import OwnMomentum
from tests.backtests.checks.test_lookahead import settles
from tests.conftest import ROOT
from tests.contracts import make_tables
from tests.signals.parts import build_signal

HERE = ROOT / "tests" / "cheaters"
SIMULATED = SimulatedSource()
LONG = pd.Timestamp("2015-01-02"), pd.Timestamp("2021-12-31")


def check(target, **more):
    return check_warmup(target, load_tables(SIMULATED, target.needs), **more)


@pytest.fixture(scope="module")
def tables():
    needs = {id for name in names("signals") for id in of_signal(build_signal(find(name, Signal))).needs}
    return make_tables(needs - {"ZQ"}, span=LONG) | {"ZQ": settles()}


@pytest.mark.uncounted
@pytest.mark.slow
@pytest.mark.parametrize("name", names("signals"))
def test_every_declared_history_suffices(name, tables):
    target = of_signal(build_signal(find(name, Signal)))
    outcome = check_warmup(target, {id: tables[id] for id in target.needs}, instants=4)[-1]
    assert outcome.suffices, outcome
    assert [drift.times for drift in outcome.drifts] == [1, 1.5, 2, 4]


@pytest.mark.uncounted
@pytest.mark.slow
def test_an_understated_history_is_caught():
    (outcome,) = check(resolve(str(HERE / "understated_history.py")))
    assert not outcome.suffices
    assert [drift.missing for drift in outcome.drifts] == [24, 24, 24, 0]  # 20, 30, 40, 80 of the 61 it takes
    assert outcome.enough == 80


@pytest.mark.uncounted
@pytest.mark.slow
def test_the_drift_of_a_recursive_filter_falls_with_history():
    (outcome,) = check(resolve(str(HERE / "short_filter.py")))
    drifts = [drift.drift for drift in outcome.drifts]
    assert not outcome.suffices
    assert outcome.enough is None
    assert drifts == sorted(drifts, reverse=True)
    assert drifts[0] > 100 * drifts[-1] > 0
    (loose,) = check(resolve(str(HERE / "short_filter.py")), tolerance=2 * drifts[-1])
    assert loose.enough == 84


def test_a_study_measures_each_of_its_signals():
    assert [outcome.name for outcome in check(resolve("small_cap_trend_and_cuts"), instants=3)] == [
        "small_cap_momentum",
        "ease_change",
    ]
    assert check(resolve("hold_eth")) == ()


def test_a_signal_without_a_value_is_an_error():
    with pytest.raises(DataError, match="no value in the span"):
        check(of_signal(OwnMomentum(7)), start=pd.Timestamp("2030-01-01"))


def test_the_helper_for_users():
    assert_warm(OwnMomentum(7), instants=3)
    with pytest.raises(AssertionError, match="understated_history: history 20"):
        assert_warm(HERE / "understated_history.py", instants=3)


@pytest.mark.slow
def test_the_command(harbinger):
    code, out, _ = harbinger("check", "warmup", "small_cap_trend", "--source", "simulated", "--cuts", 5)
    assert code == 0
    assert "small_cap_momentum: the declared history of 61 suffices to 1e-09" in out
    code, out, _ = harbinger("check", "warmup", HERE / "understated_history.py", "--source", "simulated", "--cuts", 5)
    assert code == 1
    assert "does NOT suffice (80 are enough)" in out
    code, out, _ = harbinger("check", "warmup", "hold_eth", "--source", "simulated")
    assert (code, "no declared history" in out) == (0, True)


def test_the_command_as_json(harbinger):
    words = ("--source", "simulated", "--cuts", 5, "--json")
    code, out, _ = harbinger("check", "warmup", HERE / "understated_history.py", *words)
    content = json.loads(out)
    assert (code, content["suffices"], content["tolerance"]) == (1, False, 1e-9)
    (signal,) = content["signals"]
    assert signal["drift"][0] == {"times": 1.0, "observations": 20, "drift": None, "missing": 5}
    assert signal["drift"][3] == {"times": 4.0, "observations": 80, "drift": 0.0, "missing": 0}
    code, _, err = harbinger("check", "warmup", "nothing", *words)
    assert code == 2
