"""A z-score by the mean and deviation of the whole sample."""

from dataclasses import dataclass

from signals.base import Signal


@dataclass(frozen=True)
class WholeZscore(Signal):
    unit = "cheat"

    @property
    def needs(self):
        return ("leader",)

    @property
    def history(self):
        return 61

    def compute(self, market):
        trend = market["leader"].values.pct_change(60)
        return (trend - trend.mean()) / trend.std()
