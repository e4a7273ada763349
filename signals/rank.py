"""Any signal as a percentile of its own past."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from data.market import Market
from signals.base import Windowed


@dataclass(frozen=True)
class Rank(Windowed):
    """(b + (e + 1)/2) / n of the last n = `window` values of `base`: b below x_t, e equal to it, x_t itself among them.

    A fraction, 1/n to 1; the middle is (n + 1)/(2n), so compare it with 0.5 or so, not with 0. Past only.
    `memory` = "expanding" takes every value so far, at least `window`. Known when x_t is; expected sign as its base.
    NaN until `window` values and, rolling, while any value in the window is missing (expanding, while x_t is).
    Source: the percentile rank, ties at their mean.
    """

    unit: ClassVar[str] = "percentile as a fraction"

    def compute(self, market: Market) -> pd.Series[float]:
        """Return the percentile at each instant at which the base becomes known."""
        values = self.base.compute(market)
        past = values.expanding(self.window) if self.memory == "expanding" else values.rolling(self.window)
        return past.rank(pct=True)
