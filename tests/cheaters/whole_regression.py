"""A hedge ratio fitted on the whole sample."""

from dataclasses import dataclass

from signals.base import Signal


@dataclass(frozen=True)
class WholeRegression(Signal):
    unit = "cheat"

    @property
    def needs(self):
        return ("leader", "traded")

    @property
    def history(self):
        return 2

    def compute(self, market):
        leader = market["leader"].values.pct_change()
        own = market.asof(market["traded"].values, at=leader.index).pct_change()
        return leader.cov(own) / leader.var() * leader
