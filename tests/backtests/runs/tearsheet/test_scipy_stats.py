"""What stands in for scipy.stats on a page gives scipy's own numbers, and scipy itself for what is not on it."""

import sys

import numpy as np
import pytest
import scipy.stats

from backtests.runs.tearsheet.scipy_stats import Normal, gaussian_kde, linregress, stood_in

DRAWN = np.random.default_rng(3).standard_t(4, (2, 500)) * [[0.03], [0.05]]


@pytest.mark.parametrize("x", [0.0, -2.3, 8.0, np.nan, [-37.0, -5.0, 0.1, 5.0], [[1.0, 2.0]]], ids=str)
def test_the_normal_distribution(x):
    own, theirs = Normal(), scipy.stats.norm
    for name in ("cdf", "pdf"):
        found = getattr(own, name)(x)
        assert np.shape(found) == np.shape(x)
        np.testing.assert_allclose(found, getattr(theirs, name)(x), rtol=1e-13, atol=1e-16)


@pytest.mark.filterwarnings("ignore:invalid value encountered in multiply")  # scipy's, at a scale of 0
@pytest.mark.parametrize(
    ("q", "loc", "scale"), [(0.05, 0.0, 1.0), (0.95, 0.002, 0.03), (0.5, 1.0, 0.0), (0.01, [0.1, 0.2], [0.5, 0.0])]
)
def test_its_quantiles(q, loc, scale):
    np.testing.assert_allclose(Normal().ppf(q, loc, scale), scipy.stats.norm.ppf(q, loc, scale), rtol=1e-13)


def test_a_line():
    own, theirs = linregress(*DRAWN), scipy.stats.linregress(*DRAWN)
    assert own[:3] == (theirs.slope, theirs.intercept, theirs.rvalue)
    assert linregress(DRAWN[0], DRAWN[0] * 2)[2] == 1.0
    with pytest.raises(ValueError, match="identical"):
        linregress(np.ones(5), np.arange(5.0))


def test_a_density():
    at = np.linspace(-0.2, 0.2, 50)
    own, theirs = gaussian_kde(DRAWN[0]), scipy.stats.gaussian_kde(DRAWN[0])
    for each in (own, theirs):
        each.set_bandwidth(each.factor * 0.8)
    np.testing.assert_allclose(own(at), theirs(at), rtol=1e-12)
    assert own.covariance == pytest.approx(theirs.covariance, rel=1e-14)


def test_whoever_asks_for_more_gets_scipys():
    assert Normal().sf(1.0) == scipy.stats.norm.sf(1.0)
    own, theirs = gaussian_kde(DRAWN[0]), scipy.stats.gaussian_kde(DRAWN[0])
    assert own.integrate_box_1d(-0.1, 0.1) == pytest.approx(theirs.integrate_box_1d(-0.1, 0.1), rel=1e-12)
    with pytest.raises(AttributeError):
        own.nothing  # noqa: B018  # as of any object


def test_it_stands_in_where_scipy_is_not_loaded_and_goes(monkeypatch):
    with stood_in():
        assert sys.modules["scipy.stats"] is scipy.stats
    monkeypatch.delitem(sys.modules, "scipy.stats")
    with stood_in():
        from scipy.stats import norm
    assert isinstance(norm, Normal)
    assert "scipy.stats" not in sys.modules
