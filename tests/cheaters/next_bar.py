"""Long before each bar that rises."""

from dataclasses import dataclass

from strategies.base import Strategy


@dataclass(frozen=True)
class NextBar(Strategy):
    def own_needs(self):
        return ("traded",)

    def weights(self, market):
        coming = market.bars["close"].pct_change().shift(-1)
        return (coming > 0).astype(float).set_axis(market.decisions)
