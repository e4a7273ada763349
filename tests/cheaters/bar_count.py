"""Sized by how far through the file a bar stands."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from strategies.base import Strategy


@dataclass(frozen=True)
class BarCount(Strategy):
    def own_needs(self):
        return ("traded",)

    def weights(self, market):
        return pd.Series(np.arange(len(market.bars)) / len(market.bars), index=market.decisions)
