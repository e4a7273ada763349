"""Out in the last year of the data."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from strategies.base import Strategy


@dataclass(frozen=True)
class LastDate(Strategy):
    def own_needs(self):
        return ("traded",)

    def weights(self, market):
        end = market.bars.index[-1] - pd.Timedelta(days=365)
        return pd.Series(np.where(market.bars.index < end, 1.0, 0.0), index=market.decisions)
