"""Hours from Yahoo: bars of one hour of coins, of the last 730 days; older ones are gone there."""

from __future__ import annotations

import time
from collections.abc import Callable

import pandas as pd
import requests

from data.catalogue import SeriesInfo
from data.errors import BadAnswer, DataError, EmptyAnswer, SourceError
from data.sources import yahoo
from data.sources.http import TRIES, find_host, redirected_session, with_backoff
from data.table import validate

DAYS_BACK = 729  # Yahoo refuses a request that begins 730 days ago or earlier
INTERVAL = "1h"


def fetch(
    row: SeriesInfo,
    since: pd.Timestamp | None,
    now: pd.Timestamp,
    *,
    session: requests.Session | None = None,
    sleep: Callable[[float], None] = time.sleep,
    tries: int = TRIES,
) -> pd.DataFrame:
    """Return the hours of a Yahoo symbol that were over at `now` (UTC), from `since` (naive UTC, else all) on.

    Columns: date (the hour's start in UTC), open, high, low, close, volume; no NaN prices. An hour that Yahoo gives
    without prices is an absent row. Raises as `data.sources.yahoo.fetch`.
    """
    asked = session or redirected_session()
    if asked is None:
        find_host(row.id, yahoo.URL)
        asked = yahoo._default_session()
    start = max(since.tz_localize("UTC") if since is not None else first_of(now), first_of(now))
    bars = with_backoff(lambda: yahoo._ask(row, start, now, asked, interval=INTERVAL), sleep=sleep, tries=tries)
    try:
        table = _finished(_table(bars), row, now)
        if table.empty:
            raise EmptyAnswer(row.id, f"Yahoo has no finished hour from {start:%Y-%m-%d %H:%M} on", yahoo.LATER)
        return validate(table, row, "Yahoo")
    except SourceError:
        raise
    except DataError as error:
        raise BadAnswer(row.id, str(error), "fetch again later, or read a file with --source folder:PATH") from error


def first_of(now: pd.Timestamp) -> pd.Timestamp:
    """Return the first hour (UTC) that Yahoo still gives at `now`."""
    return (now.tz_convert("UTC") - pd.Timedelta(days=DAYS_BACK)).ceil("h")


def _table(bars: pd.DataFrame) -> pd.DataFrame:
    prices = bars[["Open", "High", "Low", "Close"]]
    whole = prices.notna().all(axis=1) & (prices != 0).any(axis=1)
    table = bars.rename(columns=yahoo.COLUMNS)[list(yahoo.COLUMNS.values())].astype("float64")
    table.insert(0, "date", pd.DatetimeIndex(bars.index).tz_convert("UTC").tz_localize(None))
    return yahoo._widened(table[whole].reset_index(drop=True))


def _finished(table: pd.DataFrame, row: SeriesInfo, now: pd.Timestamp) -> pd.DataFrame:
    return table[row.rule.known_at(pd.DatetimeIndex(table["date"])) <= now]
