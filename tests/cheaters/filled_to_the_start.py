"""The first value carried back to the beginning of the data, over the weeks in which there was none."""

from dataclasses import dataclass

from signals.base import Signal


@dataclass(frozen=True)
class FilledToTheStart(Signal):
    unit = "cheat"

    @property
    def needs(self):
        return ("SOFR",)

    @property
    def history(self):
        return 21

    def compute(self, market):
        return market.asof(market["SOFR"].values.diff(20)).bfill()
