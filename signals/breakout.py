"""Breakout of small caps from their channel (S5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
import pandas as pd

from data.market import Market
from signals.base import Sign, Signal
from signals.parameters import Parameter

MEMORY = 252


@dataclass(frozen=True)
class Breakout(Signal):
    """State of the leader's channel: 1 from P_t > max(P_{t-entry..t-1}) until P_t < min(P_{t-exit..t-1}), then 0.

    Closes, total return; 1 is in, 0 is out. Known after the close of session t. The last event decides, whatever came
    before it; NaN until the first one, and where the last is more than 252 sessions old.
    Source: Donchian's channel rule, with the shorter exit of the Turtles (55/20).
    """

    unit: ClassVar[str] = "state, 1 or 0"
    sign: ClassVar[Sign] = "+"
    entry: Annotated[int, Parameter("sessions", 2, 504, grid=(20, 55, 120))] = 55
    exit: Annotated[int, Parameter("sessions", 2, 504, grid=(10, 20, 55))] = 20

    @property
    def needs(self) -> tuple[str, ...]:
        """The leader alone."""
        return ("leader",)

    @property
    def history(self) -> int:
        """The longer channel as it stood at the oldest event that still counts."""
        return max(self.entry, self.exit) + 1 + MEMORY

    def compute(self, market: Market) -> pd.Series[float]:
        """Return the state on the close of each session."""
        closes = market["leader"].values
        before = closes.shift()
        events = [closes > before.rolling(self.entry).max(), closes < before.rolling(self.exit).min()]
        return pd.Series(np.select(events, [1.0, 0.0], np.nan), index=closes.index).ffill(limit=MEMORY)
