"""Earlier runs that a registry without rows does not know: what proves them, and the line that says so."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

NOTE = "lost"
KINDS = ("run", "plan", "signal", "lead", "compare", "evidence", "stress")
SIGNS = tuple(f"{kind}.json" for kind in KINDS)  # of what was run into a folder
ROWS = "SELECT EXISTS (SELECT 1 FROM runs) OR EXISTS (SELECT 1 FROM sweeps)"
LINE = (
    "The registry that was there before {day} is gone: {proof} of earlier runs that are not counted here; "
    "`harbinger runs recover FOLDER...` makes their rows again from their folders."
)


def note(database: sqlite3.Connection, root: Path) -> str:
    """Return what to say of earlier runs that are not counted, and keep it until they are recovered; mostly nothing.

    A registry without rows beside frozen inputs of runs (in the store below `root`) or folders of results (in runs/ of
    the current folder) is not the first one.
    """
    known = database.execute("SELECT note FROM notes WHERE name = ?", (NOTE,)).fetchone()
    if known is not None:
        return str(known[0])
    if database.execute(ROWS).fetchone()[0]:
        return ""
    proof = _proof(root)
    line = LINE.format(day=f"{datetime.now(UTC):%Y-%m-%d}", proof=proof) if proof else ""
    if line and database.in_transaction:
        database.execute("INSERT INTO notes VALUES (?, ?)", (NOTE, line))
    return line


def forget(database: sqlite3.Connection) -> None:
    """Say no more: the rows are recovered."""
    database.execute("DELETE FROM notes WHERE name = ?", (NOTE,))


def _proof(root: Path) -> str:
    inputs = sum(1 for _ in (root / "store" / "sets").glob("*.json"))
    folders = sum(any((folder / name).is_file() for name in SIGNS) for folder in Path("runs").glob("*"))
    words = [f"{inputs:,} set{'s' * (inputs > 1)} of frozen inputs"] if inputs else []
    words += [f"{folders:,} folder{'s' * (folders > 1)} in runs/"] if folders else []
    return f"{' and '.join(words)} {'tell' if inputs + folders > 1 else 'tells'}" if words else ""
