"""What trying many things does to the best of them: deflated Sharpe ratio, minimum backtest length, effective trials.

Bailey and Lopez de Prado (2014), The deflated Sharpe ratio; Bailey, Borwein, Lopez de Prado and Zhu (2014),
Pseudo-mathematics and financial charlatanism. The effective number of trials is the exponential of the entropy of the
eigenvalues of the correlation matrix (Roy and Vetterli 2007, effective rank).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from backtests.engine.ledger import Floats
from backtests.statistics.sharpe_ratio import NO_ROOM, NORMAL, psr

EULER = 0.5772156649015329
MOST_COLUMNS, SEED = 2_000, 20251008


@dataclass(frozen=True)
class EffectiveTrials:
    """The effective number of trials of `columns` return series, a sample of all that vary where there are many."""

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


def effective_trials(returns: Floats) -> EffectiveTrials | None:
    """Return the effective number of trials of returns (n, trials) without NaN; None where none vary.

    Between 1 (all the same) and the number of columns (uncorrelated). Columns that do not vary are left out; of more
    than 2,000 as many are drawn, seeded, so that the number is then one of the sample: a lower bound.
    """
    varying = returns[:, np.ptp(returns, axis=0) > NO_ROOM] if len(returns) > 1 else returns[:, :0]
    if varying.shape[1] > MOST_COLUMNS:
        drawn = np.random.default_rng(SEED).choice(varying.shape[1], MOST_COLUMNS, replace=False)
        varying = varying[:, np.sort(drawn)]
    columns = varying.shape[1]
    if columns < 2:
        return EffectiveTrials(float(columns), columns) if columns else None
    z = (varying - varying.mean(axis=0)) / varying.std(axis=0)
    side = z.T @ z if columns <= len(z) else z @ z.T  # both have the same eigenvalues but zeros
    share = np.clip(np.linalg.eigvalsh(side), 0.0, None)
    share = share[share > NO_ROOM * share.max()] / share.sum()
    return EffectiveTrials(float(np.exp(-np.sum(share * np.log(share)))), columns)
