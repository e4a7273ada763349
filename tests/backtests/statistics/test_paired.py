"""Differences at one volatility: they are those of the Sharpe ratios, in returns a year."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backtests.metrics.performance import sharpe
from backtests.statistics.bootstrap import counts
from backtests.statistics.paired import _resampled, paired


def test_matched_differences_are_those_of_the_sharpe_ratios():
    draw = np.random.default_rng(5)
    b = 0.02 * draw.standard_normal(800) + 0.001
    a = 0.3 * b + 0.004 * draw.standard_normal(800) + 0.0004
    found, volatility = paired(a, b, 365), b.std(ddof=1) * math.sqrt(365)
    at_one_volatility = a * b.std(ddof=1) / a.std(ddof=1)
    assert found.matched_per_year == pytest.approx((at_one_volatility - b).mean() * 365, rel=1e-9)
    assert found.matched_per_year == pytest.approx(found.sharpe * volatility, rel=1e-12)
    assert found.matched_per_year_95 == pytest.approx(tuple(x * volatility for x in found.sharpe_95), rel=1e-12)
    assert (found.sharpe_p_value < 0.05) == (found.sharpe_95[0] > 0 or found.sharpe_95[1] < 0)
    assert found.matched_per_year > 0 > found.per_year  # better for its risk, though it earned less
    assert paired(2 * a, b, 365).matched_per_year == pytest.approx(found.matched_per_year, rel=1e-9)
    turned = paired(b, a, 365)
    assert turned.sharpe == pytest.approx(-found.sharpe)
    assert turned.sharpe_p_value == pytest.approx(found.sharpe_p_value, abs=2e-3)


def test_matched_differences_are_of_what_is_beyond_cash():
    """Each beyond its own cash, which may differ from bar to bar: a is scaled to the volatility of b beyond cash."""
    draw = np.random.default_rng(6)
    a, b = 0.02 * draw.standard_normal((2, 400)) + 0.001
    cash = 0.004 * draw.random(400), 0.01 * draw.random(400)
    found, x, y = paired(a, b, 365, cash=cash), a - cash[0], b - cash[1]
    assert found.matched_per_year == pytest.approx((x * y.std() / x.std() - y).mean() * 365, rel=1e-9)
    assert found.per_year == pytest.approx((a - b).mean() * 365, rel=1e-12)


def test_what_is_drawn_is_the_difference_of_the_drawn_bars():
    draw = np.random.default_rng(7)
    x, y = 0.02 * draw.standard_normal((2, 61)) + 0.001
    drawn = counts(len(x), 4.0, draws=50, seed=3)
    means, ratios = _resampled(x, y, x - y, drawn / len(x))
    for times, mean, ratio in zip(drawn, means, ratios, strict=True):
        bars = np.repeat(np.arange(len(x)), times.astype(int))
        assert mean == pytest.approx((x - y)[bars].mean(), abs=1e-15)
        assert ratio == pytest.approx(sharpe(x[bars], 1) - sharpe(y[bars], 1), rel=1e-9)


def test_sixty_bars_are_enough_for_an_interval():
    a, b = 0.02 * np.random.default_rng(8).standard_normal((2, 60))
    assert (paired(a, b, 365).missing, paired(a, b, 365).per_year_95 is None) == ("", False)
    assert paired(a[1:], b[1:], 365).per_year_95 is None


def test_a_ratio_that_some_draws_lack_has_no_interval():
    """What moves on one bar in a hundred stands still in every draw without it: the others are no fair sample."""
    a = 0.02 * np.random.default_rng(9).standard_normal(100)
    found = paired(a, np.where(np.arange(100) == 50, 0.03, 0.0), 365, seed=1, draws=199)
    assert found.sharpe is not None
    assert found.sharpe_95 is found.sharpe_p_value is found.matched_per_year_95 is None
    assert found.per_year_95 is not None
    assert (found.seed, found.draws) == (1, 199)


def test_what_has_no_volatility_is_not_matched():
    b = 0.02 * np.random.default_rng(5).standard_normal(100)
    found = paired(np.zeros(100), b, 365)
    assert found.matched_per_year is found.sharpe_p_value is found.matched_per_year_95 is None
    assert found.per_year_95 is not None


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 2**32), draws=st.sampled_from([99, 399, 400, 517, 1999]), drift=st.floats(-0.004, 0.004))
def test_zero_lies_outside_an_interval_where_p_is_below_5_percent_and_nowhere_else(seed, draws, drift):
    """Percentiles of skewed draws said "significant" beside a p-value of 0.07."""
    rng = np.random.default_rng(seed)
    a, b = rng.lognormal(0, 1, 120) * 0.01 + drift, rng.lognormal(0, 1, 120) * 0.01
    found = paired(a, b, 365, draws=draws)
    for (low, high), p_value in ((found.per_year_95, found.p_value), (found.sharpe_95, found.sharpe_p_value)):
        assert (p_value < 0.05) == (low > 0 or high < 0)
    (low, high), (ratio_low, ratio_high) = found.per_year_95, found.sharpe_95
    assert (low + high) / 2 == pytest.approx(found.per_year)
    assert (ratio_low + ratio_high) / 2 == pytest.approx(found.sharpe)
