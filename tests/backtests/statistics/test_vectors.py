"""Published and recomputed numbers of the literature, and a second implementation of each formula.

Every row of the project's list of numbers with known answers, and the test that holds it:

| numbers | test |
|---|---|
| probabilistic Sharpe ratio, 2012 | test_probabilistic_sharpe |
| its variant of 2025: values, errors, length | test_the_variant_of_2025..., test_the_errors_and_the_length_of_2025 |
| minimum track record length | test_minimum_track_record_length |
| expected maximum, deflated Sharpe ratio, minimum backtest length | test_expected_maximum_sharpe, test_deflated_..., test_minimum_backtest_length |
| PBO, vectors A and B, noise | test_probability_of_backtest_overfitting, test_overfitting_of_noise_... |
| FedWatch F1, F2, F3 | tests/data/fed_funds/test_futures.py |
| CPCV: splits and paths | test_combinatorial_purged_cross_validation |
| optimal block length of AR(1) | test_bootstrap.py |
| SPA: size and power | test_size_and_power_of_superior_predictive_ability |
| Stambaugh's bias | test_the_bias_of_a_slope_on_a_persistent_predictor |
| labels of UTC bars against matched windows | tests/backtests/lead/test_windows.py, test_a_label_by_the_close_makes_a_lead |
| quantstats' probabilistic Sharpe ratio | test_psr_is_quantstats_psr |
"""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtests import statistics
from backtests.statistics import (
    deflated_sharpe,
    effective_trials,
    expected_max_sharpe,
    min_backtest_length,
    min_track_record_length,
    moments,
    pbo,
    psr,
)
from backtests.statistics.bootstrap import counts
from backtests.statistics.combinatorial import CombinatorialPurgedCV
from backtests.statistics.superior import spa

FUND = {"skewness": -2.448, "kurtosis": 10.164}


@pytest.mark.parametrize(
    ("sharpe", "benchmark", "shape", "wanted"),
    [
        (0.458, 0, {}, 0.981675),
        (0.458, 0, FUND, 0.913361),
        (0.036 / 0.079, 0, FUND, 0.912709),
        (0.036 / 0.079, 0.1, FUND, 0.855361),
    ],
)
def test_probabilistic_sharpe(sharpe, benchmark, shape, wanted):
    assert psr(sharpe, 24, benchmark=benchmark, **shape) == pytest.approx(wanted, abs=5e-7)


@pytest.mark.parametrize(
    ("periods", "shape", "observations", "years"),
    [
        (252, {}, 688.2080, 2.73),
        (52, {}, 147.0993, 2.83),
        (12, {}, 38.8776, 3.24),
        (12, {"skewness": -0.72, "kurtosis": 5.78}, 59.8951, 4.99),
    ],
)
def test_minimum_track_record_length(periods, shape, observations, years):
    found = min_track_record_length(2 / math.sqrt(periods), benchmark=1 / math.sqrt(periods), **shape)
    assert found == pytest.approx(observations, abs=5e-5)
    assert found / periods == pytest.approx(years, abs=5e-3)


@pytest.mark.parametrize(
    ("trials", "wanted"),
    [(5, 1.192594), (7, 1.386774), (10, 1.574598), (45, 2.235640), (46, 2.244171), (50, 2.276303), (100, 2.530603)],
)
def test_expected_maximum_sharpe(trials, wanted):
    assert expected_max_sharpe(trials) == pytest.approx(wanted, abs=5e-7)


@pytest.mark.parametrize(("shape", "wanted"), [({"skewness": -3, "kurtosis": 10}, 0.900397), ({}, 0.942771)])
def test_deflated_sharpe_of_the_paper(shape, wanted):
    assert deflated_sharpe(2.5 / math.sqrt(250), 1250, 100, 0.5 / 250, **shape) == pytest.approx(wanted, abs=5e-7)
    assert math.sqrt(0.5 / 250) * expected_max_sharpe(100) == pytest.approx(0.113172, abs=5e-7)


@pytest.mark.parametrize(("trials", "years"), [(45, 4.998087), (100, 6.403951)])
def test_minimum_backtest_length(trials, years):
    assert min_backtest_length(trials, 1.0) == pytest.approx(years, abs=5e-7)
    assert min_backtest_length(trials, 1.0) < 2 * math.log(trials)


