"""Records of the small-cap index (S5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import pandas as pd

from data.market import Market
from signals.base import ALL, Sign, Signal
from signals.parameters import Parameter


@dataclass(frozen=True)
class RecordHigh(Signal):
    """Distance of the Russell 2000 from its record: P_t / max(P_0..P_{t-1}) - 1, closes of the PRICE index RUT.

    A return. Above 0 exactly on a session that closes at a new record; -0.02 is two percent below it. The index, not
    IWM: dividends lift a total-return price above its old high long before the index is there (2024-11-06 against
    2025-09-18). Known after the close of t. NaN until `least` + 1 sessions; a record is one of the history given.
    Source: George, Hwang (2004), The 52-week high and momentum investing; "record highs" in the article (2025).
    """

    unit: ClassVar[str] = "return"
    sign: ClassVar[Sign] = "+"
    least: Annotated[int, Parameter("sessions", 1, 7560, grid=(252, 756))] = 252

    @property
    def needs(self) -> tuple[str, ...]:
        """The price index of small caps."""
        return ("RUT",)

    @property
    def history(self) -> int:
        """Everything: a record is one of all that went before."""
        return ALL

    def compute(self, market: Market) -> pd.Series[float]:
        """Return the distance from the record, on the close of each session."""
        closes = market["RUT"].values
        return closes / closes.expanding(self.least).max().shift() - 1
