"""A strategy told its signals in another order of decisions: of another time, with what they share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from backtests.runs.batch.cache import CachedSignal
from backtests.statistics.bootstrap import Ints
from data.market import Market
from signals.base import Signal
from signals.parameters import components
from strategies.base import Strategy

OWN = "traded"


@dataclass(eq=False)
class Reading:
    """In which order what signals said from row `first` to before `end` is read just now: as it was, at first."""

    first: int
    end: int
    order: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def __post_init__(self) -> None:
        """Begin with the order that was."""
        self.order = np.arange(self.length)

    @property
    def length(self) -> int:
        """How many rows are read in another order."""
        return max(self.end - self.first, 0)

    def of(self, values: pd.Series[float]) -> pd.Series[float]:
        """Return values on the clock of decisions, the rows from `first` to before `end` in the order of now."""
        told = values.to_numpy(dtype=np.float64).copy()
        told[self.first : self.end] = told[self.first : self.end][self.order]
        return pd.Series(told, index=values.index, name=values.name)


@dataclass(frozen=True, eq=False)
class ReorderedSignal(CachedSignal):
    """A signal whose values on the clock of decisions are those of another time."""

    reading: Reading = field(default_factory=lambda: Reading(0, 0))

    def compute(self, market: Market) -> pd.Series[float]:
        """Return what is told at each decision: such a signal has no other clock."""
        return self.known(market)

    def known(self, market: Market) -> pd.Series[float]:
        """Return the values in the order of now on the clock of decisions."""
        return self.reading.of(market.once((self.inner, "known"), lambda: self.inner.known(market)))


def outer_signals(node: Any) -> list[Signal]:
    """Return the signals that a strategy asks itself, in order: a signal's own parts are that signal's."""
    found: list[Signal] = []
    for child in components(node).values():
        found += [child] if isinstance(child, Signal) else outer_signals(child)
    return found


def rebuilt(node: Any, wanted: Callable[[Signal], bool], reading: Reading) -> Any:
    """Return a strategy whose wanted signals are read in the order that `reading` stands at when they are asked."""
    children = {}
    for name, child in components(node).items():
        if isinstance(child, Signal):
            children[name] = ReorderedSignal(child, reading) if wanted(child) else CachedSignal(child)
        elif isinstance(child, Strategy):
            children[name] = rebuilt(child, wanted, reading)
    return replace(node, **children) if children else node


def reads_more_than_the_asset(signal: Signal, traded: str) -> bool:
    """Whether a signal reads anything but the traded asset."""
    return any(id not in (OWN, traded) for id in signal.needs)


def silent(known: pd.Series[float], rows: npt.NDArray[np.intp]) -> int:
    """Return how many of the rows a signal is silent on before its first word."""
    told = np.isfinite(known.to_numpy(dtype=np.float64)[rows])
    return int(np.argmax(told)) if told.any() else len(rows)
