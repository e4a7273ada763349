"""The registry: every run, sweep and trial ever made, in one SQLite file under the user's data folder.

`runs` has a row a run, a signal's sheet or a lead's examination; `sweeps` a row a sweep; `trials` a row for each
set of every sweep. What is removed leaves its row without numbers, a tombstone: a trial that was tried stays counted.
Several processes may write at once: SQLite serialises them, and each waits its turn.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backtests.experiments.toml import parse
from backtests.metrics.performance import NAMES
from backtests.registry.identity import text_hash, trial_hash
from data.errors import DataError, HarbingerError
from data.files import home

VERSION = 2
RUN_COLUMNS = (
    "run_id", "created_at", "study", "source", "traded", "start", "end", "spec_hash", "data_fingerprint", "code_hash",
    "status", "reason", "metrics", "versions", "path", "spec", "kind", "trial_hash", "removed_at",
)  # fmt: skip
SWEEP_COLUMNS = (
    "sweep_id", "created_at", "study", "source", "traded", "start", "end", "data_fingerprint", "code_hash", "status",
    "versions", "path", "spec", "axes", "sets", "removed_at",
)  # fmt: skip


class Database:
    """The file `registry.sqlite` below one folder (default: the user's data folder)."""

    def __init__(self, root: Path | None = None) -> None:
        self.path = (root or home()) / "registry.sqlite"

    @contextmanager
    def open(self) -> Iterator[sqlite3.Connection]:
        """Open the file for one transaction: all of it is kept, or nothing."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(self.path, timeout=60)
        try:
            with database:
                _prepare(database)
                yield database
        except sqlite3.DatabaseError as error:
            raise DataError(f"{self.path}: {error}; move the file away to start a new registry") from error
        finally:
            database.close()


def _prepare(database: sqlite3.Connection) -> None:
    version = database.execute("PRAGMA user_version").fetchone()[0]
    if version == VERSION:
        return
    if version > VERSION:
        raise DataError(f"the registry is of version {version}, this harbinger reads {VERSION}: install a newer one")
    texts = ", ".join(f"{name} TEXT NOT NULL DEFAULT ''" for name in RUN_COLUMNS[1:])
    database.execute("BEGIN IMMEDIATE")
    database.execute(f"CREATE TABLE IF NOT EXISTS runs (run_id TEXT NOT NULL PRIMARY KEY, {texts})")
    _upgrade_runs(database)
    texts = ", ".join(f"{name} TEXT NOT NULL DEFAULT ''" for name in SWEEP_COLUMNS[1:])
    database.execute(
        f"CREATE TABLE IF NOT EXISTS sweeps (number INTEGER PRIMARY KEY, sweep_id TEXT NOT NULL UNIQUE, {texts})"
    )
    numbers = ", ".join(f"{name} REAL" for name in NAMES)
    database.execute(
        "CREATE TABLE IF NOT EXISTS trials (sweep INTEGER NOT NULL, position INTEGER NOT NULL, trial BLOB NOT NULL, "
        f'"values" TEXT, status TEXT NOT NULL, reason TEXT NOT NULL, {numbers}, PRIMARY KEY (sweep, position)) '
        "WITHOUT ROWID"
    )
    database.execute("CREATE INDEX IF NOT EXISTS runs_by_spec ON runs (spec_hash)")
    database.execute(f"PRAGMA user_version = {VERSION}")


def _upgrade_runs(database: sqlite3.Connection) -> None:
    """Give the rows of a registry of version 1 what it did not have."""
    have = {row[1] for row in database.execute("PRAGMA table_info(runs)")}
    for name in RUN_COLUMNS:
        if name not in have:
            default = "run" if name == "kind" else ""
            database.execute(f"ALTER TABLE runs ADD COLUMN {name} TEXT NOT NULL DEFAULT '{default}'")
    if "trial_hash" not in have:
        for run_id, spec in database.execute("SELECT run_id, spec FROM runs").fetchall():
            database.execute("UPDATE runs SET trial_hash = ? WHERE run_id = ?", (_old_trial(run_id, spec), run_id))


def _old_trial(run_id: str, spec: str) -> str:

    try:
        return trial_hash(parse(spec.encode(), run_id)).hex()
    except HarbingerError:  # a file of the user's that is gone: the text still tells one experiment from another
        return text_hash(spec).hex()
