"""Which sets a sweep tries: axes, draws, constraints. No set is run here."""

from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtests.experiments.studies import load
from backtests.experiments.toml import parse
from backtests.metrics.performance import NAMES
from backtests.registry import trial_hash
from backtests.sweeps.plans.axes import Axis, split
from backtests.sweeps.plans.constraint import Constraint
from backtests.sweeps.plans.plan import LOWER_IS_BETTER, Plan
from backtests.sweeps.plans.sets import Settings
from data.errors import BadSpec, OutOfBounds, UnknownName

SPEC = load("small_cap_trend")


def plan(*settings, **more):
    fixed, axes = split(SPEC, settings)
    assert fixed == []
    return Plan(SPEC, tuple(axes), **more)


def test_what_is_better_low_has_one_order_so_that_a_page_drawn_again_is_the_same_bytes():
    assert tuple(name for name in NAMES if name in LOWER_IS_BETTER) == LOWER_IS_BETTER


def test_lists_ranges_and_single_values():
    fixed, axes = split(SPEC, ["trend.lookback=20,40:60:10", "threshold=0:0.3:0.1", "costs.slippage_bps=7"])
    assert fixed == ["costs.slippage_bps=7"]
    assert axes[0].values == (20, 40, 50, 60)
    assert axes[1].values == (0.0, 0.1, 0.2, 0.3)  # decimals: not 0.30000000000000004


def test_the_last_axis_turns_fastest():
    assert plan("trend.lookback=20,40", "threshold=0,0.5").sets == [(20, 0.0), (20, 0.5), (40, 0.0), (40, 0.5)]


@pytest.mark.parametrize(
    ("setting", "error", "says"),
    [
        ("trend.lookbak=1,2", UnknownName, "trend.lookback"),
        ("trend.lookback=0,20", OutOfBounds, "trend.lookback = 0 is out of bounds: from 1 to 756 sessions"),
        ("trend.lookback=20,x", BadSpec, "trend.lookback = 'x' is not a whole number"),
        ("trend.lookback=20:60:0", BadSpec, "the step must be above 0"),
        ("trend.lookback=60:20:10", BadSpec, "the second number not below the first"),
        ("trend.lookback=20,20", BadSpec, "20 stands twice"),
        ("threshold=0:1:0.000001", BadSpec, "at most 100,000"),
        ("threshold=0:nan:1", BadSpec, "write low:high:step|must be above 0"),
        ("market.join=hold,never", OutOfBounds, "one of hold, flat, us_sessions_only"),
        ("trend.lookback", BadSpec, "write -s path=value"),
    ],
)
def test_an_axis_that_cannot_be(setting, error, says):
    with pytest.raises(error, match=says):
        split(SPEC, [setting])


def test_an_axis_given_twice_is_refused():
    with pytest.raises(BadSpec, match="swept twice"):
        split(SPEC, ["threshold=0,1", "threshold=2,3"])


def test_nothing_to_sweep_and_unknown_metrics_are_said():
    with pytest.raises(BadSpec, match="nothing to sweep"):
        Plan(SPEC, ())
    with pytest.raises(UnknownName, match="did you mean sharpe"):
        plan("threshold=0,1", metric="sharp")
    with pytest.raises(BadSpec, match="needs --random N or --sobol N"):
        plan("threshold=0:1")
    with pytest.raises(BadSpec, match="at most 1,000,000 in one sweep"):
        plan("trend.lookback=2:700:1", "threshold=0:1:0.001", "costs.slippage_bps=1,2")


def test_draws_are_the_same_for_ever_and_differ_by_seed():
    for method in ("random", "sobol"):
        one = plan("trend.lookback=5:250", "threshold=0:0.1", method=method, n=50)
        assert one.sets == plan("trend.lookback=5:250", "threshold=0:0.1", method=method, n=50).sets
        assert one.sets != replace(one, seed=2).sets
        assert len(one.sets) == 50
        assert all(5 <= lookback <= 250 and 0 <= threshold <= 0.1 for lookback, threshold in one.sets)
        assert all(isinstance(lookback, int) for lookback, _ in one.sets)


def test_random_draws_of_a_grid_never_repeat():
    sets = plan("trend.lookback=20:60:10", "threshold=0,0.1,0.2", method="random", n=1000).sets
    assert len(sets) == len(set(sets)) == 15


def test_sobol_fills_the_plane_more_evenly_than_chance():
    settings = ("threshold=0:1", "execution.rebalance_band=0:1")
    sobol, drawn = (np.array(plan(*settings, method=m, n=256).sets) for m in ("sobol", "random"))

    def spread(points):
        counts, *_ = np.histogram2d(*points.T, bins=16, range=[[0, 1], [0, 1]])
        return counts.std()

    assert spread(sobol) == 0  # one point in each of 256 cells
    assert spread(drawn) > 0.5


