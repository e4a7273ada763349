"""What a person can do when SQLite or the system refuses the registry, by its error code.

Only a file that is damaged or foreign may be moved away: a full disk or a closed folder passes, and its rows stay.
"""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

from data.errors import DataError

FULL = "the disk is full: free some space and run again; the rows written before stand"
CLOSED = (
    "it cannot be opened or written: check the permissions of the file and of its folder, or name another folder with "
    "HARBINGER_HOME"
)
BUSY = "another process is writing: wait until it ends and run again"
DISK = "the disk failed, is full or has a quota: check it, free some space and run again; the rows written before stand"
DAMAGED = (
    "it is damaged: put a copy of your own back, or keep it under another name; `harbinger runs recover FOLDER...` "
    "makes rows again from the folders of runs"
)
FOREIGN = "its tables are not those of a registry: name another folder with HARBINGER_HOME, or keep the file elsewhere"
REMEDIES = {
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_READONLY: CLOSED,
    sqlite3.SQLITE_PERM: CLOSED,
    sqlite3.SQLITE_CANTOPEN: CLOSED,
    sqlite3.SQLITE_AUTH: CLOSED,
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_LOCKED: BUSY,
    sqlite3.SQLITE_PROTOCOL: BUSY,
    sqlite3.SQLITE_IOERR: DISK,
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_NOTADB: DAMAGED,
    sqlite3.SQLITE_FORMAT: DAMAGED,
    sqlite3.SQLITE_ERROR: FOREIGN,
    sqlite3.SQLITE_SCHEMA: FOREIGN,
}


def of_sqlite(path: Path, error: sqlite3.Error) -> DataError:
    """Return the line for what SQLite refused, with the remedy of its primary error code."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    remedy = REMEDIES.get(code, "run again; --debug shows where it happens")
    return DataError(f"{path}: {error}; {remedy}")


def of_system(path: Path, error: OSError) -> DataError:
    """Return the line for what the system refused before SQLite was asked."""
    remedy = FULL if error.errno in (errno.ENOSPC, errno.EDQUOT) else CLOSED
    return DataError(f"{path}: {error.strerror or error}; {remedy}")
