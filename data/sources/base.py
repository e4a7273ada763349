"""Source: where raw tables come from. One file each, one method to fill."""

from __future__ import annotations

from typing import Protocol

import pandas as pd

from data.catalogue import SeriesInfo


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
