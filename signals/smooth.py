"""Any signal, averaged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import pandas as pd

from data.market import Market
from signals.base import OF_ITS_PART, Composed, Signal, history_of
from signals.parameters import Parameter


@dataclass(frozen=True)
class Smooth(Composed):
    """Mean of the last `window` values of `base`: (x_t + ... + x_{t-window+1}) / window, in the unit of its base.

    Known when x_t is; expected sign as its base. NaN until `window` values and while any value in the window is
    missing.
    Source: the simple moving average.
    """

    unit: ClassVar[str] = OF_ITS_PART
    base: Signal
    window: Annotated[int, Parameter("values", 1, 756, grid=(5, 10, 20))] = 5

    @property
    def history(self) -> int:
        """The window in values of its base."""
        return history_of(self.base, self.window)

    def compute(self, market: Market) -> pd.Series[float]:
        """Return the mean at each instant at which the base becomes known."""
        return self.base.compute(market).rolling(self.window).mean()
