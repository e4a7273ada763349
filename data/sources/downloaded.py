"""The source `yahoo`: what `harbinger data fetch` has stored, from Yahoo and FRED."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from data.catalogue import SeriesInfo, lookup
from data.errors import OFFLINE, MissingSeries
from data.store import Store

NAME = "yahoo"
FETCH = "run: harbinger data fetch"


@dataclass(frozen=True)
class StoredSource:
    """The newest stored fetch of each series; never asks the network."""

    store: Store = field(default_factory=Store)
    name: str = NAME
    simulated: bool = False

    def load(self, row: SeriesInfo) -> pd.DataFrame:
        """Return the newest stored table of `row`; MissingSeries when never fetched, CorruptSnapshot when not sound."""
        head = self.store.head(NAME, row.id)
        if head is None:
            raise MissingSeries(f"{row.id} is not in the store; {remedy(row)}", _fetched(row))
        try:
            return self.store.get(head.content)
        except MissingSeries as error:
            raise MissingSeries(f"the stored table of {row.id} is gone; {remedy(row)}", _fetched(row)) from error


def _fetched(row: SeriesInfo) -> tuple[str, ...]:
    return (row.id,) if remedy(row).startswith(FETCH) else ()


def remedy(row: SeriesInfo) -> str:
    """Return what to do about a series that is not stored."""
    if row.kind == "vintages":
        own = f"run: harbinger data fetch {row.id}, or download all its vintages from ALFRED as {row.id}.csv"
        return f"{own} and read them with --source folder:PATH"
    if row.kind == "hours":
        other = lookup(row.stand_in) if row.stand_in else row
        own = f"run: harbinger data fetch --interval 1h {other.symbol}, or " if other.vendor == "yahoo" else ""
        return f"{own}read a file of your own with --source folder:PATH (Yahoo has hours of the last 730 days only)"
    if row.vendor == "file":
        return "no vendor has it: read a file of your own with --source folder:PATH"
    return f"{FETCH} {row.id} {OFFLINE}"
