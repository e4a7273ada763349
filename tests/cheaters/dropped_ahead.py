"""Rows left out where the next one is lower: every value that stands is right."""

from dataclasses import dataclass

from signals.base import Signal


@dataclass(frozen=True)
class DroppedAhead(Signal):
    unit = "cheat"

    @property
    def needs(self):
        return ("leader",)

    @property
    def history(self):
        return 61

    def compute(self, market):
        trend = market["leader"].values.pct_change(60)
        return trend[trend.diff().shift(-1).fillna(1) > 0]
