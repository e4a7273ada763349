"""The trials of a sweep in one piece: what is counted before every number is not read a row at a time.

A sweep that has ended has a row in `packed`: the eight bytes of each set that is not "failed", sorted; nothing where
sets have an asset or a span of their own, which are read one by one. Who writes trials takes their sweep's piece away.
"""

from __future__ import annotations

import sqlite3

import numpy as np
import numpy.typing as npt

from backtests.registry import blocks

Trials = npt.NDArray[np.uint64]
ORDER = "<u8"
CREATE = "CREATE TABLE IF NOT EXISTS packed (sweep INTEGER NOT NULL PRIMARY KEY, trials BLOB)"
ENDED = """
SELECT number FROM sweeps WHERE status_now(status, owner) != 'running' AND number NOT IN (SELECT sweep FROM packed)
"""


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
    if blocks.apart(database, number):
        return None
    return np.sort(np.frombuffer(blocks.tried(database, number), ORDER))


def read(piece: bytes | None) -> Trials | None:
    """Return the trials of a piece; None where they have to be read row by row."""
    return None if piece is None else np.frombuffer(piece, ORDER)


def number_of(idea: bytes) -> int | None:
    """Return an idea as `Trials` hold it; None where it is no trial hash."""
    return int.from_bytes(idea, "little") if len(idea) == blocks.WIDTH else None
