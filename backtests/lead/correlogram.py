"""The cross-correlogram: the leader's session against earlier and later sessions of the traded asset.

Bands and p-values by the stationary bootstrap of whole rows (a session with all its lags), so that volatility clusters
stay where they are. The p-value is corrected for the search by the largest deviation over all lags but 0, each in units
of its own bootstrap error. Raw lags: what they show of the equity market at large is no lead of small caps.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from backtests.lead.family import Array
from backtests.statistics.bootstrap import block_length, counts

REACH = 10
LEVEL = 0.95


@dataclass(frozen=True, eq=False)
class Correlogram:
    """Correlations of traded[t] with leader[t - lag] at `lags` -10..10: above 0 the leader comes first.

    `band` and `band_searched` are the half-widths of the 95% band around 0, for one lag and for all but 0 at once.
    `p_value_leads`, `p_value_led`: largest correlation (positive side) over lags 1..10 and -10..-1, each corrected for
    its search; `p_value`: largest absolute one over both.
    """

    lags: tuple[int, ...]
    correlation: Array
    band: Array
    band_searched: Array
    p_value: float
    p_value_leads: float
    p_value_led: float
    block: float
    n: int

    def as_json(self) -> dict[str, Any]:
        """Return the arrays as lists."""
        return {
            "lags": list(self.lags),
            "correlation": self.correlation.tolist(),
            "band": self.band.tolist(),
            "band_searched": self.band_searched.tolist(),
            "p_value": self.p_value,
            "p_value_leads": self.p_value_leads,
            "p_value_led": self.p_value_led,
            "mean_block_sessions": self.block,
            "n": self.n,
        }


def correlogram(leader: Array, traded: Array) -> Correlogram:
    """Return the correlogram of two series of session returns (one length, no NaN)."""
    lags = tuple(range(-REACH, REACH + 1))
    n = len(leader) - 2 * REACH
    y = traded[REACH : REACH + n]
    x = np.column_stack([leader[REACH - lag : REACH - lag + n] for lag in lags])
    y, x = (y - y.mean()) / y.std(), (x - x.mean(axis=0)) / x.std(axis=0)
    found = (x * y[:, None]).mean(axis=0)
    block = block_length(leader, traded)
    drawn = _drawn(counts(n, block), x, y)
    error = drawn.std(axis=0)
    deviation, side = (drawn - found) / error, np.array(lags)
    t = found / error
    critical = float(np.quantile(np.abs(deviation[:, side != 0]).max(axis=1), LEVEL))
    return Correlogram(
        lags=lags,
        correlation=found,
        band=1.959963984540054 * error,
        band_searched=critical * error,
        p_value=_beyond(np.abs(deviation[:, side != 0]), float(np.abs(t[side != 0]).max())),
        p_value_leads=_beyond(deviation[:, side > 0], float(t[side > 0].max())),
        p_value_led=_beyond(deviation[:, side < 0], float(t[side < 0].max())),
        block=block,
        n=n,
    )


def _drawn(times: Array, x: Array, y: Array) -> Array:
    """Return (draws, lags): the correlations in each draw, from weighted sums."""
    n = len(y)
    mean_y, mean_x = times @ y / n, times @ x / n
    spread_y = np.sqrt(times @ y**2 / n - mean_y**2)
    spread_x = np.sqrt(times @ x**2 / n - mean_x**2)
    both: Array = (times @ (x * y[:, None]) / n - mean_x * mean_y[:, None]) / (spread_x * spread_y[:, None])
    return both


def _beyond(deviation: Array, observed: float) -> float:
    highest = deviation.max(axis=1)
    return float(1 + (highest >= observed).sum()) / (1 + len(highest)) if math.isfinite(observed) else 1.0
