"""A filter run from the end to the beginning."""

from dataclasses import dataclass

from signals.base import Signal


@dataclass(frozen=True)
class TwoWayFilter(Signal):
    unit = "cheat"

    @property
    def needs(self):
        return ("leader",)

    @property
    def history(self):
        return 20

    def compute(self, market):
        prices = market["leader"].values
        return prices / prices[::-1].ewm(span=20).mean()[::-1] - 1
