"""The tables of the registry, and how a file of an earlier version becomes one of this.

Version 1 had runs; version 2 added sweeps and trials; version 3 adds who writes a row (`owner`), the hashes of a run's
files (`hashes`), of a set what its sweep does not say for all (`traded`, `start`, `end`), and `notes`; version 4 adds
`annotations`, what a person says of a row; version 5 adds `packed`, the trials of each sweep in one piece; version 6
keeps the rows of `trials` in `blocks`, and `trials` is a view of them.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from backtests.experiments.toml import parse
from backtests.metrics.performance import NAMES
from backtests.registry import blocks, packed, remedies
from backtests.registry.identity import text_hash, trial_hash
from data.errors import DataError, HarbingerError

VERSION = 6
RUN_COLUMNS = (
    "run_id", "created_at", "study", "source", "traded", "start", "end", "spec_hash", "data_fingerprint", "code_hash",
    "status", "reason", "metrics", "versions", "path", "spec", "kind", "trial_hash", "removed_at", "owner", "hashes",
)  # fmt: skip
SWEEP_COLUMNS = (
    "sweep_id", "created_at", "study", "source", "traded", "start", "end", "data_fingerprint", "code_hash", "status",
    "versions", "path", "spec", "axes", "sets", "removed_at", "owner",
)  # fmt: skip
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
    _keep_in_blocks(database)
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


def _keep_in_blocks(database: sqlite3.Connection) -> None:
    """Make the table of blocks and its view, of the sets of versions 2 to 5, which had a row each."""
    database.execute(blocks.CREATE)
    database.execute(blocks.INDEX)
    if before := _columns(database, "trials"):
        own = [name if name.strip('"') in before else "NULL" for name in blocks.OWN]
        columns = ", ".join(("trial", '"values"', "status", "reason", *NAMES, *own))
        for (sweep,) in database.execute("SELECT DISTINCT sweep FROM trials").fetchall():
            query = f"SELECT {columns} FROM trials WHERE sweep = ? ORDER BY position"  # noqa: S608  # names of ours
            blocks.write(database, sweep, 0, map(_row, database.execute(query, (sweep,))))
        database.execute("DROP TABLE trials")
    database.execute(blocks.VIEW)


def _row(found: tuple[Any, ...]) -> blocks.TrialRow:
    trial, values, status, reason, *rest = found
    metrics, own = rest[: len(NAMES)], rest[len(NAMES) :]
    return blocks.TrialRow(trial, None if values is None else json.loads(values), status, reason, metrics, *own)


def _hash_trials(database: sqlite3.Connection) -> None:
    """Give the rows of version 1 the identity of their idea."""
    for run_id, spec in database.execute("SELECT run_id, spec FROM runs").fetchall():
        database.execute("UPDATE runs SET trial_hash = ? WHERE run_id = ?", (_old_trial(run_id, spec), run_id))


def _old_trial(run_id: str, spec: str) -> str:
    try:
        return trial_hash(parse(spec.encode(), run_id)).hex()
    except HarbingerError:  # a file of the user's that is gone: the text still tells one experiment from another
        return text_hash(spec).hex()
