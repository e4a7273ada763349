"""FRED: rates and balances as the St. Louis Fed publishes them, by its keyless CSV.

Format: https://fred.stlouisfed.org/graph/fredgraph.csv?id=DGS2 gives `observation_date,DGS2` (until 2024 `DATE,DGS2`),
one line an observation, "." or nothing where there is none, a line feed after the last line.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date

import pandas as pd
import requests

from data.calendars.publication import FIRST
from data.catalogue import SeriesInfo
from data.errors import BadAnswer, DataError, EmptyAnswer, UnknownSymbol
from data.sources.http import TRIES, find_host, redirected_session, whole_answer, with_backoff
from data.table import validate

URL = "https://fred.stlouisfed.org/graph/fredgraph.csv"
TIMEOUT_S = (10.0, 30.0)
HEADERS = {"User-Agent": "harbinger (backtesting; python-requests)", "Accept": "text/csv"}
DATE_NAMES = ("observation_date", "DATE")
MISSING = ("", ".")
LATER = "try again later"


def fetch(
    row: SeriesInfo,
    since: date | None,
    now: pd.Timestamp,  # noqa: ARG001  # part of the interface
    *,
    session: requests.Session | None = None,
    sleep: Callable[[float], None] = time.sleep,
    tries: int = TRIES,
) -> pd.DataFrame:
    """Return the canonical table (`date`, `value`, no NaN) of a FRED series from `since` (else 1985) on.

    `now` is part of every vendor's signature; FRED has no unfinished observations. Raises RateLimited, Offline,
    UnknownSymbol, EmptyAnswer or BadAnswer, after `tries` tries where another may help.
    """
    if session is None and redirected_session() is None:
        find_host(row.id, URL)
    with ExitStack() as owned:
        asked = session or owned.enter_context(redirected_session() or requests.Session())
        table = with_backoff(lambda: parse(_ask(row, since, asked), row), sleep=sleep, tries=tries)
    table = table[table["date"] >= pd.Timestamp(since or FIRST)]
    if table.empty:
        raise EmptyAnswer(row.id, f"FRED has no observation from {since or FIRST.date()} on", LATER)
    try:
        return validate(table, row, "FRED")
    except DataError as error:
        raise BadAnswer(row.id, str(error), LATER) from error


def parse(text: str, row: SeriesInfo) -> pd.DataFrame:
    """Return `date`, `value` of FRED's CSV, rows without a value left out; BadAnswer names the first wrong line."""
    lines = text.splitlines()
    names = lines[0].lstrip("\ufeff").split(",") if lines else []
    if len(names) != 2 or names[0] not in DATE_NAMES or names[1].upper() != row.symbol.upper():
        due = f"observation_date,{row.symbol}"
        raise BadAnswer(row.id, f"FRED's answer begins {text[:40]!r} where {due} was due", LATER)
    if not text.endswith("\n"):
        raise BadAnswer(row.id, f"FRED's answer is cut: line {len(lines)}, {lines[-1]!r}, does not end", LATER)
    pairs = [_observation(line, number, row) for number, line in enumerate(lines[1:], start=2)]
    kept = [(day, value) for day, value in pairs if value is not None]
    return pd.DataFrame({"date": pd.DatetimeIndex([d for d, _ in kept]), "value": [v for _, v in kept]})


def _observation(line: str, number: int, row: SeriesInfo) -> tuple[date, float | None]:
    try:
        day, value = line.split(",")
        return date.fromisoformat(day), None if value.strip() in MISSING else float(value)
    except ValueError as error:
        raise BadAnswer(row.id, f"FRED's line {number} is {line[:60]!r}, not DATE,NUMBER", LATER) from error


def _ask(row: SeriesInfo, since: date | None, session: requests.Session) -> str:
    query = {"id": row.symbol} | ({} if since is None else {"cosd": since.isoformat()})
    return answer(row, URL, query, session)


def answer(row: SeriesInfo, url: str, query: dict[str, str], session: requests.Session) -> str:
    """Return the text that FRED, or ALFRED beside it, answers to a query; raises as `fetch`."""
    status, text = whole_answer(row.id, "FRED", session, url, query, HEADERS, TIMEOUT_S)
    if status == requests.codes.not_found:
        raise UnknownSymbol(row.id, f"FRED does not know {row.symbol} (HTTP 404)", "check the symbol")
    if status != requests.codes.ok:
        raise BadAnswer(row.id, f"FRED answered HTTP {status}", LATER)
    return text
