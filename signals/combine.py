"""Two signals, added."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import pandas as pd

from data.market import Market
from signals.base import OF_ITS_PART, Composed, Signal
from signals.parameters import Parameter


@dataclass(frozen=True)
class Combine(Composed):
    """first_weight * first + second_weight * second, each as of the instant (z-score parts of different units first).

    On every instant at which either becomes known: what is new in one counts at once, beside the other's last value.
    The unit of its parts where they agree. Expected sign as its parts where they agree and no weight is negative, else
    two-sided. NaN while either is missing or older than the staleness limit.
    Source: Bates, Granger (1969), The combination of forecasts; the weights are fixed here.
    """

    unit: ClassVar[str] = OF_ITS_PART
    first: Signal
    second: Signal
    first_weight: Annotated[float, Parameter("times", grid=(0.5, 1.0, 2.0))] = 1.0
    second_weight: Annotated[float, Parameter("times", grid=(0.5, 1.0, 2.0))] = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.first.unit != self.second.unit:
            object.__setattr__(self, "unit", "weighted sum")
        if self.first.sign != self.second.sign or min(self.first_weight, self.second_weight) < 0:
            object.__setattr__(self, "sign", "two-sided")

    def compute(self, market: Market) -> pd.Series[float]:
        """Return the weighted sum at each instant at which either part becomes known."""
        first, second = self.first.compute(market), self.second.compute(market)
        clock = pd.DatetimeIndex(first.index.union(second.index))
        return self.first_weight * market.asof(first, at=clock) + self.second_weight * market.asof(second, at=clock)
