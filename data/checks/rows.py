"""Rows that no file and no answer of a vendor may have: one set of rules, wherever a table comes from.

Form (`data.table.first_fault`), the bounds of the unit, the clock, and for bars the calendar: days without a session,
and long gaps. The levels of the numbers are judged where they are used (`checks.in_use`).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from data.catalogue import SeriesInfo
from data.due import long_gap, longest_gap, off_calendar
from data.table import REQUIRED, first_fault

CORRECT = "correct or delete the line, or download the file again"

Fault = tuple[int, str, str]


def row_faults(table: pd.DataFrame, row: SeriesInfo, now: pd.Timestamp) -> Iterator[Fault]:
    """Yield (position, what, remedy) of the first fault of each sort at `now` (UTC); later sorts assume no earlier."""
    fault = first_fault(table, row)
    if fault:
        yield *fault, CORRECT
    dates = pd.DatetimeIndex(table["date"])
    numbers = table[[name for name in REQUIRED[row.kind] if name not in ("date", "contract")]].to_numpy()
    wild = ((numbers < row.low) | (numbers > row.high)).any(axis=1)
    if wild.any():
        at = int(np.argmax(wild))
        worst = next(number for number in numbers[at] if not row.low <= number <= row.high)
        yield at, f"{worst:g} is outside {row.low:g}..{row.high:g}", f"the unit must be {row.unit}"
    future = dates > now.tz_convert("UTC").tz_localize(None)
    if future.any():
        what = f"the date is in the future (it is {now:%Y-%m-%d} now)"
        yield int(np.argmax(future)), what, "correct the date or the clock"
    if "vintage" in table and (unborn := (table["vintage"] > now.tz_convert("UTC").tz_localize(None)).to_numpy()).any():
        what = f"the vintage is in the future (it is {now:%Y-%m-%d} now)"
        yield int(np.argmax(unborn)), what, "correct the vintage or the clock"
    if row.has_prices:
        yield from _calendar_faults(dates, row)


def _calendar_faults(dates: pd.DatetimeIndex, row: SeriesInfo) -> Iterator[Fault]:
    off = off_calendar(dates, row)
    if off.any():
        at = int(np.argmax(off))
        yield at, f"{dates[at]:%A} is not a NYSE session", "date each bar by its session, or delete the line"
    start, length = longest_gap(pd.DataFrame({"date": dates}), row)
    if length > long_gap(row):
        what = f"{length} due dates are missing before it, from {start:%Y-%m-%d} on"
        yield int(dates.searchsorted(start)), what, "download the whole span, or cut the file to one side"
