"""A percentile in the whole sample."""

from dataclasses import dataclass

from signals.base import Signal


@dataclass(frozen=True)
class WholeRank(Signal):
    unit = "cheat"

    @property
    def needs(self):
        return ("leader",)

    @property
    def history(self):
        return 61

    def compute(self, market):
        return market["leader"].values.pct_change(60).rank(pct=True)
