"""Trials: the sets of a sweep side by side, as whoever judges the best of them takes them."""

from __future__ import annotations

from dataclasses import dataclass

from backtests.engine.ledger import Floats
from backtests.experiments.experiment import Experiment


@dataclass(frozen=True, eq=False)
class Trials:
    """The sets of one sweep that ran on the market and the bars of the one that was chosen.

    `net` (n, k): returns in excess of cash of k sets on n bars, 0 after ruin; `weights` (k, n): the weight asked for in
    each bar. `best` is the column of the chosen set, `experiment` its experiment with source and data pinned; `planned`
    counts all sets of the sweep, `searched` says that each was chosen by the results of those before it; `notes` say
    what is not among the columns.
    """

    sweep_id: str
    planned: int
    experiment: Experiment
    net: Floats
    weights: Floats
    best: int
    sets: tuple[int, ...]
    names: tuple[str, ...]
    searched: bool = False
    notes: tuple[str, ...] = ()
