"""Rate cuts priced, level (S12)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from data.market import Market
from signals.base import Sign, Signal


@dataclass(frozen=True)
class EaseLevel(Signal):
    """Midpoint of the target range minus the 1-year Treasury yield: (DFEDTARU + DFEDTARL)/2 - DGS1, percentage points.

    Above 0 the market prices cuts over the next year, about value/0.25 of them. Known when DGS1 is (a business day
    after its date), against the range announced by then; NaN where the range is older than the staleness limit.
    Source: Gurkaynak, Sack, Swanson (2007), Market-based measures of monetary policy expectations.
    """

    unit: ClassVar[str] = "percentage points"
    sign: ClassVar[Sign] = "+"

    @property
    def needs(self) -> tuple[str, ...]:
        """The target range and the 1-year yield."""
        return ("DFEDTARU", "DFEDTARL", "DGS1")

    @property
    def history(self) -> int:
        """One yield, and the range of every day since it became known: a long weekend and some."""
        return 10

    @property
    def pace(self) -> int:
        """Days of the range for each yield: seven for five, rounded up."""
        return 2

    def compute(self, market: Market) -> pd.Series[float]:
        """Return the gap at each instant at which a yield becomes known."""
        yields = market["DGS1"].values
        clock = pd.DatetimeIndex(yields.index)
        upper, lower = (market.asof(market[id].values, at=clock) for id in ("DFEDTARU", "DFEDTARL"))
        return (upper + lower) / 2 - yields
