"""The parts of a sweep by themselves: the plateau, the files, the memory of a market."""

import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from backtests.experiments.studies import load
from backtests.experiments.toml import parse
from backtests.metrics.performance import NAMES
from backtests.runs.batch.cache import CachedMarket, cached
from backtests.sweeps.folder.table import PARTS, SetRow, Table
from backtests.sweeps.page.surface import _rounded
from backtests.sweeps.page.tables import distinct
from backtests.sweeps.plans.axes import split
from backtests.sweeps.plans.plan import Plan
from backtests.sweeps.plans.sets import Settings
from backtests.sweeps.plateau import Neighbours, plateau
from strategies.base import Strategy
from tests.contracts import make_market

SPEC = load("small_cap_trend")


def plan(*settings, **more):
    return Plan(SPEC, tuple(split(SPEC, settings)[1]), **more)


# Plateau


def brute_scores(one, metric):
    """The definition, word by word."""
    worst = np.where(np.isnan(metric), -np.inf, metric)
    levels = [sorted(axis.values) if axis.numeric else list(axis.values) for axis in one.axes]
    places = [[levels[i].index(v) for i, v in enumerate(values)] for values in one.sets]

    def near(a, b):
        return all(abs(x - y) <= (1 if one.axes[i].numeric else 0) for i, (x, y) in enumerate(zip(a, b, strict=True)))

    return np.array([np.median([worst[j] for j, other in enumerate(places) if near(place, other)]) for place in places])


@pytest.mark.parametrize("constraint", ["", "trend.lookback + 1000 * threshold < 70"])
def test_scores_are_the_median_over_neighbours(constraint):
    one = plan("trend.lookback=60,20,40,80", "threshold=0:0.04:0.01", "market.join=hold,flat", constraint=constraint)
    rng = np.random.default_rng(3)
    for missing in (0.0, 0.3):
        metric = np.where(rng.random(len(one.sets)) < missing, np.nan, rng.normal(size=len(one.sets)))
        found = plateau(one, metric, np.ones(len(one.sets), bool))
        wanted = brute_scores(one, metric)
        np.testing.assert_array_equal(found.scores, np.where(np.isinf(wanted), np.nan, wanted))


def test_a_lucky_point_does_not_win_against_a_good_region():
    one = plan("trend.lookback=10:100:10", "threshold=0:0.09:0.01")
    grid = np.zeros((10, 10))
    grid[1, 1] = 9.0
    grid[5:8, 5:8] = 1.0
    found = plateau(one, grid.ravel(), np.ones(100, bool))
    assert one.sets[found.best] == (70, 0.06)
    assert {one.sets[at][0] for at in found.region} == {60, 70, 80}
    assert len(found.region) == 9


def test_only_eligible_sets_are_chosen_and_none_where_there_are_none():
    one = plan("trend.lookback=10:50:10")
    metric = np.array([1.0, 2.0, 3.0, 2.0, np.nan])
    allowed = np.array([True, True, False, True, True])
    assert plateau(one, metric, allowed).best == 1
    assert plateau(one, metric, np.zeros(5, bool)) is None
    assert plateau(one, np.full(5, np.nan), np.ones(5, bool)) is None


def test_among_drawn_sets_the_nearest_count():
    one = plan("trend.lookback=5:250", "market.join=hold,flat", method="random", n=200)
    metric = np.array([-abs(lookback - 100) / 10 - (join == "flat") for lookback, join in one.sets])
    found = plateau(one, metric, np.ones(len(metric), bool))
    lookback, join = one.sets[found.best]
    assert join == "hold"
    assert abs(lookback - 100) < 10
    assert {one.sets[at][1] for at in found.region} == {"hold"}  # a category is no neighbour of another


@pytest.mark.parametrize("how", [{}, {"method": "sobol", "n": 64}])
def test_neighbours_serve_any_number_of_metrics(how):
    one = plan("trend.lookback=20:110:10", "threshold=0:0.04:0.01", **how)
    rng, neighbours, best = np.random.default_rng(5), Neighbours(one), set()
    for _ in range(6):
        metric = np.where(rng.random(len(one.sets)) < 0.2, np.nan, rng.normal(size=len(one.sets)))
        eligible = rng.random(len(one.sets)) < 0.8
        found, alone = neighbours.plateau(metric, eligible), plateau(one, metric, eligible)
        assert np.array_equal(found.scores, alone.scores, equal_nan=True)
        assert (found.best, found.region.tolist()) == (alone.best, alone.region.tolist())
        best.add(found.best)
    assert len(best) > 1


def test_a_region_at_the_edge_is_said():
    from backtests.sweeps.ranking import at_the_edge

    one = plan("trend.lookback=60,20,40", "threshold=0,0.1", "market.join=hold,flat,us_sessions_only")
    assert at_the_edge(one, {"trend.lookback": 60, "threshold": 0.0, "market.join": "hold"}) == ["trend.lookback"]
    assert at_the_edge(one, {"trend.lookback": 40, "threshold": 0.1, "market.join": "flat"}) == []


# Files


def rows(first, n):
    return [
        SetRow((20 + i, 0.1), [0.1 * i, np.nan, *([1 / 3] * 7), float(i), 2.0], [np.nan, 1.5, -0.1, 0.3], "ok", "a, \"b\"")
        for i in range(first, first + n)
    ]  # fmt: skip


