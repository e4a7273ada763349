"""Rate cuts priced, change (S13): "easing"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import pandas as pd

from data.market import Market
from signals.base import Sign, Signal
from signals.parameters import Parameter


@dataclass(frozen=True)
class EaseChange(Signal):
    """Fall of the 2-year Treasury yield over `lookback` observations: -(DGS2_t - DGS2_{t-lookback}), percentage points.

    The lookback counts the dates of the yields, not the instants at which they became known: two may come at one. Above
    0 expectations have turned easier. The yield alone, never the gap to the target range: a delivered, expected cut
    moves the midpoint and would read as hawkish news. Known a federal business day after t, with H.15;
    `yields` = "treasury" takes the Treasury's own par yield (UST2), published at 18:00 New York of t. NaN until
    lookback + 1 observations.
    Source: Hanson, Stein (2015), Monetary policy and long-term real rates; Che et al., IMF WP 23/163.
    """

    unit: ClassVar[str] = "percentage points"
    sign: ClassVar[Sign] = "+"
    lookback: Annotated[int, Parameter("observations", 1, 504, grid=(5, 20, 60))] = 20
    yields: Annotated[str, Parameter("source", choices=("h15", "treasury"), absent="h15")] = "h15"

    @property
    def needs(self) -> tuple[str, ...]:
        """The 2-year yield alone."""
        return ({"h15": "DGS2", "treasury": "UST2"}[self.yields],)

    @property
    def history(self) -> int:
        """Both ends of the span, and two more: at most three dates became known at one instant (Christmas 2025)."""
        return self.lookback + 1 + 2

    @property
    def pace(self) -> int:
        """Dates for each instant at which a value becomes known, rounded up."""
        return 2

    def compute(self, market: Market) -> pd.Series[float]:
        """Return the fall of the yield over the lookback, at each instant at which a yield becomes known."""
        yields = market[self.needs[0]]
        return yields.when_known(-yields.by_date.diff(self.lookback))
