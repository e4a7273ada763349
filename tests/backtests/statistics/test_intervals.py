"""Intervals of curves cover; the verdict is the rule that its module states."""

import itertools
import math

import numpy as np
import pytest

from backtests.statistics.intervals import curve_intervals, sharpe_interval
from backtests.statistics.verdict import CANNOT_TELL, DOES_NOT, SURVIVES, Grounds, verdict

P = 365


def drifting(seed, n=1500, mean=0.001):
    """Returns of a known mean whose volatility comes in clusters."""
    draw = np.random.default_rng(seed)
    level, out = 0.0, []
    for shock, move in zip(draw.standard_normal(n), draw.standard_normal(n), strict=True):
        level = 0.97 * level + 0.15 * shock
        out.append(mean + 0.02 * math.exp(level) * move)
    return np.array(out)


@pytest.mark.uncounted
@pytest.mark.slow
def test_the_interval_covers_where_volatility_clusters():
    true = np.mean([drifting(s).mean() for s in range(400, 420)])
    assert true == pytest.approx(0.001, abs=5e-4)
    variance = np.mean([drifting(s).var() for s in range(400, 440)])
    ratio = 0.001 / math.sqrt(variance) * math.sqrt(P)
    hits = 0
    for seed in range(60):
        low, high = sharpe_interval(drifting(seed), P, draws=199)
        hits += low <= ratio <= high
    assert 0.85 <= hits / 60 <= 1.0


def test_what_never_moves_or_is_short_has_no_interval():
    assert sharpe_interval(np.zeros(100), P) is None
    assert sharpe_interval(drifting(1)[:59], P) is None
    assert curve_intervals(np.zeros(100), np.zeros(100), P) == curve_intervals(drifting(1)[:9], np.zeros(9), P)


def test_a_curve_s_intervals_hold_its_own_numbers():
    r = drifting(3)
    found = curve_intervals(r, np.zeros(len(r)), P, draws=199)
    path = np.cumprod(1 + r)
    fall = np.min(path / np.maximum.accumulate(np.append(1.0, path))[1:]) - 1
    cagr = path[-1] ** (P / len(r)) - 1
    for value, (low, high) in (
        (r.mean() / r.std(ddof=1) * math.sqrt(P), found.sharpe),
        (cagr, found.cagr),
        (fall, found.max_drawdown),
        (cagr / -fall, found.calmar),
    ):
        assert low < value < high
    assert found.sharpe == pytest.approx(sharpe_interval(r, P, draws=199), abs=1e-9)
    assert found.max_drawdown[1] < 0
    rising = curve_intervals(np.full(100, 0.01) + np.arange(100) * 1e-5, np.zeros(100), P, draws=19)
    assert rising.calmar is None


def grounds(**more):
    return Grounds(
        **{
            "active_interval": (0.4, 2.0),
            "deflated_sharpe": 0.97,
            "trials": 12,
            "spa": {"vol-targeted holding": 0.01, "own trend": 0.02},
            "placebo_p_value": 0.01,
            "break_even_cost_bps": 90.0,
        }
        | more
    )


def test_what_meets_every_condition_survives():
    found = verdict(grounds())
    assert found.word == SURVIVES
    assert len(found.reasons) == 5
    assert "12 trials" in found.reasons[0]


SHORT = (
    {"deflated_sharpe": 0.9499},
    {"spa": {"vol-targeted holding": 0.05, "own trend": 0.02}},
    {"spa": {"vol-targeted holding": 0.01, "own trend": None}},
    {"placebo_p_value": 0.05},
    {"break_even_cost_bps": 29.9},
    {"deflated_sharpe": None},
    {"placebo_p_value": None},
    {"break_even_cost_bps": None},
)


@pytest.mark.parametrize("short", SHORT)
def test_each_condition_by_itself_keeps_a_rule_from_surviving(short):
    found = verdict(grounds(**short))
    assert found.word == CANNOT_TELL
    assert len(found.reasons) == 1


def test_reasons_stand_in_the_order_of_their_weight():
    for first, second in itertools.combinations(
        [{"deflated_sharpe": 0.1}, {"placebo_p_value": 0.5}, {"break_even_cost_bps": 1.0}], 2
    ):
        reasons = verdict(grounds(**first, **second)).reasons
        assert reasons == (verdict(grounds(**first)).reasons[0], verdict(grounds(**second)).reasons[0])


def test_an_interval_below_the_smallest_useful_edge_does_not_survive():
    low = {"active_interval": (-0.8, 0.49), "deflated_sharpe": 0.3}
    found = verdict(grounds(**low))
    assert found.word == DOES_NOT
    assert "-0.80 to +0.49" in found.reasons[0]
    assert verdict(grounds(active_interval=(-0.8, 0.5), deflated_sharpe=0.3)).word == CANNOT_TELL
    assert verdict(grounds(active_interval=None, deflated_sharpe=0.3)).word == CANNOT_TELL


def test_why_a_ground_is_not_known_is_said():
    why = verdict(grounds(deflated_sharpe=None, missing={"deflated_sharpe": "12 bars: 60 are needed"})).reasons
    assert "12 bars: 60 are needed" in why[0]
