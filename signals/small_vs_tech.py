"""Small caps against mega-cap technology (S7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
import pandas as pd

from data.market import Market
from signals.base import Sign, Signal
from signals.parameters import Parameter


@dataclass(frozen=True)
class SmallVsTech(Signal):
    """Small caps against mega-cap technology: log(leader/QQQ)_t - log(leader/QQQ)_{t-lookback}, total return.

    A log return; below 0 the winners take all. Two-sided: the article's critique lets it confirm the rally or
    undermine it. Known after the close of t; QQQ as of that close. NaN until lookback + 1 sessions, and where QQQ
    is older than the staleness limit at either end.
    Source: the article's critique, "winner takes all" (2025).
    """

    unit: ClassVar[str] = "log return"
    sign: ClassVar[Sign] = "two-sided"
    lookback: Annotated[int, Parameter("sessions", 1, 756, grid=(20, 60, 120))] = 60

    @property
    def needs(self) -> tuple[str, ...]:
        """The two sides of the ratio."""
        return ("leader", "QQQ")

    @property
    def history(self) -> int:
        """Both ends of the span."""
        return self.lookback + 1

    def compute(self, market: Market) -> pd.Series[float]:
        """Return the change of the log ratio over the lookback, on the close of each session of the leader."""
        leader = market["leader"].values
        other = market.asof(market["QQQ"].values, at=pd.DatetimeIndex(leader.index))
        return (leader / other).apply(np.log).diff(self.lookback)
