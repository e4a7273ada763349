"""The past of each signal on a board, with the levels at which a study would want another position."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from backtests.experiments.user_strategy import Native
from backtests.runs.subject import built_in_signals
from backtests.today.board import Board, Desk
from backtests.today.what_would_change import PositionChange, signals_of
from data.market import Market
from signals.base import Signal

SHOWN = 500  # observations


@dataclass(frozen=True, eq=False)
class History:
    """The last values (by the instant at which each was known) of one signal of the board or of its studies.

    `flips` are the levels at which studies that read it would want another position, by study. `silent`: at the newest
    decision it has no value, its inputs being too old or too few, so that the last one is of another day.
    """

    name: str
    unit: str
    values: pd.Series[float]
    flips: dict[str, PositionChange] = field(default_factory=dict)
    silent: bool = False


def histories(desk: Desk, board: Board) -> list[History]:
    """Return the past of every signal that has one: those that studies read first, then the others."""
    wanted = {position.study: position.flips for position in board.studies}
    found: dict[Signal, History] = {}
    for (study, experiment), market in zip(desk.studies, desk.markets, strict=True):
        if isinstance(experiment.strategy, Native):
            continue
        flips = {flip.signal: flip for flip in wanted[study]}
        for path, signal in signals_of(experiment.strategy):
            past = found.get(signal) or _history(_name(signal), signal, market, desk)
            if past is None:
                continue
            found[signal] = past
            if path in flips:
                past.flips[study] = flips[path]
    for name, signal in built_in_signals().items():
        past = None if signal in found else _history(name, signal, desk.markets[0], desk)
        if past is not None:
            found[signal] = past
    return list(found.values())


def _history(name: str, signal: Signal, market: Market, desk: Desk) -> History | None:
    if any(id in desk.missing or id in market.refused for id in signal.needs):
        return None
    every = signal.compute(market)
    values = every.dropna()
    if len(values) < 2:
        return None
    return History(name, signal.unit, values.iloc[-SHOWN:], silent=bool(np.isnan(every.iloc[-1])))


def _name(signal: Signal) -> str:
    """Return the name of a signal with the parameters that are not its defaults."""
    usual = next((name for name, built_in in built_in_signals().items() if built_in == signal), "")
    return usual or str(signal)
