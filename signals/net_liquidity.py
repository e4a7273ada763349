"""Net liquidity of the Federal Reserve (S11)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import pandas as pd

from data.market import Market
from signals.base import Sign, Signal
from signals.parameters import Parameter

PER_BILLION = 1000.0  # WALCL, WDTGAL and WTREGEN are in USD million, RRPONTSYD in USD billion


@dataclass(frozen=True)
class NetLiquidity(Signal):
    """Change of the Federal Reserve's net liquidity over `lookback` weeks: L_t - L_{t-lookback}, USD billion.

    L = WALCL/1000 - WDTGAL/1000 - RRPONTSYD, all of one Wednesday: total assets less the Treasury's account less
    reverse repurchases, those of the last operation where the Wednesday is a holiday. Where the source lacks WDTGAL,
    WTREGEN stands in, the average of the week to that Wednesday, and every report says so. One value a week, known when
    the last of them is: with the balance sheet, after 16:30 New York of the Thursday after, later on a holiday. NaN
    until lookback + 1 weeks, and where an account has no value at either end: reverse repurchases were rare until 2013.
    A decision between a week's release and a late one after a holiday finds a value just older than the 7 days of
    market.max_age_days: 9 keep it.
    Source: practitioners; on the channel Adrian, Shin (2010), Liquidity and leverage.
    """

    unit: ClassVar[str] = "USD billion"
    sign: ClassVar[Sign] = "+"
    lookback: Annotated[int, Parameter("weeks", 1, 156, grid=(4, 13, 26))] = 13

    @property
    def needs(self) -> tuple[str, ...]:
        """The balance sheet and the two accounts that drain it."""
        return ("WALCL", "WDTGAL", "RRPONTSYD")

    @property
    def history(self) -> int:
        """Both ends of the span in the observations of the daily account."""
        return self.pace * (self.lookback + 1)

    @property
    def pace(self) -> int:
        """Days of the daily account in a week, one more where a release is late."""
        return 6

    def compute(self, market: Market) -> pd.Series[float]:
        """Return the change over the lookback, at each instant at which a week's total assets become known."""
        assets = market["WALCL"]
        total, treasury = assets.by_date, market["WDTGAL"].by_date
        wednesdays = pd.DatetimeIndex(total.index)
        repo = market.asof(market["RRPONTSYD"].by_date, at=wednesdays)  # by date: the operation that was outstanding
        level = (total - treasury.reindex(wednesdays)) / PER_BILLION - repo
        return assets.when_known(level.diff(self.lookback))
