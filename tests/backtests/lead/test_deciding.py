"""The deciding statistic: against statsmodels, against its own null, against planted leads."""

import numpy as np
import pytest

from backtests.lead.deciding import (
    ALPHA,
    LAGS,
    TERMS,
    fit,
    lagged,
    orthonormal,
    partial_lead,
    residual,
    search,
    signs,
)


@pytest.fixture(scope="module")
def noise():
    return np.random.default_rng(5).standard_normal((4, 900))


def test_lags_stand_in_their_columns():
    x = np.arange(14.0)
    assert lagged(x)[0].tolist() == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    assert lagged(x)[-1].tolist() == [12, 11, 10, 9, 8, 7, 6, 5, 4, 3]
    assert lagged(x).shape == (4, LAGS)


def test_terms_and_errors_are_those_of_ols_with_hc3(noise):
    import statsmodels.api as sm

    y, x, a, b = noise
    y = y + 0.2 * np.roll(x, 2) * (1 + np.abs(np.roll(x, 2)))
    found = fit(y, x, [y, a, b])
    design = sm.add_constant(np.column_stack([lagged(z) for z in (x, y, a, b)]))
    model = sm.OLS(y[LAGS:], design).fit(cov_type="HC3")
    for at, (first, last) in enumerate(TERMS):
        contrast = np.zeros(design.shape[1])
        contrast[first : last + 1] = 1
        test = model.t_test(contrast)
        assert found.effect[at] == pytest.approx(float(test.effect[0]), abs=1e-10)
        assert found.se[at] == pytest.approx(float(test.sd[0, 0]), rel=1e-8)
    without = sm.OLS(y[LAGS:], design[:, [0, *range(LAGS + 1, design.shape[1])]]).fit()
    assert found.r2 == pytest.approx((without.ssr - model.ssr) / model.centered_tss, rel=1e-8)


def test_scores_square_to_the_error_and_the_basis_is_orthonormal(noise):
    y, x, a, _ = noise
    found = fit(y, x, [y, a])
    np.testing.assert_allclose((found.scores**2).sum(axis=0), found.se**2, rtol=1e-12)
    columns = np.column_stack([np.ones(len(x)), 1e-4 * x, 1e3 * a + x])
    q, inverse = orthonormal(columns)
    np.testing.assert_allclose(q.T @ q, np.eye(3), atol=1e-9)
    np.testing.assert_allclose(columns @ inverse, q, atol=1e-9)
    assert residual(y, [x, a]) @ x == pytest.approx(0, abs=1e-8)


def test_the_same_signs_on_every_day_of_asking():
    assert (signs(50) == signs(50)).all()
    assert set(np.unique(signs(50))) == {-1.0, 1.0}
    assert abs(signs(400).mean()) < 0.005


def test_a_planted_lag_is_found_where_it_is_and_its_interval_covers_it(noise):
    y, x, a, b = noise
    for lag in (1, 4, 10):
        planted = y + 0.25 * np.roll(x, lag)
        found = partial_lead(planted, x, [a, b])
        assert found.found
        assert (found.first, found.last) == (lag, lag)
        assert found.low < 0.25 < found.high
        assert found.low > 0
        assert found.p_value < found.p_value_searched


def test_a_lead_spread_over_sessions_is_found_by_its_sum(noise):
    y, x, a, b = noise
    planted = y + 0.09 * sum(np.roll(x, k) for k in range(1, 6))
    found = partial_lead(planted, x, [a, b])
    assert found.found
    assert found.lags == "1-5"
    assert found.where == "lags 1-5"
    assert found.low < 0.45 < found.high


def test_lag_0_the_future_and_the_negative_side_are_no_lead(noise):
    y, x, a, b = noise
    for planted in (y + 2 * x, y + 0.5 * np.roll(x, -1), y - 0.3 * np.roll(x, 1)):
        assert not partial_lead(planted, x, [a, b]).found


def test_an_autocorrelated_leader_that_moves_together_does_not_lead():
    """Holding lag 0 fixed would call this a lead: the leader reverses, and the two share a session."""
    rng = np.random.default_rng(1)
    shocks = rng.standard_normal(3000)
    x = np.zeros(3000)
    for t in range(1, 3000):
        x[t] = -0.3 * x[t - 1] + shocks[t]
    y = 0.6 * shocks + 0.8 * rng.standard_normal(3000)
    assert not partial_lead(y, x, []).found
    design = np.column_stack([x[1:], x[:-1], np.ones(2999)])
    assert np.linalg.lstsq(design, y[1:], rcond=None)[0][1] > 0.1


def test_what_a_control_leads_is_not_the_followers(noise):
    y, x, a, _ = noise
    follower = 0.9 * a + 0.4 * x
    planted = y + 0.3 * np.roll(a, 1)
    assert partial_lead(planted, follower, []).found
    assert not partial_lead(planted, follower, [a]).found


def test_the_search_costs_more_over_more_series(noise):
    y, x, a, b = noise
    one = search({"x": fit(y, x, [y])})
    three = search({name: fit(y, z, [y]) for name, z in (("x", x), ("a", a), ("b", b))})
    assert 2.2 < one.critical < three.critical < 3.4
    assert three.t >= one.t


def test_interval_and_verdict_agree_in_every_sample():
    rng = np.random.default_rng(3)
    for strength in np.linspace(0, 0.3, 25):
        x, y = rng.standard_normal((2, 400))
        y[1:] += strength * x[:-1]
        found = partial_lead(y, x, [])
        assert (found.low > 0) == (found.p_value_searched <= ALPHA)


def test_size_under_shared_volatility_and_fat_tails():
    """2.5% due: 200 samples of 400 sessions with shared volatility give no more than 6%."""
    rng = np.random.default_rng(11)
    false = 0
    for _ in range(200):
        scale = np.exp(0.7 * np.cumsum(rng.standard_normal(400)) / np.sqrt(400)) * np.sqrt(3 / rng.chisquare(5, 400))
        x, y, a = rng.standard_normal((3, 400)) * scale
        false += partial_lead(y, x, [a]).found
    assert 0 < false <= 12
