"""The deciding statistic: against statsmodels, against its own null, against planted leads."""

import numpy as np
import pytest

from backtests.lead.deciding import (
    LAGS,
    LATE,
    LOCAL,
    TERMS,
    basis,
    beside_local_mean,
    both_forms,
    fit,
    lagged,
    orthonormal,
    partial_lead,
    residual,
    search,
    searched,
)
from backtests.lead.family import ALPHA, DRAWS, draws, family, highest


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


def test_the_same_draws_on_every_day_of_asking_with_the_covariance_of_the_scores(noise):
    scores = fit(noise[0], noise[1], [noise[2]]).terms.scaled
    (drawn,), (again,) = draws(scores), draws(scores)
    assert (drawn == again).all()
    assert drawn.shape == (1, len(TERMS), DRAWS // 2)
    np.testing.assert_allclose(np.cov(drawn[0]), scores.T @ scores, atol=0.12)
    long, short = draws(scores, scores[60:, :3], blocks=4)
    assert (long.shape, short.shape) == ((4, len(TERMS), DRAWS // 2), (4, 3, DRAWS // 2))
    assert np.corrcoef(long.sum(axis=0)[0], short.sum(axis=0)[0])[0, 1] > 0.9
    most = highest(drawn[0])
    assert most.shape == (DRAWS,)
    assert most[0] == drawn[0][:, 0].max()
    assert most[DRAWS // 2] == -drawn[0][:, 0].min()


def test_a_family_of_one_is_its_search_and_of_two_costs_twice(noise):
    y, x, a, b = noise
    terms = both_forms(y, x, [a])
    (drawn,) = draws(terms.scaled)
    alone = searched({"x": terms}, drawn[0])
    (one,) = family(alone)
    assert one.p_value_family == pytest.approx(alone[0].p_value_searched, abs=1e-3)
    other = both_forms(b, x, [a])
    (apart,) = draws(other.scaled)
    two = family(alone, searched({"x": other}, apart[0][:, ::-1]))
    for corrected in two:
        assert corrected.p_value_searched <= corrected.p_value_family <= 2 * corrected.p_value_searched + 2e-3
        assert corrected.critical > one.critical


def test_a_basis_spans_what_is_given_once(noise):
    columns = np.column_stack([noise.T, noise[0] + noise[1], np.zeros(len(noise[0]))])
    q = basis(columns)
    assert q.shape == (len(noise[0]), 4)
    np.testing.assert_allclose(q.T @ q, np.eye(4), atol=1e-8)
    np.testing.assert_allclose(q @ (q.T @ columns), columns, atol=1e-8)


def test_beside_its_local_mean_a_series_has_no_slow_drift():
    x = np.random.default_rng(0).standard_normal(800)
    by_hand = [x[t] - x[max(0, t - LOCAL // 2) : t + LOCAL // 2 + 1].mean() for t in range(800)]
    np.testing.assert_allclose(beside_local_mean(x), by_hand, atol=1e-12)
    slow = 5 * np.sin(np.arange(800) / 200)
    np.testing.assert_allclose(beside_local_mean(x + slow)[100:700], beside_local_mean(x)[100:700], atol=0.6)


def test_lag_0_held_fixed_is_ols_and_the_late_lag_is_left_out(noise):
    import statsmodels.api as sm

    y, x, a, _ = noise
    y = y + 0.8 * x + 0.1 * np.roll(x, 1)
    found = fit(y, x, [y, a], [x, a])
    columns = [lagged(z) for z in (x, y, a)] + [x[LAGS:, None], a[LAGS:, None]]
    model = sm.OLS(y[LAGS:], sm.add_constant(np.column_stack(columns))).fit()
    assert found.first == pytest.approx(model.params[1])
    assert found.same == pytest.approx(model.params[1 + 3 * LAGS])
    assert found.late == (0 < found.first <= LATE * found.same)
    assert found.late
    assert both_forms(y, x, [a], [a]).effect[0] == pytest.approx(0, abs=1e-12)


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


def test_a_leader_that_continues_and_moves_together_does_not_lead():
    """Leaving lag 0 out would call this a lead: the leader goes on, and the two share a session."""
    rng = np.random.default_rng(1)
    shocks, noise = rng.standard_normal((2, 3000))
    x = np.zeros(3000)
    for t in range(1, 3000):
        x[t] = 0.3 * x[t - 1] + shocks[t]
    y = 0.6 * x + 0.8 * noise
    assert search({"": fit(y, x, [y]).terms}).found
    assert not partial_lead(y, x, []).found


def test_what_a_control_leads_is_not_the_followers(noise):
    y, x, a, _ = noise
    follower = 0.9 * a + 0.4 * x
    planted = y + 0.3 * np.roll(a, 1)
    assert partial_lead(planted, follower, []).found
    assert not partial_lead(planted, follower, [a]).found


def test_the_search_costs_more_over_more_series(noise):
    y, x, a, b = noise
    one = search({"x": fit(y, x, [y]).terms})
    three = search({name: fit(y, z, [y]).terms for name, z in (("x", x), ("a", a), ("b", b))})
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
