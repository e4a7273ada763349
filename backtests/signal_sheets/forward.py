"""What followed a signal: its correlation with the returns of the days after, at several horizons, with honest bands.

At one bar the errors are HAC. Beyond, returns of neighbouring decisions overlap: Hodrick's 1B and rows without overlap
stand side by side, and plain OLS on overlapping rows is never computed (sizes: `backtests.statistics.regression`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from backtests.signal_sheets.sample import Floats, Sample
from backtests.statistics.regression import Method, forward_sums, predictive
from data.errors import RunError

HORIZONS = (1, 5, 10, 20, 60)
LEAST_SPANS = 10
UNKNOWN = (None,) * 8


@dataclass(frozen=True)
class Estimate:
    """Correlation of the signal with the return of `horizon` bars, and its band of 95%, by one method.

    It is the slope of the regression in standard deviations of both sides; `slope_pct` and its band are the log return,
    in percent, that goes with a signal one standard deviation higher. `returns`: "plain", or a name of
    `sample.HEDGES`. None with the reason in `missing`; also where the rows hold fewer than 10 spans of the horizon.
    """

    returns: str
    horizon: int
    method: Method
    n: int
    correlation: float | None
    low: float | None
    high: float | None
    slope_pct: float | None
    slope_low_pct: float | None
    slope_high_pct: float | None
    t: float | None
    p_value: float | None
    missing: str | None = None


@dataclass(frozen=True)
class RankEstimate:
    """Spearman's rank correlation: `rho` of all rows, overlapping ones too; the test of those without overlap alone."""

    returns: str
    horizon: int
    n: int
    rho: float | None
    n_apart: int
    rho_apart: float | None
    p_value: float | None
    missing: str | None = None


def methods(horizon: int) -> tuple[Method, ...]:
    """Return the methods that are shown at a horizon, the one to judge by first."""
    return ("hac",) if horizon == 1 else ("hodrick", "nonoverlapping")


def forward(sample: Sample, horizons: Sequence[int] = HORIZONS) -> tuple[Estimate, ...]:
    """Return the estimates at every horizon by every method, on plain returns and, where there are any, hedged ones."""
    return tuple(
        estimate(sample.x, y, horizon, method, name)
        for name, y in sample.returns().items()
        for horizon in horizons
        for method in methods(horizon)
    )


def estimate(x: Floats, y: Floats, horizon: int, method: Method, returns: str = "plain") -> Estimate:
    """Return the estimate of one horizon by one method, with the reason where there is none."""
    total = forward_sums(y, horizon)
    whole = np.isfinite(x) & np.isfinite(total)
    if whole.sum() < LEAST_SPANS * horizon:
        why = f"{int(whole.sum())} rows; {LEAST_SPANS * horizon} are needed for {LEAST_SPANS} spans of {horizon} bars"
        return Estimate(returns, horizon, method, int(whole.sum()), *UNKNOWN, why)
    try:
        fit = predictive(y, x, horizon, method)
    except RunError as error:
        return Estimate(returns, horizon, method, int(whole.sum()), *UNKNOWN, str(error))
    sd, spread = float(np.std(x[whole])), float(np.std(total[whole]))
    if not (sd > 0 and spread > 0):
        why = "the signal or the return does not vary"
        return Estimate(returns, horizon, method, fit.n, *UNKNOWN, why)
    scale = sd / spread
    return Estimate(
        returns,
        horizon,
        method,
        fit.n,
        fit.slope * scale,
        fit.low * scale,
        fit.high * scale,
        100 * fit.slope * sd,
        100 * fit.low * sd,
        100 * fit.high * sd,
        fit.t,
        fit.p_value,
    )


def ranks(sample: Sample, horizons: Sequence[int] = HORIZONS) -> tuple[RankEstimate, ...]:
    """Return Spearman's correlations at every horizon, on plain returns and on hedged ones where there are any."""
    return tuple(_ranked(sample.x, y, h, name) for name, y in sample.returns().items() for h in horizons)


def _ranked(x: Floats, y: Floats, horizon: int, returns: str) -> RankEstimate:
    total = forward_sums(y, horizon)
    rho, n = _spearman(x, total)
    x_apart, apart = x[::horizon], total[::horizon]
    rho_apart, n_apart = _spearman(x_apart, apart)
    both = pd.DataFrame({"x": x_apart, "y": apart}).dropna().rank()
    try:
        fit = predictive(both["y"], both["x"], 1, "hac" if horizon == 1 else "nonoverlapping")
    except RunError as error:
        return RankEstimate(returns, horizon, n, rho, n_apart, None, None, missing=str(error))
    return RankEstimate(returns, horizon, n, rho, n_apart, rho_apart, fit.p_value)


def _spearman(x: Floats, y: Floats) -> tuple[float | None, int]:
    both = pd.DataFrame({"x": x, "y": y}).dropna()
    if len(both) < 3 or both["x"].nunique() < 2 or both["y"].nunique() < 2:
        return None, len(both)
    ranked = both.rank().to_numpy()
    return float(np.corrcoef(ranked[:, 0], ranked[:, 1])[0, 1]), len(both)


def primary(found: Sequence[Estimate], returns: str = "plain") -> list[Estimate]:
    """Return, for each horizon, the estimate to judge by: HAC at one bar, Hodrick 1B beyond."""
    return [e for e in found if e.returns == returns and e.method == methods(e.horizon)[0]]
