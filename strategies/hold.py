"""Always the same weight: the null that matters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import pandas as pd

from data.market import Market
from signals.parameters import Parameter
from strategies.base import Strategy


@dataclass(frozen=True)
class Hold(Strategy):
    """Hold a constant fraction of equity in the traded asset: w = weight on every decision."""

    weight: Annotated[float, Parameter("fraction of equity", -3, 3, grid=(0.5, 1.0))] = 1.0

    def weights(self, market: Market) -> pd.Series[float]:
        """Return `weight` on every decision; never NaN."""
        return pd.Series(self.weight, index=market.decisions)
