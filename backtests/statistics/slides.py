"""Placebo by slides: the same positions, slid around the calendar, against the asset's own path.

Every circular shift is taken, none drawn: the shifts are a group, so that the place of the true one among all of them
is an exact p-value where positions know nothing of returns and their law does not change over the calendar, whatever
the asset's drift, trends, crashes and clusters of volatility. Costs are the same for every shift and are left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backtests.engine.ledger import Floats
from backtests.statistics.sharpe_ratio import NO_ROOM

BLOCK = 32  # rules at a time


@dataclass(frozen=True, eq=False)
class Slides:
    """The Sharpe ratio per bar of the timing of each shift (shifts,), the true one first; best of the rules if many.

    `p_value`: the share of shifts, itself among them, at least as good. `percentile`: the share of the others below.
    """

    sharpe: Floats

    @property
    def p_value(self) -> float:
        """(1 + others at least as good)/shifts."""
        return float(np.mean(self.sharpe >= self.sharpe[0] - NO_ROOM))

    @property
    def percentile(self) -> float:
        """The share of the other shifts that are worse, 0..1."""
        return float(np.mean(self.sharpe[1:] < self.sharpe[0] - NO_ROOM))


def slides(weights: Floats, asset: Floats) -> Slides | None:
    """Return the slides of weights (n,), or of the best of (rules, n), over asset returns (n,) in excess of cash.

    The timing of shift k is (w[t - k] - mean(w)) * asset[t]. Of many rules each shift has its best: a p-value that has
    paid for choosing. Rules that never change are left out; None where none are left, or under three bars.
    """
    rules = np.atleast_2d(weights)
    rules = rules[np.ptp(rules, axis=1) > NO_ROOM] if rules.size else rules
    n = len(asset)
    if not len(rules) or n < 3:
        return None
    moves, squares = np.fft.rfft(asset), np.fft.rfft(asset**2)
    best = np.full(n, -np.inf)
    for at in range(0, len(rules), BLOCK):
        own = rules[at : at + BLOCK] - rules[at : at + BLOCK].mean(axis=1, keepdims=True)
        mean = np.fft.irfft(np.conj(np.fft.rfft(own)) * moves, n) / n
        square = np.fft.irfft(np.conj(np.fft.rfft(own**2)) * squares, n) / n
        spread = np.sqrt(np.maximum(square - mean**2, 0.0) * n / (n - 1))
        ratios = np.divide(mean, spread, out=np.full(mean.shape, -np.inf), where=spread > NO_ROOM)
        np.maximum(best, ratios.max(axis=0), out=best)
    return Slides(best) if np.isfinite(best[0]) else None
