"""The trials of a sweep in one piece: what is counted before every number is not read a row at a time.

A sweep that has ended has a row in `packed`: the eight bytes of each set that is not "failed", sorted; nothing where
sets have an asset or a span of their own, which are read row by row. Who writes trials takes their sweep's piece away.
"""

from __future__ import annotations

import sqlite3

import numpy as np
import numpy.typing as npt

Trials = npt.NDArray[np.uint64]
WIDTH, ORDER = 8, "<u8"
CREATE = "CREATE TABLE IF NOT EXISTS packed (sweep INTEGER NOT NULL PRIMARY KEY, trials BLOB)"
ENDED = """
SELECT number FROM sweeps WHERE status_now(status, owner) != 'running' AND number NOT IN (SELECT sweep FROM packed)
"""
OF_THEIR_OWN = f"""
SELECT EXISTS (SELECT 1 FROM trials WHERE sweep = ?
    AND (traded IS NOT NULL OR start IS NOT NULL OR "end" IS NOT NULL OR length(trial) != {WIDTH}))
"""  # noqa: S608  # constants only
TRIALS = "SELECT trial FROM trials WHERE sweep = ? AND status != 'failed'"


def pack(database: sqlite3.Connection) -> None:
    """Pack every sweep that has ended and is not packed yet."""
    for (number,) in database.execute(ENDED).fetchall():
        found = trials_of(database, number)
        database.execute("INSERT INTO packed VALUES (?, ?)", (number, None if found is None else found.tobytes()))


def unpack(database: sqlite3.Connection, number: int) -> None:
    """Take away the piece of a sweep whose trials change."""
    database.execute("DELETE FROM packed WHERE sweep = ?", (number,))


def trials_of(database: sqlite3.Connection, number: int) -> Trials | None:
    """Return the trials of a sweep, sorted, one for each set; None where sets have an asset or a span of their own."""
    if database.execute(OF_THEIR_OWN, (number,)).fetchone()[0]:
        return None
    piece = b"".join(trial for (trial,) in database.execute(TRIALS, (number,)))
    return np.sort(np.frombuffer(piece, ORDER))


def read(piece: bytes | None) -> Trials | None:
    """Return the trials of a piece; None where they have to be read row by row."""
    return None if piece is None else np.frombuffer(piece, ORDER)


def number_of(idea: bytes) -> int | None:
    """Return an idea as `Trials` hold it; None where it is no trial hash."""
    return int.from_bytes(idea, "little") if len(idea) == WIDTH else None
