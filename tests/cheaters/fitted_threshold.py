"""In or out by a quantile fitted on the whole sample."""

from dataclasses import dataclass

from signals.base import Signal


@dataclass(frozen=True)
class FittedThreshold(Signal):
    unit = "cheat"

    @property
    def needs(self):
        return ("leader",)

    @property
    def history(self):
        return 61

    def compute(self, market):
        trend = market["leader"].values.pct_change(60)
        return (trend > trend.quantile(0.3)).astype(float).where(trend.notna())
