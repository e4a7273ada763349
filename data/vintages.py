"""Vintages: a series whose whole past is estimated again at each release (the Chicago Fed's NFCI).

The raw table has the columns `date`, `value` and `vintage`, in order of vintage and date: each vintage is a whole
history as it was released, and is known a minute after 08:30 New York of its own date. A table of `date` and `value`
alone is one vintage, today's, under the dates of its observations: as a historical signal it is look-ahead
(`data.market` refuses it unless the user allows it, and then every report says so).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd

from data.calendars.publication import released
from data.catalogue import SeriesInfo, lookup
from data.finding import Finding
from data.series import Series

FIELDS = ("observed", "vintage", "known_at", "value")
EARLY_SHARE = 0.05  # of the vintages: more are a shift, fewer may be releases that came early

Days = np.ndarray[tuple[int], np.dtype[np.datetime64]]
Floats = np.ndarray[tuple[int], np.dtype[np.float64]]
Places = np.ndarray[tuple[int], np.dtype[np.int64]]


def is_todays(table: pd.DataFrame, row: SeriesInfo) -> bool:
    """Whether a raw table is one vintage of a series that is revised whole, without its date."""
    return row.kind == "vintages" and "vintage" not in table


def refusal(id: str, source: str) -> str:
    """Return why today's vintage is no historical signal, and what to do."""
    return (
        f"{id} of {source} is today's vintage, re-estimated every week: as a historical signal it is look-ahead; give "
        f"a file of vintages (date,vintage,value, or ALFRED's columns {id}_YYYYMMDD), or set "
        "-s market.allow_revised=true and every report will say so"
    )


def warning(id: str) -> str:
    """Return what every report says where the user has allowed it."""
    return (
        f"{id} is today's vintage, re-estimated every week: look-ahead, allowed by market.allow_revised = true; "
        "no number here could have been earned"
    )


def refused(tables: Mapping[str, pd.DataFrame], source: str) -> dict[str, str]:
    """Return {id: why} of the tables that no market may take without the user's word."""
    return {id: refusal(id, source) for id, table in tables.items() if is_todays(table, lookup(id))}


def first_fault(table: pd.DataFrame) -> tuple[int, str] | None:
    """Return (position, what is wrong) of the first row that no table of vintages may have, or None."""
    dates, vintages = table["date"].to_numpy(), table["vintage"].to_numpy()
    missing = np.isnat(dates) | np.isnat(vintages)
    if missing.any():
        return int(np.argmax(missing)), "the date or the vintage is missing"
    same, step = np.r_[False, vintages[1:] == vintages[:-1]], np.r_[np.timedelta64(1, "D"), np.diff(dates)]
    faults: list[tuple[Any, str]] = [
        (np.r_[False, vintages[1:] < vintages[:-1]], "the vintages are not in order"),
        (same & (step == np.timedelta64(0)), "the date stands twice in its vintage"),
        (same & (step < np.timedelta64(0)), "the dates of the vintage are not in order"),
        (~np.isfinite(table["value"].to_numpy()), "a number is missing or infinite"),
        (vintages <= dates, "the vintage is not after the date that it tells of"),
    ]
    hits = [(int(np.argmax(mask)), what) for mask, what in faults if mask.any()]
    return min(hits, default=None, key=lambda hit: hit[0])


@dataclass(frozen=True, eq=False)
class Vintages(Series):
    """Whole histories as they were released.

    `frame` has the columns `observed`, `vintage` (date of the release), `known_at` and `value`, in order of `vintage`
    and `observed`. At an instant only the newest vintage counts, with all of its own past.
    """

    def __post_init__(self) -> None:
        if tuple(self.frame.columns) != FIELDS:
            raise ValueError(f"{self.id}: columns {list(self.frame.columns)} are not {list(FIELDS)}")
        if self.frame["value"].isna().any():
            raise ValueError(f"{self.id}: a value is NaN; leave the row out")

    @cached_property
    def values(self) -> pd.Series[float]:
        """Newest observation of each vintage, on its `known_at`."""
        return _on_known_at(self, self._newest, self.frame["value"].to_numpy()[self._newest])

    def change(self, weeks: int) -> pd.Series[float]:
        """Return the newest observation less the one `weeks` before it, both of one vintage, on its `known_at`.

        NaN where the vintage has no observation of that very date.
        """
        days = self.frame["observed"].to_numpy().astype("datetime64[D]")
        release = pd.factorize(self.frame["vintage"].to_numpy(), sort=True)[0]
        change = _change(release, days, self.frame["value"].to_numpy(), self._newest, weeks)
        return _on_known_at(self, self._newest, change)

    def until(self, instant: pd.Timestamp) -> Vintages:
        """Return the vintages that were known at `instant`, each whole."""
        return Vintages(self.id, self.frame[self.frame["known_at"] <= instant], self.unit, self.source)

    @cached_property
    def _newest(self) -> Places:
        """Position of the last row of each vintage."""
        release = self.frame["vintage"].to_numpy()
        return np.flatnonzero(np.r_[release[1:] != release[:-1], [True] * bool(len(release))]).astype(np.int64)


