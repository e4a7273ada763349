"""Credit: high-yield bonds against investment grade (S9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
import pandas as pd

from data.market import Market
from signals.base import Sign, Signal
from signals.parameters import Parameter


@dataclass(frozen=True)
class Credit(Signal):
    """Credit appetite: log(HYG/LQD)_t - log(HYG/LQD)_{t-lookback}, total return.

    A log return; above 0 high-yield bonds beat investment grade: credit eases. Rates move it too, for LQD is the longer
    one. Known after the close of t; LQD as of that close. NaN until lookback + 1 sessions, and where LQD is older
    than the staleness limit at either end.
    Source: Gilchrist, Zakrajsek (2012), Credit spreads and business cycle fluctuations; small caps' debt burden (2025).
    """

    unit: ClassVar[str] = "log return"
    sign: ClassVar[Sign] = "+"
    lookback: Annotated[int, Parameter("sessions", 1, 756, grid=(20, 60, 120))] = 20

    @property
    def needs(self) -> tuple[str, ...]:
        """The two sides of the ratio."""
        return ("HYG", "LQD")

    @property
    def history(self) -> int:
        """Both ends of the span."""
        return self.lookback + 1

    def compute(self, market: Market) -> pd.Series[float]:
        """Return the change of the log ratio over the lookback, on the close of each session."""
        risky = market["HYG"].values
        safe = market.asof(market["LQD"].values, at=pd.DatetimeIndex(risky.index))
        return (risky / safe).apply(np.log).diff(self.lookback)
