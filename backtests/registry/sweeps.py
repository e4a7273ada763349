"""Sweeps and their trials."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
import pandas as pd

from backtests.metrics.performance import NAMES
from backtests.registry import packed, under_way
from backtests.registry.database import RUNNING, Database
from backtests.registry.process import mine
from backtests.registry.runs import LISTED, Filter
from backtests.registry.schema import OWN, SWEEP_COLUMNS
from data.errors import UnknownName
from signals.parameters import Value

COLUMNS = tuple(f'"{name}"' for name in SWEEP_COLUMNS)
NOW = ", ".join(COLUMNS).replace('"status"', "status_now(status, owner) AS status")
SELECT = f"SELECT {', '.join(COLUMNS)} FROM (SELECT number, {NOW} FROM sweeps)"  # noqa: S608
INSERT = f"INSERT INTO sweeps ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608
TRIAL_COLUMNS = ("sweep", "position", "trial", '"values"', "status", "reason", *NAMES, *OWN)


@dataclass(frozen=True)
class SweepEntry:
    """One sweep. `axes`: its swept paths as JSON; `sets`: how many sets it plans.

    `status`: running, done or interrupted; `owner` is the process that writes it (`registry.process`).
    """

    sweep_id: str
    created_at: str
    study: str
    source: str
    traded: str
    start: str
    end: str
    data_fingerprint: str
    code_hash: str
    status: str
    versions: str
    path: str
    spec: str
    axes: str
    sets: str
    removed_at: str = ""
    owner: str = ""


class TrialRow(NamedTuple):
    """One set of a sweep: its position, its identity, its values and its metrics (None where undefined).

    `traded`, `start` and `end` are of a set where the sweep has several, None where it is as its sweep says.
    """

    position: int
    trial: bytes
    values: tuple[Value, ...]
    status: str
    reason: str
    metrics: tuple[float | None, ...]
    traded: str | None = None
    start: str | None = None
    end: str | None = None


class Sweeps:
    """The rows of sweeps and of their trials."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def begin(self, sweep: SweepEntry) -> None:
        """Write the row of a sweep that starts; one that is resumed has its row, which gets this process.

        UsageError where another process is writing into its folder.
        """
        running = replace(sweep, status=RUNNING, owner=mine())
        again = "ON CONFLICT (sweep_id) DO UPDATE SET status = excluded.status, owner = excluded.owner"
        with self.database.open(write=True) as database:
            under_way.check(database, sweep.path)
            database.execute(f"{INSERT} {again}", astuple(running))

    def check_free(self, path: str) -> None:
        """Raise UsageError where another process is writing into a folder."""
        with self.database.open() as database:
            under_way.check(database, path)

    def restore(self, sweep: SweepEntry, rows: Iterable[TrialRow]) -> bool:
        """Write the rows of a sweep that was lost, if none has its id; return whether it did."""
        with self.database.open(write=True) as database:
            new = database.execute(f"{INSERT} ON CONFLICT (sweep_id) DO NOTHING", astuple(sweep)).rowcount
        if new:
            self.add(sweep.sweep_id, rows)
            with self.database.open(write=True) as database:
                packed.pack(database)
        return bool(new)

    def add(self, sweep_id: str, rows: Iterable[TrialRow]) -> None:
        """Write the rows of a block, all or none; a set written before is written over with the same numbers."""
        marks = ", ".join("?" * len(TRIAL_COLUMNS))
        names = ", ".join(TRIAL_COLUMNS)
        with self.database.open(write=True) as database:
            number = database.execute("SELECT number FROM sweeps WHERE sweep_id = ?", (sweep_id,)).fetchone()[0]
            packed.unpack(database, number)
            written = ((number, *_written(row)) for row in rows)
            database.executemany(f"INSERT OR REPLACE INTO trials ({names}) VALUES ({marks})", written)  # noqa: S608

    def finish(self, sweep_id: str, start: str, end: str) -> None:
        """Mark a sweep done, with the span of its bars."""
        with self.database.open() as database:
            values = ("done", start, end, sweep_id)
            database.execute('UPDATE sweeps SET status = ?, start = ?, "end" = ? WHERE sweep_id = ?', values)
            packed.pack(database)

    def newest(self, most: int = 50, wanted: Filter | None = None) -> list[SweepEntry]:
        """Return the newest sweeps, newest first."""
        wanted = wanted or Filter()
        if wanted.kind not in ("", "sweep"):
            return []
        condition, values = Filter(**{**vars(wanted), "kind": ""}).where
        with self.database.open() as database:
            rows = database.execute(f"{SELECT} WHERE {condition} ORDER BY number DESC LIMIT ?", [*values, most])
            return [SweepEntry(*row) for row in rows]

    def show(self, sweep_id: str) -> SweepEntry:
        """Return the row of a sweep id or of its unambiguous beginning; UnknownName with the close matches."""
        everything = {entry.sweep_id: entry for entry in self.newest(10**9, Filter(removed=True))}
        found = [id for id in everything if id == sweep_id] or [id for id in everything if id.startswith(sweep_id)]
        if len(found) != 1:
            raise UnknownName("sweep", sweep_id, found or everything, LISTED, most=0)
        return everything[found[0]]

    def rows(self, sweep: SweepEntry) -> pd.DataFrame:
        """Return the rows of a sweep: sweep_id, set, trial_hash, metrics, status, reason, params (JSON by path)."""
        columns = ", ".join(("position", "lower(hex(trial))", *NAMES, "status", "reason", '"values"'))
        query = f"SELECT {columns} FROM trials WHERE sweep = (SELECT number FROM sweeps WHERE sweep_id = ?)"  # noqa: S608
        with self.database.open() as database:
            found = database.execute(f"{query} ORDER BY position", (sweep.sweep_id,)).fetchall()
        table = pd.DataFrame(found, columns=["set", "trial_hash", *NAMES, "status", "reason", "params"])
        table = table.astype(dict.fromkeys(NAMES, "float64"))
        paths = json.loads(sweep.axes)
        table["params"] = [_params(paths, text) for text in table["params"]]
        table.insert(0, "sweep_id", sweep.sweep_id)
        return table

    def written(self, sweep_id: str) -> int:
        """Return how many sets of a sweep are in the registry by now."""
        query = "SELECT count(*) FROM trials WHERE sweep = (SELECT number FROM sweeps WHERE sweep_id = ?)"
        with self.database.open() as database:
            return int(database.execute(query, (sweep_id,)).fetchone()[0])

    def remove(self, sweep_id: str) -> SweepEntry:
        """Leave a tombstone of a sweep: values and metrics go, its trials stay counted. Returns what it was."""
        entry, now = self.show(sweep_id), datetime.now(UTC).isoformat(timespec="seconds")
        gone = ", ".join(f"{name} = NULL" for name in ('"values"', *NAMES))
        with self.database.open() as database:
            number = database.execute("SELECT number FROM sweeps WHERE sweep_id = ?", (entry.sweep_id,)).fetchone()
            database.execute(f"UPDATE trials SET {gone}, reason = '' WHERE sweep = ?", number)  # noqa: S608
            database.execute(
                "UPDATE sweeps SET removed_at = ?, spec = '', path = '' WHERE sweep_id = ?", (now, entry.sweep_id)
            )
        return entry


def _written(row: TrialRow) -> tuple[Any, ...]:
    own = (row.traded, row.start, row.end)
    return (
        row.position,
        row.trial,
        msgspec.json.encode(row.values).decode(),
        row.status,
        row.reason,
        *row.metrics,
        *own,
    )


def _params(paths: list[str], values: str | None) -> str | None:
    return None if values is None else json.dumps(dict(zip(paths, json.loads(values), strict=True)))
