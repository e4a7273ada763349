"""ALFRED's wide download: a row a date, a column a vintage (`NFCI_20240710`), "." or nothing where it has no value."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from data.catalogue import SeriesInfo
from data.errors import BadFile
from data.sources.folder.column import Column, Days, Floats

DATE_LABELS = ("date", "observation_date")
COLUMN = re.compile(r"(?P<id>\w+)_(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})", re.ASCII)
Places = np.ndarray[tuple[int], np.dtype[np.int64]]


def is_wide(labels: Sequence[str]) -> bool:
    """Whether a header names vintages."""
    return any(COLUMN.fullmatch(label.strip()) for label in labels[1:])


def from_wide(path: Path, columns: Sequence[Column], row: SeriesInfo) -> tuple[pd.DataFrame, Places] | None:
    """Return `date`, `value`, `vintage` of a wide file, in order of vintage, with the position of each row in the file.

    None where no column is a vintage of `row`. Other columns are left out. BadFile for a day that does not exist, a
    vintage that stands twice, a file without one date column, and values that are no numbers.
    """
    named = {column.label: COLUMN.fullmatch(column.label.strip()) for column in columns}
    own = [c for c in columns if (m := named[c.label]) and m["id"].upper() in (row.id.upper(), row.symbol.upper())]
    if not own:
        return None
    releases = np.array([_day(path, column.label) for column in own], dtype="datetime64[D]")
    order = np.argsort(releases, kind="stable")
    twice = np.flatnonzero(np.diff(releases[order]) == np.timedelta64(0))
    if len(twice):
        raise BadFile(path, "the header", f"the vintage {releases[order][twice[0]]} stands twice", "keep one of them")
    dates = [column for column in columns if column.label.strip().lower() in DATE_LABELS]
    if len(dates) != 1:
        raise BadFile(path, "the header", "not one column of dates", "name it observation_date, as ALFRED does")
    days = dates[0].days(utc=False)
    values = np.concatenate([own[at].floats(absent=True) for at in order])
    place = np.tile(np.arange(len(days)), len(own))[~np.isnan(values)]
    vintage = np.repeat(releases[order], len(days))[~np.isnan(values)]
    return in_columns(days[place], values[~np.isnan(values)], vintage), place


def days_of(column: Column) -> Days:
    """Return the days of a column in which each stands many times, read once each."""
    place, texts = pd.factorize(np.array(list(column.cells), dtype=object))
    try:
        return Column(column.path, column.label, list(texts), None).days(utc=False)[place]
    except BadFile:
        return column.days(utc=False)  # which tells the line


def in_columns(days: Days, values: Floats, vintage: Days) -> pd.DataFrame:
    """Return the columns of the raw table, in seconds as every file is read."""
    stamps = {"date": days.astype("datetime64[s]"), "value": values, "vintage": vintage.astype("datetime64[s]")}
    return pd.DataFrame(stamps)


def _day(path: Path, label: str) -> np.datetime64:
    found = COLUMN.fullmatch(label.strip())
    assert found
    try:
        return np.datetime64(f"{found['y']}-{found['m']}-{found['d']}", "D")
    except ValueError:
        remedy = "name each vintage ID_YYYYMMDD, as ALFRED does"
        raise BadFile(path, "the header", f"{label}: there is no such day", remedy) from None
