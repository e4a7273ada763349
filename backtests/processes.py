"""Processes that work beside a command, which begin with everything imported.

A command forks them of itself when it has loaded and before it starts a thread. Elsewhere (a notebook, another system
than Linux) they come from one server that imports everything once; as this file imports nothing heavy, it can be at
work while the rest is still being loaded.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import threading
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.context import BaseContext

SAY = ("signals.user_code", "signals.earlier_names", "data.settings")  # files that run, names that changed, settings
VARIABLE = "PYTHONSAFEPATH"  # Python 3.11 and later


def can_fork() -> bool:
    """Whether this process may be forked: no other thread of Python's can hold a lock that the copy would wait for."""
    return sys.platform == "linux" and threading.active_count() == 1


def fork(workers: int) -> ProcessPoolExecutor | None:
    """Fork workers of a command that has loaded everything and has no thread yet; None where the system refuses.

    They share what is imported: a server would import it a second time.
    """
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("fork"), begin)
    with forking():
        try:
            pool.submit(int)  # all processes of a pool that forks begin with its first task
        except OSError:
            end(pool, wait=False)  # those before the one that was refused: nobody else would
            return None
    return pool


@contextmanager
def forking() -> Iterator[None]:
    """Make ready to fork, and hold Ctrl-C back meanwhile."""
    gc.freeze()  # a collection in a worker would copy all that it shares
    with _interrupts_held(), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 counts the idle threads of libraries
        yield


def end(pool: ProcessPoolExecutor, *, wait: bool = True) -> None:
    """End the workers of a pool when they have done what they began; without `wait` now.

    It has ended on return: Python on its way out writes to a pool that is being closed, as one is whose workers Ctrl-C
    has ended.
    """
    if not wait:
        for worker in list((pool._processes or {}).values()):  # `kill_workers` from Python 3.14 on
            worker.kill()
    pool.shutdown(cancel_futures=True)


def context(ready: Sequence[str]) -> BaseContext:
    """Return the way in which worker processes are started; the first call starts the server, where there is one.

    `ready` are the modules that it loads for them.
    """
    if sys.platform == "win32":
        return multiprocessing.get_context("spawn")
    from multiprocessing import forkserver, resource_tracker  # noqa: PLC0415  # not on every system

    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload(list(ready))
    with safe_path():
        resource_tracker.ensure_running()  # first: it lets go of what is held
        with _interrupts_held():
            forkserver.ensure_running()
    return found


@contextmanager
def safe_path() -> Iterator[None]:
    """Keep the current folder off the path of every Python that starts here: a `numpy.py` in it is not numpy.

    They are started as `python -c ...`, which would look there first of all.
    """
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before


def begin() -> None:
    """Make this process a worker, which ends with the process that it works for."""
    _end_on_interrupt()
    for name in SAY:
        if name in sys.modules:
            sys.modules[name].heard_by.clear()  # the command has said it
    gc.set_threshold(500_000)  # backtrader's orders live on: looking through them again took a sixth of a run
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_on_interrupt() -> None:
    """Let Ctrl-C, which reaches every process of a terminal, end this worker without a word: the command speaks."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _end_with_parent() -> None:
    """End this process when the command's has died, also by a kill that it could not see coming."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back from what starts here: the server would answer it, while it loads, with a traceback."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
