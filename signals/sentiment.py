"""Sentiment of the crypto market (S16)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import pandas as pd

from data.market import Market
from signals.base import Sign, Signal
from signals.parameters import Parameter
from signals.zscore import rolling_score


@dataclass(frozen=True)
class Sentiment(Signal):
    """Sentiment against its own past: (x_t - mean) / sd of the last `window` values of FNG, x_t among them, ddof 1.

    `view` = "momentum" takes the score as it is (greed goes on), "contrarian" its negative (buy fear): above 0 either
    says long. FNG is the Crypto Fear and Greed Index, 0 (fear) to 100 (greed), or any daily sentiment in a file of that
    name. The value dated D is known at 00:00 UTC of D+1. NaN until `window` values and where all of them are equal.
    Source: Baker, Wurgler (2006), Investor sentiment and the cross-section of stock returns; the index is by
    Alternative.me.
    """

    unit: ClassVar[str] = "standard deviations"
    sign: ClassVar[Sign] = "two-sided"
    window: Annotated[int, Parameter("values", 3, 756, grid=(30, 60, 90))] = 30
    view: Annotated[str, Parameter("view", choices=("momentum", "contrarian"))] = "momentum"

    @property
    def needs(self) -> tuple[str, ...]:
        """The sentiment alone."""
        return ("FNG",)

    @property
    def history(self) -> int:
        """The values of the window."""
        return self.window

    def compute(self, market: Market) -> pd.Series[float]:
        """Return the score, or its negative, at each instant at which a value becomes known."""
        score = rolling_score(market["FNG"].values, self.window)
        return score if self.view == "momentum" else -score
