"""What can be wrong with a table that has the right form: gaps, days without a session, jumps, units, age.

`check` looks at one series, `check_together` (alignment.py) at series beside each other. What neither can notice:
docs/timing.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

import numpy as np
import pandas as pd

from data.calendars.events import fomc_decisions
from data.calendars.publication import FIRST, LAST
from data.catalogue import SeriesInfo
from data.checks.adjustment import adjustments
from data.checks.alignment import check_together
from data.checks.bar_shape import bar_shapes
from data.checks.jumps import price_jumps
from data.checks.releases import contract_steps, releases_apart
from data.checks.repeats import repeats
from data.checks.steps import SINCE, negative_rates, rate_spikes, rate_steps
from data.due import due_dates, gaps, long_gap, longest_gap, off_calendar
from data.finding import Finding
from data.futures import contract_findings
from data.table import REQUIRED, first_fault
from data.vintages import is_todays, latest, refusal, vintage_findings

__all__ = ["Finding", "check", "check_together", "gaps"]

# Due observations that may be late before we speak; 3 elsewhere: a long weekend and a day.
STALE = {"weekly": 2, "weekly_friday": 2, "utc_hour": 72, "utc_8h": 9}
SPARSE_RULES = ("rrp",)  # operations were held now and then until 2013
VERIFIED = ("yes", "range only")
SINCE_EFFECTIVE = pd.Timestamp("2017-01-01")
PERCENT = "percent a year"
AGE = "the last observation is old"
AGAIN = "download the file again, or correct the rows"


def check(table: pd.DataFrame, row: SeriesInfo, now: pd.Timestamp, *, simulated: bool = False) -> list[Finding]:
    """Return what is suspicious in one series, at the instant `now` (UTC); empty when nothing is.

    As `findings_in`, and whether it is old, or today's vintage of a past that is revised. Simulated series never are.
    """
    broken = _broken(table, row)
    if broken:
        return [broken]
    newest = latest(table) if "vintage" in table else table
    aged = [] if simulated else _age(pd.DatetimeIndex(newest["date"]), row, now)
    return [*_one_vintage(table, row), *_findings_in(table, row, simulated), *aged]


def findings_in(
    table: pd.DataFrame, row: SeriesInfo, *, simulated: bool = False, validated: bool = False
) -> list[Finding]:
    """Return what is suspicious in the rows of one series, whenever they are looked at; empty when nothing is.

    `table` has the columns of `data.table`. A table without the right form (`first_fault`) or with dates outside the
    calendars gives one error and no more, for the rest could not be trusted. Numbers of a `simulated` source are not
    held to the FOMC's decisions, and their rates may be negative. A `validated` table has the right form.
    """
    broken = _broken(table, row, validated)
    return [broken] if broken else _findings_in(table, row, simulated)


def _broken(table: pd.DataFrame, row: SeriesInfo, validated: bool = False) -> Finding | None:
    if table.empty:
        return Finding("error", row.id, "", "no rows", AGAIN)
    fault = None if validated else first_fault(table, row)
    if fault:
        return Finding("error", row.id, _day(table, fault[0]), fault[1], AGAIN)
    first, last = table["date"].iloc[0], table["date"].max()
    if first < FIRST or last > LAST:
        span = f"{first:%Y-%m-%d}..{last:%Y-%m-%d} reaches outside the calendars"
        return Finding("error", row.id, "", span, f"cut it to {FIRST:%Y-%m-%d}..{LAST:%Y-%m-%d}")
    return None


def _findings_in(table: pd.DataFrame, row: SeriesInfo, simulated: bool) -> list[Finding]:
    if row.kind == "contracts":
        return [*contract_findings(table, row), *contract_steps(table, row)]
    if "vintage" in table:
        newest = latest(table)
        dates = pd.DatetimeIndex(newest["date"])
        found = [*vintage_findings(table, row), *_off_calendar(dates, row)]
        if any(finding.level == "error" for finding in found):
            return found  # in a wrong unit, or under wrong dates, every row would be named again
        return [*found, *releases_apart(table, row), *rate_steps(newest, row), *repeats(newest, row)]
    dates = pd.DatetimeIndex(table["date"])
    unit = list(_magnitude(table, row))
    parts: Iterable[Iterator[Finding]] = (
        _off_calendar(dates, row),
        _gaps(table, row),
        iter(unit),
        *([] if unit else [_levels(table, row), repeats(table, row)]),  # else every row would be named again
        _weekend_steps(table, row),
        *([] if simulated else [_decisions(table, row), negative_rates(table, row)]),
    )
    return [finding for part in parts for finding in part]


def _levels(table: pd.DataFrame, row: SeriesInfo) -> Iterator[Finding]:
    """Yield jumps, spikes and what no bar or rate looks like."""
    if row.has_prices:
        yield from price_jumps(table, row)
        yield from bar_shapes(table, row)
        yield from adjustments(table, row)
        return
    yield from rate_steps(table, row)
    yield from rate_spikes(table, row)


def _off_calendar(dates: pd.DatetimeIndex, row: SeriesInfo) -> Iterator[Finding]:
    off = off_calendar(dates, row)
    if not off.any():
        return
    first = dates[off][0]
    what = f"{off.sum()} of {len(dates)} rows on days without an observation ({first:%A}s and the like)"
    for days, word in ((-1, "late"), (1, "early")):
        if not off_calendar(dates + pd.Timedelta(days=days), row).any():
            what += f"; dated a day {word}: shifted by {days:+d} day every row falls on a due day"
    level: Literal["error", "warning"] = "error" if (off & (dates >= SINCE)).any() or row.has_prices else "warning"
    yield Finding(level, row.id, f"{first:%Y-%m-%d}", what, "date each row by the day it is about")


def _one_vintage(table: pd.DataFrame, row: SeriesInfo) -> Iterator[Finding]:
    if is_todays(table, row):
        what, _, remedy = refusal(row.id, "this source").removeprefix(f"{row.id} of ").partition("; ")
        yield Finding("warning", row.id, "", what, remedy)


def _gaps(table: pd.DataFrame, row: SeriesInfo) -> Iterator[Finding]:
    missing = gaps(table, row)
    if not len(missing):
        return
    start, length = longest_gap(table, row)
    what = f"due dates without an observation: {len(missing)}; longest gap {length}, from {start:%Y-%m-%d} on"
    long = length > long_gap(row) and row.rule_name not in SPARSE_RULES
    yield Finding("error" if long else "warning", row.id, f"{start:%Y-%m-%d}", what, "fetch or download them again")


def _magnitude(table: pd.DataFrame, row: SeriesInfo) -> Iterator[Finding]:
    numbers = table[[name for name in REQUIRED[row.kind] if name != "date"]].to_numpy()
    wild = ((numbers < row.low) | (numbers > row.high)).any(axis=1)
    if wild.any():
        what = f"{wild.sum()} rows outside {row.low:g}..{row.high:g}"
        yield Finding("error", row.id, _day(table, int(np.argmax(wild))), what, f"the unit must be {row.unit}")
    if row.unit == PERCENT and np.abs(numbers).max() < 0.5:
        hundredths = 100 * numbers
        if np.mean(np.abs(hundredths - np.round(hundredths)) > 1e-6) > 0.5:
            what = f"no value above {np.abs(numbers).max():g}, and most are finer than 0.01: these look like fractions"
            yield Finding("error", row.id, "", what, f"the unit must be {PERCENT}: 4.25, not 0.0425")


def _weekend_steps(table: pd.DataFrame, row: SeriesInfo) -> Iterator[Finding]:
    """A rate of every day carries Friday's value over the weekend: a step on a weekend is a shifted label."""
    if row.kind != "rate" or row.calendar != "daily":
        return
    steps = (table["value"].diff().fillna(0.0) != 0).to_numpy() & (table["date"].dt.day_of_week >= 5).to_numpy()
    if steps.any():
        what = f"changes on a Saturday or Sunday ({steps.sum()}), when the rate is Friday's: the dates are shifted"
        yield Finding("error", row.id, _day(table, int(np.argmax(steps))), what, "date each row by the day it is about")


