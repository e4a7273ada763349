"""Which process writes a row: a row that says "running" after its process ended was interrupted."""

from __future__ import annotations

import os
from pathlib import Path

GONE = ("Z", "X")  # states of a process that has ended and that nobody has asked for yet


def mine() -> str:
    """Return this process as text: its id and the moment of its start, which tells it from a later one of that id."""
    return f"{os.getpid()} {_started(os.getpid())}".strip()


def is_alive(owner: str) -> bool:
    """Whether the process of `mine()`'s text still runs on this machine.

    Where the system does not tell when a process started, one that has the id counts; where it tells nothing, all do.
    """
    pid, _, started = owner.partition(" ")
    if not (pid.isascii() and pid.isdigit()):
        return False
    return _exists(int(pid)) and (not started or _started(int(pid)) == started)


def _exists(pid: int) -> bool:
    if os.name != "posix":
        return True
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):  # there is none, or there can be none of that id
        return False
    except PermissionError:
        return True  # another user's
    return True


def _started(pid: int) -> str:
    """Return the start of a process, in clock ticks since the machine's boot; empty if unknown or already ended."""
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):
        return ""
    return "" if state in GONE else fields[18]
