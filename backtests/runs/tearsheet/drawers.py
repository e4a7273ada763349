"""Processes that draw for a page: they load quantstats while the command makes the run, and share its plots with it.

Without them (one processor, a notebook, another system than Linux) the command draws by itself, and the page is the
same. Each hangs on a pipe of its own and needs no thread here: whichever end dies, the other knows.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from itertools import pairwise
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from backtests import processes
from backtests.processors import processors
from backtests.runs.tearsheet.quantstats_report import load

T = TypeVar("T")
U = TypeVar("U")

MOST = 3  # beside the command, each of which loads quantstats: a fifth of a second
DEAD = (EOFError, OSError)  # what a pipe raises whose other end is gone


class Drawer:
    """A process forked of this one, that calls what it is asked to call."""

    def __init__(self) -> None:
        context = get_context("fork")
        self._pipe, there = context.Pipe()
        self._process = context.Process(target=_serve, args=(there,), daemon=True)
        try:
            with processes.forking():
                self._process.start()
        finally:
            there.close()  # open here too, it would say nothing when the process has died
        self._asked = self._answered = 0

    def ask(self, function: Callable[[T], U], given: T) -> Callable[[], U]:
        """Have `function`, of a module, called; return what waits for what it returns or raises.

        Where the process has died, that calls it here. Who asks again gives up what it did not wait for.
        """
        try:
            while self._answered < self._asked:
                self._receive()
            self._pipe.send((function, given))
        except DEAD:
            return partial(function, given)
        self._asked += 1
        return partial(self._answer, self._asked, function, given)

    def end(self) -> None:
        """End the process, at work or not."""
        self._process.kill()
        self._process.join()
        self._pipe.close()

    def _receive(self) -> tuple[Any, Exception | None]:
        answer: tuple[Any, Exception | None] = self._pipe.recv()
        self._answered += 1
        return answer

    def _answer(self, number: int, function: Callable[[T], U], given: T) -> U:
        if self._answered >= number:
            return function(given)
        try:
            answer, error = self._receive()
        except DEAD:
            return function(given)
        if error is not None:
            raise error
        return answer  # type: ignore[no-any-return]  # what `function` returned


_drawers: list[Drawer] = []


@contextmanager
def begun(wanted: bool = True) -> Iterator[None]:
    """Fork drawers of a command that has loaded everything and has no thread yet, and end them when it is done.

    There are none unless they are `wanted`, where they would be of no use, and where the system refuses.
    """
    try:
        if wanted and processes.can_fork():
            with suppress(OSError):  # too many processes: those before it are begun
                _drawers.extend(Drawer() for _ in range(min(processors() - 1, MOST)))
        yield
    finally:
        while _drawers:
            _drawers.pop().end()


def ask(function: Callable[[T], U], given: T) -> Callable[[], U]:
    """Have a drawer call a function of a module, and return what waits for it; without one that calls it."""
    return _drawers[0].ask(function, given) if _drawers else partial(function, given)


def each(function: Callable[[T], U], given: Sequence[T]) -> list[U]:
    """Return what a function of a module returns of each, in order: the drawers and we take a part each."""
    parts = len(_drawers) + 1
    ends = [len(given) * part // parts for part in range(parts + 1)]
    *theirs, ours = (given[a:b] for a, b in pairwise(ends))
    call = partial(_mapped, function)
    asked = [drawer.ask(call, part) for drawer, part in zip(_drawers, theirs, strict=True)]
    last = call(ours)
    return [*(answer for waits in asked for answer in waits()), *last]


def _mapped(function: Callable[[T], U], given: Sequence[T]) -> list[U]:
    return list(map(function, given))


def _serve(pipe: Connection) -> None:
    processes.begin()
    logging.disable()  # what a library has to say, the command hears too
    with suppress(Exception):  # who asks for a drawing is told why there is none
        load()
    with suppress(*DEAD):
        while True:
            pipe.send(_called(*pipe.recv()))


def _called(function: Callable[[T], U], given: T) -> tuple[U | None, Exception | None]:
    try:
        return function(given), None
    except Exception as error:  # noqa: BLE001  # it is raised where it was asked
        return None, error
