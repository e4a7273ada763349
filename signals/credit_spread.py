"""Credit: the spread of Baa bonds (S9, the alternative)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import pandas as pd

from data.market import Market
from signals.base import Sign, Signal
from signals.parameters import Parameter


@dataclass(frozen=True)
class CreditSpread(Signal):
    """Fall of the Baa spread over `lookback` observations: -(BAA10Y_t - BAA10Y_{t-lookback}), percentage points.

    The lookback counts the dates of the spreads, not the instants at which they became known: two may come at one.
    Above 0 the spread over Treasuries has narrowed: credit eases. Known a federal business day after t. NaN until
    lookback + 1 observations.
    Source: Gilchrist, Zakrajsek (2012), Credit spreads and business cycle fluctuations.
    """

    unit: ClassVar[str] = "percentage points"
    sign: ClassVar[Sign] = "+"
    lookback: Annotated[int, Parameter("observations", 1, 504, grid=(5, 20, 60))] = 20

    @property
    def needs(self) -> tuple[str, ...]:
        """The spread alone."""
        return ("BAA10Y",)

    @property
    def history(self) -> int:
        """Both ends of the span, and two more: at most three dates became known at one instant (Christmas 2025)."""
        return self.lookback + 1 + 2

    @property
    def pace(self) -> int:
        """Dates for each instant at which a value becomes known, rounded up."""
        return 2

    def compute(self, market: Market) -> pd.Series[float]:
        """Return the fall of the spread over the lookback, at each instant at which a spread becomes known."""
        spreads = market["BAA10Y"]
        return spreads.when_known(-spreads.by_date.diff(self.lookback))
