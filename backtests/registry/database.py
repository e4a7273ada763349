"""The file of the registry: every run, sweep and trial ever made, in SQLite under the user's data folder.

`runs` has a row a run, a signal's sheet or a lead's examination; `sweeps` a row a sweep; `blocks` the sets of every
sweep, which `trials` shows one by one. What is removed leaves its row without numbers, a tombstone: a trial that was
tried stays counted.
Several processes may write at once: SQLite serialises them, and each waits its turn.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from backtests.registry import remedies
from backtests.registry.process import is_alive
from backtests.registry.schema import prepare
from data.files import home

WAIT_SECONDS = 60.0
INTERRUPTED, RUNNING = "interrupted", "running"


class Database:
    """The file `registry.sqlite` below one folder (default: the user's data folder)."""

    def __init__(self, root: Path | None = None) -> None:
        self.path = (root or home()) / "registry.sqlite"

    @contextmanager
    def open(self, *, write: bool = False) -> Iterator[sqlite3.Connection]:
        """Open the file for one transaction: all of it is kept, or nothing.

        With `write` it is this process's turn from the first statement on. SQL may ask `status_now(status, owner)`:
        "interrupted" for a row whose process ended while it said "running". DataError, with a remedy by what was
        refused.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise remedies.of_system(self.path, error) from error
        try:
            with closing(sqlite3.connect(self.path, timeout=WAIT_SECONDS)) as database, database:
                database.create_function("status_now", 2, status_now)
                prepare(database)
                if write and not database.in_transaction:
                    database.execute("BEGIN IMMEDIATE")
                yield database
        except sqlite3.Error as error:
            raise remedies.of_sqlite(self.path, error) from error


def status_now(status: str, owner: str) -> str:
    """Return what a row's status is by now: one that says "running" was interrupted if its process has ended."""
    return INTERRUPTED if status == RUNNING and not is_alive(owner) else status
