"""What the JSON of then says: what was asked and accepted, and what of its numbers is no longer as it was."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from backtests import record
from backtests.registry import Entry, SweepEntry

Row = Entry | SweepEntry
ALIKE = ("run_id", "comparison_id", "versions", "n_trials", "evidence", "source", "asked")  # of today, or of a place
ROUNDING = 1e-9


def accepted(entry: Row, name: str) -> tuple[str, ...]:
    """Return the errors of data that were accepted then, by the JSON: nothing else holds them."""
    return tuple(_then(entry, name).get("accept", ()))


def days_asked(entry: Row, name: str) -> tuple[str, str] | None:
    """Return the first and the last day that were asked for, by the JSON: the row has those that there were.

    Values of before the first day that there was warm up a look that asked for none. None where it does not say.
    """
    found = _then(entry, name).get("asked")
    return (str(found[0]), str(found[1])) if found else None


def _then(entry: Row, name: str) -> dict[str, Any]:
    """Return what the JSON of then says; empty where it is gone, BadFile where it cannot be read."""
    path = Path(entry.path) / name
    return record.read(dict[str, Any], path) if entry.path and path.is_file() else {}


def other_data(entry: Row, now: str) -> tuple[str, ...]:
    """Return that the source gives other data than then, by the row, which stays where the JSON is gone."""
    then = entry.data_fingerprint
    return (f"data: {then} then, {now} now",) if then and then != now else ()


def differs(entry: Row, name: str, now: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what of a record is not as its JSON of then says it; nothing where that is gone."""
    then, same = _then(entry, name), json.loads(json.dumps(now))
    shared = [key for key in then if key in same and key not in ALIKE]
    return tuple(f"{key} is another" for key in shared if not _alike(then[key], same[key]))


def _alike(then: Any, now: Any) -> bool:
    """Whether two values of a JSON are the same but for the order of sums.

    A product of matrices adds up as the memory lies: the last digit of the same number is another in another process.
    """
    if isinstance(then, dict) and isinstance(now, dict):
        return then.keys() == now.keys() and all(_alike(value, now[key]) for key, value in then.items())
    if isinstance(then, list) and isinstance(now, list):
        return len(then) == len(now) and all(map(_alike, then, now))
    if isinstance(then, float) and isinstance(now, float):
        return math.isclose(then, now, rel_tol=ROUNDING, abs_tol=ROUNDING)
    return bool(then == now)
