"""Small caps trend up (S1, S2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import pandas as pd

from data.market import Market
from signals.base import Sign, Signal
from signals.parameters import Parameter


@dataclass(frozen=True)
class SmallCapMomentum(Signal):
    """Return of the leader over `lookback` NYSE sessions: P_t / P_{t-lookback} - 1, total return.

    Known after the close of session t; above 0 small caps trend up. NaN until lookback + 1 sessions.
    Source: Moskowitz, Ooi, Pedersen (2012), Time series momentum; the claim that the Russell 2000 leads Ether (2025).
    """

    unit: ClassVar[str] = "return"
    sign: ClassVar[Sign] = "+"
    lookback: Annotated[int, Parameter("sessions", 1, 756, grid=(20, 60, 120))] = 60

    @property
    def needs(self) -> tuple[str, ...]:
        """The leader alone."""
        return ("leader",)

    @property
    def history(self) -> int:
        """Both ends of the span."""
        return self.lookback + 1

    def compute(self, market: Market) -> pd.Series[float]:
        """Return the leader's return over the lookback, on the close of each session."""
        return market["leader"].values.pct_change(self.lookback)
