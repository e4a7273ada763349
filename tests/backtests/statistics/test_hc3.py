"""HC3 and Holm: held to statsmodels and to numbers by hand."""

import numpy as np
import pytest

from backtests.statistics import hc3
from backtests.statistics.multiple import holm


@pytest.fixture(scope="module")
def sm():
    """statsmodels; late, for it takes as long to load as a quarter of all that is collected."""
    import statsmodels.api

    return statsmodels.api


@pytest.mark.parametrize("seed", range(5))
def test_a_slope_is_statsmodels(sm, seed):
    rng = np.random.default_rng(seed)
    x = rng.standard_t(3, 400)
    y = 0.3 * x + rng.normal(0, 1 + np.abs(x))
    fit = sm.OLS(y, sm.add_constant(x)).fit(cov_type="HC3")
    assert hc3.slope(x, y) == pytest.approx((fit.params[1], fit.bse[1]), rel=1e-12)


def test_scores_of_several_slopes_are_statsmodels(sm):
    rng = np.random.default_rng(9)
    x = np.column_stack([np.ones(300), rng.normal(size=(300, 4))])
    y = x @ np.arange(5) + rng.normal(0, np.exp(x[:, 1]))
    fit = sm.OLS(y, x).fit(cov_type="HC3")
    inverse = np.linalg.inv(x.T @ x)
    leverage = np.einsum("ij,jk,ik->i", x, inverse, x)
    rows = hc3.scores(x @ inverse, y - x @ fit.params, leverage)
    assert rows.shape == (300, 5)
    assert hc3.standard_error(rows) == pytest.approx(fit.bse, rel=1e-12)


def test_a_row_that_fits_itself_is_bounded():
    x = np.r_[np.zeros(50), 1e6]
    y = np.r_[np.random.default_rng(1).normal(size=50), 5e5]
    slope, error = hc3.slope(x, y)
    assert slope == pytest.approx(0.5, abs=1e-3)
    assert np.isfinite(error)


@pytest.mark.slow
def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.9, 0.5]) == [1.0, 1.0]
    assert holm([]) == []
