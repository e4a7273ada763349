"""The sets of sweeps as they are written and kept: many in one row of the file.

A row for each of a million sets took nearly as long as to run them. A row of `blocks` has sets that were written at
once: the trial hash of each, eight bytes after eight bytes, and as JSON what a reader sees of it; the view `trials`
shows the sets one by one to SQL.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

import msgspec

from backtests.metrics.performance import NAMES
from signals.parameters import Value

WIDTH = 8  # bytes of a trial hash
SETS = 1_000  # of a block that is written from a longer list
OWN = ("traded", "start", '"end"')  # of a set, where its sweep has several; NULL: as its sweep says
OK, FAILED = "ok", "failed"
PLAIN = 1 + len(NAMES)  # where nothing is said behind the numbers, a set ended well and is as its sweep says
CREATE = (
    "CREATE TABLE IF NOT EXISTS blocks (sweep INTEGER NOT NULL, first INTEGER NOT NULL, sets INTEGER NOT NULL, "
    "failed INTEGER NOT NULL, apart INTEGER NOT NULL, trials BLOB NOT NULL, rows TEXT NOT NULL, "
    "PRIMARY KEY (sweep, first))"
)
INDEX = "CREATE INDEX IF NOT EXISTS blocks_apart ON blocks (sweep) WHERE apart"
_SHOWN = {
    "sweep": "sweep", "position": "first + key", "trial": f"substr(trials, {WIDTH} * key + 1, {WIDTH})",
    '"values"': "json_extract(value, '$[0]')",
    "status": f"coalesce(json_extract(value, '$[{PLAIN}]'), '{OK}')",
    "reason": f"coalesce(json_extract(value, '$[{PLAIN + 1}]'), '')",
    **{name: f"json_extract(value, '$[{at}]')" for at, name in enumerate(NAMES, 1)},
    **{name: f"json_extract(value, '$[{at}]')" for at, name in enumerate(OWN, PLAIN + 2)},
}  # fmt: skip
_COLUMNS = ", ".join(f"{what} AS {name}" for name, what in _SHOWN.items())
VIEW = f"CREATE VIEW IF NOT EXISTS trials AS SELECT {_COLUMNS} FROM blocks, json_each(rows)"  # noqa: S608  # ours
BLOCKS = "SELECT first, trials, rows FROM blocks WHERE sweep = ? ORDER BY first"
INSERT = "INSERT INTO blocks VALUES (?, ?, ?, ?, ?, ?, ?)"
# Blocks never overlap: one that reaches past a set is the last that begins at it or before, or begins after it.
REACHED = """
SELECT first, trials, rows FROM blocks WHERE sweep = :sweep AND first < :last AND first + sets > :first
    AND first >= coalesce((SELECT max(first) FROM blocks WHERE sweep = :sweep AND first <= :first), :first)
"""


class TrialRow(NamedTuple):
    """One set of a sweep: its identity, its values, how it ended and its metrics (NaN or None where undefined).

    `traded`, `start` and `end` are of a set where the sweep has several, None where it is as its sweep says.
    """

    trial: bytes
    values: Sequence[Value] | None
    status: str
    reason: str
    metrics: Sequence[float | None]
    traded: str | None = None
    start: str | None = None
    end: str | None = None

    @property
    def apart(self) -> bool:
        """Whether the set has an asset or a day of its own."""
        return self.traded is not None or self.start is not None or self.end is not None

    @property
    def kept(self) -> tuple[Any, ...]:
        """What the JSON of its block says of it."""
        shown = (self.values, *self.metrics)
        if self.status == OK and not self.reason and not self.apart:
            return shown
        return (*shown, self.status, self.reason, self.traded, self.start, self.end)

    @classmethod
    def of_kept(cls, trial: bytes, kept: Sequence[Any]) -> TrialRow:
        """Return the set of which a block says `kept`."""
        status, reason, *own = kept[PLAIN:] or (OK, "")
        return cls(trial, kept[0], status, reason, kept[1:PLAIN], *own)


def write(database: sqlite3.Connection, sweep: int, first: int, rows: Iterable[TrialRow]) -> None:
    """Write the sets of a sweep from position `first` on; sets that were written before are written over."""
    every = iter(rows)
    while block := list(islice(every, SETS)):
        _make_room(database, sweep, first, first + len(block))
        _insert(database, sweep, first, block)
        first += len(block)


def read(database: sqlite3.Connection, sweep: int) -> Iterator[tuple[int, TrialRow]]:
    """Yield the sets of a sweep with their positions, in order."""
    for first, trials, text in database.execute(BLOCKS, (sweep,)).fetchall():
        yield from enumerate(_rows(trials, text), first)


def count(database: sqlite3.Connection, sweep: int) -> int:
    """Return how many sets of a sweep are written."""
    query = "SELECT coalesce(sum(sets), 0) FROM blocks WHERE sweep = ?"
    return int(database.execute(query, (sweep,)).fetchone()[0])


def tried(database: sqlite3.Connection, sweep: int) -> bytes:
    """Return the trial hashes, end to end, of the sets of a sweep that are not "failed"."""
    query = "SELECT trials, CASE WHEN failed THEN rows END FROM blocks WHERE sweep = ? ORDER BY first"
    return b"".join(
        trials if text is None else b"".join(row.trial for row in _rows(trials, text) if row.status != FAILED)
        for trials, text in database.execute(query, (sweep,))
    )


def apart(database: sqlite3.Connection, sweep: int) -> bool:
    """Whether any set of a sweep has an asset or a day of its own."""
    query = "SELECT EXISTS (SELECT 1 FROM blocks WHERE sweep = ? AND apart)"
    return bool(database.execute(query, (sweep,)).fetchone()[0])


def strip(database: sqlite3.Connection, sweep: int) -> None:
    """Take away what the sets of a sweep were and gave; that they were tried, and how they ended, stays."""
    nothing = (None,) * len(NAMES)
    for first, trials, text in database.execute(BLOCKS, (sweep,)).fetchall():
        bare = [row._replace(values=None, reason="", metrics=nothing).kept for row in _rows(trials, text)]
        database.execute("UPDATE blocks SET rows = ? WHERE sweep = ? AND first = ?", (_text(bare), sweep, first))


def _insert(database: sqlite3.Connection, sweep: int, first: int, rows: Sequence[TrialRow]) -> None:
    trials, text = b"".join([row.trial for row in rows]), _text([row.kept for row in rows])
    assert len(trials) == WIDTH * len(rows)
    failed, apart = sum(row.status == FAILED for row in rows), any(row.apart for row in rows)
    database.execute(INSERT, (sweep, first, len(rows), failed, apart, trials, text))


def _text(kept: Sequence[Any]) -> str:
    return msgspec.json.encode(kept).decode()


def _make_room(database: sqlite3.Connection, sweep: int, first: int, last: int) -> None:
    """Cut the sets first:last out of the blocks that hold them: what is resumed may begin amid a block of before."""
    wanted = {"sweep": sweep, "first": first, "last": last}
    for begins, trials, text in database.execute(REACHED, wanted).fetchall():
        rows = list(_rows(trials, text))
        database.execute("DELETE FROM blocks WHERE sweep = ? AND first = ?", (sweep, begins))
        for at, kept in ((begins, rows[: max(first - begins, 0)]), (last, rows[last - begins :])):
            if kept:
                _insert(database, sweep, at, kept)


def _rows(trials: bytes, text: str) -> Iterator[TrialRow]:
    for at, kept in enumerate(msgspec.json.decode(text)):
        yield TrialRow.of_kept(trials[WIDTH * at : WIDTH * (at + 1)], kept)
