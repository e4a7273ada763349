"""Signal: a pure function of what was known, and how a signal is found by its name."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import pandas as pd

from data.market import Market
from signals.parameters import Parameter, check_bounds, components

Sign = Literal["+", "-", "two-sided", "gate"]
ALL = 10**9  # the history of a signal whose value takes every observation there is


@dataclass(frozen=True)
class Signal(ABC):
    """A number known at an instant, computed from nothing that came later.

    A subclass is a frozen dataclass alone in its file; the file's name is the signal's. Its fields are parameters
    (`signals.parameters`) or other signals, its parts. Its docstring states formula, unit, NaN behaviour, when it is
    known and source. `sign` is what the literature or the claim expects of a high value for the traded asset's next
    return: "+" up, "-" down, "two-sided" either, "gate" nothing by itself: it says when another signal counts.
    """

    unit: ClassVar[str] = ""
    sign: ClassVar[Sign] = "two-sided"

    def __post_init__(self) -> None:
        check_bounds(self)

    @property
    @abstractmethod
    def needs(self) -> tuple[str, ...]:
        """Series that `compute` reads: catalogue ids, or "leader" and "traded"."""

    @property
    @abstractmethod
    def history(self) -> int:
        """Observations of each needed series that one value takes, itself included; ALL where it takes every one."""

    @property
    def pace(self) -> int:
        """Observations of its most frequent input, rounded up, for each further value of the signal."""
        return 1

    @abstractmethod
    def compute(self, market: Market) -> pd.Series[float]:
        """Return the signal on `known_at` (UTC, rising, unique); NaN until `history` observations are known."""

    def known(self, market: Market) -> pd.Series[float]:
        """Return the last value known at each decision of `market`; NaN where there is none, or it is too old."""
        return market.asof(self.compute(market))

    def gap(self, market: Market, instant: pd.Timestamp) -> str:  # noqa: ARG002  # part of the interface
        """Return why there is no value at `instant` though every input is fresh; empty where that is not known."""
        return ""


@dataclass(frozen=True)
class Composed(Signal):
    """A signal made of other signals, its fields of kind Signal.

    It reads what they read. Where the class names no unit of its own, a value has the unit and the sign of the first
    part: they are set on the instance, for no class can know them.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        first = self.parts[0]
        object.__setattr__(self, "sign", first.sign)
        if type(self).unit == OF_ITS_PART:
            object.__setattr__(self, "unit", first.unit)

    @property
    def parts(self) -> tuple[Signal, ...]:
        """The signals that this one is made of, in order of declaration."""
        return tuple(components(self).values())

    @property
    def needs(self) -> tuple[str, ...]:
        """What its parts read."""
        return tuple(dict.fromkeys(id for part in self.parts for id in part.needs))

    @property
    def history(self) -> int:
        """What its longest part takes."""
        return max(part.history for part in self.parts)

    @property
    def pace(self) -> int:
        """The pace of its slowest part."""
        return max(part.pace for part in self.parts)

    def gap(self, market: Market, instant: pd.Timestamp) -> str:
        """Return what its parts say."""
        return "; ".join(dict.fromkeys(why for part in self.parts if (why := part.gap(market, instant))))


OF_ITS_PART = "unit of its part"


def history_of(base: Signal, window: int) -> int:
    """Return the observations of each needed series that `window` values of `base` take; ALL where it takes all."""
    return min(ALL, base.history + (window - 1) * base.pace)


@dataclass(frozen=True)
class Windowed(Composed):
    """Another signal against its own past: the last `window` values, or ("expanding") all so far, at least `window`."""

    base: Signal
    window: Annotated[int, Parameter("values", 3, 2520, grid=(60, 120, 252))] = 252
    memory: Annotated[str, Parameter("span", choices=("rolling", "expanding"))] = "rolling"

    @property
    def history(self) -> int:
        """The window in values of its base, or everything."""
        return ALL if self.memory == "expanding" else history_of(self.base, self.window)
