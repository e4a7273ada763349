"""What trying many things does to the best of them: deflated Sharpe ratio, minimum backtest length, effective trials.

Bailey and Lopez de Prado (2014), The deflated Sharpe ratio; Bailey, Borwein, Lopez de Prado and Zhu (2014),
Pseudo-mathematics and financial charlatanism. N is there a number of independent trials; those of a sweep are alike.
Their effective number is the N whose expected best is that of these trials, found by the bootstrap. The entropy of the
eigenvalues of a correlation matrix, often taken for it, is not: it falls where one of many ideas is refined (a test).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from backtests.engine.ledger import Floats
from backtests.statistics.sharpe_ratio import NO_ROOM, NORMAL, psr

EULER = 0.5772156649015329
COLUMNS_AT_ONCE = 256
HALVINGS = 50


@dataclass(frozen=True)
class EffectiveTrials:
    """The effective number of trials of `columns` return series, those that vary."""

    trials: float
    columns: int


def expected_max_sharpe(trials: float) -> float:
    """Return the expected highest of `trials` independent Sharpe ratios whose truth is 0, in their standard deviations.

    (1 - gamma) Z^-1(1 - 1/N) + gamma Z^-1(1 - 1/(N e)); 0 for one trial, and never below. ValueError below 1.
    """
    if not trials >= 1:
        raise ValueError(f"trials = {trials}: at least one was tried")
    if trials == 1:
        return 0.0
    first, second = NORMAL.inv_cdf(1 - 1 / trials), NORMAL.inv_cdf(1 - 1 / (trials * math.e))
    return max((1 - EULER) * first + EULER * second, 0.0)


def deflated_sharpe(
    sharpe: float, n: int, trials: float, variance: float, *, skewness: float = 0.0, kurtosis: float = 3.0
) -> float:
    """Return the deflated Sharpe ratio, 0..1: PSR against the best that `trials` tries without skill would show.

    PSR(SR0) with SR0 = sqrt(variance) * expected_max_sharpe(trials). `sharpe` per bar over `n` bars, `variance` that of
    the Sharpe ratios of the trials, per bar squared (1/(n - 1) for independent tries at nothing). One trial: the PSR.
    """
    if not variance >= 0:
        raise ValueError(f"variance = {variance} must not be negative")
    benchmark = math.sqrt(variance) * expected_max_sharpe(trials)
    return psr(sharpe, n, benchmark=benchmark, skewness=skewness, kurtosis=kurtosis)


def min_backtest_length(trials: float, sharpe: float = 1.0) -> float:
    """Return the years below which the best of `trials` tries without skill is expected to show an annual `sharpe`.

    (expected_max_sharpe(N)/SR)^2. ValueError where `sharpe` is not above 0.
    """
    if not sharpe > 0:
        raise ValueError(f"sharpe = {sharpe} must be above 0")
    return (expected_max_sharpe(trials) / sharpe) ** 2


def effective_trials(returns: Floats, drawn: Floats) -> EffectiveTrials | None:
    """Return the effective number of trials of returns (n, trials) without NaN; None where none vary.

    As many independent trials as have the same expected best without skill: the mean over `drawn`, the (draws, n)
    `bootstrap.counts`, of the highest mean of the centred columns, each in its standard deviation over the draws. What
    is alike counts little however often it was tried, and no trial more makes the number less. Between 1 and the number
    of columns that vary, which are the trials that are counted.
    """
    columns, highest = 0, np.full(len(drawn), -np.inf)
    for first in range(0, returns.shape[1], COLUMNS_AT_ONCE):
        part = returns[:, first : first + COLUMNS_AT_ONCE]
        part = part[:, np.ptp(part, axis=0) > NO_ROOM]
        columns += part.shape[1]
        means = drawn @ (part - part.mean(axis=0))
        np.maximum(highest, (means / means.std(axis=0)).max(axis=1, initial=-np.inf), out=highest)
    return EffectiveTrials(_trials_of(float(highest.mean()), columns), columns) if columns else None


def _trials_of(expected: float, most: int) -> float:
    """Return the number of trials, from 1 to `most`, the highest of whose standard normals is expected to be so high.

    The expected highest of N is top - integral of cdf^N up to the top; `expected_max_sharpe` is its approximation.
    """
    x = np.linspace(-9.0, 9.0, 1_801)
    cdf = np.array([NORMAL.cdf(at) for at in x])
    low, high = 0.0, math.log(most)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        found = x[-1] - np.trapezoid(cdf ** math.exp(middle), x)
        low, high = (middle, high) if found < expected else (low, middle)
    return math.exp(high)
