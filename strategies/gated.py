"""Follow a trend only while a second signal allows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import pandas as pd

from data.market import Market
from signals.base import Signal
from signals.parameters import Parameter
from strategies.base import Strategy


@dataclass(frozen=True)
class Gated(Strategy):
    """w = 1 while trend > threshold AND gate > gate_threshold, else 0.

    NaN (keep the position) while either signal is missing, except that one signal known to say out is enough: then 0.
    """

    trend: Signal
    gate: Signal
    threshold: Annotated[float, Parameter("unit of the trend", grid=(0.0, 0.01, 0.02))] = 0.0
    gate_threshold: Annotated[float, Parameter("unit of the gate", grid=(0.0, 0.1, 0.25))] = 0.0

    def weights(self, market: Market) -> pd.Series[float]:
        """Return 1 or 0 on every decision, NaN where the missing signal decides."""
        trend, gate = (signal.known(market) for signal in (self.trend, self.gate))
        long = (trend > self.threshold) & (gate > self.gate_threshold)
        out = (trend <= self.threshold) | (gate <= self.gate_threshold)
        return long.astype(float).where(long | out)
