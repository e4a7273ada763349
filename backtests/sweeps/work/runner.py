"""The work of a sweep: its sets run block by block, and some of them by backtrader beside it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from backtests.cluster.scheduler import Cluster
from backtests.engine.ledger import Floats
from backtests.registry import Registry, SweepEntry, TrialRow
from backtests.runs.batch.shared_bars import SharedBars
from backtests.sweeps import ranking
from backtests.sweeps.folder.curves import Curves, curve
from backtests.sweeps.folder.table import PARTS, SetRow, Table
from backtests.sweeps.plans.plan import Plan
from backtests.sweeps.work.backtrader_check import check, difference
from backtests.sweeps.work.block import equity_of
from backtests.sweeps.work.inputs import Inputs
from backtests.sweeps.work.running import Look, Running
from data.market import Market

OWN = {"traded": "market.traded", "start": "study.start", "end": "study.end"}
Watch = Callable[[int, int, float | None], None]


class Work(Running):
    """A sweep under way: what is run so far, on the disk and in the registry after each block."""

    def __init__(
        self, plan: Plan, entry: SweepEntry, folder: Path, inputs: Inputs, workers: int, cluster: Cluster | None = None
    ) -> None:
        super().__init__(plan, inputs, workers, cluster)
        self.entry, self.sweep_id, self.folder = entry, entry.sweep_id, folder
        self.table = Table(folder, plan.paths, PARTS)
        self.curves = Curves(folder)
        self._looked_at, self._best = 0, math.nan  # by `best_metric`: not through a million sets after each block

    def go(self, watch: Watch, sample: list[int], look: Look | None = None) -> None:
        """Run what is not run yet, block by block; after each block all of it is on the disk and in the registry.

        Beside it the sets of `sample` are run through backtrader, for `audit`. `look` is handed each block that is
        decided here for the kernel, with the position of its first set; the audit then begins after the sets.
        """
        registry = Registry().sweeps
        self.early = [] if self.searches or look is not None else sample  # whoever looks leaves no processor idle
        for sets, rows in self.blocks(look):
            first = len(self.status)
            trials = [self._trial(values, row) for values, row in zip(sets, rows, strict=True)]
            registry.add(self.sweep_id, first, trials)  # before the files: what a kill leaves out of them is run again
            if self.plan.curves:
                self.curves.add(first, [self._curve(sets[at], row.equity_usd) for at, row in enumerate(rows)])
            self.table.add(rows)
            self.take(rows)
            watch(len(self.status), self.plan.count, self.best_metric)
        n = len(self.status)
        self.metrics, self.parts = self.metrics[:n], self.parts[:n]  # a search may have found fewer
        self.ask_audit([at for at in sample if at < n])

    def resume(self) -> None:
        """Take up what the files hold."""
        metrics, parts, self.status, self.reason = self.table.resume(self.size if self.plan.curves else 1)
        n = len(self.status)
        if self.searches:
            self.plan = replace(self.plan, drawn=self.plan.drawn[:n])
        self.curves.cut(n)
        self.metrics[:n], self.parts[:n] = metrics, parts
        if n == 0:
            self.table.begin()

    def trials(self) -> Iterator[TrialRow]:
        """Yield the registry's rows of the sets that are run so far."""
        for at in range(len(self.status)):
            yield self._trial(self.plan.sets[at], self.row(at))

    @property
    def best_metric(self) -> float | None:
        """The best value of the plan's metric so far; None where no set has one, or none may be called best."""
        since = ranking.target(self.plan, self.metrics[self._looked_at : len(self.status)])
        self._looked_at = len(self.status)
        self._best = float(np.fmax.reduce(since, initial=self._best))  # what is undefined is passed over
        if np.isnan(self._best) or ranking.unranked(self.plan):
            return None
        return -self._best if self.plan.lower_is_better else self._best

    def _curve(self, values: Any, equity_usd: Floats | None) -> pd.Series[float]:
        if equity_usd is None:
            return curve(np.empty(0), pd.DatetimeIndex([]))
        return curve(equity_usd, self._stage(values).labels)

    def _stage(self, values: Any) -> SharedBars:
        return self.inputs.stages.of(self.settings.experiment(values))

    def market(self, at: int) -> Market:
        """Return the market of one set that has run."""
        return self._stage(self.plan.sets[at]).market

    def equity(self, at: int) -> pd.Series[float]:
        """Return the equity of one set that has run, in USD at the closes of its bars; a native was asked for."""
        values = self.plan.sets[at]
        if self.native:
            return self._curve(values, self.asked[at]().equity_usd)
        return self._curve(values, equity_of(values, self.settings, self.inputs.stages))

    @cached_property
    def _own(self) -> dict[str, int]:
        """The axis of what the registry keeps of a set by itself, where its sweep has several."""
        return {name: self.plan.paths.index(path) for name, path in OWN.items() if path in self.plan.paths}

    def _trial(self, values: Any, row: SetRow) -> TrialRow:
        own = {name: str(values[at]) for name, at in self._own.items()} if self._own else {}
        return TrialRow(self.settings.trial_hash(values), values, row.status, row.reason, row.metrics, **own)

    def audit(self) -> tuple[int, float]:
        """Return how many sets were run through backtrader, and the largest relative difference found."""
        checked, worst = [at for at in self.asked if self.status[at] != "failed" and not self.native], 0.0
        for at in checked:
            equity = equity_of(self.plan.sets[at], self.settings, self.inputs.stages)
            apart = difference(self.metrics[at].tolist(), equity, self.asked[at]())
            check(apart, ", ".join(f"{p}={v}" for p, v in zip(self.plan.paths, self.plan.sets[at], strict=True)))
            worst = max(worst, apart)
        return len(checked), worst
