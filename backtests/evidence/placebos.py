"""Placebos of a strategy: the same rule on signals of another time, slid around the calendar or drawn in blocks.

Every signal below the strategy is read in the same other order of decisions, so that what they share stays; the
strategy decides again on what it is then told, and the kernel fills every placebo at the run's own costs, on ETH's own
path. What a strategy reads of the market itself (the volatility that it targets) stays true.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from backtests.engine.ledger import Floats
from backtests.evidence.kernel_runs import Bars, active_sharpes
from backtests.experiments.experiment import Experiment
from backtests.runs.cache import CachedMarket, CachedSignal
from backtests.statistics.bootstrap import Ints, block_length, indices
from data.market import Market
from signals.base import Signal
from signals.parameters import components
from strategies.base import Strategy

DRAWS, FEWER, SEED = 2_000, 999, 20251008  # of the placebo that decides, of those that stand beside it
FEWEST = 20  # decisions to read in another order, below which there is no distribution
OWN = "traded"
Orders = Callable[[int, Floats], Iterable[Ints]]  # (rows, the weights that the rule decided) to orders of the rows


@dataclass(frozen=True, eq=False)
class Placebo:
    """The annual active Sharpe ratio of the rule and of each placebo (k,); `p_value` is (1 + as good)/(1 + k)."""

    own: float
    sharpe: Floats

    @property
    def p_value(self) -> float:
        """How often chance does as well, the rule itself counted."""
        return float((1 + np.sum(self.sharpe >= self.own)) / (1 + len(self.sharpe)))

    @property
    def percentile(self) -> float:
        """The share of placebos that are worse, 0..1."""
        return float(np.mean(self.sharpe < self.own))


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


def slid_signals(
    experiment: Experiment,
    market: Market,
    bars: Bars,
    *,
    wanted: Callable[[Signal], bool] = lambda _: True,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Placebo | str:
    """Return the placebo of the signals that are `wanted`, slid around the calendar, or why there is none.

    All slides there are, or `draws` of them without repetition, seeded; the run's own rows alone are slid.
    """

    def slides(length: int, _: Floats) -> Iterable[Ints]:
        shifts = np.arange(1, length)
        if len(shifts) > draws:
            shifts = np.sort(np.random.default_rng(seed).choice(shifts, draws, replace=False))
        return [np.roll(np.arange(length), by) for by in shifts.tolist()]

    return _placebo(experiment, market, bars, wanted, slides)


def resampled_signals(
    experiment: Experiment, market: Market, bars: Bars, *, draws: int = FEWER, seed: int = SEED
) -> Placebo | str:
    """Return the placebo of all signals drawn again by the stationary bootstrap, or why there is none.

    The mean block is that of Politis and White (2004) for the weights that the rule decided, 5 at least: as long as its
    positions depend on one another. Unlike slides these change how often a signal turns, and which parts of it occur.
    """

    def blocks(length: int, decided: Floats) -> Iterable[Ints]:
        return indices(length, block_length(decided[-length:]), draws=draws, seed=seed)

    return _placebo(experiment, market, bars, lambda _: True, blocks)


def _placebo(
    experiment: Experiment, market: Market, bars: Bars, wanted: Callable[[Signal], bool], orders: Orders
) -> Placebo | str:
    """Return the rule and the rule on the wanted signals in each of `orders`, or why there is none."""
    remembered = CachedMarket.of(market)
    changed = [signal for signal in outer_signals(experiment.strategy) if wanted(signal)]
    if not changed:
        return "the strategy has no signal that could be read at another time"
    rows = np.flatnonzero(bars.inside)
    silent = np.max([_silent(signal.known(remembered), rows) for signal in changed])
    reading = Reading(int(rows[0] + silent), int(rows[-1]) + 1)
    if reading.length < FEWEST:
        return f"signals speak on {reading.length} bars: {FEWEST} are needed"
    rule, delay = rebuilt(experiment.strategy, wanted, reading), experiment.execution.delay_bars

    def decided() -> Floats:
        weights = market.joined(rule.weights(remembered), delay)
        return np.asarray(weights.to_numpy(dtype=np.float64)[bars.inside])

    found = [decided()]
    for order in orders(reading.length, found[0]):
        reading.order = order
        found.append(decided())
    ratios = active_sharpes(bars, np.stack(found), experiment)
    return Placebo(float(ratios[0]), ratios[1:]) if math.isfinite(ratios[0]) else "its weight never changes"


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


def _silent(known: pd.Series[float], rows: npt.NDArray[np.intp]) -> int:
    """Return how many of the rows a signal is silent on before its first word."""
    told = np.isfinite(known.to_numpy(dtype=np.float64)[rows])
    return int(np.argmax(told)) if told.any() else len(rows)
