"""The registry: every run ever made, one row each, in one SQLite file under the user's data folder.

A run's identity is what decides its numbers: the hash of the experiment (its name and reason apart), of its data and of
the source files that computed it. Several processes may write at once: SQLite serialises them, and each waits its turn.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from backtests.spec import Spec, StudySpec, dump
from data.errors import DataError, UnknownName
from data.store import home
from signals.discovery import plugin_files

COMPUTES = ("data", "signals", "strategies", "backtests")
# These print, write and look up; no number depends on them.
ONLY_TELLS = ("backtests.cli", "backtests.reports", "backtests.registry", "backtests.outputs")
LIBRARIES = ("harbinger-eth", "backtrader", "pandas", "numpy", "exchange_calendars", "quantstats", "yfinance")


@dataclass(frozen=True)
class Entry:
    """One row: identity, what was run, how it ended, and where its files are."""

    run_id: str
    created_at: str
    study: str
    source: str
    traded: str
    start: str
    end: str
    spec_hash: str
    data_fingerprint: str
    code_hash: str
    status: str
    reason: str
    metrics: str
    versions: str
    path: str
    spec: str


COLUMNS = tuple(f.name for f in fields(Entry))


def spec_hash(spec: Spec) -> str:
    """Return the hash of everything in an experiment that decides its numbers: not its name, reason or data."""
    nameless = replace(spec.study, name=StudySpec.name, why=StudySpec.why)
    bare = replace(spec, study=nameless, source="", fingerprint="")
    return hashlib.sha256(dump(bare).encode()).hexdigest()[:16]


def code_hash() -> str:
    """Return the hash of the project's source files, and of the user's own, that are loaded and compute something."""
    loaded = {name: module.__file__ for name, module in list(sys.modules.items()) if name.partition(".")[0] in COMPUTES}
    files = {Path(file) for name, file in loaded.items() if file and not name.startswith(ONLY_TELLS)}
    digest = hashlib.sha256()
    for file in sorted(files, key=lambda f: (f.parent.name, f.name)) + plugin_files():
        digest.update(f"{file.parent.name}/{file.name}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that numbers depend on."""
    python = ".".join(map(str, sys.version_info[:3]))
    return {"python": python} | {name: version(name) for name in LIBRARIES}


class Registry:
    """The file `registry.sqlite` below one folder."""

    def __init__(self, root: Path | None = None) -> None:
        self.path = (root or home()) / "registry.sqlite"

    def add(self, entry: Entry) -> None:
        """Append one row, whole or not at all."""
        marks = ", ".join("?" * len(COLUMNS))
        with self._open() as database:
            database.execute(f"INSERT INTO runs ({', '.join(COLUMNS)}) VALUES ({marks})", astuple(entry))  # noqa: S608

    def list(self, most: int = 50) -> list[Entry]:
        """Return the newest rows, newest first."""
        with self._open() as database:
            rows = database.execute(f"SELECT {', '.join(COLUMNS)} FROM runs ORDER BY rowid DESC LIMIT ?", (most,))  # noqa: S608
            return [Entry(*row) for row in rows]

    def show(self, run_id: str) -> Entry:
        """Return the row of a run id or of its unambiguous beginning; UnknownName with the close matches."""
        with self._open() as database:
            ids = [row[0] for row in database.execute("SELECT run_id FROM runs")]
            found = [id for id in ids if id == run_id] or [id for id in ids if id.startswith(run_id)]
            if len(found) != 1:
                raise UnknownName("run", run_id, found or ids)
            query = f"SELECT {', '.join(COLUMNS)} FROM runs WHERE run_id = ?"  # noqa: S608
            return Entry(*database.execute(query, found).fetchone())

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(self.path, timeout=60)
        try:
            with database:
                database.execute(f"CREATE TABLE IF NOT EXISTS runs ({_schema()})")
                yield database
        except sqlite3.DatabaseError as error:
            raise DataError(f"{self.path}: {error}; move the file away to start a new registry") from error
        finally:
            database.close()


def _schema() -> str:
    return ", ".join(f"{name} TEXT NOT NULL{' PRIMARY KEY' if name == 'run_id' else ''}" for name in COLUMNS)


def as_json(value: Any) -> str:
    """Return compact JSON; NaN is refused, so that every reader can read it."""
    return json.dumps(value, allow_nan=False, sort_keys=True)
