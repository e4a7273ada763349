"""FedWatch: for each meeting to come, the probability of each target range, as CME's public page shows it.

The front of the page is one date: the range in force, and the distributions that the settles of that date imply on the
calendar of meetings known then. What the page cannot say is in docs/fedwatch.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from data.calendars.events import fomc_decisions
from data.calendars.meetings import FIRST_MONTH, agenda, fomc_schedule, month_text, ordinal, spans
from data.catalogue import lookup
from data.errors import DataError, MissingSeries, OutsideCalendar
from data.fed_funds.rate_path import STEP_BP, Move, RatePath, cumulative, missing
from data.futures import Contracts, Rates, months_of, to_contracts
from data.series import Series
from data.sources.base import Source
from data.table import to_series, validate

ID = "ZQ"
RANGE = ("DFEDTARL", "DFEDTARU")
STALE_DAYS = 7

Range = tuple[int, int]


@dataclass(frozen=True)
class Meeting:
    """One meeting: {(low, high) in basis points: probability}, none below 1e-12, which sum to 1; or why there are none.

    `expected_change_bp` is the mean of the distribution minus the range in force: the change up to and with it.
    """

    date: pd.Timestamp
    probabilities: dict[Range, float]
    expected_change_bp: float | None
    missing: str | None


@dataclass(frozen=True)
class FedWatch:
    """The table of one date: settles of `date`, known at `known_at` (UTC), against the `range` in force by then."""

    date: pd.Timestamp
    known_at: pd.Timestamp
    range: Range
    meetings: tuple[Meeting, ...]
    source: str
    simulated: bool = False

    def shown_ranges(self, least: float = 0.0005) -> list[Range]:
        """The ranges from the lowest to the highest with a probability of `least`, the one in force among them."""
        kept = [low for m in self.meetings for (low, _), p in m.probabilities.items() if p >= least] + [self.range[0]]
        return [(low, low + STEP_BP) for low in range(min(kept), max(kept) + 1, STEP_BP)]

    def reasons(self) -> dict[str, list[str]]:
        """Return {why there are no probabilities: the meetings' dates}."""
        found: dict[str, list[str]] = {}
        for meeting in self.meetings:
            if meeting.missing is not None:
                found.setdefault(meeting.missing, []).append(f"{meeting.date:%Y-%m-%d}")
        return found

    def as_json(self) -> dict[str, Any]:
        """Return {date, range, meetings: [{date, probabilities, expected_change_bp, missing}]}."""
        meetings = [
            {
                "date": f"{meeting.date:%Y-%m-%d}",
                "probabilities": {f"{low}-{high}": p for (low, high), p in meeting.probabilities.items()},
                "expected_change_bp": meeting.expected_change_bp,
                "missing": meeting.missing,
            }
            for meeting in self.meetings
        ]
        return {"date": f"{self.date:%Y-%m-%d}", "range": list(self.range), "meetings": meetings}


def path_of(rates: Rates, rows: slice, day: pd.Timestamp) -> RatePath:
    """Return the path on the dates `rows` of the rates, which lie in the calendar of meetings known on `day`."""
    months = months_of(rates.days[rows])
    return RatePath(agenda(day), lambda month: rates.month(month, rows), lambda month: months > month)


def watch(
    contracts: Contracts, range_in_force: Range, day: pd.Timestamp, *, source: str = "", simulated: bool = False
) -> FedWatch:
    """Return the table of one date; `row_of` says what is raised where there is none."""
    rates = contracts.rates
    at = row_of(rates, day, contracts.source)
    path = path_of(rates, slice(at, at + 1), day)
    moves = path.moves()
    found = cumulative(moves, 0)
    meetings = tuple(
        _meeting(move.meeting, found[n], range_in_force) if n < len(found) else _unknown(moves, n, len(found), path)
        for n, move in enumerate(moves)
    )
    return FedWatch(day, rates.known_at[at], range_in_force, meetings, source or contracts.source, simulated)


def _meeting(date: pd.Timestamp, moves: dict[int, float], now: Range) -> Meeting:
    kept = {count: p for count, p in moves.items() if p >= 1e-12}
    total = sum(kept.values())
    odds = {(now[0] + STEP_BP * count, now[1] + STEP_BP * count): p / total for count, p in kept.items()}
    return Meeting(date, odds, STEP_BP * sum(count * p / total for count, p in kept.items()), None)


def _unknown(moves: list[Move], at: int, first: int, path: RatePath) -> Meeting:
    why = missing(moves[at], 0, path.rate_of) or f"the meeting of {moves[first].meeting:%Y-%m-%d} before it is missing"
    return Meeting(moves[at].meeting, {}, None, why)


def row_of(rates: Rates, day: pd.Timestamp, source: str) -> int:
    """Return the row of a date's settles.

    OutsideCalendar before the calendar of meetings, MissingSeries where the date has no settle: both name the span of
    the dates that have a table, and the nearest of them.
    """
    tables = rates.days[months_of(rates.days) >= FIRST_MONTH]
    if ordinal(day) < FIRST_MONTH:
        first = month_text(FIRST_MONTH)
        raise OutsideCalendar(
            f"{day:%Y-%m-%d} is before {first}, where the calendar of meetings begins; {_nearest(tables, day, source)}"
        )
    at = _position(rates.days, day)
    if at < 0:
        raise MissingSeries(f"no settle of {ID} on {day:%A %Y-%m-%d}; {_nearest(tables, day, source)}")
    return at


def _position(days: pd.DatetimeIndex, day: pd.Timestamp, method: Literal["nearest"] | None = None) -> int:
    """Return where a date of any year from 1 to 9999 stands among days; -1 where it does not."""
    return int(days.as_unit("s").get_indexer(pd.DatetimeIndex([day.as_unit("s")]), method=method)[0])


def _nearest(tables: pd.DatetimeIndex, day: pd.Timestamp, source: str) -> str:
    if tables.empty:
        return f"{source} has no settle of {ID} from {month_text(FIRST_MONTH)} on: fetch or give some"
    near = tables[_position(tables, day, "nearest")]
    span = f"{tables[0]:%Y-%m-%d} to {tables[-1]:%Y-%m-%d}"
    return f"{source} has settles from {span}: take the nearest, {near:%Y-%m-%d}"


def decided_range(day: pd.Timestamp) -> Range | None:
    """Return the range decided up to and with a date by the table of decisions; None before or after it is whole."""
    table = fomc_decisions()
    held = table[table["decision_date"] <= day]
    if held.empty or held["upper"].isna().any():
        return None
    scheduled = fomc_schedule()
    due = scheduled.loc[scheduled["withdrawn"].isna() & (scheduled["meeting"] <= day), "meeting"]
    if len(due) and due.iloc[-1] > table["decision_date"].iloc[-1]:
        return None
    return round(100 * held["lower"].iloc[-1]), round(100 * held["upper"].iloc[-1])


def range_on(day: pd.Timestamp, source: Source) -> Range:
    """Return the range in force at the settle of a date: by the table of decisions, else by the source's own series.

    A simulated source has a range of its own. DataError names what to fetch.
    """
    decided = None if source.simulated else decided_range(day)
    if decided is not None:
        return decided
    instant = lookup(ID).rule.known_at(pd.DatetimeIndex([day]))[0]
    low, high = (_last(to_series(_load(source, id), lookup(id), source.name), instant) for id in RANGE)
    return round(100 * low), round(100 * high)


def _last(series: Series, instant: pd.Timestamp) -> float:
    known = series.values[:instant]
    if known.empty or instant - known.index[-1] > pd.Timedelta(days=STALE_DAYS):
        last = f"its last by then is of {known.index[-1]:%Y-%m-%d}" if len(known) else "it has none by then"
        raise DataError(
            f"{series.source}: {series.id} has no value within {STALE_DAYS} days before {instant:%Y-%m-%d}: {last}; "
            f"run: harbinger data fetch {' '.join(RANGE)}, or give newer files"
        )
    return float(known.iloc[-1])


def _load(source: Source, id: str) -> pd.DataFrame:
    return validate(source.load(lookup(id)), lookup(id), source.name)


def load_contracts(source: Source) -> Contracts:
    """Return the fed funds futures of a source."""
    return to_contracts(_load(source, ID), lookup(ID), source.name)


def load(source: Source, day: pd.Timestamp | None = None) -> FedWatch:
    """Return the table of a date (default: the last that the source has) from a source's settles."""
    contracts = load_contracts(source)
    day = contracts.rates.days[-1] if day is None else day
    row_of(contracts.rates, day, source.name)  # before the range, which has bounds of its own
    return watch(contracts, range_on(day, source), day, source=source.name, simulated=source.simulated)


def next_moves(rates: Rates) -> list[tuple[slice, Move]]:
    """Return the move of the next meeting over each run of dates with one calendar."""
    paths = [(rows, path_of(rates, rows, rates.days[rows.start]).moves(most=1)) for rows, _ in spans(rates.days)]
    return [(rows, moves[0]) for rows, moves in paths if moves]
