"""The close of a bar at the instant at which the bar opens."""

from dataclasses import dataclass

from signals.base import Signal


@dataclass(frozen=True)
class UnfinishedBar(Signal):
    unit = "cheat"

    @property
    def needs(self):
        return ("traded",)

    @property
    def history(self):
        return 8

    def compute(self, market):
        close = market.bars["close"].pct_change(7)
        return close.set_axis(close.index.tz_localize("UTC").rename("known_at"))
