"""When each series was published: a second, independent statement beside `data.calendars.publication`.

The check for look-ahead cuts the raw tables by these instants, so that a mistake in the product's own rules shows as a
value that changes. Nothing here is read from `data.calendars`: the New York clock is zoneinfo's, federal holidays are
counted out from the law, sessions and half days are asked of exchange_calendars again. Where the two statements differ
on purpose, ours is the earlier (tests/backtests/checks/test_publication.py names every such difference).
"""

from __future__ import annotations

import csv
import warnings
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, partial
from importlib.resources import files
from zoneinfo import ZoneInfo

import pandas as pd

from data.catalogue import lookup
from data.errors import DataError

NEW_YORK = ZoneInfo("America/New_York")
FIRST, LAST = date(1985, 1, 1), date(2035, 12, 31)
DAY, READ = timedelta(days=1), timedelta(minutes=1)
AT_ONCE = frozenset({"utc_day"})
"""Statements of bars: the decision is their close. Everything else is read a minute after it is printed."""
REVISED = frozenset({"NFCI", "ANFCI", "M2SL", "CPIAUCSL", "CPILFESL", "PAYEMS", "UNRATE", "GDPC1"})
"""Series whose past is estimated again: a file of today's values holds nothing that was published at its own dates."""
UNSCHEDULED = {date(2020, 3, 3): time(10), date(2020, 3, 15): time(17), date(2020, 3, 23): time(8)}
"""Announcements between meetings, by the Federal Reserve's press releases."""

Statement = Callable[[date], datetime | None]


def published(table: pd.DataFrame, id: str) -> pd.DatetimeIndex:
    """Return the UTC instant at which each row of a raw table was published, in its order.

    An hour is published when it is over, a funding rate when it falls due, a row with a `vintage` a minute after 08:30
    New York of that date. NaT (never) for a row of a revised series without vintages, and for a session that never was.
    DataError for a series of which no rule is stated here.
    """
    if lookup(id).kind == "funding":
        return pd.DatetimeIndex(table["date"], tz="UTC").as_unit("ns")
    if lookup(id).kind == "hours":
        return pd.DatetimeIndex(table["date"], tz="UTC").as_unit("ns") + pd.Timedelta(hours=1)
    if "vintage" in table:
        place, releases = pd.factorize(table["vintage"])  # thousands of rows are of one release
        return _instants(releases, partial(_printed, _morning))[place]
    if id in REVISED:
        return pd.DatetimeIndex([pd.NaT] * len(table), tz="UTC").as_unit("ns")
    return _instants(table["date"], statement(id))


def _instants(days: Iterable[pd.Timestamp], rule: Statement) -> pd.DatetimeIndex:
    instants = [pd.Timestamp(at) if (at := rule(day.date())) else pd.NaT for day in days]
    return pd.DatetimeIndex(instants, tz="UTC").as_unit("ns")


def cut_instants(bar: str, first: pd.Timestamp, last: pd.Timestamp) -> pd.DatetimeIndex:
    """Return the UTC instants from `first` to `last` at which `market.bar` cuts bars from hours, stated again."""
    after_close = bar.startswith("NYSE close +")
    hours = int(bar.removeprefix("NYSE close +").removesuffix("h") if after_close else bar[:2])
    found, day = [], first.date() - 2 * DAY
    while day <= last.date():
        close = (nyse_closes().get(day) or clock(day, 16)) if after_close else datetime.combine(day, time(0), UTC)
        found.append(pd.Timestamp(close + timedelta(hours=hours)))
        day += DAY
    instants = pd.DatetimeIndex(found).as_unit("ns")
    return instants[(instants >= first) & (instants <= last)]


def statement(id: str) -> Statement:
    """Return the rule of publication of a series: by its id, else by the name that the catalogue gives its rule."""
    row = lookup(id)
    name = next((name for name, ids in SERIES.items() if row.id in ids), row.rule_name)
    if name not in STATEMENTS:
        raise DataError(
            f"{row.id}: backtests/checks/publication.py does not say when it is published; add a statement there"
        )
    return STATEMENTS[name] if name in AT_ONCE else partial(_printed, STATEMENTS[name])


def _printed(rule: Statement, day: date) -> datetime | None:
    """Return the instant from which a number can have been read: the second at which it is made is too early."""
    made = rule(day)
    return made + READ if made else None


@cache
def clock(day: date, hour: int, minute: int = 0) -> datetime:
    """Return the UTC instant of a time of the New York clock on a day."""
    return datetime.combine(day, time(hour, minute), NEW_YORK).astimezone(UTC)


