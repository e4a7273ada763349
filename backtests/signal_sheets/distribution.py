"""What the values of a signal are like: their distribution, and how slowly they change."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from backtests.signal_sheets.sample import Floats, Sample

PERCENTILES = (0, 1, 5, 25, 50, 75, 95, 99, 100)
BINS, LAGS = 40, 60


@dataclass(frozen=True)
class Distribution:
    """Over the decisions with a value. `edges` and `counts` are the histogram, of the 0.5th to the 99.5th percentile.

    `autocorrelation[k-1]` is that of lag k in bars, None where it is undefined; `half_life`: the first lag at which it
    is at or below a half. `skewness` and `excess_kurtosis` are None where the signal does not vary.
    """

    n: int
    distinct: int
    mean: float
    sd: float
    skewness: float | None
    excess_kurtosis: float | None
    percentiles: dict[str, float]
    above_zero: float
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    autocorrelation: tuple[float | None, ...]
    half_life: int | None


def distribution(rows: Sample) -> Distribution:
    """Return the distribution of the signal at the decisions of `rows`; at least one of them has a value."""
    known = rows.x[np.isfinite(rows.x)]
    mean, sd = float(known.mean()), float(known.std(ddof=1)) if len(known) > 1 else 0.0
    z = (known - mean) / sd if sd > 0 else None
    low, high = np.quantile(known, [0.005, 0.995])
    counts, edges = np.histogram(np.clip(known, low, high), bins=BINS)
    acf = autocorrelation(rows.x, LAGS)
    return Distribution(
        n=len(known),
        distinct=len(np.unique(known)),
        mean=mean,
        sd=sd,
        skewness=None if z is None else float(np.mean(z**3)),
        excess_kurtosis=None if z is None else float(np.mean(z**4) - 3),
        percentiles={str(p): float(v) for p, v in zip(PERCENTILES, np.percentile(known, PERCENTILES), strict=True)},
        above_zero=float((known > 0).mean()),
        edges=tuple(map(float, edges)),
        counts=tuple(map(int, counts)),
        autocorrelation=acf,
        half_life=next((lag for lag, r in enumerate(acf, start=1) if r is not None and r <= 0.5), None),
    )


def autocorrelation(x: Floats, lags: int) -> tuple[float | None, ...]:
    """Return the autocorrelations of lags 1..`lags` over the pairs of rows that both have a value."""
    series = pd.Series(x)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = [float(series.corr(series.shift(lag))) for lag in range(1, lags + 1)]
    return tuple(None if math.isnan(r) else r for r in found)
