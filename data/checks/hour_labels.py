"""Hours beside the daily bars of the same asset: whether each hour is labelled by its own start in UTC.

No calendar can see hours that are labelled by their end, or by the clock of another zone. The daily bar of the same
asset can: its close is the close of the hour that ends at 00:00 UTC. Where it agrees better with an hour some places
earlier or later, the labels of the hours are off by as many.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from data.catalogue import lookup
from data.finding import Finding
from data.table import first_fault

OFFSETS = range(-26, 27)
BLOCK = 250
SAME_ASSET = 0.02  # median distance of two vendors' prices of one coin: below it; of two coins: far above
BETTER = 0.5  # of the distance at no offset; on real history that is the smallest, in every block
LEAST = 60  # days to compare

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def check_hours(tables: Mapping[str, pd.DataFrame]) -> Iterator[Finding]:
    """Yield an error for each series of hours whose labels are off, beside each series of UTC-day bars of its asset."""
    for id, table in tables.items():
        if lookup(id).kind != "hours" or first_fault(table, lookup(id)) is not None:
            continue
        for partner, days in tables.items():
            row = lookup(partner)
            if row.kind == "bars" and row.calendar == "utc_day" and first_fault(days, row) is None:
                yield from _off(id, table, partner, days)


def _off(id: str, hours: pd.DataFrame, partner: str, days: pd.DataFrame) -> Iterator[Finding]:
    distance = _distances(hours, days)
    for start in range(0, len(distance), BLOCK):
        block = distance[start : start + BLOCK]
        if block.notna().to_numpy().sum(axis=0).min() < LEAST:
            continue
        typical = block.median()
        best = OFFSETS[int(typical.to_numpy().argmin())]
        if best and typical[best] < SAME_ASSET and typical[best] < BETTER * typical[0]:
            what = f"its hours agree with {partner}'s closes when they are moved by {-best:+d} h"
            remedy = "label each hour by its start in UTC"
            yield Finding("error", id, f"{block.index[0]:%Y-%m-%d}", what, remedy)
            return


def _distances(hours: pd.DataFrame, days: pd.DataFrame) -> pd.DataFrame:
    """Return |log(close of the hour / close of the day)|, a row a day, a column each offset of the hour; NaN: none."""
    close = np.log(hours["close"]).set_axis(pd.DatetimeIndex(hours["date"]))
    last = pd.DatetimeIndex(days["date"]) + pd.Timedelta(hours=23)
    daily = np.log(days["close"].to_numpy())
    columns = {k: np.abs(close.reindex(last + pd.Timedelta(hours=k)).to_numpy() - daily) for k in OFFSETS}
    return pd.DataFrame(columns, index=pd.DatetimeIndex(days["date"])).dropna(how="all")
