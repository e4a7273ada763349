"""Intervals of a curve's numbers by the stationary bootstrap: clusters of volatility and slow drift stay in them.

Percentiles of 95% of each number over draws of whole bars in blocks (`statistics.bootstrap`). They take the curve as
the only one that was tried: what choosing among many does is `statistics.deflation`'s.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from backtests.engine.ledger import Floats
from backtests.statistics.bootstrap import DRAWS, SEED, block_length, counts, indices, percentiles
from backtests.statistics.sharpe_ratio import NO_ROOM

Interval = tuple[float, float]
FEWEST_BARS = 60


@dataclass(frozen=True)
class CurveIntervals:
    """95% intervals: annual Sharpe ratio, growth a year and worst drawdown (fractions), Calmar; None if undefined."""

    sharpe: Interval | None
    cagr: Interval | None
    max_drawdown: Interval | None
    calmar: Interval | None


def sharpe_interval(x: Floats, periods_per_year: int, *, draws: int = DRAWS, seed: int = SEED) -> Interval | None:
    """Return the interval of the annual Sharpe ratio of returns in excess of cash (n,) without NaN.

    None where they do not vary, or are fewer than 60.
    """
    if len(x) < FEWEST_BARS or np.std(x, ddof=1) <= NO_ROOM:
        return None
    return of_draws(x, counts(len(x), block_length(x), draws=draws, seed=seed), periods_per_year)


def of_draws(x: Floats, drawn: Floats, periods_per_year: int) -> Interval | None:
    """Return the interval of the annual Sharpe ratio of x (n,) over the `bootstrap.counts` (draws, n) of its bars."""
    n = len(x)
    means = drawn @ np.column_stack([x, x**2]) / n
    spread = np.sqrt(np.maximum(means[:, 1] - means[:, 0] ** 2, 0.0) * n / (n - 1))
    ratios = means[spread > NO_ROOM, 0] / spread[spread > NO_ROOM]
    return _scaled(ratios, math.sqrt(periods_per_year)) if len(ratios) == len(drawn) else None


def cagr_of_draws(returns: Floats, drawn: Floats, periods_per_year: int) -> Interval | None:
    """Return the interval of growth a year, a fraction, over the `bootstrap.counts` (draws, n) of returns (n,).

    Growth does not depend on the order of the bars, so that counts are enough. None where a bar lost everything.
    """
    if float(np.min(returns)) <= -1:
        return None
    with np.errstate(over="ignore"):
        growth = np.expm1(drawn @ np.log1p(returns) * (periods_per_year / len(returns)))
    return percentiles(growth) if np.isfinite(growth).all() else None


def curve_intervals(
    returns: Floats, cash_return: Floats, periods_per_year: int, *, draws: int = DRAWS, seed: int = SEED
) -> CurveIntervals:
    """Return the intervals of a curve from its bars' returns (n,) and what cash returned in them (n,).

    All None under 60 bars or where returns do not vary.
    """
    n = len(returns)
    if n < FEWEST_BARS or np.std(returns, ddof=1) <= NO_ROOM:
        return CurveIntervals(None, None, None, None)
    x = returns - cash_return
    drawn = indices(n, block_length(x), draws=draws, seed=seed)
    sharpe, cagr, fall = np.array([_drawn(returns[at], x[at], periods_per_year) for at in drawn]).T
    fell = fall < 0
    calmar = cagr[fell] / -fall[fell]
    found = (percentiles(known) if len(known) else None for known in (sharpe[~np.isnan(sharpe)], cagr, fall, calmar))
    return CurveIntervals(*found)


def mean_interval(values: Floats) -> Interval | None:
    """Return the 95% interval of the mean of few independent values (n,), by Student's t; None under three of them."""
    n = len(values)
    if n < 3:
        return None
    from scipy.special import stdtrit  # noqa: PLC0415  # heavy: loaded when it is needed

    middle = float(np.mean(values))
    half = float(stdtrit(n - 1, 0.975)) * float(np.std(values, ddof=1)) / math.sqrt(n)
    return middle - half, middle + half


def _drawn(r: Floats, x: Floats, periods_per_year: int) -> tuple[float, float, float]:
    """Return Sharpe ratio, growth a year and worst drawdown of one drawn curve; a ruined one has lost everything."""
    path = np.cumprod(np.maximum(1 + r, 0.0))
    peak = np.maximum(np.maximum.accumulate(path), 1.0)
    spread = float(np.std(x, ddof=1))
    sharpe = float(np.mean(x)) / spread * math.sqrt(periods_per_year) if spread > NO_ROOM else math.nan
    return sharpe, float(path[-1]) ** (periods_per_year / len(r)) - 1, float(np.min(path / peak)) - 1


def _scaled(values: Floats, factor: float) -> Interval:
    low, high = percentiles(values)
    return low * factor, high * factor
