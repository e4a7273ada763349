"""From the date of an observation to the UTC instant at which it could be known.

Three calendars: NYSE sessions (exchange_calendars, with fixed bounds, so that an answer never depends on the day of
asking), US federal business days (for what the Federal Reserve publishes) and UTC days (crypto). The rules and their
reasons: docs/timing.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from data.calendars.events import announcement_of_effective_dates
from data.calendars.instants import new_york
from data.calendars.kept import Days, kept
from data.calendars.nyse import closes
from data.errors import OutsideCalendar
from data.installed import version

FIRST, LAST = pd.Timestamp("1985-01-01"), pd.Timestamp("2035-12-31")
HOUR = pd.Timedelta(hours=1)
# What others make or publish at an instant is known after it, not at it: the auction that closes a session prints after
# 16:00:00, a statement of 14:00:00 must be read, and an order of that very second was sent before either. A decision at
# the instant itself is filled at its price and may not use what it brought. The asset's own bars are the exception: the
# decision is their close.
PRINTED, NOW = pd.Timedelta(minutes=1), pd.Timedelta(0)
RELEASED = "08:30"  # of the New York clock: vintages
# Federal offices were closed by executive order, some for a day of mourning. Markets were mostly open, but H.15 need
# not appear (the Federal Reserve announced "H15: Holiday - December 25, and December 26, 2014"), and late is safe.
EXECUTIVE_CLOSURES = (
    *("2001-12-24", "2003-12-26", "2004-06-11", "2007-01-02", "2007-12-24", "2008-12-26", "2012-12-24", "2014-12-26"),
    *("2018-12-05", "2018-12-24", "2019-12-24", "2020-12-24", "2024-12-24", "2025-01-09", "2025-12-24", "2025-12-26"),
)


@cache
def nyse_closes() -> pd.Series[pd.Timestamp]:
    """Real closes (half days too) as UTC instants, indexed by session date, from FIRST to LAST."""
    return closes(FIRST, LAST)


@cache
def federal_holidays() -> np.ndarray[tuple[int], np.dtype[np.datetime64]]:
    """US federal holidays from FIRST to one year past LAST, as datetime64[D]."""
    last = LAST + pd.Timedelta(days=366)
    name = f"federal-{version('pandas')}-{FIRST:%Y%m%d}-{last:%Y%m%d}"
    return kept(name, lambda: _federal_holidays(last)).ravel().astype("datetime64[D]")


def _federal_holidays(last: pd.Timestamp) -> Days:
    from pandas.tseries.holiday import USFederalHolidayCalendar  # noqa: PLC0415  # heavy: loaded when it is needed

    return USFederalHolidayCalendar().holidays(FIRST, last).to_numpy().astype("datetime64[D]").astype(np.int64)


@cache
def unpublished_days() -> np.ndarray[tuple[int], np.dtype[np.datetime64]]:
    """Days on which the Federal Reserve need not publish: federal holidays and EXECUTIVE_CLOSURES, as datetime64[D]."""
    return np.union1d(federal_holidays(), np.array(EXECUTIVE_CLOSURES, dtype="datetime64[D]"))


def within_bounds(dates: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Return `dates`; raise OutsideCalendar, naming the first date outside FIRST..LAST."""
    outside = dates[(dates < FIRST) | (dates > LAST)]
    if len(outside):
        raise OutsideCalendar(
            f"{outside[0]:%Y-%m-%d} is outside the calendars ({FIRST:%Y-%m-%d}..{LAST:%Y-%m-%d}); "
            "cut the data to that span"
        )
    return dates


