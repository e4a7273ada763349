"""The work of a sweep: its sets run block by block, and some of them by backtrader beside it."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from backtests.cluster.scheduler import Cluster
from backtests.engine.ledger import Floats
from backtests.experiments.user_strategy import Native
from backtests.metrics.performance import NAMES
from backtests.registry import Registry, TrialRow
from backtests.runs.batch.shared_bars import SharedBars
from backtests.sweeps import ranking
from backtests.sweeps.folder.curves import Curves, curve
from backtests.sweeps.folder.table import PARTS, SetRow, Table
from backtests.sweeps.plans.plan import Plan
from backtests.sweeps.plans.sets import Settings
from backtests.sweeps.tpe import Search
from backtests.sweeps.work.backtrader_check import Asked, Auditors, check, difference
from backtests.sweeps.work.block import DecidedBlock, decide_block, equity_of, failed, run_block
from backtests.sweeps.work.far import run_native, run_sets
from backtests.sweeps.work.inputs import Inputs
from data.errors import HarbingerError, RunError
from data.files import home
from data.market import Market

BLOCK, NATIVE_BLOCK, SEARCH_BLOCK = 1_000, 8, 25
MANY, LARGE_BLOCK = 50_000, 4_000  # a block ends on the disk, twice: where sets are many, seldom enough
PIECE, NATIVE_PIECE = (
    5_000,
    40,
)  # sets that a cluster's worker is asked for at a time: seconds of work, beside which asking is nothing
OWN = {"traded": "market.traded", "start": "study.start", "end": "study.end"}
Watch = Callable[[int, int, float | None], None]
Look = Callable[[int, DecidedBlock], None]


class Work:
    """A sweep under way: what is run so far, on the disk and in the registry after each block."""

    def __init__(
        self, plan: Plan, sweep_id: str, folder: Path, inputs: Inputs, workers: int, cluster: Cluster | None = None
    ) -> None:
        self.plan, self.sweep_id, self.folder, self.inputs = plan, sweep_id, folder, inputs
        self.cluster = cluster
        n = plan.count
        self.metrics = np.full((n, len(NAMES)), np.nan)
        self.parts = np.full((n, PARTS), np.nan)
        self.status: list[str] = []
        self.reason: list[str] = []
        self.settings = Settings(plan)
        self.table = Table(folder, plan.paths, PARTS)
        self.curves = Curves(folder)
        self.auditors = Auditors(home(), inputs.fingerprint, workers)
        self.asked: dict[int, Asked] = {}
        self.early: list[int] = []  # sets to be asked for as soon as the kernel is at work
        self._looked_at, self._best = 0, math.nan  # by `best_metric`: not through a million sets after each block

    def go(self, watch: Watch, sample: list[int], look: Look | None = None) -> None:
        """Run what is not run yet, block by block; after each block all of it is on the disk and in the registry.

        Beside it the sets of `sample` are run through backtrader, for `audit`. `look` is handed each block that is
        decided here for the kernel, with the position of its first set; the audit then begins after the sets.
        """
        registry = Registry().sweeps
        self.early = [] if self.searches or look is not None else sample  # whoever looks leaves no processor idle
        for sets, rows in self._blocks(look):
            first = len(self.status)
            trials = [self._trial(values, row) for values, row in zip(sets, rows, strict=True)]
            registry.add(
                self.sweep_id, first, trials
            )  # first: what a kill leaves out of the files is run and written again
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
        metrics, parts, self.status, self.reason = self.table.resume(self._size if self.plan.curves else 1)
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
            yield self._trial(self.plan.sets[at], self._row(at))

    def _row(self, at: int) -> SetRow:
        numbers = self.metrics[at].tolist(), self.parts[at].tolist()
        return SetRow(self.plan.sets[at], *numbers, self.status[at], self.reason[at])

    def take(self, rows: list[SetRow]) -> None:
        """Keep the rows of the next sets."""
        first, last = len(self.status), len(self.status) + len(rows)
        self.metrics[first:last] = [row.metrics for row in rows]
        self.parts[first:last] = [row.parts for row in rows]
        self.status += [row.status for row in rows]
        self.reason += [row.reason for row in rows]

    @property
    def best_metric(self) -> float | None:
        """The best value of the plan's metric so far; None where no set has one, or none may be called best."""
        since = ranking.target(self.plan, self.metrics[self._looked_at : len(self.status)])
        self._looked_at = len(self.status)
        self._best = float(np.fmax.reduce(since, initial=self._best))  # what is undefined is passed over
        if np.isnan(self._best) or ranking.unranked(self.plan):
            return None
        return -self._best if self.plan.lower_is_better else self._best

    @property
    def native(self) -> bool:
        """Whether only backtrader can run the sets."""
        return isinstance(self.plan.base.strategy, Native)

    @property
    def searches(self) -> bool:
        """Whether each set is chosen by the results of those before it."""
        return self.plan.method == "tpe"

    def _blocks(self, look: Look | None) -> Iterator[tuple[list[Any], list[SetRow]]]:
        if self.cluster is not None:
            yield from self._by_cluster(self.cluster)
            return
        if self.searches:
            yield from self._by_search()
            return
        firsts = range(len(self.status), len(self.plan.sets), self._size)
        blocks = (self.plan.sets[first : first + self._size] for first in firsts)
        if self.native:
            yield from ((sets, self._by_backtrader(sets)) for sets in blocks)
            return
        yield from self._by_kernel_ahead(blocks, look)

    def _by_kernel_ahead(
        self, blocks: Iterable[list[Any]], look: Look | None
    ) -> Iterator[tuple[list[Any], list[SetRow]]]:
        """Yield blocks of sets with their rows; the kernel runs the next one while whoever takes a block keeps it.

        Rules of the user's decide here, where Ctrl-C is heard at once; the block before is kept all the same.
        """
        running, first = deque[tuple[list[Any], Future[list[SetRow]]]](), len(self.status)
        with ThreadPoolExecutor(1, "next block") as ahead:
            for sets in blocks:
                try:
                    decided = decide_block(sets, self.settings, self.inputs.stages)
                except KeyboardInterrupt:
                    yield from ((before, rows.result()) for before, rows in running)
                    raise
                running.append((sets, ahead.submit(self._rows, first, decided, look)))
                self.ask_audit(self.early)
                first += len(sets)
                if len(running) > 1:
                    before, rows = running.popleft()
                    yield before, rows.result()
            yield from ((last, rows.result()) for last, rows in running)

    def _rows(self, first: int, decided: DecidedBlock, look: Look | None) -> list[SetRow]:
        rows = decided.run(keep_equity=self.plan.curves)
        if look is not None:
            look(first, decided)
        return rows

    def _run(self, sets: list[Any]) -> list[SetRow]:
        return self._by_backtrader(sets) if self.native else self._by_kernel(sets)

    def _by_search(self) -> Iterator[tuple[list[Any], list[SetRow]]]:
        """Yield blocks of sets, each set chosen when the one before it has run; fewer than planned if none is left."""
        search = Search(self.plan)
        for at, values in enumerate(self.plan.sets):
            search.again(values, self._row(at))
        while len(self.status) < self.plan.n:
            rows = list(islice(self._searched(search), min(self._size, self.plan.n - len(self.status))))
            if not rows:
                return
            sets = [row.values for row in rows]
            self.plan = replace(self.plan, drawn=(*self.plan.drawn, *sets))
            yield sets, rows

    def _searched(self, search: Search) -> Iterator[SetRow]:
        while (values := search.next_set()) is not None:
            (row,) = self._run([values])
            search.tell(values, row)
            yield row

    def _by_cluster(self, cluster: Cluster) -> Iterator[tuple[list[Any], list[SetRow]]]:
        """Yield what `_blocks` does, block for block, computed in larger pieces by workers elsewhere."""
        size = NATIVE_PIECE if self.native else self._size if self.plan.curves else PIECE
        firsts = range(len(self.status), len(self.plan.sets), size)
        pieces = [self.plan.sets[first : first + size] for first in firsts]
        if self.native:
            results = cluster.results(run_native, ((sets, self.plan.curves) for sets in pieces))
        else:
            results = cluster.results(run_sets, ((sets, self._size, self.plan.curves) for sets in pieces))
        for sets, found in zip(pieces, results, strict=True):
            self.ask_audit(self.early)
            for first in range(0, len(sets), self._size):
                yield sets[first : first + self._size], found[first : first + self._size]

    @property
    def _size(self) -> int:
        if self.native or self.searches:
            return NATIVE_BLOCK if self.native else SEARCH_BLOCK
        return BLOCK if self.plan.curves or self.plan.count <= MANY else LARGE_BLOCK

    def _by_kernel(self, sets: list[Any]) -> list[SetRow]:
        return run_block(sets, self.settings, self.inputs.stages, keep_equity=self.plan.curves)

    def _by_backtrader(self, sets: list[Any]) -> list[SetRow]:
        """Return rows of sets that only backtrader can run, in the processes."""
        asked = [self._ask(values) for values in sets]
        return [self._answered(values, answer) for values, answer in zip(sets, asked, strict=True)]

    def _ask(self, values: Any) -> Asked | HarbingerError:
        try:
            return self.auditors.ask(self.settings.experiment(values))
        except HarbingerError as error:
            return error

    def _answered(self, values: Any, asked: Asked | HarbingerError) -> SetRow:
        if isinstance(asked, HarbingerError):
            return failed(values, asked)
        try:
            answer = asked()
        except Exception as error:  # noqa: BLE001  # whatever the user's strategy raised is that set's answer
            return failed(values, error)
        fate = "ruin" if answer.ruin else "ok"
        return SetRow(values, answer.metrics, answer.parts, fate, answer.ruin, answer.equity_usd)

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
        own = {name: str(values[at]) for name, at in self._own.items()}
        return TrialRow(self.settings.trial_hash(values), values, row.status, row.reason, row.metrics, **own)

    def ask_audit(self, positions: list[int]) -> None:
        """Have sets run through backtrader, beside the work; each is asked for once."""
        for at in positions:
            asked = self.asked.get(at) or self._ask(self.plan.sets[at])
            if isinstance(asked, RunError):  # not of the set, whose values may not go together, but of the processes
                raise asked
            if not isinstance(asked, HarbingerError):
                self.asked[at] = asked

    def audit(self) -> tuple[int, float]:
        """Return how many sets were run through backtrader, and the largest relative difference found."""
        checked, worst = [at for at in self.asked if self.status[at] != "failed" and not self.native], 0.0
        for at in checked:
            equity = equity_of(self.plan.sets[at], self.settings, self.inputs.stages)
            apart = difference(self.metrics[at].tolist(), equity, self.asked[at]())
            check(apart, ", ".join(f"{p}={v}" for p, v in zip(self.plan.paths, self.plan.sets[at], strict=True)))
            worst = max(worst, apart)
        return len(checked), worst
