"""A market that remembers: each distinct signal, and each strategy below another, is computed once for all the sets.

Signals and strategies are frozen dataclasses, so equal parameters are the same key. What is remembered is handed out
as a lazy copy: who changes it changes his own.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from typing import Any

import pandas as pd

from data.market import Market
from signals.base import Signal
from signals.parameters import components
from strategies.base import Strategy

MOST = 1024  # series; about 25 KB each on nine years of days


@dataclass(frozen=True, eq=False)
class CachedMarket(Market):
    """A Market whose signals and strategies answer a second time from memory, the least used forgotten."""

    memory: OrderedDict[Hashable, pd.Series[float]] = field(init=False, default_factory=OrderedDict)

    @classmethod
    def of(cls, market: Market) -> CachedMarket:
        """Return `market` with a memory."""
        return cls(**{f.name: getattr(market, f.name) for f in fields(market)})

    def once(self, key: Hashable, make: Callable[[], pd.Series[float]]) -> pd.Series[float]:
        """Return the series under `key`, made if it is not there, as a lazy copy."""
        if key not in self.memory:
            self.memory[key] = make()
            if len(self.memory) > MOST:
                self.memory.popitem(last=False)
        self.memory.move_to_end(key)
        return self.memory[key].copy(deep=False)


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
    children = {name: _wrapped(child) for name, child in components(node).items()}
    return replace(node, **children) if children else node


@lru_cache(maxsize=MOST)  # the parts of thousands of strategies are few
def _wrapped(node: Any) -> Any:
    rebuilt = _rebuilt(node)
    if isinstance(rebuilt, Signal):
        return CachedSignal(rebuilt)
    return CachedStrategy(rebuilt) if isinstance(rebuilt, Strategy) else rebuilt
