"""Long while a signal is above its threshold, short while below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pandas as pd

from data.market import Market
from signals.base import Signal
from signals.parameters import Parameter
from strategies.base import Strategy


@dataclass(frozen=True)
class LongShort(Strategy):
    """w = 1 while trend > threshold, -short_weight while trend < -threshold, else 0; NaN while trend is missing."""

    trend: Signal
    threshold: Annotated[float, Parameter("unit of the signal", 0.0, grid=(0.0, 0.01, 0.02))] = 0.0
    short_weight: Annotated[float, Parameter("fraction of equity", 0, 3, grid=(0.5, 1.0))] = 1.0

    def weights(self, market: Market) -> pd.Series[float]:
        """Return 1, 0 or -short_weight on every decision, NaN where the signal is missing or stale."""
        score = self.trend.known(market)
        side = np.select([score > self.threshold, score < -self.threshold], [1.0, -self.short_weight], 0.0)
        return pd.Series(side, index=score.index).where(score.notna())
