"""Yahoo Finance through yfinance: daily bars, dividends and splits.

Prices are split-adjusted by Yahoo and never dividend-adjusted here: dividends and splits are stored beside them, and
`data.table.total_return` adjusts. A bar is taken when its known-at rule says that it is finished. Bars that Yahoo
gives without prices become absent rows, which `data.fetch` reports as gaps; a dividend that falls on one goes to the
next bar, where the price shows it. Capital gains of funds are left out: Yahoo counts them among the dividends already.
"""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import requests

from data.calendars.publication import FIRST
from data.catalogue import SeriesInfo
from data.errors import BadAnswer, DataError, EmptyAnswer, Offline, RateLimited, SourceError, UnknownSymbol
from data.files import home
from data.sources import http
from data.sources.http import OFFLINE, TRIES, find_host, redirected, redirected_session, with_backoff, within
from data.table import validate

URL = "https://query2.finance.yahoo.com"
TIMEOUT_S = 30
DAILY_BARS = "1d"
LATER = "try again later"
SLIGHT = 0.01
CUT = ("ChunkedEncodingError", "IncompleteRead")  # of requests and of curl_cffi
COLUMNS = {"Open": "open", "High": "high", "Low": "low", "Close": "close", "Volume": "volume"}


def fetch(
    row: SeriesInfo,
    since: date | None,
    now: pd.Timestamp,
    *,
    session: requests.Session | None = None,
    sleep: Callable[[float], None] = time.sleep,
    tries: int = TRIES,
) -> pd.DataFrame:
    """Return the canonical bars of a Yahoo symbol that were finished at `now` (UTC), from `since` (else 1985) on.

    Columns: date (the exchange's own), open, high, low, close, volume, dividend, split (1 where none); no NaN prices.
    Raises RateLimited, Offline, UnknownSymbol, EmptyAnswer or BadAnswer, after `tries` tries where another may help.
    """
    asked = session or redirected_session()
    if asked is None:
        find_host(row.id, URL)
        asked = _default_session()
    bars = with_backoff(lambda: _ask(row, since, now, asked), sleep=sleep, tries=tries)
    try:
        table = _finished(_table(bars), row, now)
        if table.empty:
            raise EmptyAnswer(row.id, f"Yahoo has no finished bar from {since or FIRST.date()} on", LATER)
        return _rescaled(validate(table, row, "Yahoo"), row)
    except SourceError:
        raise
    except DataError as error:
        remedy = "fetch again later, or read files of your own with --source folder:PATH"
        raise BadAnswer(row.id, str(error), remedy) from error


def _table(bars: pd.DataFrame) -> pd.DataFrame:
    prices = bars[["Open", "High", "Low", "Close"]]
    whole = prices.notna().all(axis=1) & (prices != 0).any(axis=1)
    # Rows that share a number run from an empty bar to the next whole one; those after the last whole bar are dropped.
    bar = whole[::-1].cumsum()[::-1]
    table = bars.rename(columns=COLUMNS)[list(COLUMNS.values())].astype("float64")
    table.insert(0, "date", pd.DatetimeIndex(bars.index).tz_localize(None).normalize())
    table["dividend"] = bars["Dividends"].groupby(bar).transform("sum")
    table["split"] = bars["Stock Splits"].replace(0.0, 1.0).groupby(bar).transform("prod")
    return _widened(table[whole].reset_index(drop=True))


def _widened(table: pd.DataFrame) -> pd.DataFrame:
    """Return `table` with low..high widened to hold open and close where they miss it by up to SLIGHT.

    Yahoo's high and low are of another feed than its open in some bars; fills and signals read open and close only.
    """
    top, bottom = (
        table[["open", "high", "low", "close"]].max(axis=1),
        table[["open", "high", "low", "close"]].min(axis=1),
    )
    slight = (top <= table["high"] * (1 + SLIGHT)) & (bottom >= table["low"] * (1 - SLIGHT))
    return table.assign(high=table["high"].where(~slight, top), low=table["low"].where(~slight, bottom))


def _finished(table: pd.DataFrame, row: SeriesInfo, now: pd.Timestamp) -> pd.DataFrame:
    return table[row.rule.known_at(pd.DatetimeIndex(table["date"])) <= now]


def _rescaled(table: pd.DataFrame, row: SeriesInfo) -> pd.DataFrame:
    """Return `table`; BadAnswer where a split stands but the prices before it are still those of old shares.

    Then the bar opens below the close before it by the split itself. Splits within 5:4 drown in a day's move.
    """
    split = np.log(table["split"])
    step = np.log(table["open"] / table["close"].shift())
    stale = (split.abs() > np.log(1.25)) & ((step + split).abs() < split.abs() / 2)
    if stale.any():
        day = table[stale].iloc[0]
        what = (
            f"Yahoo has a split of {day['split']:g} on {day['date']:%Y-%m-%d} and has not rescaled the prices before it"
        )
        raise BadAnswer(row.id, what, "fetch again in a day or two")
    return table


