"""A server on this machine that speaks Yahoo's and FRED's wire formats, for the real clients to talk to.

    with Wire() as wire:
        wire.quote("IWM", bars, dividends={"2024-03-21": 0.67})
        wire.script("chart", Reply(429), Reply(429))      # the next two chart requests; then as quoted
        yahoo.fetch(row, None, now, session=wire.session(), sleep=waits.append)

`wire.asked` lists every request as (host, path, query). One cold fetch of yfinance makes four: cookie, crumb, the chart
of one day (for the time zone) and the chart of the period; one that is answered 4xx or 5xx is asked twice.
"""

import json
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np
import pandas as pd

from data.calendars.publication import sessions
from data.sources import yahoo
from data.sources.http import VENDOR_HOST, redirected_session

COOKIE = "A3=d=local; Max-Age=31536000; Domain=.yahoo.com; Path=/"
FRED, ALFRED = "fred.stlouisfed.org", "alfred.stlouisfed.org"


@dataclass(frozen=True)
class Reply:
    """What to answer; `claims` is the Content-Length to announce when it is not the body's, `drip` seconds a byte."""

    status: int = 200
    body: bytes = b""
    claims: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    drip: float = 0.0


def refusal(status, code, description):
    """Yahoo's answer to a request that it refuses, for example 404 "Not Found"."""
    error = {"code": code, "description": description}
    return Reply(status, json.dumps({"chart": {"result": None, "error": error}}).encode())


NOT_FOUND = refusal(404, "Not Found", "No data found, symbol may be delisted")


def hours(first, last, *, seed=7):
    """Hours of a random walk with the columns of `bars`, from one label (UTC) to another, both included."""
    labels = pd.date_range(first, last, freq="h")
    days = pd.Timestamp("2000-01-01"), pd.Timestamp("2000-01-01") + pd.Timedelta(days=len(labels) - 1)
    return bars(*days, crypto=True, seed=seed).set_axis(labels)


def bars(first, last, *, crypto=False, seed=7, start=100.0):
    """Daily bars of a random walk with the columns open, high, low, close, volume on their naive dates."""
    span = pd.Timestamp(first), pd.Timestamp(last)
    dates = pd.date_range(*span) if crypto else sessions(*span)
    rng = np.random.default_rng(seed)
    close = np.round(start * np.exp(np.cumsum(rng.normal(0, 0.01, len(dates)))), 2)
    before = np.concatenate([[start], close[:-1]])  # a bar opens near the close before it
    open_ = np.round(before * np.exp(rng.normal(0, 0.002, len(dates))), 2)
    high, low = np.maximum(open_, close) + 0.05, np.minimum(open_, close) - 0.05
    volume = rng.integers(1_000, 9_000, len(dates))
    return pd.DataFrame({"open": open_, "high": high, "low": low, "close": close, "volume": volume}, index=dates)


@dataclass
class Quote:
    """What the server knows of one symbol: bars (NaN is null on the wire), dividends and splits by date."""

    symbol: str
    bars: pd.DataFrame
    zone: str
    dividends: dict[str, float]
    splits: dict[str, tuple[float, float]]
    currency: str = "USD"
    interval: str = "1d"

    def instants(self, dates):
        """Seconds since 1970 of Yahoo's labels: 09:30 New York for a session, 00:00 UTC for a crypto day."""
        if self.interval == "1h":
            return [int(instant.timestamp()) for instant in pd.DatetimeIndex(dates).tz_localize("UTC")]
        opening = pd.DatetimeIndex(dates) + pd.Timedelta(hours=0 if self.zone == "UTC" else 9.5)
        return [int(instant.timestamp()) for instant in opening.tz_localize(self.zone)]

    def chart(self, query):
        """The body of /v8/finance/chart for period1..period2, or for the last day."""
        stamps = np.array(self.instants(self.bars.index))
        low, high = (int(query.get(name, limit)) for name, limit in (("period1", 0), ("period2", 2**40)))
        inside = (stamps >= low) & (stamps < high)
        if "range" in query:
            inside = np.arange(len(stamps)) >= len(stamps) - 1
        result = {"meta": self.meta(), "indicators": {"quote": [{}], "adjclose": [{}]}}
        if inside.any():
            columns = {name: _nulls(self.bars[name][inside]) for name in self.bars}
            # Yahoo's own adjusted close is not ours: any other column serves to see that nobody reads it.
            result["timestamp"] = stamps[inside].tolist()
            result["indicators"] = {"quote": [columns], "adjclose": [{"adjclose": columns["low"]}]}
            result["events"] = self.events(low, high)
        return {"chart": {"result": [result], "error": None}}

    def events(self, low, high):
        """Dividends and splits between two instants, keyed by their instant, as Yahoo does."""
        found = {"dividends": {}, "splits": {}}
        for date, amount in self.dividends.items():
            (at,) = self.instants([date])
            found["dividends"][str(at)] = {"amount": amount, "date": at}
        for date, (new, old) in self.splits.items():
            (at,) = self.instants([date])
            found["splits"][str(at)] = {"date": at, "numerator": new, "denominator": old, "splitRatio": f"{new}:{old}"}
        return {kind: {k: v for k, v in events.items() if low <= int(k) < high} for kind, events in found.items()}

    def meta(self):
        """The facts that Yahoo sends with every chart."""
        return {
            "symbol": self.symbol,
            "currency": self.currency,
            "exchangeName": "PCX",
            "instrumentType": "CRYPTOCURRENCY" if self.zone == "UTC" else "ETF",
            "firstTradeDate": self.instants(self.bars.index[:1])[0],
            "regularMarketTime": self.instants(self.bars.index[-1:])[0],
            "exchangeTimezoneName": self.zone,
            "timezone": "UTC",
            "gmtoffset": 0,
            "dataGranularity": self.interval,
            "range": "",
            "priceHint": 2,
            "validRanges": ["1d", "5d", "max"],
        }


