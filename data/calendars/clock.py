"""Clock: at which instant of each day bars built from hours are cut. Definition and reasons: docs/timing.md."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from data.calendars.instants import new_york
from data.calendars.publication import FIRST, HOUR, LAST, nyse_closes
from data.errors import OutOfBounds
from data.series import PRICES

DAILY = "daily"
FORMS = f'"{DAILY}", "HH:00 UTC" with HH from 00 to 23, or "NYSE close +Nh" with N from 0 to 23'
UTC = re.compile(r"(\d\d):00 UTC", re.ASCII)
CLOSE = re.compile(r"NYSE close \+(0|[1-9]\d?)h", re.ASCII)


@dataclass(frozen=True)
class Clock:
    """One cut on every calendar day, `hours` after 00:00 UTC or (`after_close`) after the New York close.

    The New York close of a day is the session's real one, half days too; 16:00 New York on days without a session.
    """

    hours: int
    after_close: bool = False

    def __str__(self) -> str:
        return f"NYSE close +{self.hours}h" if self.after_close else f"{self.hours:02d}:00 UTC"

    @property
    def text(self) -> str:
        """When a bar closes, in words."""
        if not self.after_close:
            return f"{self}, once a day"
        return f"{self.hours} h after the New York close, on days without a session after 16:00 New York"

    @property
    def cuts(self) -> pd.DatetimeIndex:
        """Every cut from FIRST to LAST as a naive UTC label, rising."""
        return _cuts(self)


def clock_of(text: str) -> Clock | None:
    """Return the clock that `market.bar` names, None for the source's own daily bars; OutOfBounds names the forms."""
    if text == DAILY:
        return None
    for form, after_close in ((UTC, False), (CLOSE, True)):
        found = form.fullmatch(text)
        if found and int(found[1]) < 24:
            return Clock(int(found[1]), after_close)
    raise OutOfBounds("bar", text, FORMS)


@cache
def _cuts(clock: Clock) -> pd.DatetimeIndex:
    days = pd.date_range(FIRST, LAST, freq="D", unit="ns")
    if not clock.after_close:
        return days + clock.hours * HOUR
    closes = nyse_closes().reindex(days)
    at = new_york(days, "16:00").where(closes.isna().to_numpy(), pd.DatetimeIndex(closes))
    # Rounded up where a close was not on the hour (the last: 1997), so that no hour is cut in two.
    return pd.DatetimeIndex(at.tz_localize(None).ceil("h") + clock.hours * HOUR).as_unit("ns")


def holds_session(starts: pd.DatetimeIndex, ends: pd.DatetimeIndex) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return whether a New York session closes after each start and by each end (naive UTC)."""
    closes = pd.DatetimeIndex(nyse_closes()).tz_localize(None)
    return np.asarray(closes.searchsorted(ends, side="right") > closes.searchsorted(starts, side="right"))


@dataclass(frozen=True, eq=False)
class HourBars:
    """Bars built from hours.

    `bars`: open, high, low, close on the naive label of each bar, its start; `closes`: the UTC instants of their ends,
    at which they are known; `late`: labels of the bars whose first hour is missing, which open at a later one.
    """

    bars: pd.DataFrame
    closes: pd.DatetimeIndex
    late: pd.DatetimeIndex

    @property
    def observations(self) -> pd.DataFrame:
        """The closes as the frame of a `data.series.Series`."""
        values = self.bars["close"].to_numpy()
        return pd.DataFrame({"observed": self.bars.index, "known_at": self.closes, "value": values})


def bars_from_hours(hours: pd.DataFrame, clock: Clock) -> HourBars:
    """Return the bars that `clock` cuts from a raw table of hours (`data.table`, labels: each hour's start in UTC).

    A bar begins at a cut, opens at the open of the first hour that is there and ends at the next cut whose last hour
    is there: the price of the decision. Where that hour is missing the bar goes on to the next cut. So whether a bar
    stands depends on no later hour, no price is invented, and what is unfinished at either end is left out.
    """
    if hours.empty:
        return _empty()
    starts, cuts, hour = hours["date"].to_numpy(), clock.cuts.to_numpy(), HOUR.to_timedelta64()
    inside = cuts[np.searchsorted(cuts, starts[0]) : np.searchsorted(cuts, starts[-1] + hour, "right")]
    last = inside[1:] - hour
    ends = inside[1:][starts[np.searchsorted(starts, last)] == last]
    if not len(ends):
        return _empty()
    labels = np.concatenate([inside[:1], ends[:-1]])
    first, behind = np.searchsorted(starts, labels), np.searchsorted(starts, ends)
    opens, highs, lows, closes = (hours[name].to_numpy()[: behind[-1]] for name in PRICES)
    columns = {
        "open": opens[first],
        "high": np.maximum.reduceat(highs, first),
        "low": np.minimum.reduceat(lows, first),
        "close": closes[behind - 1],
    }
    index = pd.DatetimeIndex(labels, name="date").as_unit("ns")
    known_at = pd.DatetimeIndex(ends, tz="UTC").as_unit("ns")
    return HourBars(pd.DataFrame(columns, index=index), known_at, index[starts[first] > labels])


def _empty() -> HourBars:
    none = pd.DatetimeIndex([], name="date").as_unit("ns")
    bars = pd.DataFrame({name: np.empty(0) for name in PRICES}, index=none)
    return HourBars(bars, none.rename(None).tz_localize("UTC"), none)
