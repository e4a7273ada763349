"""What to do, by what was refused: only what is damaged or foreign may be put under another name."""

import errno
import sqlite3
from pathlib import Path

import pytest

from backtests.registry import remedies
from backtests.registry.database import Database
from data.errors import DataError

FILE = Path("/home/a/registry.sqlite")
CODES = {name: getattr(sqlite3, name) for name in dir(sqlite3) if name.startswith("SQLITE_") and "DENY" not in name}


def refused(code):
    error = sqlite3.OperationalError("refused")
    error.sqlite_errorcode = code
    return str(remedies.of_sqlite(FILE, error))


@pytest.mark.parametrize("extended", [0, 1 << 8, 7 << 8])
@pytest.mark.parametrize(
    "name", ["FULL", "READONLY", "PERM", "CANTOPEN", "BUSY", "LOCKED", "IOERR", "AUTH", "PROTOCOL"]
)
def test_what_passes_is_not_moved_away(name, extended):
    line = refused(CODES[f"SQLITE_{name}"] | extended)
    assert "move" not in line
    assert "another name" not in line
    assert line.startswith(f"{FILE}: refused; ")


@pytest.mark.parametrize("name", ["CORRUPT", "NOTADB", "FORMAT"])
def test_what_is_damaged_is_kept_and_recovered(name):
    assert "keep it under another name; `harbinger runs recover FOLDER...`" in refused(CODES[f"SQLITE_{name}"])


def test_every_refusal_has_one_line():
    for code in (*CODES.values(), 0, 99):
        (line,) = refused(code).splitlines()
        assert len(line.partition("; ")[2]) > 20, line


def test_the_system_says_no_before_the_registry_is_asked():
    for number, remedy in (
        (errno.ENOSPC, "free some space"),
        (errno.EDQUOT, "free some space"),
        (errno.EROFS, "permissions"),
    ):
        assert remedy in str(remedies.of_system(FILE, OSError(number, "no")))


def test_what_python_refuses_has_a_line_too(tmp_path):
    with pytest.raises(DataError, match="run again; --debug shows where"), Database(tmp_path).open() as database:
        database.execute("SELECT ?", ())
