"""The traded asset's own trend (S15): the control that every lead must beat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import pandas as pd

from data.market import Market
from signals.base import Sign, Signal
from signals.parameters import Parameter


@dataclass(frozen=True)
class OwnMomentum(Signal):
    """Return of the traded asset over its last `lookback` bars: P_t / P_{t-lookback} - 1.

    Known at the close of bar t. NaN until lookback + 1 bars.
    Source: Liu, Tsyvinski (2021), Risks and returns of cryptocurrency (one to four weeks of momentum).
    """

    unit: ClassVar[str] = "return"
    sign: ClassVar[Sign] = "+"
    lookback: Annotated[int, Parameter("bars", 1, 756, grid=(7, 14, 28, 56))] = 28

    @property
    def needs(self) -> tuple[str, ...]:
        """The traded asset alone."""
        return ("traded",)

    @property
    def history(self) -> int:
        """Both ends of the span."""
        return self.lookback + 1

    def compute(self, market: Market) -> pd.Series[float]:
        """Return the traded asset's return over the lookback, on the close of each bar."""
        return market["traded"].values.pct_change(self.lookback)
