"""HC3 standard errors (MacKinnon and White 1985): robust to volatility that changes, honest in small samples.

A slope that is a weighted sum of the target, sum(w_t * y_t), has the error sqrt(sum((w_t * e_t / (1 - h_t))^2)) with
residuals e and leverages h, which are taken as 0.95 at most: a row that fits itself has no say of its own.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
MOST_LEVERAGE = 0.95


def scores(weights: Floats, residuals: Floats, leverage: Floats) -> Floats:
    """Return what each row adds to each slope's error, of the shape of `weights`: (n,) or (n, slopes)."""
    stretched = residuals / (1 - np.minimum(leverage, MOST_LEVERAGE))
    rows: Floats = weights * (stretched if weights.ndim == 1 else stretched[:, None])
    return rows


def standard_error(rows: Floats) -> Floats:
    """Return the error of each slope from `scores`."""
    errors: Floats = np.sqrt((rows**2).sum(axis=0))
    return errors


def slope(x: Floats, y: Floats) -> tuple[float, float]:
    """Return the slope of y on x with a constant, and its HC3 standard error; (n,) each, without NaN."""
    u, v = x - x.mean(), y - y.mean()
    weights = u / (u @ u)
    estimate = float(weights @ v)
    return estimate, float(standard_error(scores(weights, v - estimate * u, 1 / len(u) + u * weights)))
