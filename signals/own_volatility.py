"""The traded asset's own volatility (S15)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

import pandas as pd

from data.market import Market
from signals.base import Sign, Signal
from signals.parameters import Parameter


@dataclass(frozen=True)
class OwnVolatility(Signal):
    """Realised volatility of the traded asset: 100 * sd(r over `lookback` bars, ddof 1) * sqrt(P), percent a year.

    r_t = P_t / P_{t-1} - 1; P is the bars a year of its calendar (365 on UTC days). Known at the close of bar t. NaN
    until lookback + 1 bars.
    Source: Moreira, Muir (2017), Volatility-managed portfolios.
    """

    unit: ClassVar[str] = "percent a year"
    sign: ClassVar[Sign] = "two-sided"
    lookback: Annotated[int, Parameter("bars", 2, 756, grid=(20, 30, 60))] = 30

    @property
    def needs(self) -> tuple[str, ...]:
        """The traded asset alone."""
        return ("traded",)

    @property
    def history(self) -> int:
        """The returns and the price before the first of them."""
        return self.lookback + 1

    def compute(self, market: Market) -> pd.Series[float]:
        """Return the annualised volatility on the close of each bar."""
        returns = market["traded"].values.pct_change()
        return returns.rolling(self.lookback).std() * (100 * math.sqrt(market.periods_per_year))
