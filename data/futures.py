"""Fed funds futures: one settle a date and contract, and the month-average rates that they imply.

The raw table has the columns `date`, `contract` (first day of its month) and `settle`, in order of date and contract;
all three are numbers or dates, so that it is stored and fingerprinted as any other table.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd

from data.catalogue import SeriesInfo
from data.finding import Finding
from data.series import Series

FIELDS = ("observed", "contract", "known_at", "value")
FINAL_DAYS = 7  # a settle of the month's last week, or of the week after it, is taken for the final one
MOST_AHEAD = 121  # months; CME lists 60

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def months_of(days: pd.Series[pd.Timestamp] | pd.DatetimeIndex) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the months of dates as numbers: 12 * year + month - 1."""
    return pd.DatetimeIndex(days).to_numpy().astype("datetime64[M]").astype("int64") + 12 * 1970


def first_fault(table: pd.DataFrame) -> tuple[int, str] | None:
    """Return (position, what is wrong) of the first row that no table of contracts may have, or None."""
    dates, contracts = table["date"], table["contract"]
    if dates.isna().any() or contracts.isna().any():
        return int(np.argmax(dates.isna() | contracts.isna())), "the date or the contract is missing"
    ahead = months_of(contracts) - months_of(dates)
    late = (dates - (contracts + pd.offsets.MonthEnd(1))).dt.days.to_numpy() > FINAL_DAYS
    same = (dates == dates.shift()).to_numpy()
    faults: list[tuple[Any, str]] = [
        ((dates < dates.shift()).to_numpy(), "the dates are not in order"),
        (same & (contracts == contracts.shift()).to_numpy(), "the contract stands twice on the date"),
        (same & (contracts < contracts.shift()).to_numpy(), "the contracts of the date are not in order"),
        (~np.isfinite(table["settle"].to_numpy()), "the settle is missing or infinite"),
        ((contracts.dt.day != 1).to_numpy(), "the contract is not the first day of a month"),
        (late, "the contract had expired"),
        (ahead > MOST_AHEAD, f"the contract is more than {MOST_AHEAD} months ahead"),
    ]
    hits = [(int(np.argmax(mask)), what) for mask, what in faults if mask.any()]
    return min(hits, default=None, key=lambda hit: hit[0])


@dataclass(frozen=True, eq=False)
class Contracts(Series):
    """Settles of monthly contracts as they could be known.

    `frame` has the columns `observed`, `contract` (first day of its month), `known_at` and `value` (the settle, never
    NaN: a contract without one is an absent row), in order of `observed` and `contract`.
    """

    def __post_init__(self) -> None:
        if tuple(self.frame.columns) != FIELDS:
            raise ValueError(f"{self.id}: columns {list(self.frame.columns)} are not {list(FIELDS)}")
        if self.frame["value"].isna().any():
            raise ValueError(f"{self.id}: a settle is NaN; leave the row out")

    @cached_property
    def values(self) -> pd.Series[float]:
        """Settle of the nearest contract that has not expired, on `known_at`: about 100 minus the effective rate."""
        live = self.frame[months_of(self.frame["contract"]) >= months_of(self.frame["observed"])]
        front = live.drop_duplicates("observed")
        return pd.Series(
            front["value"].to_numpy(), index=pd.DatetimeIndex(front["known_at"], name="known_at"), name=self.id
        )

    @cached_property
    def rates(self) -> Rates:
        """The month-average rates that the settles imply."""
        return Rates.of(self.frame)

    def until(self, instant: pd.Timestamp) -> Contracts:
        """Return the contracts as they were known at `instant` (rows with known_at <= instant)."""
        return Contracts(self.id, self.frame[self.frame["known_at"] <= instant], self.unit, self.source)