A = [[4, 1, 0], [1, 2, 0], [2, 0, 3], [0, 3, 1]]
B = [[3, 1, 0], [3, 1, 0], [0, 2, 1], [0, 2, 1]]


@pytest.mark.parametrize(
    ("matrix", "value", "logits"),
    [
        (A, 4 / 6, [-1.098612, -0.510826, 0.510826, 0.510826, -1.098612, -1.098612]),
        (B, 2 / 6, [-1.098612, 0.510826, 0.510826, 0.510826, 0.510826, 0.0]),
    ],
)
def test_probability_of_backtest_overfitting(matrix, value, logits):
    found = pbo(np.array(matrix, float), blocks=4, metric="mean")
    assert found.value == pytest.approx(value)
    assert found.logits == pytest.approx(logits, abs=5e-7) or sorted(found.logits) == pytest.approx(
        sorted(logits), abs=5e-7
    )


def plain_pbo(x, blocks):
    """The paper's recipe, choice by choice."""
    from scipy.stats import rankdata

    n = len(x) // blocks * blocks
    parts = np.split(x[len(x) - n :], blocks)
    logits = []
    for choice in itertools.combinations(range(blocks), blocks // 2):
        inside = np.concatenate([parts[i] for i in choice])
        outside = np.concatenate([parts[i] for i in range(blocks) if i not in choice])
        first, second = (y.mean(axis=0) / y.std(axis=0, ddof=1) for y in (inside, outside))
        w = rankdata(second)[first.argmax()] / (x.shape[1] + 1)
        logits.append(math.log(w / (1 - w)))
    return np.array(logits)


@pytest.mark.parametrize(("n", "trials", "blocks"), [(83, 5, 4), (240, 12, 8), (100, 2, 10)])
def test_cross_validation_is_the_paper_s_recipe(n, trials, blocks):
    x = np.random.default_rng(n).standard_normal((n, trials))
    x[:, -1] = x[:, 0]  # a tie
    assert pbo(x, blocks=blocks).logits == pytest.approx(plain_pbo(x, blocks), abs=1e-9)


def test_overfitting_of_noise_is_even_on_average_and_noisy():
    values = [pbo(np.random.default_rng(seed).standard_normal((400, 20)), blocks=8).value for seed in range(100)]
    assert np.mean(values) == pytest.approx(0.5, abs=0.07)
    assert np.std(values) == pytest.approx(0.206, abs=0.05)


@given(st.floats(-1, 1), st.integers(3, 5000), st.floats(-2, 2), st.floats(0, 20))
def test_the_track_record_length_is_where_psr_reaches_its_level(sharpe, n, skew, extra):
    kurtosis = 1 + skew**2 + extra  # what moments of a distribution allow
    shape = {"skewness": skew, "kurtosis": kurtosis}
    assert 0 <= psr(sharpe, n, **shape) <= 1
    length = min_track_record_length(sharpe, **shape)
    if sharpe <= 0:
        assert length == math.inf
    elif 3 < length < 1e9:
        z = statistics.sharpe_ratio.NORMAL.inv_cdf(0.95)
        assert sharpe * math.sqrt(length - 1) == pytest.approx(
            z * math.sqrt(statistics.sharpe_ratio._variance(sharpe, skew, kurtosis))
        )


@given(st.integers(1, 10_000), st.integers(1, 10_000))
def test_more_trials_never_help(a, b):
    few, many = sorted((a, b))
    assert expected_max_sharpe(few) <= expected_max_sharpe(many)
    assert deflated_sharpe(0.05, 1000, many, 1e-3) <= deflated_sharpe(0.05, 1000, few, 1e-3)
    assert deflated_sharpe(0.05, 1000, 1, 1e-3) == psr(0.05, 1000)


def test_psr_is_quantstats_psr():
    import pandas as pd
    import quantstats.stats as qs

    x = pd.Series(np.random.default_rng(3).standard_t(5, 400) * 0.01 + 0.001)
    sharpe = x.mean() / x.std(ddof=1)
    ours = psr(sharpe, len(x), skewness=x.skew(), kurtosis=x.kurtosis() + 3)
    assert ours == pytest.approx(float(qs.probabilistic_sharpe_ratio(x, rf=0.0, periods=365)), abs=1e-9)


def worth(returns):
    """The effective number of trials of returns, by 999 draws."""
    found = effective_trials(returns, counts(len(returns), 5.0))
    return None if found is None else found.trials


def test_independent_trials_are_worth_as_many_and_copies_of_one_one():
    draws = np.random.default_rng(5).standard_normal((3000, 200))
    assert worth(draws) == pytest.approx(200, rel=0.15)
    assert worth(draws[:, :20]) == pytest.approx(20, rel=0.15)
    assert worth(draws[:, :1]) == 1
    assert worth(np.repeat(draws[:, :1], 50, axis=1)) == pytest.approx(1, abs=0.1)
    assert worth(np.repeat(draws[:, :20], 3, axis=1)) == pytest.approx(worth(draws[:, :20]), rel=1e-9)


def test_more_trials_are_never_worth_less():
    rng = np.random.default_rng(6)
    ideas = rng.standard_normal((1000, 60))
    refined = ideas[:, :1] + 0.05 * rng.standard_normal((1000, 600))
    assert worth(np.column_stack([ideas, refined])) >= worth(ideas) > 50
    # which entropy does not know: there, the refined idea outweighs all others
    share = np.linalg.eigvalsh(np.corrcoef(np.column_stack([ideas, refined]), rowvar=False)) / 660
    share = share[share > 1e-12]
    assert np.exp(-np.sum(share * np.log(share))) < 5


def test_what_does_not_vary_is_no_trial():
    draws = np.random.default_rng(7).standard_normal((400, 6))
    drawn = counts(400, 5.0)
    dull = np.column_stack([draws, np.full(400, 0.1)])
    assert effective_trials(dull, drawn) == effective_trials(draws, drawn)
    assert effective_trials(dull, drawn).columns == 6
    assert effective_trials(np.zeros((400, 3)), drawn) is None
    many = np.random.default_rng(8).standard_normal((40, 700))  # more trials than bars, and than are taken at once
    found = effective_trials(many, counts(40, 5.0))
    assert found.columns == 700
    assert 100 < found.trials <= 700


def test_moments_are_those_of_scipy():
    from scipy import stats

    x = np.random.default_rng(7).standard_t(4, 500) * 0.02 + 0.001
    found = moments(x)
    assert found.skewness == pytest.approx(stats.skew(x))
    assert found.kurtosis == pytest.approx(stats.kurtosis(x, fisher=False))
    assert found.sharpe == pytest.approx(x.mean() / x.std(ddof=1))
    assert moments(np.full(50, 0.1)) is None
    assert moments(x[:2]) is None


@pytest.mark.parametrize(
    "call",
    [
        lambda: psr(0.1, 1),
        lambda: min_track_record_length(0.1, alpha=1.0),
        lambda: expected_max_sharpe(0.5),
        lambda: deflated_sharpe(0.1, 100, 5, -1.0),
        lambda: min_backtest_length(5, 0.0),
        lambda: pbo(np.ones((10, 3)), blocks=3),
        lambda: pbo(np.ones((10, 1)), blocks=2),
        lambda: pbo(np.ones((3, 4)), blocks=4),
        lambda: CombinatorialPurgedCV(6, 6),
        lambda: CombinatorialPurgedCV(6, 2, embargo=-1),
        lambda: next(CombinatorialPurgedCV(6, 2).split(5)),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_value(call):
    with pytest.raises(ValueError, match=r"\d"):
        call()


def test_undefined_in_is_undefined_out():
    assert math.isnan(psr(math.nan, 100))
    assert math.isnan(min_track_record_length(math.nan))


VARIANT = {"sharpe": 0.036 / 0.079, "n": 24}


def of_2025(sharpe, n, *, benchmark=0.0, skewness=0.0, kurtosis=3.0, rho=0.0):
    """PSR of Lopez de Prado, Lipton and Zoonekynd (2025): the null's ratio in the variance, divided by n; and its sigma."""
    b, c = rho / (1 - rho), rho**2 / (1 - rho**2)
    at = [benchmark, sharpe]
    spread = [
        math.sqrt(((1 + 2 * b) - (1 + b + c) * skewness * s + (1 + 2 * c) * (kurtosis - 1) / 4 * s**2) / n) for s in at
    ]
    return statistics.sharpe_ratio.NORMAL.cdf((sharpe - benchmark) / spread[0]), spread[1]


@pytest.mark.parametrize(("benchmark", "theirs", "ours"), [(0, 0.987, 0.912709), (0.1, 0.939, 0.855361)])
def test_the_variant_of_2025_is_another_number_and_ours_is_that_of_2012(benchmark, theirs, ours):
    assert of_2025(**VARIANT, benchmark=benchmark, **FUND)[0] == pytest.approx(theirs, abs=5e-4)
    assert psr(VARIANT["sharpe"], 24, benchmark=benchmark, **FUND) == pytest.approx(ours, abs=5e-7)


def test_the_errors_and_the_length_of_2025():
    assert of_2025(**VARIANT, **FUND)[1] == pytest.approx(0.329, abs=5e-4)
    assert of_2025(**VARIANT)[1] == pytest.approx(0.214, abs=5e-4)
    assert of_2025(**VARIANT, **FUND, rho=0.2)[1] == pytest.approx(0.379, abs=5e-4)
    z = statistics.sharpe_ratio.NORMAL.inv_cdf(0.95)
    theirs = (z / VARIANT["sharpe"]) ** 2  # their null of 0 leaves a variance of 1 over n
    assert theirs == pytest.approx(13.029, abs=5e-4)
    assert min_track_record_length(VARIANT["sharpe"], **FUND) > 2 * theirs


@pytest.mark.parametrize(("blocks", "tested", "splits", "paths"), [(6, 2, 15, 5), (10, 2, 45, 9)])
def test_combinatorial_purged_cross_validation(blocks, tested, splits, paths):
    cv = CombinatorialPurgedCV(blocks, tested, purge=2, embargo=7)
    found = list(cv.split(200))
    assert (cv.splits, cv.paths, len(found)) == (splits, paths, splits)
    edges = np.linspace(0, 200, blocks + 1).astype(int)
    whole = {path: np.zeros(200, int) for path in range(paths)}
    for (split, block), path in cv.path_of().items():
        assert set(range(edges[block], edges[block + 1])) <= set(found[split][1].tolist())
        whole[path][edges[block] : edges[block + 1]] += 1
    assert all((rows == 1).all() for rows in whole.values())
    for trained, test in found:
        apart = trained[:, None] - test
        assert not np.isin(apart, range(-2, 8)).any()
        assert len(trained) + len(test) >= 200 - tested * 9


@pytest.mark.uncounted
@pytest.mark.slow
def test_size_and_power_of_superior_predictive_ability():
    """20 noise models of 750 rows: 3.3% at 5%; one with an annual Sharpe ratio of 2.39: 80%; benchmark half as volatile."""
    worlds, found = 200, {0.0: 0, 2.39: 0}
    for seed in range(worlds):
        rng, drawn = np.random.default_rng([3, seed]), counts(750, 5.0, draws=199, seed=seed)
        noise, benchmark = rng.standard_normal((750, 20)), 0.5 * rng.standard_normal(750)
        for sharpe in found:
            models = noise.copy()
            models[:, 7] += sharpe / math.sqrt(252)
            found[sharpe] += spa(benchmark, models, drawn, block=5.0).p_value < 0.05
    assert found[0.0] / worlds <= 0.05 + 1.96 * math.sqrt(0.05 * 0.95 / worlds)
    assert found[2.39] / worlds == pytest.approx(0.80, abs=0.08)


@pytest.mark.parametrize(("n", "formula", "simulated"), [(400, 0.00492, 0.00534), (2000, 0.00098, 0.00107)])
def test_the_bias_of_a_slope_on_a_persistent_predictor(n, formula, simulated):
    """Stambaugh (1999): -(cov(u, v)/var(v)) (1 + 3 rho)/T, rho .98 and a correlation of -.5; why levels are differenced."""
    rho, corr, worlds = 0.98, -0.5, 4_000
    assert -corr * (1 + 3 * rho) / n == pytest.approx(formula, abs=2e-5)
    rng = np.random.default_rng(n)
    v = rng.standard_normal((n + 1, worlds))
    u = corr * v + math.sqrt(1 - corr**2) * rng.standard_normal((n + 1, worlds))
    x = v.copy()
    x[0] /= math.sqrt(1 - rho**2)
    for t in range(1, n + 1):
        x[t] += rho * x[t - 1]
    past, y = x[:-1] - x[:-1].mean(axis=0), u[1:]
    slopes = (past * y).sum(axis=0) / (past**2).sum(axis=0)
    error = slopes.std() / math.sqrt(worlds)
    assert slopes.mean() == pytest.approx(simulated, abs=4 * error + 2e-4)
    assert slopes.mean() > 4 * error  # it is there
