"""Strategy: a positioning rule on the decision clock."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from data.market import Market
from signals.base import Signal
from signals.parameters import check_bounds, components


@dataclass(frozen=True)
class Strategy(ABC):
    """A rule that says, at the close of each bar, what fraction of equity to hold in the traded asset.

    A subclass is a frozen dataclass whose fields are parameters, signals or other strategies, alone in its file.
    """

    def __post_init__(self) -> None:
        check_bounds(self)

    @abstractmethod
    def weights(self, market: Market) -> pd.Series[float]:
        """Return target weights on `market.decisions`: fractions of equity, negative is short, NaN is no opinion."""

    def regimes(self, market: Market) -> pd.Series[str] | None:  # noqa: ARG002  # part of the interface
        """Return the name of the regime in force at every decision, None for a rule that knows none."""
        return None

    @property
    def signals(self) -> list[Signal]:
        """Every signal below this strategy."""
        return [part for part in _tree(self) if isinstance(part, Signal)]

    @property
    def needs(self) -> tuple[str, ...]:
        """Series that the strategy reads, through its signals and itself, sorted."""
        own = self.own_needs()
        below = (part.own_needs() for part in _tree(self) if isinstance(part, Strategy) and part is not self)
        return tuple(
            sorted({*own, *(id for ids in below for id in ids), *(id for s in self.signals for id in s.needs)})
        )

    def own_needs(self) -> tuple[str, ...]:
        """Series that the rule reads besides its signals."""
        return ()


def _tree(node: Any) -> Iterator[Any]:
    yield node
    for child in components(node).values():
        yield from _tree(child)
