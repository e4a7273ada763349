"""The next session's value under today's instant."""

from dataclasses import dataclass

from signals.base import Signal


@dataclass(frozen=True)
class ShiftBack(Signal):
    unit = "cheat"

    @property
    def needs(self):
        return ("leader",)

    @property
    def history(self):
        return 61

    def compute(self, market):
        return market["leader"].values.pct_change(60).shift(-1)
