"""Long while a signal is above its threshold, else in cash."""

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
class LongFlat(Strategy):
    """w = 1 while trend > threshold, else 0; NaN (keep the position) while the signal has no fresh value."""

    trend: Signal
    threshold: Annotated[float, Parameter("unit of the signal", grid=(0.0, 0.01, 0.02))] = 0.0

    def weights(self, market: Market) -> pd.Series[float]:
        """Return 1 or 0 on every decision, NaN where the signal is missing or stale."""
        score = self.trend.known(market)
        values = score.to_numpy()
        return pd.Series(np.where(np.isnan(values), np.nan, values > self.threshold), index=score.index)
