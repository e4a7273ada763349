"""Sweeps and their trials."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime

import pandas as pd

from backtests.metrics.performance import NAMES
from backtests.registry import blocks, packed, under_way
from backtests.registry.blocks import TrialRow
from backtests.registry.database import RUNNING, Database
from backtests.registry.process import mine
from backtests.registry.runs import LISTED, Filter
from backtests.registry.schema import SWEEP_COLUMNS
from data.errors import Ambiguous, UnknownName
from signals.parameters import Value

COLUMNS = tuple(f'"{name}"' for name in SWEEP_COLUMNS)
NOW = ", ".join(COLUMNS).replace('"status"', "status_now(status, owner) AS status")
SELECT = f"SELECT {', '.join(COLUMNS)} FROM (SELECT number, {NOW} FROM sweeps)"  # noqa: S608
INSERT = f"INSERT INTO sweeps ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608
UNKNOWN = -1  # the number of no sweep


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


class Sweeps:
    """The rows of sweeps and of their trials."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def begin(self, sweep: SweepEntry, check: Callable[[], object] = lambda: None) -> None:
        """Write the row of a sweep that starts; one that is resumed has its row, which gets this process.

        UsageError where another process is writing into its folder. `check` as for `Runs.begin`.
        """
        running = replace(sweep, status=RUNNING, owner=mine())
        again = "ON CONFLICT (sweep_id) DO UPDATE SET status = excluded.status, owner = excluded.owner"
        with self.database.open(write=True) as database:
            under_way.check(database, sweep.path)
            check()
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
                blocks.write(database, _number(database, sweep.sweep_id), 0, rows)
                packed.pack(database)
        return bool(new)

    def add(self, sweep_id: str, first: int, rows: Iterable[TrialRow]) -> None:
        """Write sets from position `first` on, all or none; one written before is written over with the same numbers.

        Nothing of a sweep that has no row: its registry was lost meanwhile, and `restore` brings all of it at its end.
        """
        with self.database.open(write=True) as database:
            number = _number(database, sweep_id)
            if number != UNKNOWN:
                packed.unpack(database, number)
                blocks.write(database, number, first, rows)

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
        found = _named(sweep_id, everything)
        if len(found) > 1:
            raise Ambiguous("sweeps", sweep_id, found)
        if not found:
            raise UnknownName("sweep", sweep_id, everything, LISTED, most=0)
        return everything[found[0]]

    def named(self, beginning: str) -> list[str]:
        """Return the ids that begin so, newest first; alone the one that is all of it."""
        return _named(beginning, [entry.sweep_id for entry in self.newest(10**9, Filter(removed=True))])

    def rows(self, sweep: SweepEntry) -> pd.DataFrame:
        """Return the rows of a sweep: sweep_id, set, trial_hash, metrics, status, reason, params (JSON by path)."""
        with self.database.open() as database:
            found = list(blocks.read(database, _number(database, sweep.sweep_id)))
        paths = json.loads(sweep.axes)
        numbers = [row.metrics for _, row in found]
        table = pd.DataFrame(numbers, columns=list(NAMES)).astype("float64")
        table.insert(0, "set", [at for at, _ in found])
        table.insert(1, "trial_hash", [row.trial.hex() for _, row in found])
        table["status"], table["reason"] = [row.status for _, row in found], [row.reason for _, row in found]
        table["params"] = [_params(paths, row.values) for _, row in found]
        table.insert(0, "sweep_id", sweep.sweep_id)
        return table

    def written(self, sweep_id: str) -> int:
        """Return how many sets of a sweep are in the registry by now."""
        with self.database.open() as database:
            return blocks.count(database, _number(database, sweep_id))

    def remove(self, sweep_id: str) -> SweepEntry:
        """Leave a tombstone of a sweep: values and metrics go, its trials stay counted. Returns what it was."""
        entry, now = self.show(sweep_id), datetime.now(UTC).isoformat(timespec="seconds")
        with self.database.open(write=True) as database:
            blocks.strip(database, _number(database, entry.sweep_id))
            database.execute(
                "UPDATE sweeps SET removed_at = ?, spec = '', path = '' WHERE sweep_id = ?", (now, entry.sweep_id)
            )
        return entry


def _named(beginning: str, ids: Iterable[str]) -> list[str]:
    found = [id for id in ids if id.startswith(beginning)]
    return [beginning] if beginning in found else found


def _number(database: sqlite3.Connection, sweep_id: str) -> int:
    """Return the number by which the sets of a sweep are kept."""
    found = database.execute("SELECT number FROM sweeps WHERE sweep_id = ?", (sweep_id,)).fetchone()
    return int(found[0]) if found else UNKNOWN


def _params(paths: Sequence[str], values: Sequence[Value] | None) -> str | None:
    return None if values is None else json.dumps(dict(zip(paths, values, strict=True)))
