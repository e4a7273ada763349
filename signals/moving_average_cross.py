"""A short average of small caps over a long one (S4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import pandas as pd

from data.errors import OutOfBounds
from data.market import Market
from signals.base import Sign, Signal
from signals.parameters import Parameter


@dataclass(frozen=True)
class MovingAverageCross(Signal):
    """Short moving average of the leader over its long one: mean(P, fast) / mean(P, slow) - 1, total return.

    Above 0 the short average stands above the long one. Known after the close of session t. NaN until `slow` sessions.
    Source: Brock, Lakonishok, LeBaron (1992), Simple technical trading rules and the stochastic properties of returns.
    """

    unit: ClassVar[str] = "fraction of the long average"
    sign: ClassVar[Sign] = "+"
    fast: Annotated[int, Parameter("sessions", 1, 504, grid=(20, 50, 100))] = 50
    slow: Annotated[int, Parameter("sessions", 2, 756, grid=(100, 150, 200))] = 200

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.fast >= self.slow:
            raise OutOfBounds("fast", self.fast, f"below slow = {self.slow} sessions")

    @property
    def needs(self) -> tuple[str, ...]:
        """The leader alone."""
        return ("leader",)

    @property
    def history(self) -> int:
        """The long average."""
        return self.slow

    def compute(self, market: Market) -> pd.Series[float]:
        """Return how far the short average stands above the long one, on the close of each session."""
        closes = market["leader"].values
        return closes.rolling(self.fast).mean() / closes.rolling(self.slow).mean() - 1
