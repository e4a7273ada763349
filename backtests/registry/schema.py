"""The tables of the registry, and how a file of an earlier version becomes one of this.

Version 1 had runs; version 2 added sweeps and trials; version 3 adds who writes a row (`owner`), the hashes of a run's
files (`hashes`), of a set what its sweep does not say for all (`traded`, `start`, `end`), and `notes`; version 4 adds
`annotations`, what a person says of a row; version 5 adds `packed`, the trials of each sweep in one piece.
"""

from __future__ import annotations

import sqlite3

from backtests.experiments.toml import parse
from backtests.metrics.performance import NAMES
from backtests.registry import packed, remedies
from backtests.registry.identity import text_hash, trial_hash
from data.errors import DataError, HarbingerError

VERSION = 5
RUN_COLUMNS = (
    "run_id", "created_at", "study", "source", "traded", "start", "end", "spec_hash", "data_fingerprint", "code_hash",
    "status", "reason", "metrics", "versions", "path", "spec", "kind", "trial_hash", "removed_at", "owner", "hashes",
)  # fmt: skip
SWEEP_COLUMNS = (
    "sweep_id", "created_at", "study", "source", "traded", "start", "end", "data_fingerprint", "code_hash", "status",
    "versions", "path", "spec", "axes", "sets", "removed_at", "owner",
)  # fmt: skip
OWN = ("traded", "start", '"end"')  # of a set, where its sweep has several; NULL: as its sweep says
CREATE_TRIALS = (
    "CREATE TABLE IF NOT EXISTS trials (sweep INTEGER NOT NULL, position INTEGER NOT NULL, trial BLOB NOT NULL, "
    f'"values" TEXT, status TEXT NOT NULL, reason TEXT NOT NULL, {", ".join(f"{name} REAL" for name in NAMES)}, '
    f"{', '.join(f'{name} TEXT' for name in OWN)}, PRIMARY KEY (sweep, position)) WITHOUT ROWID"
)
CREATE_ANNOTATIONS = (
    "CREATE TABLE IF NOT EXISTS annotations (id TEXT NOT NULL PRIMARY KEY, note TEXT NOT NULL, tags TEXT NOT NULL)"
)


def prepare(database: sqlite3.Connection) -> None:
    """Make the tables, or bring those of an earlier version up to this one: wholly or not at all.

    DataError for a newer version, and for a file that holds the tables of another program.
    """
    if _version(database) == VERSION:
        return
    database.execute("BEGIN IMMEDIATE")  # of two processes that come at once, the second finds the work done
    version = _version(database)
    if version == VERSION:
        return
    if version > VERSION:
        raise DataError(f"the registry is of version {version}, this harbinger reads {VERSION}: install a newer one")
    held = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if held and "runs" not in held:
        raise DataError(f"registry.sqlite holds {', '.join(sorted(held))}: {remedies.FOREIGN}")
    _create(database, "runs", "run_id TEXT NOT NULL PRIMARY KEY", RUN_COLUMNS[1:])
    hashed = "trial_hash" in _columns(database, "runs")
    _complete(database, "runs", RUN_COLUMNS)
    if not hashed:
        _hash_trials(database)
    _create(database, "sweeps", "number INTEGER PRIMARY KEY, sweep_id TEXT NOT NULL UNIQUE", SWEEP_COLUMNS[1:])
    _complete(database, "sweeps", SWEEP_COLUMNS)
    database.execute(CREATE_TRIALS)
    have = _columns(database, "trials")
    for name in OWN:
        if name.strip('"') not in have:
            database.execute(f"ALTER TABLE trials ADD COLUMN {name} TEXT")
    database.execute("CREATE TABLE IF NOT EXISTS notes (name TEXT NOT NULL PRIMARY KEY, note TEXT NOT NULL)")
    database.execute(CREATE_ANNOTATIONS)
    database.execute(packed.CREATE)
    packed.pack(database)
    database.execute("CREATE INDEX IF NOT EXISTS runs_by_spec ON runs (spec_hash)")
    database.execute(f"PRAGMA user_version = {VERSION}")


def _version(database: sqlite3.Connection) -> int:
    return int(database.execute("PRAGMA user_version").fetchone()[0])


def _columns(database: sqlite3.Connection, table: str) -> set[str]:
    return {row[1] for row in database.execute(f"PRAGMA table_info({table})")}


def _create(database: sqlite3.Connection, table: str, key: str, texts: tuple[str, ...]) -> None:
    columns = ", ".join(_text(table, name) for name in texts)
    database.execute(f"CREATE TABLE IF NOT EXISTS {table} ({key}, {columns})")


def _complete(database: sqlite3.Connection, table: str, columns: tuple[str, ...]) -> None:
    have = _columns(database, table)
    for name in columns:
        if name not in have:
            database.execute(f"ALTER TABLE {table} ADD COLUMN {_text(table, name)}")


def _text(table: str, name: str) -> str:
    default = "run" if (table, name) == ("runs", "kind") else ""
    return f"\"{name}\" TEXT NOT NULL DEFAULT '{default}'"


def _hash_trials(database: sqlite3.Connection) -> None:
    """Give the rows of version 1 the identity of their idea."""
    for run_id, spec in database.execute("SELECT run_id, spec FROM runs").fetchall():
        database.execute("UPDATE runs SET trial_hash = ? WHERE run_id = ?", (_old_trial(run_id, spec), run_id))


def _old_trial(run_id: str, spec: str) -> str:
    try:
        return trial_hash(parse(spec.encode(), run_id)).hex()
    except HarbingerError:  # a file of the user's that is gone: the text still tells one experiment from another
        return text_hash(spec).hex()
