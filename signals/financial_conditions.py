"""Financial conditions by vintages (S10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import pandas as pd

from data.market import Market
from data.vintages import TodaysVintage, Vintages
from signals.base import Sign, Signal
from signals.parameters import Parameter

WEEKS_OF_A_VINTAGE = 2662  # from 1985 to 2035, where the calendars begin and end


@dataclass(frozen=True)
class FinancialConditions(Signal):
    """Loosening of US financial conditions over `lookback` weeks: -(NFCI_t - NFCI_{t-lookback}), index points.

    Above 0 conditions have loosened. t is the newest week of the newest vintage known, and both ends are taken from
    that one vintage: the index is estimated again every week with its whole past, and two vintages differ in scale. One
    value a vintage, known after 08:30 New York of its date. Today's alone is refused as history (docs/timing.md).
    NaN where the vintage has no value of `lookback` weeks before. A decision between a release and one that a holiday
    makes a day late finds a value just older than the 7 days of market.max_age_days: 9 keep it.
    Source: Federal Reserve Bank of Chicago, National Financial Conditions Index; Brave, Butters (2011), Monitoring
    financial stability: a financial conditions index approach.
    """

    unit: ClassVar[str] = "index points"
    sign: ClassVar[Sign] = "+"
    lookback: Annotated[int, Parameter("weeks", 1, 104, grid=(4, 13, 26))] = 13

    @property
    def needs(self) -> tuple[str, ...]:
        """The index alone."""
        return ("NFCI",)

    @property
    def history(self) -> int:
        """Both ends of the span in the newest vintage."""
        return self.lookback + 1

    @property
    def pace(self) -> int:
        """The weeks of a whole vintage."""
        return WEEKS_OF_A_VINTAGE

    def compute(self, market: Market) -> pd.Series[float]:
        """Return the loosening over the lookback, at each instant at which a vintage becomes known."""
        index = market["NFCI"]
        assert isinstance(index, Vintages | TodaysVintage)
        return -index.change(self.lookback)
