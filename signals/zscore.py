"""Any signal in standard deviations from its own past."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from data.market import Market
from signals.base import Windowed


@dataclass(frozen=True)
class Zscore(Windowed):
    """(x_t - mean) / sd of the last `window` values of `base`, x_t among them; sd with ddof 1; standard deviations.

    Past only: no later value changes it. `memory` = "expanding" takes every value so far, at least `window`. Known when
    x_t is; expected sign as its base. NaN until `window` values, where sd is 0 and, rolling, while any value in the
    window is missing (expanding, while x_t is).
    Source: the standard score; real time as in Welch, Goyal (2008), A comprehensive look at the
    empirical performance of equity premium prediction.
    """

    unit: ClassVar[str] = "standard deviations"

    def compute(self, market: Market) -> pd.Series[float]:
        """Return the score at each instant at which the base becomes known."""
        values = self.base.compute(market)
        if self.memory == "expanding":
            past = values.expanding(self.window)
            deviation = past.std()
            return (values - past.mean()) / deviation.where(deviation > 0)
        return rolling_score(values, self.window)


def rolling_score(values: pd.Series[float], window: int) -> pd.Series[float]:
    """Return (x_t - mean) / sd of each `window` values: NaN until so many, while one is missing, where sd is 0."""
    # Each window by itself and not as a running sum: no value then depends on what stood before its window.
    found = np.full(len(values), np.nan)
    if len(values) >= window:
        windows = np.lib.stride_tricks.sliding_window_view(values.to_numpy(dtype="float64"), window)
        deviation = windows.std(axis=1, ddof=1)
        # The mean of equal numbers may differ from them in the last digit: that is no spread. NaN is not above NaN.
        moved = (windows.max(axis=1) > windows.min(axis=1)) & (deviation > 0)
        found[window - 1 :][moved] = (windows[moved, -1] - windows[moved].mean(axis=1)) / deviation[moved]
    return pd.Series(found, index=values.index)
