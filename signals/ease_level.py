"""Rate cuts priced, level (S12)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import pandas as pd

from data.calendars.instants import new_york
from data.market import Market
from signals.base import Sign, Signal
from signals.parameters import Parameter

EVENING = "17:30"  # New York: after every announcement (docs/timing.md), before any yield of the day is published


@dataclass(frozen=True)
class EaseLevel(Signal):
    """Midpoint of the target range minus the 1-year Treasury yield: (DFEDTARU + DFEDTARL)/2 - DGS1, percentage points.

    Above 0 the market prices cuts over the next year, about value/0.25 of them. Both of one date: a yield stands beside
    the range decided by the evening of its own date, and not beside one decided between that date and the instant at
    which the yield becomes known (a business day later): a cut that it had not seen would read as a hike priced. Known
    when the yield is: with H.15 a business day later, with `yields` = "treasury" (UST1, the Treasury's own) after 18:00
    New York of its date. NaN where the range is older than the staleness limit.
    Source: Gurkaynak, Sack, Swanson (2007), Market-based measures of monetary policy expectations.
    """

    unit: ClassVar[str] = "percentage points"
    sign: ClassVar[Sign] = "+"
    yields: Annotated[str, Parameter("source", choices=("h15", "treasury"), absent="h15")] = "h15"

    @property
    def needs(self) -> tuple[str, ...]:
        """The target range and the 1-year yield."""
        return ("DFEDTARU", "DFEDTARL", {"h15": "DGS1", "treasury": "UST1"}[self.yields])

    @property
    def history(self) -> int:
        """Yields that become known at one instant, and the range of every day since the first of them."""
        return 10

    @property
    def pace(self) -> int:
        """Days of the range for each yield: seven for five, rounded up."""
        return 2

    def compute(self, market: Market) -> pd.Series[float]:
        """Return the gap at each instant at which a yield becomes known."""
        yields = market[self.needs[-1]]
        dates = pd.DatetimeIndex(yields.by_date.index)
        ranges = [market.asof(market[id].values, at=new_york(dates, EVENING)) for id in ("DFEDTARU", "DFEDTARL")]
        middle = sum(bound.set_axis(dates) for bound in ranges) / 2
        return yields.when_known(middle - yields.by_date)