def federal_day_after(dates: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Return the first day strictly after each date on which the Federal Reserve publishes."""
    days = np.busday_offset(dates.to_numpy().astype("datetime64[D]"), 1, roll="backward", holidays=unpublished_days())
    return pd.DatetimeIndex(days.astype("datetime64[ns]"))


def federal_day_from(dates: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Return each date if the Federal Reserve publishes on it, else the next on which it does."""
    days = np.busday_offset(dates.to_numpy().astype("datetime64[D]"), 0, roll="forward", holidays=unpublished_days())
    return pd.DatetimeIndex(days.astype("datetime64[ns]"))


def sessions(first: pd.Timestamp, last: pd.Timestamp) -> pd.DatetimeIndex:
    """Return the NYSE sessions from `first` to `last`, both included (naive dates)."""
    within_bounds(pd.DatetimeIndex([first, last]))
    days = pd.DatetimeIndex(nyse_closes().index)
    return days[(days >= first) & (days <= last)]


def released(dates: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Return the first UTC instant at which a decision may use a vintage of each date: released at 08:30 New York."""
    return (new_york(within_bounds(dates), RELEASED) + PRINTED).as_unit("ns")


def _utc_day_end(dates: pd.DatetimeIndex) -> pd.DatetimeIndex:
    return (dates + pd.Timedelta(days=1)).tz_localize("UTC")


def _nyse_close(dates: pd.DatetimeIndex) -> pd.DatetimeIndex:
    closes = nyse_closes().reindex(dates)
    if closes.isna().any():
        day = dates[closes.isna().to_numpy()][0]
        raise OutsideCalendar(f"{day:%A %Y-%m-%d} is not a NYSE session; a row of that date is mislabelled or invented")
    return pd.DatetimeIndex(closes)


def _vix_close(dates: pd.DatetimeIndex) -> pd.DatetimeIndex:
    _nyse_close(dates)
    return new_york(dates, "16:15")


def _target_range(dates: pd.DatetimeIndex) -> pd.DatetimeIndex:

    instants = new_york(dates, "16:15")
    announced = announcement_of_effective_dates().reindex(dates)
    return instants.where(announced.isna().to_numpy(), pd.DatetimeIndex(announced))


@dataclass(frozen=True)
class Rule:
    """When an observation of date D could be known: `after` the instant at which it is made or published.

    `made` maps naive dates to those UTC instants, `what` says them.
    """

    name: str
    what: str
    made: Callable[[pd.DatetimeIndex], pd.DatetimeIndex]
    after: pd.Timedelta = PRINTED

    @property
    def text(self) -> str:
        """When an observation is known, in words."""
        return f"a minute after {self.what}" if self.after else self.what

    def made_at(self, dates: pd.DatetimeIndex) -> pd.DatetimeIndex:
        """Return the UTC instant at which each naive date's number is made or published; OutsideCalendar without."""
        return self.made(within_bounds(dates)).as_unit("ns")

    def known_at(self, dates: pd.DatetimeIndex) -> pd.DatetimeIndex:
        """Return the first UTC instant at which a decision may use each; OutsideCalendar where there is none."""
        return self.made_at(dates) + self.after


RULES = {
    rule.name: rule
    for rule in (
        Rule("utc_day", "00:00 UTC of D+1, when the bar of the UTC day closes", _utc_day_end, NOW),
        Rule("utc_hour", "the end of the hour, an hour after its label", lambda d: (d + HOUR).tz_localize("UTC"), NOW),
        Rule("instant", "its own instant", lambda d: d.tz_localize("UTC"), NOW),
        Rule("nyse_close", "the session's real close (16:00 New York, 13:00 on half days)", _nyse_close),
        Rule("vix_close", "16:15 New York of the session", _vix_close),
        Rule(
            "h15", "16:15 New York of the next federal business day", lambda d: new_york(federal_day_after(d), "16:15")
        ),
        Rule("treasury", "18:00 New York of the same day", lambda d: new_york(d, "18:00")),
        Rule(
            "effr", "09:00 New York of the next federal business day", lambda d: new_york(federal_day_after(d), "09:00")
        ),
        Rule(
            "sofr", "08:00 New York of the next federal business day", lambda d: new_york(federal_day_after(d), "08:00")
        ),
        Rule("rrp", "13:30 New York of the same day", lambda d: new_york(d, "13:30")),
        Rule(
            "h41",
            "16:30 New York of the Thursday after, or the next federal business day",
            lambda d: new_york(federal_day_from(d + pd.Timedelta(days=1)), "16:30"),
        ),
        Rule(
            "target_range",
            "the announcement where D is the effective day of an FOMC decision (14:00 New York of the decision), "
            "else 16:15 New York of D",
            _target_range,
        ),
        Rule(
            "nfci",
            "08:30 New York of the Wednesday after, or the next federal business day (of a vintage: of its own date)",
            lambda d: new_york(federal_day_from(d + pd.Timedelta(days=5)), "08:30"),
        ),
        Rule("zq_settle", "15:00 New York of the same day", lambda d: new_york(d, "15:00")),
    )
}
