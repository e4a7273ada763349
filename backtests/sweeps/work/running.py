"""The sets of a sweep under way: the ways in which they are run, block by block, and what they gave."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np

from backtests.cluster.scheduler import Cluster
from backtests.experiments.user_strategy import Native
from backtests.metrics.performance import NAMES
from backtests.runs.batch.sets import load_kernel
from backtests.sweeps.folder.table import PARTS, SetRow
from backtests.sweeps.plans.plan import Plan
from backtests.sweeps.plans.sets import Settings
from backtests.sweeps.tpe import Search
from backtests.sweeps.work import beside
from backtests.sweeps.work.backtrader_check import Asked, Auditors
from backtests.sweeps.work.block import DecidedBlock, decide_block, failed, run_block
from backtests.sweeps.work.far import run_native, run_sets
from backtests.sweeps.work.inputs import Inputs
from data.errors import HarbingerError, RunError
from data.files import home

BLOCK, NATIVE_BLOCK, SEARCH_BLOCK = 1_000, 8, 25
MANY, LARGE_BLOCK = 50_000, 4_000  # a block ends on the disk, twice: where sets are many, seldom enough
AHEAD = 2  # blocks asked of each process: what it is to do next is there when it asks
PIECE, NATIVE_PIECE = 5_000, 40  # sets asked of a cluster's worker at a time: seconds, beside which asking is nothing
Block = tuple[list[Any], list[SetRow]]
Look = Callable[[int, DecidedBlock], None]  # the position of the first set of a block, and what it decides


def is_large(plan: Plan) -> bool:
    """Whether the sets of a plan are so many that they are kept in large blocks, and run by processes."""
    return plan.count > MANY and not plan.curves


class Running:
    """Sets under way: run by the kernel here, in processes or on a cluster, by backtrader, or one after the other."""

    def __init__(self, plan: Plan, inputs: Inputs, workers: int, cluster: Cluster | None = None) -> None:
        self.plan, self.inputs, self.workers, self.cluster = plan, inputs, workers, cluster
        n = plan.count
        self.metrics = np.full((n, len(NAMES)), np.nan)
        self.parts = np.full((n, PARTS), np.nan)
        self.status: list[str] = []
        self.reason: list[str] = []
        self.settings = Settings(plan)
        self.auditors = Auditors(home(), inputs.fingerprint, workers)
        self.asked: dict[int, Asked] = {}
        self.early: list[int] = []  # sets to be asked for as soon as the kernel is at work

    def row(self, at: int) -> SetRow:
        """Return the row of one set that has run."""
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
    def native(self) -> bool:
        """Whether only backtrader can run the sets."""
        return isinstance(self.plan.base.strategy, Native)

    @property
    def searches(self) -> bool:
        """Whether each set is chosen by the results of those before it."""
        return self.plan.method == "tpe"

    @property
    def size(self) -> int:
        """How many sets are kept at once."""
        if self.native or self.searches:
            return NATIVE_BLOCK if self.native else SEARCH_BLOCK
        return LARGE_BLOCK if is_large(self.plan) else BLOCK

    def blocks(self, look: Look | None = None) -> Iterator[Block]:
        """Yield the sets that are not run yet, block by block, with their rows; whoever takes one keeps it."""
        if self.cluster is not None:
            yield from self._by_cluster(self.cluster)
        elif self.searches:
            yield from self._by_search()
        elif self.native:
            yield from ((sets, self._by_backtrader(sets)) for sets in self._left())
        elif look is None and is_large(self.plan) and self.workers > 1:
            yield from self._by_processes()
        else:
            yield from self._by_kernel_ahead(look)

    def _left(self) -> Iterable[list[Any]]:
        firsts = range(len(self.status), len(self.plan.sets), self.size)
        return (self.plan.sets[first : first + self.size] for first in firsts)

    def _by_kernel_ahead(self, look: Look | None) -> Iterator[Block]:
        """Yield blocks; the kernel runs the next one while whoever takes a block keeps it.

        Rules of the user's decide here, where Ctrl-C is heard at once; the block before is kept all the same.
        """
        running, first = deque[tuple[list[Any], Future[list[SetRow]]]](), len(self.status)
        with ThreadPoolExecutor(1, "next block") as ahead:
            for sets in self._left():
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

    def _by_kernel(self, sets: list[Any]) -> list[SetRow]:
        return run_block(sets, self.settings, self.inputs.stages, keep_equity=self.plan.curves)

    def _by_processes(self) -> Iterator[Block]:
        """Yield blocks in order, each decided and run in one of the processes."""
        inputs = self.inputs
        sweep = beside.Frozen.of(self.plan, home(), inputs.fingerprint, inputs.stages.lacking)
        running = deque[tuple[list[Any], Future[list[SetRow]]]]()
        self.ask_audit(self.early)
        load_kernel()  # for what is chosen; and where it has to be compiled, that is done once
        for sets in self._left():
            running.append((sets, self.auditors.submit(beside.run_sets, sweep, sets)))
            if len(running) > AHEAD * self.workers:
                yield self._come_back(*running.popleft())
        yield from (self._come_back(*block) for block in running)

    def _come_back(self, sets: list[Any], rows: Future[list[SetRow]]) -> Block:
        """Return a block when it has run; here, where its process has ended: killed, or out of memory."""
        try:
            return sets, rows.result()
        except BrokenProcessPool:
            return sets, self._by_kernel(sets)

    def _by_search(self) -> Iterator[Block]:
        """Yield blocks, each set chosen when the one before it has run; fewer than planned if none is left."""
        search = Search(self.plan)
        for at, values in enumerate(self.plan.sets):
            search.again(values, self.row(at))
        while len(self.status) < self.plan.n:
            rows = list(islice(self._searched(search), min(self.size, self.plan.n - len(self.status))))
            if not rows:
                return
            sets = [row.values for row in rows]
            self.plan = replace(self.plan, drawn=(*self.plan.drawn, *sets))
            yield sets, rows

    def _searched(self, search: Search) -> Iterator[SetRow]:
        while (values := search.next_set()) is not None:
            (row,) = self._by_backtrader([values]) if self.native else self._by_kernel([values])
            search.tell(values, row)
            yield row

    def _by_cluster(self, cluster: Cluster) -> Iterator[Block]:
        """Yield what `blocks` does, block for block, computed in larger pieces by workers elsewhere."""
        size = NATIVE_PIECE if self.native else self.size if self.plan.curves else PIECE
        firsts = range(len(self.status), len(self.plan.sets), size)
        pieces = [self.plan.sets[first : first + size] for first in firsts]
        if self.native:
            results = cluster.results(run_native, ((sets, self.plan.curves) for sets in pieces))
        else:
            results = cluster.results(run_sets, ((sets, self.size, self.plan.curves) for sets in pieces))
        for sets, found in zip(pieces, results, strict=True):
            self.ask_audit(self.early)
            for first in range(0, len(sets), self.size):
                yield sets[first : first + self.size], found[first : first + self.size]

    def _by_backtrader(self, sets: list[Any]) -> list[SetRow]:
        """Return rows of sets that only backtrader can run, in the processes."""
        asked = [self._ask(values) for values in sets]
        return [self._answered(values, answer) for values, answer in zip(sets, asked, strict=True)]

    def _ask(self, values: Any, *, judged: bool = False) -> Asked | HarbingerError:
        try:
            return self.auditors.ask(self.settings.experiment(values), judged=judged)
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

    def ask_audit(self, positions: list[int], *, judged: bool = False) -> None:
        """Have sets run through backtrader, beside the work; once each, and once more to have them `judged` too."""
        for at in positions:
            known = None if judged else self.asked.get(at)
            asked = known or self._ask(self.plan.sets[at], judged=judged)
            if isinstance(asked, RunError):  # not of the set, whose values may not go together, but of the processes
                raise asked
            if not isinstance(asked, HarbingerError):
                self.asked[at] = asked
