"""A signal that counts only while another allows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
import pandas as pd

from data.market import Market
from signals.base import OF_ITS_PART, Composed, Signal
from signals.parameters import Parameter


@dataclass(frozen=True)
class GateBy(Composed):
    """`base` while `gate` > threshold, else 0 (`closed` = "zero") or NaN, no opinion ("nan"); in the unit of `base`.

    On every instant at which either becomes known, each as of then: the gate shuts when it is known to, not when the
    base next speaks. Expected sign as `base`. NaN while the gate is missing or older than the staleness limit, and
    while it is open and the base is.
    Source: regime conditioning; the article's balanced view: act on the correlation while it lasts (2025).
    """

    unit: ClassVar[str] = OF_ITS_PART
    base: Signal
    gate: Signal
    threshold: Annotated[float, Parameter("unit of the gate", grid=(0.0, 0.1, 0.2))] = 0.0
    closed: Annotated[str, Parameter("value", choices=("zero", "nan"))] = "zero"

    def compute(self, market: Market) -> pd.Series[float]:
        """Return the base or its silence at each instant at which either part becomes known."""
        base, gate = self.base.compute(market), self.gate.compute(market)
        clock = pd.DatetimeIndex(base.index.union(gate.index))
        allowed = market.asof(gate, at=clock)
        found = market.asof(base, at=clock).where(allowed > self.threshold, 0.0 if self.closed == "zero" else np.nan)
        return found.where(allowed.notna())
