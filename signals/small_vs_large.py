"""Small caps against large ones (S6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
import pandas as pd

from data.market import Market
from signals.base import Sign, Signal
from signals.parameters import Parameter


@dataclass(frozen=True)
class SmallVsLarge(Signal):
    """Relative strength of small caps: log(leader/SPY)_t - log(leader/SPY)_{t-lookback}, total return.

    A log return; above 0 small caps beat large ones. Known after the close of t; SPY as of that close. NaN until
    lookback + 1 sessions, and where SPY is older than the staleness limit at either end.
    Source: the claim that a broadening rally carries Ether (2025).
    """

    unit: ClassVar[str] = "log return"
    sign: ClassVar[Sign] = "+"
    lookback: Annotated[int, Parameter("sessions", 1, 756, grid=(20, 60, 120))] = 60

    @property
    def needs(self) -> tuple[str, ...]:
        """The two sides of the ratio."""
        return ("leader", "SPY")

    @property
    def history(self) -> int:
        """Both ends of the span."""
        return self.lookback + 1

    def compute(self, market: Market) -> pd.Series[float]:
        """Return the change of the log ratio over the lookback, on the close of each session of the leader."""
        leader = market["leader"].values
        other = market.asof(market["SPY"].values, at=pd.DatetimeIndex(leader.index))
        return (leader / other).apply(np.log).diff(self.lookback)