class Wire:
    """The server; a context manager. Entering it also makes yfinance forget what it learnt in this process."""

    def __init__(self):
        self.quotes, self.hourly, self.csv, self.vintages, self.asked = {}, {}, {}, {}, []
        self._scripts, self._always, self._lock = defaultdict(list), {}, threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._sessions = []

    def __enter__(self):
        forget()
        self._thread.start()
        return self

    def __exit__(self, *exc):
        for session in self._sessions:
            session.close()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        forget()

    @property
    def url(self):
        """What HARBINGER_VENDOR_URL should be."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def session(self):
        """A requests.Session whose every request comes here, by the adapter of data/sources/http.py."""
        session = redirected_session(self.url)
        self._sessions.append(session)
        return session

    def quote(self, symbol, bars, *, dividends=None, splits=None):
        """Serve these bars for a Yahoo symbol."""
        zone = "UTC" if symbol.endswith("-USD") else "America/New_York"
        self.quotes[symbol] = Quote(symbol, bars, zone, dividends or {}, splits or {})

    def hours(self, symbol, bars, zone="UTC"):
        """Serve these hours, by their labels in UTC, for a Yahoo symbol whose exchange has a zone."""
        self.hourly[symbol] = Quote(symbol, bars, zone, {}, {}, interval="1h")

    def series(self, id, values, *, header="observation_date"):
        """Serve (date, text) pairs as FRED's CSV; text is "." or "" where FRED has no observation."""
        self.csv[id] = f"{header},{id}\n" + "".join(f"{date},{text}\n" for date, text in values)

    def script(self, what, *replies):
        """Give these replies to the next requests for "chart" or "fred", one each, before what is served."""
        self._scripts[what].extend(replies)

    def always(self, what, reply):
        """Give this reply to every request for "chart", "fred" or "crumb" (None: serve again)."""
        self._always[what] = reply

    def charts(self):
        """The queries of the chart requests for a period, oldest first."""
        return [query for _, path, query in self.asked if "/chart/" in path and "period1" in query]

    def answer(self, host, path, query):
        """Return the reply to one request, and note it."""
        with self._lock:
            self.asked.append((host, path, query))
            what, served = self._served(host, path, query)
            if self._scripts[what]:
                return self._scripts[what].pop(0)
            return self._always.get(what) or served

    def _served(self, host, path, query):
        if host == FRED:
            text = self.csv.get(query["id"])
            missing = Reply(404, b"<!DOCTYPE html><html><title>Error - St. Louis Fed</title></html>")
            return "fred", missing if text is None else Reply(200, since(text, query.get("cosd", "")).encode())
        if host == ALFRED:
            served = self.vintages.get(query["id"].split(",")[0])
            return "alfred", NOT_FOUND if served is None else Reply(200, wide(served, query).encode())
        if path.startswith("/v8/finance/chart/"):
            symbol = path.rsplit("/", 1)[-1]
            days, hours = self.quotes.get(symbol), self.hourly.get(symbol)
            quote = (hours or days) if query.get("interval") == "1h" else (days or hours)
            return "chart", NOT_FOUND if quote is None else Reply(200, json.dumps(quote.chart(query)).encode())
        if path == "/v1/test/getcrumb":
            return "crumb", Reply(200, b"crumb")
        if host == "fc.yahoo.com":
            return "cookie", Reply(404, b"", headers={"Set-Cookie": COOKIE})
        return "other", Reply(404, b"<html></html>")


def wide(released, query):
    """ALFRED's CSV: of each day asked what had been released by then; `released` is {vintage: {date: text}}."""
    id, days = query["id"].split(",")[0], query["vintage_date"].split(",")
    columns = [released[max(v for v in released if v <= day)] for day in days]
    dates = sorted({date for column in columns for date in column if date >= query.get("cosd", "")})
    lines = [",".join(["observation_date", *(f"{id}_{day.replace('-', '')}" for day in days)])]
    lines += [",".join([date, *(column.get(date, ".") for column in columns)]) for date in dates]
    return "\n".join(lines) + "\n"


def since(text, first):
    """FRED's CSV from a date on."""
    header, *lines = text.splitlines(keepends=True)
    return header + "".join(line for line in lines if line >= first)


def forget():
    """Make yfinance forget its cookie, crumb, time zones and failed answers, as a new process would."""
    yahoo._client.cache_clear()
    yahoo._default_session.cache_clear()
    from yfinance import base, cache, data

    data.SingletonMeta._instances.clear()
    data.YfData.cache_get.cache_clear()
    base._tz_info_fetch_ctr = 0
    for manager in (cache._TzDBManager, cache._CookieDBManager, cache._ISINDBManager):
        manager.close_db()
        manager._db = None
    cache._TzCacheManager._tz_cache = cache._CookieCacheManager._Cookie_cache = None


def _nulls(column):
    return [None if np.isnan(value) else float(value) for value in column]


def _handler(wire):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize, disable_nagle_algorithm = -1, True  # unbuffered, each answer waits 40 ms for the client's ACK

        def do_GET(self):
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            reply = wire.answer(self.headers.get(VENDOR_HOST, ""), unquote(parts.path), query)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body) if reply.claims is None else reply.claims))
            self.end_headers()
            for part in [reply.body] if not reply.drip else [bytes([byte]) for byte in reply.body]:
                try:
                    self.wfile.write(part)
                except OSError:
                    break  # the client no longer waits
                time.sleep(reply.drip)
            self.close_connection = reply.claims is not None

        do_POST = do_GET  # noqa: N815 - the name that http.server asks for

        def log_message(self, *args):
            pass

    return Handler
