"""Signal: a pure function of what was known, and how a signal is found by its name."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from data.market import Market
from signals.knobs import check_bounds


@dataclass(frozen=True)
class Signal(ABC):
    """A number known at an instant, computed from nothing that came later.

    A subclass is a frozen dataclass whose fields are its parameters (`signals.knobs`), alone in its file; the file's
    name is the signal's. Its docstring states formula, unit, NaN behaviour and source.
    """

    unit: ClassVar[str] = ""

    def __post_init__(self) -> None:
        check_bounds(self)

    @property
    @abstractmethod
    def needs(self) -> tuple[str, ...]:
        """Series that `compute` reads: catalogue ids, or "leader" and "traded"."""

    @property
    @abstractmethod
    def history(self) -> int:
        """Observations of each needed series that one value takes, itself included."""

    @abstractmethod
    def compute(self, market: Market) -> pd.Series[float]:
        """Return the signal on `known_at` (UTC, rising, unique); NaN until `history` observations are known."""
