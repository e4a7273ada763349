"""Predictive regressions: by hand, by size under the null, by a planted slope, and by what is missing."""

import numpy as np
import pytest
from scipy import stats

from backtests.statistics.regression import METHODS, bandwidth, forward_sums, predictive, window_sums
from data.errors import RunError, UnknownName


def sample(seed=0, n=1500, window=60, slope=0.0):
    """A slow x (the sum of `window` shocks, as a momentum is) and next returns that follow it by `slope`."""
    rng = np.random.default_rng(seed)
    x = np.convolve(rng.normal(0, 1, n + window - 1), np.ones(window), "valid") / np.sqrt(window)
    return slope * x + rng.normal(0, 1, n) * np.exp(0.3 * rng.normal(0, 1, n)), x


def test_hodrick_is_the_reverse_regression_by_hand():
    y, x = sample(1)
    h = 20
    z = np.array([x[t - h + 1 : t + 1].sum() for t in range(h - 1, len(x))])
    r = y[h - 1 :]
    c, n = z - z.mean(), len(z)
    b = c @ r / (c @ c)
    e = r - r.mean() - b * c
    error = np.sqrt(n / (n - 2) * (c**2 @ e**2)) / (c @ c)
    fit = predictive(y, x, h, "hodrick")
    scale = z.var() / x.var()
    reach = stats.t.ppf(0.975, n - 2) * error * scale
    expected = (b * scale, error * scale, b / error, 2 * stats.t.sf(abs(b / error), n - 2), b * scale - reach)
    assert (fit.slope, fit.se, fit.t, fit.p_value, fit.low) == pytest.approx(expected, rel=1e-9)
    assert fit.n == n == len(x) - h + 1


def test_hac_is_newey_west_by_hand():
    y, x = sample(2, n=400)
    h = 5
    total = np.array([y[t : t + h].sum() for t in range(len(y) - h + 1)])
    design = np.column_stack([np.ones(len(total)), x[: len(total)]])
    n, inverse = len(design), np.linalg.inv(design.T @ design)
    b = inverse @ design.T @ total
    score = design * (total - design @ b)[:, None]
    lags = max(int(4 * (n / 100) ** (2 / 9)), h - 1)
    middle = score.T @ score
    for lag in range(1, lags + 1):
        part = score[lag:].T @ score[:-lag]
        middle += (1 - lag / (lags + 1)) * (part + part.T)
    error = np.sqrt((n / (n - 2) * inverse @ middle @ inverse)[1, 1])
    fit = predictive(y, x, h, "hac")
    assert (fit.slope, fit.se) == pytest.approx((b[1], error), rel=1e-9)
    assert bandwidth(n, h) == lags == 5
    assert bandwidth(n, 60) == 59


