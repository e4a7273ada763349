"""Processes that draw for a page: they load quantstats while the command makes the run, and share its plots with it.

Without them (one processor, a notebook, another system than Linux) the command draws by itself, and the page is the
same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from functools import partial
from itertools import pairwise
from typing import TypeVar

from backtests import processes
from backtests.processors import processors
from backtests.runs.tearsheet.quantstats_report import load

T = TypeVar("T")
U = TypeVar("U")

MOST = 3  # beside the command, each of which loads quantstats: a fifth of a second
_begun: dict[ProcessPoolExecutor, int] = {}  # -> how many processes it has


@contextmanager
def begun(wanted: bool = True) -> Iterator[None]:
    """Fork drawers of a command that has loaded everything and has no thread yet, and end them when it is done.

    There are none unless they are `wanted`, and where they would be of no use.
    """
    many = min(processors() - 1, MOST)
    pool = processes.fork(many) if wanted and many and processes.can_fork() else None
    if pool is not None:
        for _ in range(many):
            pool.submit(load)
        _begun[pool] = many
    try:
        yield
    finally:
        _end()


def ask(function: Callable[[T], U], given: T) -> Callable[[], U]:
    """Have a drawer call a function of a module, and return what waits for what it returns or raises."""
    for pool in _begun:
        with suppress(BrokenProcessPool):  # one was killed, and with it they all ended
            return partial(_answer, pool.submit(function, given), function, given)
    return partial(function, given)


def each(function: Callable[[T], U], given: Sequence[T]) -> list[U]:
    """Return what a function of a module returns of each, in order: the drawers and we take a part each."""
    parts = sum(_begun.values()) + 1
    ends = [len(given) * part // parts for part in range(parts + 1)]
    *theirs, ours = (given[a:b] for a, b in pairwise(ends))
    asked = [ask(partial(_mapped, function), part) for part in theirs]
    last = _mapped(function, ours)
    return [*(answer for waits in asked for answer in waits()), *last]


def _mapped(function: Callable[[T], U], given: Sequence[T]) -> list[U]:
    return list(map(function, given))


def _answer(asked: Future[U], function: Callable[[T], U], given: T) -> U:
    try:
        return asked.result()
    except BrokenProcessPool:
        return function(given)


def _end() -> None:
    while _begun:
        pool, _ = _begun.popitem()
        processes.end(pool, wait=False)
