"""A recursive filter that declares its span, of which a tenth of the past is still missing."""

from dataclasses import dataclass

from signals.base import Signal


@dataclass(frozen=True)
class ShortFilter(Signal):
    unit = "cheat"

    @property
    def needs(self):
        return ("leader",)

    @property
    def history(self):
        return 21

    def compute(self, market):
        prices = market["leader"].values
        return prices / prices.ewm(span=20).mean() - 1
