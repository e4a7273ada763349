"""Rows that repeat others: one value for too long (a feed that stood still), or a run of rows that were copied.

The longest runs of one value in real history: closes 4 rows on days and 12 on hours, yields 17, SOFR 85, reverse
repurchases 22 (at zero), fed funds futures 42, the effective rate 420 days. The target range stands for years.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from data.catalogue import SeriesInfo
from data.finding import Finding
from data.series import PRICES

# Rows of one value that are an error; half as many are a warning.
LONGEST = {
    **{
        "nyse_close": 12,
        "vix_close": 12,
        "utc_day": 20,
        "utc_hour": 48,
        "h15": 60,
        "treasury": 60,
        "sofr": 250,
        "effr": 1500,
    },
    **{"rrp": 60, "h41": 4, "nfci": 12, "zq_settle": 250},
}
COPIED = {"bars": 5, "hours": 12, "rate": 20, "vintages": 20, "funding": 30}
LEAST_DISTINCT = {"bars": 4, "hours": 6, "rate": 10, "vintages": 10, "funding": 20}
STALE = "a feed that stood still is no price: download the rows again, or delete them"
AGAIN = "download the rows again, or delete them"


def repeats(table: pd.DataFrame, row: SeriesInfo) -> Iterator[Finding]:
    """Yield what stood still for too long, what was copied, and bars without volume among bars with some."""
    value = table["close" if row.has_prices else "value"].to_numpy()
    yield from stood_still(table["date"], value, row)
    yield from _copied(table, row)
    if row.has_prices and "volume" in table:
        yield from _without_volume(table, row)


def stood_still(
    dates: pd.Series[pd.Timestamp], value: np.ndarray[tuple[int], np.dtype[np.float64]], row: SeriesInfo
) -> Iterator[Finding]:
    """Yield one finding for the longest run of one value, where it is too long for the series."""
    longest = LONGEST.get(row.rule_name)
    if longest is None:
        return
    starts = np.flatnonzero(np.r_[True, value[1:] != value[:-1]])
    lengths = np.diff(np.r_[starts, len(value)])
    at = int(np.argmax(lengths))
    if 2 * lengths[at] > longest and value[starts[at]] not in (row.low, row.high):  # an index may stand at its end
        what = f"{value[starts[at]]:.6g} on {lengths[at]} rows in a row"
        level = "error" if lengths[at] >= longest else "warning"
        yield Finding(level, row.id, f"{dates.iloc[starts[at]]:%Y-%m-%d}", what, STALE)  # type: ignore[arg-type]


def _copied(table: pd.DataFrame, row: SeriesInfo) -> Iterator[Finding]:
    rows = COPIED.get(row.kind, 20)
    numbers = table[list(PRICES) if row.has_prices else ["value"]].to_numpy()
    if len(numbers) < 2 * rows:
        return
    once = pd.util.hash_array(np.ascontiguousarray(numbers[:, -1]), categorize=False)
    for column in numbers.T[:-1]:
        once = once * np.uint64(1_000_003) ^ pd.util.hash_array(np.ascontiguousarray(column), categorize=False)
    windows = np.lib.stride_tricks.sliding_window_view(once, rows)
    key = (windows * (np.uint64(2) * np.arange(1, rows + 1, dtype="uint64") ** 5 + np.uint64(1))).sum(axis=1)
    again = np.flatnonzero(pd.Series(key).duplicated().to_numpy())
    for at in again[: 10 * rows]:
        if len(np.unique(windows[at])) >= LEAST_DISTINCT.get(row.kind, 10):
            first = int(np.flatnonzero(key == key[at])[0])
            what = f"{rows} rows or more repeat those from {table['date'].iloc[first]:%Y-%m-%d} on, to the last digit"
            yield Finding("error", row.id, f"{table['date'].iloc[at]:%Y-%m-%d}", what, AGAIN)
            return


def _without_volume(table: pd.DataFrame, row: SeriesInfo) -> Iterator[Finding]:
    volume = table["volume"].to_numpy()
    empty = (volume == 0) & (np.cumsum(volume > 0) > 0)  # a vendor's first years may have none
    if not empty.any() or empty.mean() > 0.5:
        return
    starts = np.flatnonzero(np.diff(np.r_[0, empty.astype(int)]) == 1)
    ends = np.flatnonzero(np.diff(np.r_[empty.astype(int), 0]) == -1)
    lengths = ends - starts + 1
    at = int(np.argmax(lengths))
    if lengths[at] >= 5 and row.kind == "bars":
        what = f"{empty.sum()} rows without volume, {lengths[at]} of them in a row, where others have some"
        yield Finding(
            "warning", row.id, f"{table['date'].iloc[starts[at]]:%Y-%m-%d}", what, "look at them: was it traded?"
        )
