"""Processes for backtrader work. They come from one server that has imported everything once, started early.

Imports nothing heavy itself, so that the server can be at work while the rest of a command is still being loaded.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.context import BaseContext

READY = [
    "backtests.sweeps.backtrader_check",
    "backtests.runs.run",
    "backtests.runs.decisions",
    "backtests.engine.backtrader",
    "pyarrow.parquet",
]

VARIABLE = "PYTHONSAFEPATH"  # Python 3.11 and later


def context() -> BaseContext:
    """Return the way in which worker processes are started; the first call starts the server, where there is one."""
    if sys.platform == "win32":
        return multiprocessing.get_context("spawn")
    from multiprocessing import forkserver, resource_tracker  # noqa: PLC0415  # not on every system

    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload(READY)
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


def end_on_interrupt() -> None:
    """Let Ctrl-C, which reaches every process of a terminal, end this worker without a word: the command speaks."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back from what starts here: the server would answer it, while it loads, with a traceback."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
