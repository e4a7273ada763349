"""Time-series momentum of small caps, scaled by the traded asset's volatility (S3)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
import pandas as pd

from data.catalogue import PERIODS_PER_YEAR
from data.market import Market
from signals.base import Sign, Signal
from signals.parameters import Parameter

MONTH = 31  # observations of any calendar between two decisions, at most
FADED = 25  # centres of mass after which a return has less than 1e-10 of the weight


@dataclass(frozen=True)
class TimeSeriesMomentum(Signal):
    """sign(R - cash) * min(target / sigma, cap), a fraction of equity, set once a month.

    R = P_t / P_{t-lookback} - 1 of the leader, total return, no month skipped; cash is the mean 3-month Treasury yield
    (DGS3MO) as of the sessions of the span, for the span's share of a year of sessions. sigma is the TRADED asset's
    volatility: the root of the exponentially weighted variance of its returns about their weighted mean, centre of mass
    `com` bars, annualised by the bars a year of its calendar. Taken at the leader's first close in a month (its instant
    is known without knowing what follows) and held until the next month's, on every close between; `every` = "session"
    takes it again at each. Known after the leader's close. NaN until lookback + 1 sessions, com bars and the first
    month that begins.
    Older returns never leave sigma altogether: beyond the declared history they weigh less than 1e-10.
    Source: Moskowitz, Ooi, Pedersen (2012), Time series momentum; departs from it in that signal and size are of two
    assets, and in the cap.
    """

    unit: ClassVar[str] = "fraction of equity"
    sign: ClassVar[Sign] = "+"
    lookback: Annotated[int, Parameter("sessions", 20, 756, grid=(126, 252))] = 252
    target_vol_pct: Annotated[float, Parameter("percent a year", 1, 300, grid=(20.0, 40.0, 60.0))] = 40.0
    com: Annotated[int, Parameter("bars", 5, 252, grid=(30, 60))] = 60
    cap: Annotated[float, Parameter("fraction of equity", 0, 10, grid=(1.0, 2.0))] = 1.0
    every: Annotated[str, Parameter("clock", choices=("month", "session"))] = "month"

    @property
    def needs(self) -> tuple[str, ...]:
        """The leader, the cash that it must beat, and the asset whose risk is taken."""
        return ("leader", "DGS3MO", "traded")

    @property
    def history(self) -> int:
        """The longer of the span and the volatility's memory, and the month for which a value is held."""
        return max(self.lookback + 10, FADED * (self.com + 1)) + 2 * MONTH

    @property
    def pace(self) -> int:
        """Bars for each session: 365 for 252, rounded up."""
        return 2

    def compute(self, market: Market) -> pd.Series[float]:
        """Return the signed size on the close of each session of the leader."""
        side, sigma = self._excess(market).apply(np.sign), self._volatility(market)
        size = (self.target_vol_pct / 100 / sigma.where(sigma > 0)).clip(upper=self.cap)
        return self._held(side * market.asof(size, at=pd.DatetimeIndex(side.index)))

    def _excess(self, market: Market) -> pd.Series[float]:
        closes = market["leader"].values
        yields = market.asof(market["DGS3MO"].values, at=pd.DatetimeIndex(closes.index))
        years = self.lookback / PERIODS_PER_YEAR["nyse"]
        cash = yields.rolling(self.lookback, min_periods=1).mean() / 100 * years
        return (closes.pct_change(self.lookback) - cash).where(yields.notna())

    def _volatility(self, market: Market) -> pd.Series[float]:
        returns = market["traded"].values.pct_change()
        return returns.ewm(com=self.com, min_periods=self.com).std(bias=True) * math.sqrt(market.periods_per_year)

    def _held(self, values: pd.Series[float]) -> pd.Series[float]:
        if self.every == "session":
            return values
        instants = pd.DatetimeIndex(values.index)
        month = pd.Series(instants.year * 12 + instants.month, index=instants)
        begins = month.diff() > 0  # the first row has no row before it: whether it begins a month is not known
        return values.where(begins).groupby(begins.cumsum()).transform("first")
