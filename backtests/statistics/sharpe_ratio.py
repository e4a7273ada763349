"""How sure a Sharpe ratio is: the probabilistic Sharpe ratio and the minimum track record length.

Both from Bailey and Lopez de Prado (2012), The Sharpe ratio efficient frontier: the variance is that of the ratio
observed, over n - 1. (Lopez de Prado, Lipton and Zoonekynd (2025) put the ratio of the null into the variance, over n.)
Every ratio here is per bar, never annual: annual = per bar * sqrt(bars a year). Kurtosis is raw: 3 for the normal.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from backtests.engine.ledger import Floats

NO_ROOM = 1e-15
NORMAL = NormalDist()


@dataclass(frozen=True)
class Moments:
    """Of n returns: Sharpe ratio per bar (ddof 1), skewness and raw kurtosis (biased, as in the paper)."""

    n: int
    sharpe: float
    skewness: float
    kurtosis: float


def moments(x: Floats) -> Moments | None:
    """Return the moments of returns in excess of cash (n,), without NaN; None where they do not vary or n < 3."""
    n = len(x)
    sd = float(np.std(x, ddof=1)) if n > 2 else 0.0
    if sd <= NO_ROOM:
        return None
    z = (x - np.mean(x)) / np.std(x)
    return Moments(n, float(np.mean(x)) / sd, float(np.mean(z**3)), float(np.mean(z**4)))


def psr(sharpe: float, n: int, *, benchmark: float = 0.0, skewness: float = 0.0, kurtosis: float = 3.0) -> float:
    """Return the probabilistic Sharpe ratio, 0..1: how probable it is that the true ratio is above `benchmark`.

    Z[(SR - SR*) sqrt(n - 1) / sqrt(1 - g3 SR + (g4 - 1)/4 SR^2)], with `sharpe` SR and `benchmark` SR* per bar over `n`
    bars. ValueError where n < 2; NaN in gives NaN out.
    """
    if n < 2:
        raise ValueError(f"n = {n}: a Sharpe ratio needs two returns or more")
    if math.isnan(sharpe) or math.isnan(benchmark):
        return math.nan
    spread = math.sqrt(_variance(sharpe, skewness, kurtosis))
    apart = (sharpe - benchmark) * math.sqrt(n - 1)
    if spread == 0:
        return 0.5 if apart == 0 else float(apart > 0)
    return NORMAL.cdf(apart / spread)


def min_track_record_length(
    sharpe: float, *, benchmark: float = 0.0, skewness: float = 0.0, kurtosis: float = 3.0, alpha: float = 0.05
) -> float:
    """Return the bars (not whole) after which PSR(`benchmark`) reaches 1 - `alpha` if the moments stay as they are.

    1 + (1 - g3 SR + (g4 - 1)/4 SR^2) (Z^-1(1 - alpha)/(SR - SR*))^2, ratios per bar; infinite where SR <= SR*.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha = {alpha} must be between 0 and 1")
    if math.isnan(sharpe) or math.isnan(benchmark):
        return math.nan
    if sharpe <= benchmark:
        return math.inf
    reach = NORMAL.inv_cdf(1 - alpha) / (sharpe - benchmark)
    return 1 + _variance(sharpe, skewness, kurtosis) * (reach * reach)  # a product: infinite, not an error


def _variance(sharpe: float, skewness: float, kurtosis: float) -> float:
    """Return n times the variance of a Sharpe ratio; never below 0 for moments that belong together."""
    return max(1 - skewness * sharpe + (kurtosis - 1) / 4 * sharpe**2, 0.0)
