"""Which FOMC meetings were on the calendar on a date, and which months were known to have none.

The schedule (`fomc_schedule.csv`) says when each meeting's date was published and which one was withdrawn; a decision
outside the schedule exists from its own date on. The table begins with 2015; of a month before it, or after the
schedule published by then, nothing is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise

import numpy as np
import pandas as pd

from data.calendars.events import fomc_decisions

FIRST_MONTH = 2015 * 12


def ordinal(day: pd.Timestamp) -> int:
    """Return the month of a date as a number: 12 * year + month - 1."""
    return 12 * day.year + day.month - 1


def month_text(month: int) -> str:
    """Return a month's number as YYYY-MM."""
    return f"{month // 12}-{month % 12 + 1:02d}"


def days_in(month: int) -> int:
    """Return the number of days of a month."""
    return int(pd.Timestamp(year=month // 12, month=month % 12 + 1, day=1).days_in_month)


@cache
def fomc_schedule() -> pd.DataFrame:
    """Return the scheduled meetings: meeting (day of the decision), published, withdrawn (NaT), verified, source.

    `published` is the date of the announcement where `verified` is "yes" (the Federal Reserve's own text) or
    "secondary" (reprints and press), else a bound: it was out by then.
    """
    with files("data").joinpath("calendars/fomc_schedule.csv").open("rb") as file:
        return pd.read_csv(file, parse_dates=["meeting", "published", "withdrawn"])


@cache
def moves_outside_the_schedule() -> pd.DataFrame:
    """Return the decisions outside the schedule that moved the range: decision_date and change_bp."""
    table = fomc_decisions()
    moved = table[(table["type"] == "unscheduled") & (table["change_bp"].fillna(0) != 0)]
    return moved[["decision_date", "change_bp"]].reset_index(drop=True)


@dataclass(frozen=True)
class Agenda:
    """The calendar as known at the settle of a date, decisions of that very date counted as held.

    `upcoming`: the days of the meetings to come, in order. `taken`: months (`ordinal`) with a meeting to come or held,
    or with a move outside the schedule. `last`: the last month that the published schedule covers. `moved`: the moves
    outside the schedule by their month, as (day of the month, percentage points).
    """

    upcoming: tuple[pd.Timestamp, ...]
    taken: frozenset[int]
    last: int
    moved: tuple[tuple[int, int, float], ...] = ()

    def is_free(self, month: int) -> bool:
        """Whether the month is known to have no meeting."""
        return FIRST_MONTH <= month <= self.last and month not in self.taken

    def is_known(self, month: int) -> bool:
        """Whether anything is known of the month."""
        return FIRST_MONTH <= month <= self.last


@lru_cache(maxsize=4096)
def agenda(day: pd.Timestamp) -> Agenda:
    """Return the calendar as known at 15:00 New York of a naive date.

    A meeting's decision (14:00) is held by then. A move outside the schedule counts from its date on: the only one
    since 2015 on a day with a settle, of 2020-03-03, was announced at 10:00.
    """
    table = fomc_schedule()
    stands = table["withdrawn"].isna() | (table["withdrawn"] > day)
    known = table.loc[(table["published"] <= day) & stands, "meeting"]
    moves = moves_outside_the_schedule()
    held = moves[moves["decision_date"] <= day]
    moved = tuple((ordinal(at), at.day, change / 100) for at, change in held.itertuples(index=False))
    return Agenda(
        upcoming=tuple(known[known > day]),
        taken=frozenset(map(ordinal, known)) | {month for month, _, _ in moved},
        last=ordinal(known.iloc[-1]) if len(known) else FIRST_MONTH - 1,
        moved=moved,
    )


@cache
def _turns() -> pd.DatetimeIndex:
    table, moves = fomc_schedule(), moves_outside_the_schedule()
    dates = pd.concat([table["meeting"], table["published"], table["withdrawn"], moves["decision_date"]]).dropna()
    return pd.DatetimeIndex(np.unique(dates.to_numpy()))


def spans(days: pd.DatetimeIndex) -> list[tuple[slice, Agenda]]:
    """Return the runs of rising `days` over which one calendar holds, each with that calendar."""
    turn = _turns().searchsorted(days, side="right")
    edges = [0, *(np.flatnonzero(turn[1:] != turn[:-1]) + 1).tolist(), len(days)]
    return [(slice(a, b), agenda(days[a])) for a, b in pairwise(edges) if a < b]
