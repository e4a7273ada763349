"""How long a signal says something: its correlation with each single day after, and the response that adds up."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from backtests.signal_sheets.forward import estimate
from backtests.signal_sheets.quantiles import LEAST_ROWS, REACH
from backtests.signal_sheets.sample import Floats, Sample

AHEAD = 60


@dataclass(frozen=True)
class Lag:
    """Correlation with the one-bar return `ahead` bars after the decision (1: the next) and the reach of its 95% band.

    The band is around zero, with the errors of White (1980). `response_pct`, `low_pct`, `high_pct`: the log return of
    bars 1..`ahead` together, in percent, per standard deviation of the signal, by Hodrick's 1B.
    """

    ahead: int
    n: int
    correlation: float | None
    reach: float | None
    response_pct: float | None
    low_pct: float | None
    high_pct: float | None
    missing: str | None = None


def decay(sample: Sample, most: int = AHEAD) -> tuple[Lag, ...]:
    """Return the lags 1..`most`."""
    return tuple(_lag(sample.x, sample.y, ahead) for ahead in range(1, most + 1))


def _lag(x: Floats, y: Floats, ahead: int) -> Lag:
    shift = min(ahead - 1, len(y))
    later = np.concatenate([y[shift:], np.full(shift, np.nan)])
    whole = np.isfinite(x) & np.isfinite(later)
    n = int(whole.sum())
    if n < LEAST_ROWS or np.std(x[whole]) == 0 or np.std(later[whole]) == 0:
        why = f"{n} rows; {LEAST_ROWS} are needed" if n < LEAST_ROWS else "the signal or the return does not vary"
        return Lag(ahead, n, None, None, None, None, None, why)
    a, b = ((v[whole] - v[whole].mean()) / v[whole].std() for v in (x, later))
    correlation = float(np.mean(a * b))
    reach = REACH * math.sqrt(float(np.mean(a**2 * (b - correlation * a) ** 2)) / n)
    total = estimate(x, y, ahead, "hodrick")
    response = (total.slope_pct, total.slope_low_pct, total.slope_high_pct)
    return Lag(ahead, n, correlation, reach, *response, total.missing)
