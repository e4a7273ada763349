"""The processes of a sweep: how many, what they have loaded, and those that its command has forked.

This file imports nothing heavy: it is asked before the rest is loaded.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from multiprocessing.context import BaseContext

from backtests import processes
from backtests.processors import processors

READY = (
    "backtests.sweeps.work.backtrader_check",
    "backtests.sweeps.work.beside",
    "backtests.runs.run",
    "backtests.runs.decisions",
    "backtests.engine.backtrader",
    "pyarrow.parquet",
)
FEWEST, MOST = 2, 8  # unless it is said how many: each takes its time to start, and some memory
_forked: list[ProcessPoolExecutor] = []


def usual(*, walks: bool = False) -> int:
    """Return how many processes there are unless it is said: one for each processor, 2 to 8.

    One fewer where the sweep `walks` forward: while they check, the command has a run to make and to draw.
    """
    return min(max(processors(), FEWEST), MOST) - walks


def fork(workers: int) -> None:
    """Fork the workers of a command; `forked` hands them out. Where there are none, whoever needs some asks the server.

    A server would import everything a second time, as much work as ten sets by backtrader.
    """
    for name in READY:
        import_module(name)
    pool = processes.fork(workers)
    if pool is not None:
        _forked.append(pool)


def forked() -> ProcessPoolExecutor | None:
    """Return the pool that was forked for this command, once."""
    return _forked.pop() if _forked else None


def end_unused() -> None:
    """End forked workers that nobody took, of a command that stops before its sweep begins."""
    while _forked:
        processes.end(_forked.pop(), wait=False)


def context() -> BaseContext:
    """Return the way in which worker processes are started where none are forked."""
    return processes.context(READY)