def test_nonoverlapping_uses_every_hth_row_once():
    y, x = sample(3)
    h = 20
    fit = predictive(y, x, h, "nonoverlapping")
    blocks = y[: len(y) // h * h].reshape(-1, h).sum(axis=1)
    starts = x[::h][: len(blocks)]
    assert fit.n == len(blocks) == 75
    assert fit.slope == pytest.approx(stats.linregress(starts, blocks).slope, rel=1e-9)
    assert fit.r2 == pytest.approx(stats.pearsonr(starts, blocks).statistic ** 2, rel=1e-9)


def test_at_one_period_the_slopes_of_all_methods_are_those_of_ols():
    y, x = sample(4)
    slope = stats.linregress(x, y).slope
    assert [predictive(y, x, 1, method).slope for method in METHODS] == pytest.approx([slope] * 3, rel=1e-9)


@pytest.mark.uncounted
@pytest.mark.slow
def test_sizes_under_the_null_at_nominal_five_percent():
    """Overlapping OLS rejects 32/68/77% at h = 5/20/60, Newey-West 9/10/13%, Hodrick 6.5/4/3%: by simulation."""
    runs, horizons = 150, (5, 20, 60)
    rejected = dict.fromkeys([(h, m) for h in horizons for m in (*METHODS, "ols")], 0)
    for seed in range(runs):
        y, x = sample(seed, n=1500)
        for h in horizons:
            for method in METHODS:
                rejected[h, method] += predictive(y, x, h, method).p_value < 0.05
            total = forward_sums(y, h)[: len(y) - h + 1]
            rejected[h, "ols"] += stats.linregress(x[: len(total)], total).pvalue < 0.05
    share = {key: count / runs for key, count in rejected.items()}
    assert share[5, "ols"] > 0.25
    assert share[20, "ols"] > 0.5
    assert share[60, "ols"] > 0.6
    for h in horizons:
        assert 0.01 <= share[h, "hodrick"] <= 0.09
        assert 0.01 <= share[h, "nonoverlapping"] <= 0.09
        assert 0.05 < share[h, "hac"] < 0.22


@pytest.mark.parametrize("method", METHODS)
def test_a_planted_slope_is_found_in_units_of_the_horizon(method):
    y, x = sample(5, n=6000, slope=0.2)
    fit = predictive(y, x, 5, method)
    # x keeps 1 - k/60 of itself k rows on, so five returns follow today's x by 0.2 * (1 + 59/60 + ... + 56/60)
    planted = 0.2 * sum(1 - k / 60 for k in range(5))
    assert fit.low < planted < fit.high
    assert fit.p_value < 1e-6
    assert fit.low > 0


def test_controls_take_away_what_is_theirs():
    y, z = sample(6, n=4000, slope=0.3)
    x = z + np.random.default_rng(7).normal(0, 1, len(z))
    for method in METHODS:
        assert predictive(y, x, 5, method).p_value < 1e-3
        assert abs(predictive(y, x, 5, method, controls=z).t) < 3
    by_hand = np.linalg.lstsq(np.column_stack([x, z, np.ones(len(z))]), y, rcond=None)[0]
    assert predictive(y, x, 1, "hodrick", controls=z).slope == pytest.approx(by_hand[0], rel=1e-9)
    assert predictive(y, x, 1, "hac", controls=np.column_stack([z, z**2])).n == 4000


def test_the_confidence_widens_the_band():
    y, x = sample(8)
    narrow, wide = predictive(y, x, 5, "hac", confidence=0.8), predictive(y, x, 5, "hac", confidence=0.99)
    assert wide.low < narrow.low < narrow.high < wide.high


def test_missing_rows_are_left_out_and_no_window_reaches_over_them():
    y, x = sample(9, n=300)
    x[100] = np.nan
    assert predictive(y, x, 1, "hac").n == 299
    assert predictive(y, x, 5, "hodrick").n == 300 - 4 - 5
    assert predictive(y, x, 5, "hac").n == 300 - 4 - 1
    sums = window_sums(x, 5)
    assert np.flatnonzero(np.isnan(sums)).tolist() == [0, 1, 2, 3, 100, 101, 102, 103, 104]
    ahead = forward_sums(np.arange(6.0), 3)
    np.testing.assert_array_equal(ahead, [3, 6, 9, 12, np.nan, np.nan])


def test_what_cannot_be_fitted_is_said():
    y, x = sample(10, n=60)
    with pytest.raises(RunError, match=r"3 rows are left at a horizon of 20 without overlap; 20 are needed"):
        predictive(y, x, 20, "nonoverlapping")
    with pytest.raises(RunError, match="x does not vary over the 60 rows"):
        predictive(y, np.full(60, 3.7), 1)
    with pytest.raises(RunError, match="x does not vary"):
        predictive(y, 2 * x + 1, 1, controls=x)
    with pytest.raises(RunError, match="the return does not vary over the 60 rows"):
        predictive(np.full(60, 0.01), x, 1)
    with pytest.raises(RunError, match="59 returns and 60 values"):
        predictive(y[1:], x, 1)
    with pytest.raises(RunError, match="out of bounds: 1 period or more"):
        predictive(y, x, 0)
    with pytest.raises(UnknownName, match="did you mean hodrick"):
        predictive(y, x, 5, "hodric")


def test_a_gate_gives_the_difference_of_two_means():
    y, x = sample(11)
    gate = (x > 0.5).astype(float)
    difference = y[gate == 1].mean() - y[gate == 0].mean()
    assert [predictive(y, gate, 1, m).slope for m in METHODS] == pytest.approx([difference] * 3, rel=1e-9)
