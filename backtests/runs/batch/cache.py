"""A market that remembers: each distinct signal, and each strategy below another, is computed once for all the sets.

Signals and strategies are frozen dataclasses, so equal parameters are the same key. What is remembered is handed out
as a lazy copy: who changes it changes his own.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from copy import copy
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Any, TypeVar

import pandas as pd

from data.market import Market
from signals.base import Signal
from signals.parameters import components
from strategies.base import Strategy

T = TypeVar("T")
MOST = 1024  # series; about 25 KB each on nine years of days


@dataclass(frozen=True, eq=False)
class CachedMarket(Market):
    """A Market whose signals and strategies answer a second time from memory, the least used forgotten."""

    memory: dict[Hashable, Any] = field(init=False, default_factory=dict)

    @classmethod
    def of(cls, market: Market) -> CachedMarket:
        """Return `market` with a memory."""
        return cls(**{f.name: getattr(market, f.name) for f in fields(market)})

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what is under `key`, made if it is not there; a series as a lazy copy."""
        found: T | None = self.memory.pop(key, None)
        if found is None:
            found = make()
        self.memory[key] = found  # the last one used is the last to be forgotten
        if len(self.memory) > MOST:
            del self.memory[next(iter(self.memory))]
        return found.copy(deep=False) if isinstance(found, pd.Series) else found


@dataclass(frozen=True)
class CachedSignal(Signal):
    """A signal that asks the market's memory first."""

    inner: Signal

    def __post_init__(self) -> None:
        object.__setattr__(self, "unit", self.inner.unit)
        object.__setattr__(self, "sign", self.inner.sign)

    def __getattr__(self, name: str) -> Any:
        return getattr(object.__getattribute__(self, "inner"), name)

    @property
    def needs(self) -> tuple[str, ...]:
        """What the signal reads."""
        return self.inner.needs

    @property
    def history(self) -> int:
        """What the signal takes."""
        return self.inner.history

    @property
    def pace(self) -> int:
        """The signal's pace."""
        return self.inner.pace

    def compute(self, market: Market) -> pd.Series[float]:
        """Return the signal, from memory where the market has one."""
        return market.once(self.inner, lambda: self.inner.compute(market))

    def known(self, market: Market) -> pd.Series[float]:
        """Return what is known at each decision, from memory where the market has one."""
        return market.once((self.inner, "known"), lambda: self.inner.known(market))


@dataclass(frozen=True)
class CachedStrategy(Strategy):
    """A strategy below another that asks the market's memory first."""

    inner: Strategy

    def __getattr__(self, name: str) -> Any:
        return getattr(object.__getattribute__(self, "inner"), name)

    def weights(self, market: Market) -> pd.Series[float]:
        """Return the weights, from memory where the market has one."""
        return market.once(self.inner, lambda: self.inner.weights(market))

    def regimes(self, market: Market) -> pd.Series[str] | None:
        """Return the regimes of the strategy."""
        return self.inner.regimes(market)


def cached(strategy: Strategy) -> Strategy:
    """Return `strategy` with every signal and strategy below it remembered."""
    rebuilt: Strategy = _rebuilt(strategy)
    return rebuilt


def _rebuilt(node: Any) -> Any:
    children = components(node)
    if not children:
        return node
    again = copy(node)  # not made anew: its own parameters were checked when it was, and stay
    for name, child in children.items():
        object.__setattr__(again, name, _wrapped(child))
    return again


@lru_cache(maxsize=MOST)  # the parts of thousands of strategies are few
def _wrapped(node: Any) -> Any:
    rebuilt = _rebuilt(node)
    if isinstance(rebuilt, Signal):
        return CachedSignal(rebuilt)
    return CachedStrategy(rebuilt) if isinstance(rebuilt, Strategy) else rebuilt
