"""Differences at one volatility: they are those of the Sharpe ratios, in returns a year."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backtests.statistics.paired import paired


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
