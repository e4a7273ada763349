"""A weekly sample that closes at the right edge and is labelled by the left one."""

from dataclasses import dataclass

from signals.base import Signal


@dataclass(frozen=True)
class WeekLabelledLeft(Signal):
    unit = "cheat"

    @property
    def needs(self):
        return ("leader",)

    @property
    def history(self):
        return 61

    def compute(self, market):
        return market["leader"].values.resample("W-SUN", label="left", closed="right").last().pct_change(12)
