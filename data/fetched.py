"""Fetched: what became of one series when it was fetched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from data.errors import HarbingerError
from data.store import Snapshot


@dataclass(frozen=True, eq=False)
class Fetched:
    """What became of one series.

    `snapshot` is the newest stored one (None when it failed); `added` counts the rows after the end that was stored;
    `revised_since` is the first date that differs from what was stored; `gaps` are the due dates of the fetched span,
    up to the time of asking, for which the vendor has no observation; `note` says why a stored table was not used.
    """

    id: str
    outcome: Literal["new", "appended", "unchanged", "revised", "failed"]
    snapshot: Snapshot | None = None
    added: int = 0
    revised_since: pd.Timestamp | None = None
    gaps: tuple[pd.Timestamp, ...] = ()
    error: HarbingerError | None = None
    note: str = ""

    @property
    def text(self) -> str:
        """The result in one line."""
        if self.snapshot is None:
            return f"{self.id}: failed: {str(self.error).removeprefix(f'{self.id}: ')}"
        span = f"{self.snapshot.first}..{self.snapshot.last}, {self.snapshot.rows:,} rows"
        return "; ".join(part for part in (f"{self.id}: {self._what()} ({span})", self.note, self._missing()) if part)

    def _what(self) -> str:
        if self.revised_since is not None:
            return f"the past was revised since {self.revised_since:%Y-%m-%d}, fetched whole; the old snapshot stays"
        return f"appended {_count(self.added, 'row')}" if self.outcome == "appended" else self.outcome

    def _missing(self) -> str:
        if not self.gaps:
            return ""
        last = ", ".join(f"{day:%Y-%m-%d}" for day in self.gaps[-3:])
        return f"{_count(len(self.gaps), 'due date')} without an observation, last {last}"


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
