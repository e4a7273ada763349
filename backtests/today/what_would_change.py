"""What would flip a position: the nearest value of one signal, all else as it is, at which a rule decides otherwise."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from data.market import Market
from signals.base import Signal
from signals.parameters import components
from strategies.base import Strategy

# How far to look, in standard deviations of the signal's own past, and in how many steps.
REACH, STEPS = 6.0, 40


@dataclass(frozen=True)
class PositionChange:
    """The nearest value of one signal, all else as it is, at which a study wants another position."""

    signal: str
    now: float
    at: float
    weight: float


@dataclass(frozen=True)
class Offset(Signal):
    """Another signal plus a constant: for asking what would flip a position. Never a signal of its own."""

    unit: ClassVar[str] = ""
    base: Signal
    delta: float = 0.0

    @property
    def needs(self) -> tuple[str, ...]:
        """As the base."""
        return self.base.needs

    @property
    def history(self) -> int:
        """As the base."""
        return self.base.history

    def compute(self, market: Market) -> pd.Series[float]:
        """Return the base plus `delta`."""
        return self.base.compute(market) + self.delta


def what_would_change(strategy: Strategy, market: Market, weight: float) -> list[PositionChange]:
    """Return, for each signal that alone can move the newest decision, the nearest value that would."""
    found = []
    for path, signal in signals_of(strategy):
        values = signal.compute(market).dropna()
        if values.empty:
            continue
        now, spread = float(values.iloc[-1]), float(values.std())
        steps = np.linspace(0, REACH * spread, STEPS + 1)[1:]
        # Outward from where the signal is, both ways: the first position that differs is the nearest.
        for step in (s for size in steps for s in (size, -size)):
            then = last_weight(_with(strategy, path, Offset(signal, float(step))), market)
            if then is not None and then != weight:
                found.append(_sharpened(strategy, market, path, signal, now, float(step), weight, then))
                break
    return found


def _sharpened(
    strategy: Strategy, market: Market, path: str, signal: Signal, now: float, far: float, weight: float, then: float
) -> PositionChange:
    near = 0.0
    for _ in range(30):
        middle = (near + far) / 2
        found = last_weight(_with(strategy, path, Offset(signal, middle)), market)
        if found is None or found == weight:
            near = middle
        else:
            far, then = middle, found
    return PositionChange(path, now, now + far, then)


def last_weight(strategy: Strategy, market: Market) -> float | None:
    """Return the weight decided at the newest close, None for no opinion."""
    weights = strategy.weights(market)
    last = float(weights.iloc[-1]) if len(weights) else np.nan
    return None if np.isnan(last) else last


def signals_of(node: Any, prefix: str = "") -> list[tuple[str, Signal]]:
    """Return the signals that a rule reads, each with its path."""
    found = []
    for name, child in components(node).items():
        path = f"{prefix}{name}"
        found += [(path, child)] if isinstance(child, Signal) else signals_of(child, f"{path}.")
    return found


def _with(node: Any, path: str, signal: Signal) -> Any:
    head, _, rest = path.partition(".")
    return replace(node, **{head: _with(getattr(node, head), rest, signal) if rest else signal})
