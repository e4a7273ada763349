"""Fetching hours into the store: what Yahoo no longer has is kept.

Yahoo gives hours of the last 730 days. The last `OVERLAP` stored hours are asked again with what is new; where they do
not come back as they are stored, all that Yahoo still has is fetched and stands in the place of what was stored of the
same days, below which the older stored hours stay.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from data.catalogue import SeriesInfo
from data.due import long_gap
from data.errors import BadAnswer
from data.fetched import Fetched
from data.sources import yahoo_hours
from data.table import validate
from data.vendor_overlap import first_difference

OVERLAP = 72
LEAST = 0.99  # of the stored hours of a span that an answer about it must have


def fetch_hours(
    row: SeriesInfo, stored: pd.DataFrame | None, now: pd.Timestamp, *, whole: bool, **asked: Any
) -> tuple[pd.DataFrame, pd.DataFrame, Fetched]:
    """Return the table to keep, what the vendor answered, and what happened. Raises as `yahoo_hours.fetch`."""
    if stored is None:
        answer = yahoo_hours.fetch(row, None, now, **asked)
        return answer, answer, Fetched(row.id, "new", added=len(answer))
    end = stored["date"].iloc[-1]
    answer = yahoo_hours.fetch(row, None if whole else stored["date"].iloc[-OVERLAP:].iloc[0], now, **asked)
    if answer["date"].iloc[0] > end:
        note = _lost(row, end, answer["date"].iloc[0])
        return _joined(stored, answer, row), answer, Fetched(row.id, "appended", added=len(answer), note=note)
    changed = first_difference(stored, answer)
    if changed is not None and not whole:
        answer = yahoo_hours.fetch(row, None, now, **asked)
        changed = first_difference(stored, answer)
    added = int((answer["date"] > end).sum())
    if changed is None:
        new = answer[answer["date"] > end]
        return _joined(stored, new, row), answer, Fetched(row.id, "appended" if added else "unchanged", added=added)
    _refuse_holes(stored, answer, row)
    result = Fetched(row.id, "revised", added=added, revised_since=changed)
    return _joined(stored[stored["date"] < answer["date"].iloc[0]], answer, row), answer, result


def _lost(row: SeriesInfo, end: pd.Timestamp, begin: pd.Timestamp) -> str:
    """Return what lies between stored hours and those that Yahoo still has; BadAnswer where that is too much."""
    what = f"Yahoo no longer has the hours from {end:%Y-%m-%d %H:%M} to {begin:%Y-%m-%d %H:%M}"
    if begin - end > pd.Timedelta(hours=long_gap(row)):
        again = "to begin again with what it has, delete the stored head (the store: `harbinger data list`)"
        raise BadAnswer(row.id, f"{what}; what is stored stays in use", again)
    return what


def _joined(stored: pd.DataFrame, new: pd.DataFrame, row: SeriesInfo) -> pd.DataFrame:
    return validate(pd.concat([stored, new], ignore_index=True), row, "Yahoo and the store")


def _refuse_holes(stored: pd.DataFrame, answer: pd.DataFrame, row: SeriesInfo) -> None:
    """Raise BadAnswer where an answer lacks much of what is stored of its own span, or ends before it."""
    first, end = answer["date"].iloc[0], stored["date"].iloc[-1]
    own = stored[stored["date"] >= first]
    if answer["date"].iloc[-1] < end or own["date"].isin(answer["date"]).mean() < LEAST:
        what = f"the answer from {first:%Y-%m-%d %H:%M} on lacks part of what is stored; it was not kept"
        raise BadAnswer(row.id, what, "fetch again later")
