"""Two return series on the same bars: how far apart, and how sure that is.

The difference of the mean returns, times bars a year, and that of the annual Sharpe ratios, by one stationary bootstrap
of whole bars (Politis and Romano 1994), with the mean block of Politis and White (2004) for the differences and their
squares, so that what both live through on one bar, and clusters of volatility, stay together. Interval and p-value are
one test, of how far draws lie from what was found, whichever side (symmetric; Hall 1988): 0 lies outside the interval
where p is below 5% and nowhere else. Every interval is by itself: where many runs are compared some will leave zero by
chance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from backtests.engine.ledger import Floats
from backtests.metrics.performance import sharpe
from backtests.statistics.bootstrap import block_length, counts

DRAWS, SEED, ERROR = 1_999, 20251008, 0.05
FEWEST_BARS = 60
NO_ROOM = 1e-15
Interval = tuple[float, float]


@dataclass(frozen=True)
class Paired:
    """How far returns a are from returns b, a less b; None where undefined, and `missing` says why.

    `per_year` is mean(a - b) times bars a year, arithmetic (a fraction); `p_value` tests it against zero, two-sided.
    `matched_per_year` is what a would have returned a year beyond b at b's volatility: the difference of the annual
    Sharpe ratios times it; `sharpe_p_value` tests either against zero, two-sided.
    """

    bars: int
    per_year: float | None = None
    per_year_95: Interval | None = None
    p_value: float | None = None
    sharpe: float | None = None
    sharpe_95: Interval | None = None
    sharpe_p_value: float | None = None
    matched_per_year: float | None = None
    matched_per_year_95: Interval | None = None
    block_bars: float | None = None
    draws: int = 0
    seed: int = 0
    missing: str = ""


def paired(
    a: Floats,
    b: Floats,
    periods_per_year: int,
    *,
    cash: tuple[Floats | float, Floats | float] = (0.0, 0.0),
    seed: int = SEED,
    draws: int = DRAWS,
) -> Paired:
    """Return the difference of returns (n,) of the same n bars; `cash`: what cash returned, for the Sharpe ratios.

    Fewer than 60 bars, or returns that never differ, have no interval.
    """
    n, apart = len(a), a - b
    x, y = a - cash[0], b - cash[1]
    ratio = sharpe(x, periods_per_year) - sharpe(y, periods_per_year)
    found = Paired(n, float(np.mean(apart)) * periods_per_year, sharpe=None if math.isnan(ratio) else ratio)
    if np.ptp(apart) <= NO_ROOM:
        return _without(found, "the returns differ by the same on every bar" if apart[0] else "the returns are equal")
    if n < FEWEST_BARS:
        return _without(found, f"{n} bars in common: an interval needs {FEWEST_BARS}")
    block = block_length(apart)
    mean, ratios = _resampled(x, y, apart, counts(n, block, draws=draws, seed=seed) / n)
    per_year, year = float(np.mean(apart)) * periods_per_year, mean * periods_per_year
    known = ratios[~np.isnan(ratios)] * math.sqrt(periods_per_year)
    sure = found.sharpe is not None and len(known) == draws
    year_95, p_value = _tested(per_year, year)
    ratio_95, ratio_p = _tested(ratio, known) if sure else (None, None)
    volatility = _volatility(y, periods_per_year)
    return Paired(
        n,
        per_year,
        year_95,
        p_value,
        found.sharpe,
        ratio_95,
        ratio_p,
        ratio * volatility if sure else None,
        (ratio_95[0] * volatility, ratio_95[1] * volatility) if ratio_95 else None,
        block,
        draws,
        seed,
    )


def _volatility(x: Floats, periods_per_year: int) -> float:
    return float(np.std(x, ddof=1)) * math.sqrt(periods_per_year)


def _without(found: Paired, why: str) -> Paired:
    return Paired(found.bars, found.per_year, sharpe=found.sharpe, missing=why)


def _resampled(x: Floats, y: Floats, apart: Floats, shares: Floats) -> tuple[Floats, Floats]:
    """Return the mean difference and the difference of Sharpe ratios a bar, of every draw; NaN where undefined."""
    means = shares @ np.column_stack([x, x**2, y, y**2, apart])
    n = len(x)
    ratios = []
    for first, second in ((0, 1), (2, 3)):
        spread = np.sqrt(np.maximum(means[:, second] - means[:, first] ** 2, 0.0) * n / (n - 1))
        ratios.append(np.divide(means[:, first], spread, out=np.full(len(means), math.nan), where=spread > NO_ROOM))
    return means[:, 4], ratios[0] - ratios[1]


def _tested(found: float, drawn: Floats) -> tuple[Interval, float]:
    """Return the interval of what was found, and the two-sided p-value of its being 0; the two agree on 0."""
    off = np.abs(drawn - found)
    least = math.ceil(ERROR * (len(drawn) + 1)) - 1  # were so many draws as far off as 0, p would be below 5%
    half = float(np.sort(off)[-least])
    return (found - half, found + half), float((1 + np.sum(off >= abs(found))) / (len(drawn) + 1))