@cache
def federal_holidays(year: int) -> frozenset[date]:
    """Return the days of a year on which the Federal Reserve is closed: 5 U.S.C. 6103; a Sunday's moves to Monday.

    One that falls on a Saturday does not close the Friday before ("Federal Reserve Banks and Branches will be open").
    """
    fixed = [date(year, 1, 1), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25)]
    if year >= 2021:
        fixed.append(date(year, 6, 19))
    monday, thursday = 0, 3
    floating = [
        _nth(year, 2, monday, 3),
        _nth(year, 9, monday, 1),
        _nth(year, 10, monday, 2),
        _nth(year, 11, thursday, 4),
    ]
    if year >= 1986:
        floating.append(_nth(year, 1, monday, 3))
    memorial = max(date(year, 5, d) for d in range(25, 32) if date(year, 5, d).weekday() == monday)
    return frozenset({*(day + DAY if day.weekday() == 6 else day for day in fixed), *floating, memorial})


def business_day_from(day: date) -> date:
    """Return `day` if the Federal Reserve is open on it, else the next day on which it is."""
    while day.weekday() >= 5 or day in federal_holidays(day.year):
        day += DAY
    return day


@cache
def nyse_closes() -> Mapping[date, datetime]:
    """Return the UTC close of every NYSE session, half days too."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # exchange_calendars 4.13 on pandas 3.1
        import exchange_calendars  # noqa: PLC0415  # heavy: loaded when it is needed

        closes = exchange_calendars.get_calendar("XNYS", start=f"{FIRST}", end=f"{LAST}").closes
    return {day.date(): close.to_pydatetime() for day, close in closes.items()}


@cache
def fomc_announcements() -> Mapping[date, datetime]:
    """Return the instant of the announcement by the day on which the decided range takes effect."""
    found: dict[date, datetime] = {}
    with files("data").joinpath("calendars/fomc_decisions.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["upper"]:
                decided, effective = (date.fromisoformat(row[f"{n}_date"]) for n in ("decision", "effective"))
                at = UNSCHEDULED.get(decided, time(14))
                found.setdefault(effective, clock(decided, at.hour, at.minute))
    return found


def _nth(year: int, month: int, weekday: int, n: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))


def _utc_day(day: date) -> datetime:
    return datetime.combine(day + DAY, time(0), UTC)


def _session(day: date) -> datetime | None:
    return nyse_closes().get(day)


def _vix(day: date) -> datetime | None:
    close = _session(day)
    return close + timedelta(minutes=15) if close else None


def _h15(day: date) -> datetime:
    return clock(business_day_from(day + DAY), 16, 15)


def _treasury(day: date) -> datetime:
    return clock(day, 18)


def _effr(day: date) -> datetime:
    return clock(business_day_from(day + DAY), 9)


def _sofr(day: date) -> datetime:
    return clock(business_day_from(day + DAY), 8)


def _rrp(day: date) -> datetime:
    return clock(day, 13, 30)


def _h41(day: date) -> datetime:
    thursday = day + timedelta(days=(3 - day.weekday()) % 7)
    return clock(business_day_from(thursday), 16, 30)


def _target_range(day: date) -> datetime:
    return fomc_announcements().get(day) or clock(day, 16, 15)


def _settlement(day: date) -> datetime:
    return clock(day, 15)


def _morning(day: date) -> datetime:
    return clock(day, 8, 30)


STATEMENTS: Mapping[str, Statement] = {
    "utc_day": _utc_day,
    "nyse_close": _session,
    "vix_close": _vix,
    "h15": _h15,
    "treasury": _treasury,
    "effr": _effr,
    "sofr": _sofr,
    "rrp": _rrp,
    "h41": _h41,
    "target_range": _target_range,
    "zq_settle": _settlement,
}
SERIES: Mapping[str, tuple[str, ...]] = {
    "utc_day": ("ETH-USD", "BTC-USD", "ETHUSDT-BINANCE", "FNG"),
    "nyse_close": ("IWM", "SPY", "QQQ", "HYG", "LQD", "TLT", "GLD", "UUP", "RUT", "GSPC", "IXIC"),
    "vix_close": ("VIX", "VIX3M", "VIX9D"),
    "h15": ("DGS3MO", "DGS6MO", "DGS1", "DGS2", "DGS5", "DGS10", "BAA10Y"),
    "treasury": ("UST3MO", "UST6MO", "UST1", "UST2", "UST5", "UST10"),
    "target_range": ("DFEDTARU", "DFEDTARL"),
    "effr": ("DFF",),
    "sofr": ("SOFR",),
    "rrp": ("RRPONTSYD",),
    "h41": ("WALCL", "WDTGAL", "WTREGEN"),
    "zq_settle": ("ZQ",),
}
"""Rule by rule, the series that follow it, as docs/timing.md says; new ones follow the catalogue's rule name."""
