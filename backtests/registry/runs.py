"""Runs, and the other things that leave one row each: what was run, how it ended, where its files are."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import astuple, dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any

from backtests.registry import under_way
from backtests.registry.database import INTERRUPTED, RUNNING, Database
from backtests.registry.lost import forget, note
from backtests.registry.process import mine
from backtests.registry.schema import RUN_COLUMNS, VERSION
from data.errors import Ambiguous, UnknownName

LISTED = "(`harbinger runs list` shows them)"
NAMES = tuple(f'"{name}"' for name in RUN_COLUMNS)
INSERT = f"INSERT INTO runs ({', '.join(NAMES)}) VALUES ({', '.join('?' * len(NAMES))})"  # noqa: S608
REPLACE = f"{INSERT} ON CONFLICT (run_id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in NAMES[1:])}"
FINISH = f"{REPLACE} WHERE removed_at = ''"
RESTORE = f"{REPLACE} WHERE removed_at = '' AND runs.path = '' AND runs.code_hash = '' AND excluded.path != ''"
NOW = ", ".join(NAMES).replace('"status"', "status_now(status, owner) AS status")
SELECT = f"SELECT {', '.join(NAMES)} FROM (SELECT rowid, {NOW} FROM runs)"  # noqa: S608


@dataclass(frozen=True)
class Entry:
    """One row. `kind` is run, signal or lead; `trial_hash` is hexadecimal; `removed_at` is empty while it stands.

    `status`: running, ok, ruin, failed (before any number was there) or interrupted; all but failed count as a trial.
    `owner` is the process that writes the row (`registry.process`), `hashes` the SHA-256 of each file written, as JSON.
    """

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
    kind: str = "run"
    trial_hash: str = ""
    removed_at: str = ""
    owner: str = ""
    hashes: str = ""


COLUMNS = tuple(f.name for f in fields(Entry))


@dataclass(frozen=True)
class Filter:
    """Which rows are wanted; an empty text takes all. `since` is a date: rows made on it or later."""

    study: str = ""
    traded: str = ""
    source: str = ""
    status: str = ""
    kind: str = ""
    since: str = ""
    removed: bool = False

    @property
    def where(self) -> tuple[str, list[str]]:
        """The SQL condition and its values. A source matches by its beginning: folder, simulated, yahoo."""
        named = {name: getattr(self, name) for name in ("study", "traded", "status", "kind")}
        parts = [(f"{name} = ?", value) for name, value in named.items() if value]
        if self.source:
            parts.append(("substr(source, 1, ?) = ?", self.source))
        if self.since:
            parts.append(("created_at >= ?", self.since))
        texts = [text for text, _ in parts] + ([] if self.removed else ["removed_at = ''"])
        values: list[Any] = []
        for text, value in parts:
            values += [len(value), value] if "substr" in text else [value]
        return " AND ".join(texts) or "1", values


class Runs:
    """The rows of runs, sheets and examinations."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def check(self) -> None:
        """Raise DataError where no row could be written or read, before anything is computed.

        A registry without rows beside earlier runs notes that (`registry.lost`): the next row will hide it.
        """
        with self.database.open(write=True) as database:
            database.execute(f"PRAGMA user_version = {VERSION}")  # a write; to ask for the turn alone is never refused
            for table in ("runs", "sweeps", "blocks", "notes"):
                database.execute(f"SELECT * FROM {table} LIMIT 1").fetchone()  # noqa: S608  # the names above
            if not note(database, self.database.path.parent):
                database.rollback()

    def add(self, entry: Entry) -> None:
        """Append one row, whole or not at all."""
        with self.database.open() as database:
            database.execute(INSERT, astuple(entry))

    def begin(self, entry: Entry, check: Callable[[], object] = lambda: None) -> Entry:
        """Write the row of a run that starts, counted from now on whatever happens to its process; return the row.

        UsageError where another process is writing into its folder. `check` raises what else forbids it: it is called
        while no other row can begin, when whoever began before has ended.
        """
        running = replace(entry, status=RUNNING, owner=mine())
        with self.database.open(write=True) as database:
            under_way.check(database, entry.path)
            check()
            database.execute(INSERT, astuple(running))
        return running

    def restore(self, entry: Entry) -> bool:
        """Write a row that was lost; return whether it did: none has its id, or one recovered without its folder."""
        with self.database.open(write=True) as database:
            return bool(database.execute(RESTORE, astuple(entry)).rowcount)

    def in_folder(self, entry: Entry) -> bool:
        """Whether another row is of the files in the folder of a recovered one: one that was stopped there.

        Any row of the folder, where the files are of something that was stopped: its own id is lost.
        """
        query = (
            "SELECT EXISTS (SELECT 1 FROM runs WHERE path = ? AND run_id != ? AND (? OR status_now(status, owner) = ?))"
        )
        lost = entry.status == INTERRUPTED
        with self.database.open() as database:
            return bool(database.execute(query, (entry.path, entry.run_id, lost, INTERRUPTED)).fetchone()[0])

    def loss(self) -> str:
        """Return what to say of earlier runs that are not counted; mostly nothing."""
        with self.database.open() as database:
            return note(database, self.database.path.parent)

    def forget_loss(self) -> None:
        """Say no more of earlier runs: their rows are recovered."""
        with self.database.open(write=True) as database:
            forget(database)

    def finish(self, entry: Entry) -> None:
        """Bring a row that was begun to its end. One that was removed meanwhile stays a tombstone."""
        with self.database.open(write=True) as database:
            database.execute(FINISH, astuple(entry))

    def move(self, run_id: str, path: str, hashes: str) -> None:
        """Say where the files of a run are by now, and their hashes (JSON): they were written again."""
        with self.database.open(write=True) as database:
            query = "UPDATE runs SET path = ?, hashes = ? WHERE run_id = ? AND removed_at = ''"
            database.execute(query, (path, hashes, run_id))

    def newest(self, most: int = 50, wanted: Filter | None = None) -> list[Entry]:
        """Return the newest rows, newest first."""
        condition, values = (wanted or Filter()).where
        with self.database.open() as database:
            rows = database.execute(f"{SELECT} WHERE {condition} ORDER BY rowid DESC LIMIT ?", [*values, most])
            return [Entry(*row) for row in rows]

    def show(self, run_id: str) -> Entry:
        """Return the row of a run id or of its unambiguous beginning; UnknownName with the close matches."""
        found = self.named(run_id)
        if len(found) > 1:
            raise Ambiguous("runs", run_id, found)
        with self.database.open() as database:
            if not found:
                everything = [row[0] for row in database.execute("SELECT run_id FROM runs")]
                raise UnknownName("run", run_id, everything, LISTED, most=0)
            return Entry(*database.execute(f"{SELECT} WHERE run_id = ?", found).fetchone())

    def named(self, beginning: str) -> list[str]:
        """Return the ids that begin so, newest first; alone the one that is all of it."""
        with self.database.open() as database:
            query = "SELECT run_id FROM runs WHERE run_id >= ? AND run_id < ? ORDER BY rowid DESC"
            ids = [row[0] for row in database.execute(query, _stretch(beginning))]
        return [beginning] if beginning in ids else ids

    def same(self, entry: Entry) -> list[Entry]:
        """Return the finished runs, newest first, of the same experiment, data, code and libraries."""
        condition = "spec_hash = ? AND data_fingerprint = ? AND code_hash = ? AND versions = ? AND kind = ?"
        values = (entry.spec_hash, entry.data_fingerprint, entry.code_hash, entry.versions, entry.kind)
        with self.database.open() as database:
            query = f"{SELECT} WHERE {condition} AND status IN ('ok', 'ruin') AND removed_at = '' ORDER BY rowid DESC"
            return [Entry(*row) for row in database.execute(query, values)]

    def remove(self, run_id: str) -> Entry:
        """Leave a tombstone of a run: its numbers and experiment go, its trial stays counted. Returns what it was."""
        entry = self.show(run_id)
        with self.database.open() as database:
            database.execute(
                "UPDATE runs SET removed_at = ?, metrics = 'null', spec = '', path = '' WHERE run_id = ?",
                (datetime.now(UTC).isoformat(timespec="seconds"), entry.run_id),
            )
        return entry


def _stretch(beginning: str) -> tuple[str, str]:
    """Return the bounds between which every text with this beginning lies, so that an index can find it."""
    return beginning, beginning + "\U0010ffff"


def as_json(value: Any) -> str:
    """Return compact JSON; NaN is refused, so that every reader can read it."""
    return json.dumps(value, allow_nan=False, sort_keys=True)
