"""Source: where raw tables come from. One file each, one method to fill."""

from __future__ import annotations

import contextlib
from typing import Protocol

import pandas as pd

from data.catalogue import SeriesInfo, lookup
from data.errors import MissingSeries


class Source(Protocol):
    """Anything that can give the raw table of a series (see `data.table`)."""

    @property
    def name(self) -> str:
        """As written after --source, with every default spelled out: `folder:/path`, `simulated:lead=60,...`."""

    @property
    def simulated(self) -> bool:
        """Whether the numbers are made, not observed: everything built on them says SIMULATED."""

    def load(self, row: SeriesInfo) -> pd.DataFrame:
        """Return the table of `row`; MissingSeries when the source does not have it, BadFile when it is not sound."""


def load_or_stand_in(source: Source, row: SeriesInfo) -> tuple[str, pd.DataFrame]:
    """Return (id, raw table) of a series, or of its stand-in where the source lacks it."""
    try:
        return row.id, source.load(row)
    except MissingSeries:
        if not row.stand_in:
            raise
        with contextlib.suppress(MissingSeries):  # the one that is wanted is the one to name
            return row.stand_in, source.load(lookup(row.stand_in))
        raise