@dataclass(frozen=True, eq=False)
class TodaysVintage(Series):
    """One vintage, each observation known when its first estimate was: LOOK-AHEAD, for the estimate is a later one."""

    def change(self, weeks: int) -> pd.Series[float]:
        """Return each observation less the one `weeks` before it, on `known_at`; NaN where there is none."""
        rows = self.frame.sort_values("observed").drop_duplicates("known_at", keep="last").reset_index(drop=True)
        days, every = rows["observed"].to_numpy().astype("datetime64[D]"), np.arange(len(rows))
        change = _change(np.zeros(len(rows), dtype=np.int64), days, rows["value"].to_numpy(), every, weeks)
        return pd.Series(change, index=pd.DatetimeIndex(rows["known_at"], name="known_at"), name=self.id)

    def until(self, instant: pd.Timestamp) -> TodaysVintage:
        """Return the rows with known_at <= instant."""
        return TodaysVintage(self.id, self.frame[self.frame["known_at"] <= instant], self.unit, self.source)


def _on_known_at(series: Series, rows: Places, values: Floats) -> pd.Series[float]:
    known_at = pd.DatetimeIndex(series.frame["known_at"].iloc[rows], name="known_at")
    return pd.Series(values, index=known_at, name=series.id)


def _change(release: Places, days: Days, values: Floats, rows: Places, weeks: int) -> Floats:
    """Return at `rows` the value less that of the same release `weeks` before; `release`, `days` rise together."""
    if not len(rows):
        return np.empty(0)
    ordinal = days.astype(np.int64) - int(days.astype(np.int64).min()) + 7 * weeks
    key = release * (int(ordinal.max()) + 1) + ordinal
    wanted = key[rows] - 7 * weeks
    at = np.searchsorted(key, wanted)
    return np.where(key[at] == wanted, values[rows] - values[at], np.nan)


def to_vintages(table: pd.DataFrame, row: SeriesInfo, source: str) -> Vintages | TodaysVintage:
    """Return the series of a raw table with the instants at which its rows could be known."""
    if is_todays(table, row):
        known_at = row.rule.known_at(pd.DatetimeIndex(table["date"]))
        frame = pd.DataFrame({"observed": table["date"], "known_at": known_at, "value": table["value"].to_numpy()})
        return TodaysVintage(row.id, frame, row.unit, source)
    place, releases = pd.factorize(table["vintage"])
    known_at = released(pd.DatetimeIndex(releases))
    columns = {"observed": table["date"], "vintage": table["vintage"], "known_at": known_at[place]}
    return Vintages(row.id, pd.DataFrame({**columns, "value": table["value"].to_numpy()}), row.unit, source)


def vintage_findings(table: pd.DataFrame, row: SeriesInfo) -> Iterator[Finding]:
    """Yield what is suspicious in a table of vintages of the right form."""
    wild = ((table["value"] < row.low) | (table["value"] > row.high)).to_numpy()
    if wild.any():
        what = f"{wild.sum()} rows outside {row.low:g}..{row.high:g}"
        yield Finding("error", row.id, _release(table, wild), what, f"the unit must be {row.unit}")
    last = table.groupby("vintage")["date"].last()
    early = row.rule.known_at(pd.DatetimeIndex(last)) > released(pd.DatetimeIndex(last.index))
    if early.any():
        what = f"{early.sum()} of {len(last)} vintages are dated before their newest observation is due"
        level: Literal["warning", "error"] = "error" if early.mean() > EARLY_SHARE else "warning"
        where = f"{last.index[early][0]:%Y-%m-%d}"
        yield Finding(level, row.id, where, what, f"date each vintage by its release: {row.rule.text}")
    yield from _holes(table, row)
    if len(last) > 1 and not _is_ever_revised(table):
        what = "no observation differs between two vintages: one vintage under many dates, or only first estimates"
        yield Finding("warning", row.id, "", what, "give every vintage whole, as it was released")


def _holes(table: pd.DataFrame, row: SeriesInfo) -> Iterator[Finding]:
    step = np.r_[np.timedelta64(7, "D"), np.diff(table["date"].to_numpy())]
    same = np.r_[False, table["vintage"].to_numpy()[1:] == table["vintage"].to_numpy()[:-1]]
    holes = same & (step > np.timedelta64(7, "D"))
    if holes.any():
        broken = table["vintage"][holes].nunique()
        what = f"{broken} of {table['vintage'].nunique()} vintages lack weeks inside their span"
        remedy = "download all observations of every vintage, not only those that are new or revised"
        yield Finding("warning", row.id, _release(table, holes), what, remedy)


def _is_ever_revised(table: pd.DataFrame) -> bool:
    values = table.groupby("date")["value"]
    return bool((values.max() > values.min()).any())


def _release(table: pd.DataFrame, rows: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> str:
    return f"{table['vintage'].iloc[int(np.argmax(rows))]:%Y-%m-%d}"


def latest(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the newest vintage."""
    newest: pd.DataFrame = table[table["vintage"] == table["vintage"].iloc[-1]]
    return newest
