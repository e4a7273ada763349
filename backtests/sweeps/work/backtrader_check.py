"""The check against backtrader: what was chosen and a random sample, each run again as `harbinger run` would run it.

A process of its own thaws the frozen inputs, decides without any memory and runs backtrader; the sweep compares that
with its kernel's equity on every bar, and with the metrics of its row. So both the kernel and the short cuts by which a
sweep decides are judged.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from backtests.engine.ledger import Floats
from backtests.experiments.experiment import Experiment, MarketSection, market_of
from backtests.experiments.toml import dump, parse
from backtests.metrics import performance
from backtests.processes import begin, end, safe_path
from backtests.runs.decisions import decisions_of
from backtests.runs.evidence import Measured, measure
from backtests.runs.run import is_simulated, ledger_of
from backtests.sweeps.folder.table import cuts
from backtests.sweeps.work.pool import context, forked
from data.errors import RunError
from data.market import Market
from data.store import Store

MOST_DIFFERENCE = 1e-9
SAMPLE = 20
T = TypeVar("T")
LOST = (BrokenProcessPool, OSError, EOFError)  # what starting a process raises where one, or their server, is gone


@dataclass(frozen=True)
class Answer:
    """What backtrader says of one set: metrics, Sharpe by sub-period (NaN where undefined), equity, how it ended.

    `measured`: what the evidence on it stands on, where that was asked too.
    """

    metrics: list[float]
    parts: list[float]
    equity_usd: Floats
    ruin: str
    measured: Measured | None = None


Inputs = tuple[Path, str]  # where the store is, and the fingerprint of its frozen set
Question = tuple[Inputs, str, bool]  # on which inputs, which experiment, whether it is judged
Asked = Callable[[], Answer]  # waits for the answer, and raises what the run raised


class Auditors:
    """Processes that run sets through backtrader on the frozen inputs of a sweep."""

    def __init__(self, root: Path, fingerprint: str, workers: int = 1) -> None:
        self.inputs, self.workers = (root, fingerprint), workers
        self.pool = forked() or self._pool(workers)

    def ask(self, experiment: Experiment, *, judged: bool = False) -> Asked:
        """Have a set run beside what goes on here, and `judged` too. RunError where that ends its process.

        The first to ask waits until the processes' server has loaded, where there is one.
        """
        given = self.inputs, dump(experiment), judged
        asked = self.submit(_answer, *given)
        return lambda: self._wait(asked, given)

    def close(self, *, wait: bool = True) -> None:
        """Stop the processes, without `wait` amid their work; what they have not begun is dropped."""
        end(self.pool, wait=wait)

    def _pool(self, workers: int) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(workers, context(), begin)

    def submit(self, work: Callable[..., T], *given: Any) -> Future[T]:
        """Have a process do some work. RunError where none can be started; those that have ended are, once."""
        try:
            with _starting():
                return self.pool.submit(work, *given)
        except LOST:  # a process has ended, or their server has: with others, once
            self.close(wait=False)
            self.pool = self._pool(self.workers)
            with _starting(), _ended_is_said(*LOST):
                return self.pool.submit(work, *given)

    def _wait(self, asked: Future[Answer], given: Question) -> Answer:
        try:
            return asked.result()
        except BrokenProcessPool:  # by which of the sets that ran at that moment, nobody knows: each is run again alone
            return self._alone(given)

    def _alone(self, given: Question) -> Answer:
        with self._pool(1) as pool:
            with _starting(), _ended_is_said(*LOST):
                asked = pool.submit(_answer, *given)
            with _ended_is_said(BrokenProcessPool):
                return asked.result()


@contextmanager
def _ended_is_said(*kinds: type[Exception]) -> Iterator[None]:
    """Say what it means that a process, or the server that starts them, is gone, which errors of `kinds` show."""
    try:
        yield
    except kinds as error:
        raise RunError(
            "its process ended without an answer: out of memory, killed, or ended by the strategy itself"
        ) from error


@contextmanager
def _starting() -> Iterator[None]:
    """Keep a process that starts here from running the caller's script again, and its folder off its path."""
    main = sys.modules["__main__"]
    kept: dict[str, object] = {name: vars(main)[name] for name in ("__file__", "__spec__") if name in vars(main)}
    vars(main).pop("__file__", None)
    vars(main)["__spec__"] = None
    try:
        with safe_path():
            yield
    finally:
        vars(main).update(kept)


def difference(row: Sequence[float], equity_usd: Floats, answer: Answer) -> float:
    """Return the largest relative difference of a row and its equity from backtrader's; infinite where only one is."""
    if len(equity_usd) != len(answer.equity_usd):
        return math.inf
    apart = np.abs(equity_usd - answer.equity_usd) / np.maximum(np.abs(answer.equity_usd), 1e-9)
    pairs = zip(row, answer.metrics, strict=True)
    return max(float(np.max(apart)), *(_relative(ours, theirs) for ours, theirs in pairs))


def check(worst: float, where: str) -> None:
    """Raise RunError where the sweep and backtrader differ."""
    if not worst <= MOST_DIFFERENCE:
        raise RunError(
            f"the sweep and backtrader differ by {worst:.2g} (more than {MOST_DIFFERENCE:g}) at {where}: this is a "
            "defect of harbinger; `harbinger run` of that set is the truth"
        )


def _relative(ours: float, theirs: float) -> float:
    if math.isnan(ours) and math.isnan(theirs):
        return 0.0
    if math.isnan(ours) or math.isnan(theirs):
        return math.inf
    return abs(ours - theirs) / max(abs(theirs), 1e-3)


_tables: dict[str, pd.DataFrame] = {}
_markets: dict[MarketSection, Market] = {}
_source = ""


def _answer(inputs: Inputs, text: str, judged: bool) -> Answer:
    if not _tables:
        _open(*inputs)
    experiment = parse(text.encode(), "a set of a sweep")
    return answer_of(experiment, _market(experiment), judged=judged)


def _open(root: Path, fingerprint: str) -> None:
    global _source
    _source, tables = frozen(root, fingerprint)
    _tables.update(tables)


def frozen(root: Path, fingerprint: str) -> tuple[str, dict[str, pd.DataFrame]]:
    """Return the source and the tables that a sweep has frozen in the store at `root`; RunError if they are gone."""
    found = Store(root).thaw(fingerprint)
    if found is None:
        raise RunError(f"the frozen inputs {fingerprint} of this sweep are gone from the store at {root}; sweep again")
    return found


def answer_of(experiment: Experiment, market: Market, *, judged: bool = False) -> Answer:
    """Return what backtrader says of one set, run and `judged` in this process; raises what the run raises."""
    decisions, _ = decisions_of(experiment, market)
    ledger = ledger_of(experiment, market, decisions)
    periods, costs = market.periods_per_year, experiment.costs
    found = performance.of_ledger(ledger, periods, costs)
    numbers = [math.nan if (value := found[name]) is None else float(value) for name in performance.NAMES]
    x = performance.excess(ledger, costs)
    parts = [performance.sharpe(x[first:last], periods) for first, last in pairwise(cuts(len(decisions.bars)))]
    ruin = f"equity reached zero on {decisions.bars.index[ledger.bars - 1]:%Y-%m-%d}" if ledger.ruined else ""
    return Answer(numbers, parts, ledger.equity_usd, ruin, measure(experiment, market, ledger) if judged else None)


def _market(experiment: Experiment) -> Market:
    if experiment.market not in _markets:
        _markets[experiment.market] = market_of(experiment.market, _tables, _source, simulated=is_simulated(_source))
    return _markets[experiment.market]
