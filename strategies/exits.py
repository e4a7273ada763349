"""Stops, a time stop and a minimum holding around any strategy."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import pandas as pd

from data.market import Market
from signals.parameters import Parameter
from strategies.base import Strategy

OFF = 0


@dataclass(frozen=True)
class Exits(Strategy):
    """w = the base's weight, but 0 once an exit is hit, until the base itself leaves that side; 0 switches an exit off.

    At each close, of a position taken at the open after its decision: `stop_loss_pct` of loss since that open,
    `trailing_stop_pct` of loss since the best close, `time_stop_bars` bars held. `min_hold_bars` keeps a position
    against the base for that long, never against an exit. NaN where the base is NaN and no exit is hit. The path begins
    with the history, not with the first bar of a run; with `execution.delay_bars` above 0 the fill comes later than the
    open that the exits reckon from.
    """

    base: Strategy
    stop_loss_pct: Annotated[float, Parameter("percent", 0, 100, grid=(0.0, 10.0, 20.0))] = 0.0
    trailing_stop_pct: Annotated[float, Parameter("percent", 0, 100, grid=(0.0, 15.0, 30.0))] = 0.0
    time_stop_bars: Annotated[int, Parameter("bars", 0, 3650, grid=(0, 60, 120))] = OFF
    min_hold_bars: Annotated[int, Parameter("bars", 0, 3650, grid=(0, 5, 20))] = OFF

    def weights(self, market: Market) -> pd.Series[float]:
        """Return the base's weights with the exits applied, on every decision."""
        base = self.base.weights(market)
        opens, closes = market.bars["open"].tolist(), market.bars["close"].tolist()
        position, decided = _Position(self), []
        for bar, wanted in enumerate(base.tolist()):
            decided.append(position.decide(bar, wanted, opens[bar], closes[bar]))
        return pd.Series(decided, index=base.index)


class _Position:
    """What is held, since when and at what price; one step a bar, in order."""

    def __init__(self, rule: Exits) -> None:
        self.rule = rule
        self.weight = 0.0
        self.since = 0
        self.entry = self.best = math.nan
        self.barred = 0.0  # the side an exit has left and the base has not

    def decide(self, bar: int, wanted: float, open_: float, close: float) -> float:
        if self.weight and bar == self.since + 1:
            self.entry = self.best = open_
        if self.weight and self._hit(bar, close):
            self.barred, self.weight = math.copysign(1.0, self.weight), 0.0
            return 0.0
        if math.isnan(wanted):
            return wanted
        if wanted * self.barred > 0:
            return 0.0
        self.barred = 0.0
        if self.weight and wanted * self.weight <= 0 and bar - self.since < self.rule.min_hold_bars:
            return self.weight
        if wanted * self.weight <= 0:
            self.since = bar
        self.weight = wanted
        return wanted

    def _hit(self, bar: int, close: float) -> bool:
        side = math.copysign(1.0, self.weight)
        self.best = side * max(side * self.best, side * close)
        lost = -100 * side * (close / self.entry - 1)
        given_back = -100 * side * (close / self.best - 1)
        rule = self.rule
        return (
            (rule.stop_loss_pct != OFF and lost >= rule.stop_loss_pct)
            or (rule.trailing_stop_pct != OFF and given_back >= rule.trailing_stop_pct)
            or (rule.time_stop_bars != OFF and bar - self.since >= rule.time_stop_bars)
        )