@dataclass(frozen=True, eq=False)
class Rates:
    """Implied average rate of each month (100 - settle, percent), a row a date and a column a month.

    `days` are the dates of the settles, `known_at` their instants, `first` the month of the first column; `table` is
    NaN where a contract has no settle. A month that has ended keeps its final settle.
    """

    days: pd.DatetimeIndex
    known_at: pd.DatetimeIndex
    first: int
    table: Floats

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Rates:
        """Return the rates of a frame of `Contracts`."""
        if frame.empty:
            return cls(pd.DatetimeIndex([]), pd.DatetimeIndex([], tz="UTC"), 0, np.empty((0, 0)))
        day, at = np.unique(frame["observed"].to_numpy(), return_index=True)
        row = np.searchsorted(day, frame["observed"].to_numpy())
        month = months_of(frame["contract"])
        first = int(month.min())
        table = np.full((len(day), int(month.max()) - first + 1), np.nan)
        table[row, month - first] = 100 - frame["value"].to_numpy()
        days = pd.DatetimeIndex(day)
        _keep_final(table, days, first)
        return cls(days, pd.DatetimeIndex(frame["known_at"].iloc[at]), first, table)

    def month(self, month: int, rows: slice = slice(None)) -> Floats:
        """Return the rates of one month on the dates `rows`; NaN where there is no such column."""
        column = month - self.first
        if 0 <= column < self.table.shape[1]:
            return self.table[rows, column]
        return np.full(len(self.days[rows]), np.nan)

    def ahead(self, months: int) -> Floats:
        """Return on each date the rate of the month `months` after the date's own; NaN where there is none."""
        column = months_of(self.days) + months - self.first
        inside = (column >= 0) & (column < self.table.shape[1])
        found = np.full(len(self.days), np.nan)
        found[inside] = self.table[np.flatnonzero(inside), column[inside]]
        return found


def _keep_final(table: Floats, days: pd.DatetimeIndex, first: int) -> None:
    """Fill each month's column after the month's end with its last settle, where that is of the final days."""
    ends = (np.arange(table.shape[1]) + first + 1 - 12 * 1970).astype("datetime64[M]").astype("datetime64[D]")
    stamps = days.to_numpy().astype("datetime64[D]")
    for column, end in enumerate(ends):
        after, week_before = (int(np.searchsorted(stamps, edge)) for edge in (end, end - FINAL_DAYS))
        seen = week_before + np.flatnonzero(~np.isnan(table[week_before:, column]))
        for start, stop in zip(seen, np.r_[seen[1:], len(stamps)][: len(seen)], strict=True):
            table[max(after, start) : stop, column] = table[start, column]


def contract_findings(table: pd.DataFrame, row: SeriesInfo) -> Iterator[Finding]:
    """Yield what is suspicious in a table of the right form: the unit, weekends, dates without the next months."""
    wild = (table["settle"] < row.low) | (table["settle"] > row.high)
    if wild.any():
        what = f"{wild.sum()} settles outside {row.low:g}..{row.high:g}"
        yield Finding("error", row.id, f"{table['date'][wild].iloc[0]:%Y-%m-%d}", what, f"the unit must be {row.unit}")
    weekend = table["date"][(table["date"].dt.day_of_week >= 5).to_numpy()].drop_duplicates()
    if len(weekend):
        what = f"dates on weekends, on which nothing settles: {len(weekend)}"
        many = len(weekend) > max(4, 0.01 * table["date"].nunique())  # a shift by a day, not a stray date
        level: Literal["warning", "error"] = "error" if many else "warning"
        yield Finding(level, row.id, f"{weekend.iloc[0]:%Y-%m-%d}", what, "date each settle by its session")
    rates = Rates.of(to_contracts(table, row, "").frame)
    holes = np.isnan(rates.ahead(0)) | np.isnan(rates.ahead(1))
    if holes.any():
        span = f"{rates.days[holes][0]:%Y-%m-%d} to {rates.days[holes][-1]:%Y-%m-%d}"
        what = f"{holes.sum()} of {len(holes)} dates lack the contract of their month or of the next, {span}"
        yield Finding("warning", row.id, "", what, "what is computed from them is NaN there")


def to_contracts(table: pd.DataFrame, row: SeriesInfo, source: str) -> Contracts:
    """Return the contracts of a raw table with the instants at which they could be known."""
    known_at = row.rule.known_at(pd.DatetimeIndex(table["date"]))
    columns = {"observed": table["date"], "contract": table["contract"], "known_at": known_at}
    return Contracts(row.id, pd.DataFrame({**columns, "value": table["settle"].to_numpy()}), row.unit, source)
