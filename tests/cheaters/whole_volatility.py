"""Sized by the volatility of the whole sample."""

from dataclasses import dataclass

import pandas as pd

from strategies.base import Strategy


@dataclass(frozen=True)
class WholeVolatility(Strategy):
    def own_needs(self):
        return ("traded",)

    def weights(self, market):
        size = min(0.5 / (market.bars["close"].pct_change().std() * market.periods_per_year**0.5), 1.0)
        return pd.Series(size, index=market.decisions)
