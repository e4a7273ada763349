"""The dates on which an observation of a series is due, and what is missing or stands elsewhere."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.calendars.publication import federal_holidays, nyse_closes, sessions
from data.catalogue import SeriesInfo

LONG_HOURS = 240  # the same ten days, in hours
LONG_GAP = 10  # due dates in a row; NYSE's longest closure (2001-09-11) is not a gap, for those days were not due
WEEKDAY, SATURDAY = {"weekly": 2, "weekly_friday": 4}, 5
FIXED_HOLIDAYS = ("01-01", "06-19", "07-04", "11-11", "12-25")

Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]


def due_dates(row: SeriesInfo, first: pd.Timestamp, last: pd.Timestamp) -> pd.DatetimeIndex:
    """Return the naive dates due from `first` to `last`, both included.

    NYSE sessions; every hour, or eighth hour from `first`; every day; every seventh day from `first`; or federal
    business days on which the bond market kept no holiday of its own (Good Friday, September 2001), taken from the
    NYSE's closures.
    """
    if row.calendar == "nyse":
        return sessions(first, last)
    if row.calendar == "federal":
        days = sessions(first, last)
        return days[np.is_busday(days.to_numpy().astype("datetime64[D]"), holidays=federal_holidays())]
    if row.is_hourly:
        return pd.date_range(first, last, freq="h" if row.calendar == "utc_hour" else "8h", unit="ns")
    return pd.date_range(first, last, freq="7D" if row.calendar in WEEKDAY else "D", unit="ns")


def long_gap(row: SeriesInfo) -> int:
    """Return how many due dates may be missing in a row before a series is not to be trusted."""
    return {"utc_hour": LONG_HOURS, "utc_8h": LONG_HOURS // 8}.get(row.calendar, LONG_GAP)


def gaps(table: pd.DataFrame, row: SeriesInfo) -> pd.DatetimeIndex:
    """Return the due dates between first and last observation that have none; OutsideCalendar beyond the bounds."""
    dates = pd.DatetimeIndex(table["date"])
    return due_dates(row, dates[0], dates[-1]).difference(dates)


def longest_gap(table: pd.DataFrame, row: SeriesInfo) -> tuple[pd.Timestamp, int]:
    """Return the longest run of due dates without an observation: its first date and length (0: none is missing)."""
    dates = pd.DatetimeIndex(table["date"])
    due = due_dates(row, dates[0], dates[-1])
    seen = np.flatnonzero(due.isin(dates))
    if not len(seen):
        return dates[0], len(due)
    edges = np.concatenate([[-1], seen, [len(due)]])
    lengths = np.diff(edges) - 1
    at = int(np.argmax(lengths))
    return due[edges[at] + 1] if lengths[at] else dates[0], int(lengths[at])


def off_calendar(dates: pd.DatetimeIndex, row: SeriesInfo) -> Mask:
    """Return where a date is none on which the series can have an observation (all False for series of every day).

    A federal holiday that is observed on Friday because it falls on Saturday is no fault: markets and Reserve Banks
    are often open then.
    """
    if row.calendar == "nyse":
        return ~dates.isin(nyse_closes().index)
    if row.calendar == "federal":
        closed = federal_holidays()
        return ~np.is_busday(dates.to_numpy().astype("datetime64[D]"), holidays=closed[~_observed_early(closed)])
    if row.calendar in WEEKDAY:
        return np.asarray(dates.day_of_week != WEEKDAY[row.calendar])
    return np.zeros(len(dates), dtype=bool)


def _observed_early(holidays: np.ndarray[tuple[int], np.dtype[np.datetime64]]) -> Mask:
    eves = pd.DatetimeIndex(holidays + 1)
    return np.asarray((eves.day_of_week == SATURDAY) & eves.strftime("%m-%d").isin(FIXED_HOLIDAYS))
