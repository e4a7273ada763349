"""Not a cheater in time: it needs 61 sessions and says 20."""

from dataclasses import dataclass

from signals.base import Signal


@dataclass(frozen=True)
class UnderstatedHistory(Signal):
    unit = "cheat"

    @property
    def needs(self):
        return ("leader",)

    @property
    def history(self):
        return 20

    def compute(self, market):
        return market["leader"].values.pct_change(60)