def test_a_plan_reads_back():
    one = plan(
        "trend.lookback=5:250", "threshold=0,0.1", method="sobol", n=8, constraint="threshold < 1", metric="calmar"
    )
    assert Plan.read(one.as_json(), "x") == one
    assert Plan.read(one.as_json(), "x").sets == one.sets
    for broken in ("", "{}", "[]", '{"axes": 3}', one.as_json()[:-20]):
        with pytest.raises(BadSpec):
            Plan.read(broken, "x")


# Constraints


def test_constraints_on_parameters_leave_sets_out_before_they_run():
    one = plan("trend.lookback=20:60:10", "threshold=0,0.1", constraint="trend.lookback / 10 <= 3 or threshold == 0.1")
    assert one.sets == [(20, 0.0), (20, 0.1), (30, 0.0), (30, 0.1), (40, 0.1), (50, 0.1), (60, 0.1)]
    empty = plan("trend.lookback=20:60:10", "threshold=0,0.1", constraint="trend.lookback > 100")
    with pytest.raises(BadSpec, match="leaves none of 10 sets"):
        _ = empty.sets


def test_constraints_on_metrics_leave_no_set_out():
    assert len(plan("threshold=0,0.1", constraint="orders >= 20 and threshold < 0.05").sets) == 2


def test_the_grammar():
    columns = {"a": np.array([1.0, 2.0, np.nan]), "b.c": np.array([2.0, 2.0, 2.0])}

    def holds(text):
        return Constraint.parse(text, columns).holds(columns, 3).tolist()

    assert holds("a < b.c") == [True, False, False]
    assert holds("not a < b.c") == [False, True, True]
    assert holds("0 < a <= 2") == [True, True, False]
    assert holds("max(a, b.c, 1) + abs(-1) == 3 and a * 2 - 1 >= 1") == [True, True, False]
    assert holds("1 < 2") == [True, True, True]


@pytest.mark.parametrize(
    "text",
    ["__import__('os').system('true')", "(lambda: 1)()", "[a for a in (1,)]", "a if a else a", "a ** 9", "a << 1", "a[0]",
     "f'{a}'", "open('x')", "a.b", "a, a", "(a := 1)", "abs", "min()", "abs(x=1)", "a is a", "a in a", "", "a <", "print(a)",
     "a.__class__", "9" * 5000 + " < a"],
)  # fmt: skip
def test_anything_but_a_condition_is_refused(text):
    with pytest.raises((BadSpec, UnknownName)):
        Constraint.parse(text, ["a"]).holds({"a": np.ones(2)}, 2)


def test_what_is_no_condition_is_told_one():
    with pytest.raises(BadSpec, match=r"'a << 1' is not part of a condition; write for example 'orders >= 20'$"):
        Constraint.parse("a << 1", ["a"])


@given(st.text(max_size=60))
def test_no_text_does_more_than_be_refused(text):
    with suppress(BadSpec, UnknownName):
        Constraint.parse(text, ["a"]).holds({"a": np.ones(2)}, 2)


# From values to experiments


BOTH = """
[strategy]
use = "vol_target"
target_vol_pct = 30.0
[strategy.base]
use = "long_flat"
[strategy.base.trend]
use = "moving_average_cross"
"""


def test_a_set_is_what_tune_makes_of_it():
    base = parse(BOTH.encode(), "x")
    _, axes = split(base, ["base.trend.fast=20,300", "base.trend.slow=200,400", "costs.slippage_bps=0,5",
                           "execution.delay_bars=0,1", "market.join=hold,flat", "study.start=2019-01-01,2020-01-01"])  # fmt: skip
    one = Plan(base, tuple(axes))
    settings = Settings(one)
    good = [values for values in one.sets if values[0] < values[1]]
    assert len(good) < len(one.sets)
    for values in good:
        experiment = settings.experiment(values)
        assert experiment == base.with_values(dict(zip(one.paths, values, strict=True)))
        assert settings.trial_hash(values) == trial_hash(experiment)  # also where the base's other bound is crossed
    with pytest.raises((BadSpec, OutOfBounds)):
        settings.experiment((300, 200, 0.0, 0, "hold", "2019-01-01"))


def test_an_axis_knows_its_places():
    assert [Axis("a", (1, 2, 3)).at(u) for u in (0, 0.34, 0.999)] == [1, 2, 3]
    assert [Axis("a", (), 5, 6, True).at(u) for u in (0, 0.49, 0.51, 0.999)] == [5, 5, 6, 6]
    assert set(NAMES).isdisjoint(
        {parameter.path for parameter in SPEC.parameters()}
    )  # a name in a constraint means one thing