def _decisions(table: pd.DataFrame, row: SeriesInfo) -> Iterator[Finding]:
    """Hold the target range to the table of decisions, as far as its rows are verified.

    FRED steps on the effective day; in 2015 and 2016 it did so on the day of the decision.
    """
    if row.rule_name != "target_range":
        return
    held = fomc_decisions()
    verified = held["verified"].isin(VERIFIED).cummin()
    known, open_from = held[verified], held.loc[~verified, "decision_date"].min()
    end = open_from if pd.notna(open_from) else known["effective_date"].iloc[-1] + pd.Timedelta(days=1)
    rows = table[(table["date"] >= known["effective_date"].iloc[0]) & (table["date"] < end)]
    ranges = known["upper" if row.id == "DFEDTARU" else "lower"].to_numpy()
    due, decided = (
        ranges[known[name].searchsorted(rows["date"], side="right") - 1] for name in ("effective_date", "decision_date")
    )
    value, early = rows["value"].to_numpy(), (rows["date"] < SINCE_EFFECTIVE).to_numpy()
    wrong = (value != due) & ~(early & (value == decided))
    if wrong.any():
        what = f"{wrong.sum()} days differ from the FOMC's decisions (fomc_decisions.csv): shifted or wrong"
        yield Finding("error", row.id, _day(rows, int(np.argmax(wrong))), what, "date each row by the day it is about")


def _age(dates: pd.DatetimeIndex, row: SeriesInfo, now: pd.Timestamp) -> Iterator[Finding]:
    today = min(now.tz_convert("UTC").tz_localize(None).normalize(), LAST)
    if dates[-1] >= today:
        return
    due = due_dates(row, dates[-1], today)[1:]
    late = due[row.rule.known_at(due) <= now]
    if len(late) >= STALE.get(row.calendar, 3):
        what = f"{AGE}; later ones due by now: {len(late)}"
        yield Finding("warning", row.id, f"{dates[-1]:%Y-%m-%d}", what, "fetch or download it again")


def _day(table: pd.DataFrame, at: int) -> str:
    return str(table["date"].iloc[at])[:10]
