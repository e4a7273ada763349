"""Calm markets (S8): a low VIX and a term structure that rises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import pandas as pd

from data.market import Market
from signals.base import Sign, Signal
from signals.parameters import Parameter


@dataclass(frozen=True)
class Calm(Signal):
    """Distance from stress: min(1 - VIX/level, 1 - VIX/VIX3M), a fraction; above 0 both bounds say calm.

    `require` = "level" or "term" takes one of the two alone; "level" needs no VIX3M. Known after 16:15 New York of the
    session of VIX; VIX3M as of that instant. NaN where VIX3M is missing or older than the staleness limit.
    Source: Whaley (2009), Understanding the VIX; on the term structure Fassas, Hourvouliades (2019), VIX futures as a
    market timing indicator.
    """

    unit: ClassVar[str] = "fraction of the bound"
    sign: ClassVar[Sign] = "+"
    level: Annotated[float, Parameter("index points", 5, 100, grid=(15.0, 20.0, 25.0))] = 20.0
    require: Annotated[str, Parameter("bound", choices=("both", "level", "term"))] = "both"

    @property
    def needs(self) -> tuple[str, ...]:
        """VIX, and VIX3M where the term structure counts."""
        return ("VIX",) if self.require == "level" else ("VIX", "VIX3M")

    @property
    def history(self) -> int:
        """One session."""
        return 1

    def compute(self, market: Market) -> pd.Series[float]:
        """Return the distance from the nearer bound, at each instant at which a VIX becomes known."""
        vix = market["VIX"].values
        level = 1 - vix / self.level
        if self.require == "level":
            return level
        term = 1 - vix / market.asof(market["VIX3M"].values, at=pd.DatetimeIndex(vix.index))
        return term if self.require == "term" else level.where(level < term, term)
