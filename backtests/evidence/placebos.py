"""Placebos of a strategy: the same rule on signals slid around the calendar, and on other leaders, ETH's path kept.

Every signal below the strategy is slid by the same number of decisions, so that what they share stays; the strategy
decides again on what it is then told, and the kernel fills every placebo at the run's own costs. What a strategy reads
of the market itself (the volatility that it targets) stays true.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from backtests.engine.ledger import Floats
from backtests.evidence.kernel_runs import Bars, active_sharpes
from backtests.experiments.experiment import Experiment
from backtests.runs.cache import CachedMarket, CachedSignal
from data.market import Market
from signals.base import Signal
from signals.parameters import components
from strategies.base import Strategy

DRAWS, SEED = 2_000, 20251008
FEWEST = 20  # decisions to slide over, below which there is no distribution
OWN = "traded"


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
class Slide:
    """By how many decisions what signals said from row `first` to before `end` is slid just now."""

    first: int
    end: int
    by: int = 0

    def of(self, values: pd.Series[float]) -> pd.Series[float]:
        """Return values on the clock of decisions with the rows of the slide turned around."""
        told = values.to_numpy(dtype=np.float64).copy()
        told[self.first : self.end] = np.roll(told[self.first : self.end], self.by)
        return pd.Series(told, index=values.index, name=values.name)


@dataclass(frozen=True, eq=False)
class SlidSignal(CachedSignal):
    """A signal whose values on the clock of decisions are those of another time."""

    slide: Slide = field(default_factory=lambda: Slide(0, 0))

    def compute(self, market: Market) -> pd.Series[float]:
        """Return what is told at each decision: a slid signal has no other clock."""
        return self.known(market)

    def known(self, market: Market) -> pd.Series[float]:
        """Return the slid values on the clock of decisions."""
        return self.slide.of(market.once((self.inner, "known"), lambda: self.inner.known(market)))


def signal_placebo(
    experiment: Experiment,
    market: Market,
    bars: Bars,
    *,
    wanted: Callable[[Signal], bool] = lambda _: True,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Placebo | str:
    """Return the placebo of the signals that are `wanted`, or why there is none.

    All slides there are, or `draws` of them without repetition, seeded; the run's own rows alone are slid.
    """
    remembered = CachedMarket.of(market)
    slid = [signal for signal in outer_signals(experiment.strategy) if wanted(signal)]
    if not slid:
        return "the strategy has no signal that could be slid"
    rows = np.flatnonzero(bars.inside)
    silent = np.max([_silent(signal.known(remembered), rows) for signal in slid])
    slide = Slide(int(rows[0] + silent), int(rows[-1]) + 1)
    length = slide.end - slide.first
    if length < FEWEST:
        return f"signals speak on {max(length, 0)} bars: {FEWEST} are needed"
    shifts = np.arange(1, length)
    if len(shifts) > draws:
        shifts = np.sort(np.random.default_rng(seed).choice(shifts, draws, replace=False))
    rule = rebuilt(experiment.strategy, wanted, slide)
    decided = np.empty((1 + len(shifts), len(rows)))
    for place, by in enumerate([0, *shifts.tolist()]):
        slide.by = by
        weights = market.joined(rule.weights(remembered), experiment.execution.delay_bars)
        decided[place] = weights.to_numpy(dtype=np.float64)[bars.inside]
    found = active_sharpes(bars, decided, experiment)
    return Placebo(float(found[0]), found[1:]) if math.isfinite(found[0]) else "its weight never changes"


def outer_signals(node: Any) -> list[Signal]:
    """Return the signals that a strategy asks itself, in order: a signal's own parts are that signal's."""
    found: list[Signal] = []
    for child in components(node).values():
        found += [child] if isinstance(child, Signal) else outer_signals(child)
    return found


def rebuilt(node: Any, wanted: Callable[[Signal], bool], slide: Slide) -> Any:
    """Return a strategy whose wanted signals are slid by `slide`, whatever it stands at when they are asked."""
    children = {}
    for name, child in components(node).items():
        if isinstance(child, Signal):
            children[name] = SlidSignal(child, slide) if wanted(child) else CachedSignal(child)
        elif isinstance(child, Strategy):
            children[name] = rebuilt(child, wanted, slide)
    return replace(node, **children) if children else node


def reads_more_than_the_asset(signal: Signal, traded: str) -> bool:
    """Whether a signal reads anything but the traded asset."""
    return any(id not in (OWN, traded) for id in signal.needs)


def _silent(known: pd.Series[float], rows: npt.NDArray[np.intp]) -> int:
    """Return how many of the rows a signal is silent on before its first word."""
    told = np.isfinite(known.to_numpy(dtype=np.float64)[rows])
    return int(np.argmax(told)) if told.any() else len(rows)
