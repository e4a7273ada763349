"""Follow a trend until one of three guards says out: structural weakness, credit stress or fading ease."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import pandas as pd

from data.market import Market
from signals.base import Signal
from signals.parameters import Parameter
from strategies.base import Strategy


@dataclass(frozen=True)
class Guarded(Strategy):
    """w = 1 while trend > threshold and no guard is below its floor; w = -short_weight when one is; else 0.

    The guards are signals whose fall is bad news: `strength`, `credit`, `ease`. A missing guard guards nothing; NaN
    (keep the position) while the trend is missing and no guard says out.
    """

    trend: Signal
    strength: Signal
    credit: Signal
    ease: Signal
    threshold: Annotated[float, Parameter("unit of the trend", grid=(0.0, 0.01, 0.02))] = 0.0
    strength_floor: Annotated[float, Parameter("unit of strength", grid=(-0.1, -0.05, 0.0))] = -0.05
    credit_floor: Annotated[float, Parameter("unit of credit", grid=(-0.04, -0.02, 0.0))] = -0.02
    ease_floor: Annotated[float, Parameter("unit of ease", grid=(-0.5, -0.25, 0.0))] = -0.25
    short_weight: Annotated[float, Parameter("fraction of equity", 0, 3, grid=(0.0, 0.5, 1.0))] = 0.0

    def weights(self, market: Market) -> pd.Series[float]:
        """Return 1, 0 or -short_weight on every decision, NaN where nothing is known that decides."""
        trend = self.trend.known(market)
        out = pd.Series(False, index=trend.index)
        for guard, floor in (
            (self.strength, self.strength_floor),
            (self.credit, self.credit_floor),
            (self.ease, self.ease_floor),
        ):
            out |= guard.known(market) < floor
        follow = (trend > self.threshold).astype(float).where(trend.notna())
        return follow.where(~out, -self.short_weight + 0.0)