def _ask(
    row: SeriesInfo, since: date | None, now: pd.Timestamp, session: Any, interval: str = DAILY_BARS
) -> pd.DataFrame:
    """Return what yfinance makes of Yahoo's answer; hours are asked from the instant `since` to `now` itself."""
    yfinance, errors = _client()
    # yfinance keeps failed answers too, and would repeat them.
    yfinance.data.YfData.cache_get.cache_clear()
    start, end = since or FIRST.date(), now.date() + timedelta(days=row.calendar != "utc_day")
    if interval == DAILY_BARS:
        start = max(start, FIRST.date())
    else:
        end = now
    with _watched(session) as chart, warnings.catch_warnings():
        # yfinance 1.7 uses what pandas 3.1 deprecates, and switches the warnings on for everybody.
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            ticker = yfinance.Ticker(row.symbol, session=session)
            # Without prepost yfinance leaves out hours by the exchange's timetable, which a coin does not have.
            more = {"interval": interval, "prepost": interval != DAILY_BARS, "timeout": TIMEOUT_S}
            bars: pd.DataFrame = ticker.history(start=start, end=end, auto_adjust=False, **more)
            answered = ticker.get_history_metadata()
        except Exception as error:
            # Whatever yfinance's parser meets escapes as it is: KeyError, TypeError, errors of its cache.
            if "place" in chart:
                raise redirected(row.id, "Yahoo", chart["place"]) from error
            raise _named(error, row, chart.get("status"), errors) from error
    _check_meta(answered, row, interval)
    return bars


def _check_meta(meta: Any, row: SeriesInfo, interval: str) -> None:
    due = {"symbol": row.symbol, "dataGranularity": interval}
    if row.unit.startswith("USD"):
        due["currency"] = "USD"
    if row.calendar == "utc_day":
        due["exchangeTimezoneName"] = "UTC"
    for name, value in due.items():
        if meta.get(name, value) != value:
            raise BadAnswer(row.id, f"Yahoo answered {name} {meta[name]!r} where {value!r} was asked", LATER)


def _named(error: Exception, row: SeriesInfo, status: int | None, errors: Any) -> SourceError:
    """Return our error for one of yfinance's, by the HTTP status of the last chart answer (None: there was none)."""
    if isinstance(error, errors.YFRateLimitError) or status == requests.codes.too_many_requests:
        return RateLimited(row.id, "Yahoo asks to slow down (HTTP 429)", "wait some minutes, then fetch again")
    what = f"{type(error).__name__}: {str(error)[:100]}"
    if type(error).__name__ in CUT:
        return BadAnswer(row.id, f"Yahoo's answer is cut ({what})", LATER)
    if isinstance(error, TimeoutError) or status is None:
        return Offline(row.id, f"no answer from Yahoo ({what})", OFFLINE)
    if status == requests.codes.not_found:
        return UnknownSymbol(row.id, f"Yahoo does not know {row.symbol} (HTTP 404)", "check the symbol")
    if status != requests.codes.ok:
        return BadAnswer(row.id, f"Yahoo answered HTTP {status} ({what})", LATER)
    if isinstance(error, errors.YFPricesMissingError):
        return EmptyAnswer(row.id, f"Yahoo answered without bars ({what})", LATER)
    return BadAnswer(row.id, f"Yahoo's answer is not whole ({what})", LATER)


@contextmanager
def _watched(session: Any) -> Iterator[dict[str, Any]]:
    """Yield a dict whose `status` is that of the last chart answer: yfinance's errors do not tell a 404 from a 500.

    `place` is where that answer redirects to. Every answer is whole within DEADLINE_S or is none.
    """
    ask, chart = session.request, dict[str, Any]()

    def bounded(*args: Any, **kwargs: Any) -> Any:
        if not isinstance(session, requests.Session):
            return ask(*args, **kwargs)  # of curl, whose time limit is for the whole answer
        return within(http.DEADLINE_S, lambda: ask(*args, **kwargs))

    def request(*args: Any, **kwargs: Any) -> Any:
        url = kwargs.get("url", args[-1] if args else "")
        if "/v8/finance/chart/" not in url:
            return bounded(*args, **kwargs)
        chart.clear()
        response = bounded(*args, **{**kwargs, "allow_redirects": False})
        chart["status"] = response.status_code
        if 300 <= response.status_code < 400:
            chart["place"] = response.headers.get("location", "")
        return response

    session.request = request
    try:
        yield chart
    finally:
        del session.request


@cache
def _client() -> tuple[Any, Any]:
    """Return yfinance and its errors, told to raise, to be silent and to keep its caches in our own folder."""
    import yfinance  # noqa: PLC0415  # takes a second: only when something is fetched
    import yfinance.exceptions  # noqa: PLC0415  # heavy: loaded when it is needed

    yfinance.config.debug.hide_exceptions = False
    yfinance.set_tz_cache_location(str(home() / "yfinance"))
    logging.getLogger("yfinance").setLevel(logging.CRITICAL)
    return yfinance, yfinance.exceptions


@cache
def _default_session() -> Any:
    """Return yfinance's own kind of session (a browser's TLS handshake, without which Yahoo blocks), one a process."""
    _client()
    from yfinance.data import new_session  # noqa: PLC0415  # heavy: loaded when it is needed

    return new_session()
