"""Placebos of a strategy: the same rule on signals of another time, slid around the calendar or drawn in blocks.

Every signal below the strategy is read in the same other order of decisions, so that what they share stays; the
strategy decides again on what it is then told, and the kernel fills every placebo at the run's own costs, on ETH's own
path. What a strategy reads of the market itself (the volatility that it targets) stays true.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np

from backtests.engine.ledger import Floats
from backtests.evidence.kernel_runs import Bars, active_sharpes
from backtests.evidence.rereading import Reading, outer_signals, reads_more_than_the_asset, rebuilt, silent
from backtests.experiments.experiment import Experiment
from backtests.runs.batch.cache import CachedMarket
from backtests.statistics.bootstrap import Ints, block_length, indices
from data.market import Market
from signals.base import Signal

DRAWS, FEWER, SEED = 2_000, 999, 20251008  # of the placebo that decides, of those that stand beside it
FEWEST = 20  # decisions to read in another order, below which there is no distribution


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


@dataclass(frozen=True, eq=False)
class Reordered:
    """The rule on its signals in `draws` other orders, ready to be run; `own` is its annual active Sharpe ratio.

    `decided` are the weights that the rule itself decided, `orders` yields the orders of the rows of `reading` anew at
    each call.
    """

    experiment: Experiment
    market: Market
    bars: Bars
    rule: Any
    reading: Reading
    draws: int
    orders: Callable[[], Iterable[Ints]]

    @classmethod
    def of(
        cls,
        experiment: Experiment,
        market: Market,
        bars: Bars,
        wanted: Callable[[Signal], bool],
        orders: Callable[[int, Floats], tuple[int, Callable[[], Iterable[Ints]]]],
    ) -> Reordered | str:
        """Return the rule on the signals that are `wanted`, or why there is no placebo of them.

        `orders` returns, for a number of rows and the weights that the rule decides, how many orders there are and what
        yields them. The run's own rows alone are read in another order, from where all of the signals speak.
        """
        changed = [signal for signal in outer_signals(experiment.strategy) if wanted(signal)]
        if not changed:
            return "the strategy has no signal that could be read at another time"
        remembered = CachedMarket.of(market)
        rows = np.flatnonzero(bars.inside)
        mute = np.max([silent(signal.known(remembered), rows) for signal in changed])
        reading = Reading(int(rows[0] + mute), int(rows[-1]) + 1)
        if reading.length < FEWEST:
            return f"signals speak on {reading.length} bars: {FEWEST} are needed"
        found = cls(experiment, remembered, bars, rebuilt(experiment.strategy, wanted, reading), reading, 0, lambda: ())
        draws, yielded = orders(reading.length, found._decided())  # its own
        return replace(found, draws=draws, orders=yielded)

    def own(self) -> float:
        """Return the annual active Sharpe ratio of the rule itself, NaN where its weight never changes."""
        return float(self._ratios([np.arange(self.reading.length)])[0])

    def sharpes(self, first: int = 0, end: int | None = None) -> Floats:
        """Return the annual active Sharpe ratio of the rule in each order from `first` to before `end` (k,)."""
        return self._ratios(islice(self.orders(), first, end))

    def _ratios(self, orders: Iterable[Ints]) -> Floats:
        return active_sharpes(self.bars, np.stack(list(self._all_decided(orders))), self.experiment)

    def _all_decided(self, orders: Iterable[Ints]) -> Iterator[Floats]:
        for order in orders:
            self.reading.order = order
            yield self._decided()

    def _decided(self) -> Floats:
        """Return the weights that the rule decides on the signals as they are read just now."""
        weights = self.market.joined(self.rule.weights(self.market), self.experiment.execution.delay_bars)
        return np.asarray(weights.to_numpy(dtype=np.float64)[self.bars.inside])


Sharpes = Callable[[Reordered], Floats]


def placebo(found: Reordered | str, sharpes: Sharpes = Reordered.sharpes) -> Placebo | str:
    """Return the rule beside its placebos, whose ratios `sharpes` computes, or why there is none."""
    if isinstance(found, str):
        return found
    own = found.own()
    return Placebo(own, sharpes(found)) if math.isfinite(own) else "its weight never changes"


def slid_signals(
    experiment: Experiment,
    market: Market,
    bars: Bars,
    *,
    wanted: Callable[[Signal], bool] = lambda _: True,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Reordered | str:
    """Return the rule on the signals that are `wanted`, slid around the calendar, or why there is no such placebo.

    All slides there are, or `draws` of them without repetition, seeded.
    """

    def slides(length: int, _: Floats) -> tuple[int, Callable[[], Iterable[Ints]]]:
        shifts = np.arange(1, length)
        if len(shifts) > draws:
            shifts = np.sort(np.random.default_rng(seed).choice(shifts, draws, replace=False))
        return len(shifts), lambda: (np.roll(np.arange(length), by) for by in shifts.tolist())

    return Reordered.of(experiment, market, bars, wanted, slides)


def resampled_signals(
    experiment: Experiment, market: Market, bars: Bars, *, draws: int = FEWER, seed: int = SEED
) -> Reordered | str:
    """Return the rule on all signals drawn again by the stationary bootstrap, or why there is no such placebo.

    The mean block is that of Politis and White (2004) for the weights that the rule decided, 5 at least: as long as its
    positions depend on one another. Unlike slides these change how often a signal turns, and which parts of it occur.
    """

    def blocks(length: int, decided: Floats) -> tuple[int, Callable[[], Iterable[Ints]]]:
        block = block_length(decided[-length:])
        return draws, lambda: indices(length, block, draws=draws, seed=seed)

    return Reordered.of(experiment, market, bars, lambda _: True, blocks)


def slid_others(experiment: Experiment, market: Market, bars: Bars) -> Reordered | str:
    """Return the rule on what reads more than the asset slid, where it reads the asset's own signals too."""
    traded = market.traded
    reads = [reads_more_than_the_asset(signal, traded) for signal in experiment.strategy.signals]
    if not any(reads):
        return f"every signal reads {traded} alone"
    if all(reads):
        return "every signal reads more than the traded asset: the first placebo is this one"
    return slid_signals(
        experiment, market, bars, wanted=lambda signal: reads_more_than_the_asset(signal, traded), draws=FEWER
    )


KINDS = {"slid": slid_signals, "resampled": resampled_signals, "slid_others": slid_others}
