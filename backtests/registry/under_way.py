"""Whether another process is writing into a folder now: two at once would leave files of both, under one id."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from backtests.registry.process import mine
from data.errors import UsageError
from data.files import shown

# What says "running" stands first: the process of a row is looked for only where that is so.
WRITING = """
SELECT id FROM (
    SELECT run_id AS id, path, status, owner FROM runs UNION ALL SELECT sweep_id, path, status, owner FROM sweeps
) WHERE status = 'running' AND path = ? AND owner != ? AND status_now(status, owner) = 'running' LIMIT 1
"""


def check(database: sqlite3.Connection, path: str) -> None:
    """Raise UsageError where a run or a sweep of another process, which still runs, writes into `path`; "" is none."""
    found = database.execute(WRITING, (path, mine())).fetchone() if path else None
    if found is not None:
        place = shown(Path(path))
        raise UsageError(
            f"{place}: {found[0]} is being written there by another process; wait for it, or choose another folder"
        )