def test_the_files_read_back_to_the_bit(tmp_path):
    table = Table(tmp_path, ["trend.lookback", "threshold"], PARTS)
    table.begin()
    table.add(rows(0, 5))
    metrics, parts, status, reason = table.resume()
    np.testing.assert_array_equal(metrics, [row.metrics for row in rows(0, 5)])
    np.testing.assert_array_equal(parts, [row.parts for row in rows(0, 5)])
    assert (status, reason) == (["ok"] * 5, ['a, "b"'] * 5)
    table.finish()
    frame = pd.read_csv(tmp_path / "trials.csv")
    assert list(frame.columns) == ["trend.lookback", "threshold", *NAMES, "status", "reason"]
    assert frame["orders"].tolist() == [0, 1, 2, 3, 4]


def test_whatever_a_kill_leaves_ends_as_the_whole_table(tmp_path):
    whole = Table(tmp_path / "whole", ["a", "b"], PARTS)
    (tmp_path / "whole").mkdir()
    whole.begin()
    whole.add(rows(0, 6))
    sizes = {name: (tmp_path / "whole" / name).read_bytes() for name in ("trials.csv.part", "subperiods.csv.part")}
    rng = np.random.default_rng(1)
    for cut in range(40):
        folder = tmp_path / str(cut)
        folder.mkdir()
        for name, text in sizes.items():
            (folder / name).write_bytes(text[: rng.integers(0, len(text) + 1)])
        table = Table(folder, ["a", "b"], PARTS)
        done = len(table.resume()[2])
        if done == 0:
            table.begin()
        table.add(rows(done, 6 - done))
        assert {name: (folder / name).read_bytes() for name in sizes} == sizes


# Memory


@dataclass(frozen=True)
class Changer(Strategy):
    """A user's rule that writes into what it was given."""

    def weights(self, market):
        score = market.asof(market["leader"].values)
        score[score > 0] = 0.5
        return score


def test_one_rule_s_writing_reaches_no_other():
    plain = make_market(["ETH-USD", "IWM", "SPY"])
    market = CachedMarket.of(plain)
    for _ in range(2):
        pd.testing.assert_series_equal(Changer().weights(market), Changer().weights(plain))
        pd.testing.assert_series_equal(market.asof(market["leader"].values), plain.asof(plain["leader"].values))


def test_a_series_on_other_instants_is_another_series():
    market = CachedMarket.of(make_market(["ETH-USD", "IWM", "SPY"]))
    values = market["leader"].values
    first = market.asof(values)
    later = values.set_axis(values.index + pd.Timedelta(days=3))
    assert not market.asof(later).equals(first)
    assert market.asof(values).equals(first)
    assert not market.asof(values, max_age_days=0.1).equals(first)


NESTED = """
[strategy]
use = "switch"
[strategy.gate]
use = "zscore"
[strategy.gate.base]
use = "small_vs_large"
[strategy.above]
use = "vol_target"
[strategy.above.base]
use = "long_flat"
[strategy.above.base.trend]
use = "small_cap_momentum"
[strategy.below]
use = "long_flat"
[strategy.below.trend]
use = "own_momentum"
"""


def test_remembered_strategies_decide_the_same():
    plain = make_market(["ETH-USD", "IWM", "SPY"])
    market = CachedMarket.of(plain)
    experiment = parse(NESTED.encode(), "x")
    for lookback, target in itertools.product((20, 30), (20.0, 40.0)):
        rule = experiment.with_values({"above.base.trend.lookback": lookback, "above.target_vol_pct": target}).strategy
        pd.testing.assert_series_equal(cached(rule).weights(market), rule.weights(plain))
    assert 0 < len(market.memory) < 30


# The page's numbers


def test_the_page_rounds_as_a_text_of_so_many_digits_would():
    rng = np.random.default_rng(3)
    drawn = rng.standard_normal(20_000) * 10.0 ** rng.uniform(-14, 14, 20_000)
    values = np.concatenate([drawn, [0.0, -0.0, 1.0, 0.1, 123456.0, 999999.5, 1e-6, 12_345_678.0, -50.0, 1e-320]])
    for digits in (4, 5, 6):
        assert _rounded(values, digits)[:-1] == [float(f"{value:.{digits}g}") for value in values[:-1]]
        assert abs(_rounded(values, digits)[-1]) < 1e-300
    assert _rounded(np.array([np.nan, 2.0]), 5) == [None, 2.0]


# The page


def test_sets_of_equal_numbers_are_one_row_of_the_page():
    random = np.random.default_rng(5)
    metrics = random.integers(0, 3, (200, len(NAMES))).astype(float)
    metrics[:, 1:8] = 0.1 + 0.2
    metrics[::3, 5] = np.nan
    metrics[::2] += 1e-15  # below what is told apart
    order = random.permutation(200).tolist()
    groups = {}
    for at in order:
        groups.setdefault(np.round(metrics[at], 12).tobytes(), []).append(at)
    wanted = [(group[0], len(group) - 1) for group in groups.values()]
    assert 3 < len(wanted) < 200
    assert distinct(metrics, order, 200) == wanted
    assert distinct(metrics, order, 3) == wanted[:3]
    assert distinct(metrics, [], 3) == []


def test_a_plan_on_pinned_data_has_its_sets_already():
    one = plan("trend.lookback=20,60,90")
    assert "sets" not in vars(one.pinned("simulated", "x"))
    assert one.sets == [(20,), (60,), (90,)]
    pinned = one.pinned("simulated", "x")
    assert vars(pinned)["sets"] is one.sets
    assert (pinned.base.source, pinned.base.fingerprint) == ("simulated", "x")


def test_sets_share_their_parts():
    one = plan("trend.lookback=20,60", "threshold=0,0.02")
    settings = Settings(one)
    made = [settings.experiment(values) for values in one.sets]
    assert made == [SPEC.with_values(dict(zip(one.paths, values, strict=True))) for values in one.sets]
    assert made[0].strategy.trend is made[1].strategy.trend is not made[2].strategy.trend
