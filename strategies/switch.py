"""One rule while a signal says coupled, another while it does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pandas as pd

from data.market import Market
from signals.base import Signal
from signals.parameters import Parameter
from strategies.base import Strategy


@dataclass(frozen=True)
class Switch(Strategy):
    """w = the weight of `above` while gate > gate_threshold, else that of `below`.

    NaN (keep the position) while the gate is missing, and where the rule in force has no opinion. The split of time and
    return between the two regimes is part of every report.
    """

    gate: Signal
    above: Strategy
    below: Strategy
    gate_threshold: Annotated[float, Parameter("unit of the gate", grid=(0.0, 0.2, 0.4))] = 0.0

    def weights(self, market: Market) -> pd.Series[float]:
        """Return the weights of the rule in force on every decision."""
        regime = self.regimes(market)
        chosen = self.above.weights(market).where(regime == "above", self.below.weights(market))
        return chosen.where(regime != "unknown")

    def regimes(self, market: Market) -> pd.Series[str]:
        """Return "above", "below" or, while the gate is missing, "unknown" on every decision."""
        score = self.gate.known(market)
        names = np.select([score > self.gate_threshold, score <= self.gate_threshold], ["above", "below"], "unknown")
        return pd.Series(names, index=score.index)
