"""The level of a dividend-adjusted close, which every later dividend changes."""

from dataclasses import dataclass

from signals.base import Signal


@dataclass(frozen=True)
class AdjustedLevel(Signal):
    unit = "cheat"

    @property
    def needs(self):
        return ("leader",)

    @property
    def history(self):
        return 1

    def compute(self, market):
        return market["leader"].values - 100.0
