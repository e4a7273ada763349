"""Processes for backtrader work. They come from one server that has imported everything once, started early.

Imports nothing heavy itself, so that the server can be at work while the rest of a command is still being loaded.
"""

from __future__ import annotations

import multiprocessing
import sys
from multiprocessing.context import BaseContext

READY = [
    "backtests.search.audit",
    "backtests.running",
    "backtests.tape",
    "backtests.engine.backtrader",
    "pyarrow.parquet",
]


def context() -> BaseContext:
    """Return the way in which worker processes are started; the first call starts the server, where there is one."""
    if sys.platform == "win32":
        return multiprocessing.get_context("spawn")
    from multiprocessing import forkserver

    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload(READY)
    forkserver.ensure_running()
    return found
