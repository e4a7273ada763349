"""An attempt: its row stands before it computes, so that no end of its process leaves a number that nobody counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

from backtests.registry.database import INTERRUPTED
from backtests.registry.runs import Entry, Runs
from data.errors import HarbingerError

FAILED = "failed"


class Attempt:
    """The row of an attempt under way."""

    def __init__(self, runs: Runs, entry: Entry) -> None:
        self.entry = entry
        self.has_numbers = False
        self._runs = runs

    def has(self, **fields: Any) -> None:
        """Say that from now on somebody may see a number, and write at once what is known of the row by now."""
        self.has_numbers = True
        self.entry = replace(self.entry, **fields)
        self._runs.finish(self.entry)

    def end(self, **fields: Any) -> None:
        """Say what the row holds when the attempt ends well."""
        self.entry = replace(self.entry, **fields)


@contextmanager
def attempt(runs: Runs, entry: Entry, check: Callable[[], object] = lambda: None) -> Iterator[Attempt]:
    """Write `entry` as "running" and give the attempt; at the end write what it said, or how it was stopped.

    `check` raises what forbids to begin (see `Runs.begin`), such as results that another process has written since.

    Stopped before it had numbers it failed and is no trial; later it was interrupted and is one. DataError, before
    anything is computed, where the registry cannot be written.
    """
    running = Attempt(runs, runs.begin(entry, check))
    try:
        yield running
    except BaseException as error:
        status = INTERRUPTED if running.has_numbers else FAILED
        with suppress(HarbingerError):  # the row says "running", which counts; what stopped the attempt is said instead
            runs.finish(replace(running.entry, status=status, reason=reason_of(error)))
        raise
    runs.finish(running.entry)


def reason_of(error: BaseException) -> str:
    """Return what a row says of the error that ended its attempt."""
    return f"{type(error).__name__}: {error}"
