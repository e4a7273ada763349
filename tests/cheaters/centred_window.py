"""A moving average whose window reaches ten sessions ahead."""

from dataclasses import dataclass

from signals.base import Signal


@dataclass(frozen=True)
class CentredWindow(Signal):
    unit = "cheat"

    @property
    def needs(self):
        return ("leader",)

    @property
    def history(self):
        return 21

    def compute(self, market):
        prices = market["leader"].values
        return prices / prices.rolling(21, center=True).mean() - 1
