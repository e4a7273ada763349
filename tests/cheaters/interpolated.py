"""A line drawn from each Wednesday to the next."""

from dataclasses import dataclass

from signals.base import Signal


@dataclass(frozen=True)
class Interpolated(Signal):
    unit = "cheat"

    @property
    def needs(self):
        return ("leader",)

    @property
    def history(self):
        return 1

    def compute(self, market):
        prices = market["leader"].values
        return prices / prices.where(prices.index.day_of_week == 2).interpolate() - 1
