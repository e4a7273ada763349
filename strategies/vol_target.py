"""Scale any strategy to a constant volatility."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.market import Market
from signals.parameters import Parameter
from strategies.base import Strategy


@dataclass(frozen=True)
class VolTarget(Strategy):
    """w = base weight * min(target / realised volatility, max_scale).

    Realised: standard deviation of the traded asset's last `lookback` returns at bar closes, annualised by the bars a
    year of its calendar. NaN (keep the position) until lookback + 1 bars, where it is 0, and where the base is NaN.
    Source: Moreira, Muir (2017), Volatility-managed portfolios; on the standard deviation as in Harvey et al. (2018).
    """

    base: Strategy
    target_vol_pct: Annotated[float, Parameter("percent a year", 1, 300, grid=(20.0, 40.0, 60.0))] = 40.0
    lookback: Annotated[int, Parameter("bars", 5, 756, grid=(20, 60))] = 30
    max_scale: Annotated[float, Parameter("times", 0, 3, grid=(1.0, 1.5))] = 1.0

    def own_needs(self) -> tuple[str, ...]:
        """The traded asset, for its volatility."""
        return ("traded",)

    def weights(self, market: Market) -> pd.Series[float]:
        """Return the scaled weights on every decision."""
        key = (type(self), self.lookback, self.target_vol_pct, self.max_scale)
        scale = market.once(key, lambda: self._scale(market))
        base = self.base.weights(market)
        return pd.Series(base.to_numpy() * scale, index=base.index)

    def _scale(self, market: Market) -> npt.NDArray[np.float64]:
        """Return what the base is multiplied by at every decision, NaN where the volatility is not known or 0."""
        volatility = market.once((type(self), self.lookback), lambda: self._volatility(market)).to_numpy()
        with np.errstate(divide="ignore"):
            scale = np.where(volatility > 0, self.target_vol_pct / 100 / volatility, np.nan)
        scale = np.minimum(scale, self.max_scale)
        scale.setflags(write=False)  # remembered, and read by many
        return scale

    def _volatility(self, market: Market) -> pd.Series[float]:
        """Return the realised volatility a year as known at every decision."""
        returns = market["traded"].values.pct_change()
        return market.asof(returns.rolling(self.lookback).std() * market.periods_per_year**0.5)
