"""The US Treasury's par yields, as it publishes them on the evening of their own date.

Format: one CSV a year, https://home.treasury.gov/resource-center/data-chart-center/interest-rates/
daily-treasury-rates.csv/2024/all?type=daily_treasury_yield_curve&field_tdr_date_value=2024&_format=csv: a line a
trading day, the newest first, `Date` as MM/DD/YYYY and a column a maturity ("2 Yr"), empty or "N/A" where there is
none. The curve begins in 1990.
"""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date, datetime

import pandas as pd
import requests

from data.catalogue import SeriesInfo
from data.errors import BadAnswer, DataError, EmptyAnswer
from data.sources.http import TRIES, find_host, redirected_session, whole_answer, with_backoff
from data.table import validate

URL = "https://home.treasury.gov/resource-center/data-chart-center/interest-rates/daily-treasury-rates.csv/{year}/all"
FIRST_YEAR = 1990
TIMEOUT_S = (10.0, 60.0)
HEADERS = {"User-Agent": "harbinger (backtesting; python-requests)", "Accept": "text/csv"}
MISSING = ("", "N/A")
LATER = "try again later"

Observations = list[tuple[date, float]]


def fetch(
    row: SeriesInfo,
    since: date | None,
    now: pd.Timestamp,
    *,
    session: requests.Session | None = None,
    sleep: Callable[[float], None] = time.sleep,
    tries: int = TRIES,
) -> pd.DataFrame:
    """Return the canonical table (`date`, `value`, no NaN) of one maturity from `since` (else 1990) to `now`'s year.

    One request a year. Raises RateLimited, Offline, EmptyAnswer or BadAnswer, after `tries` tries where another may
    help.
    """
    years = range(max(FIRST_YEAR, since.year if since else FIRST_YEAR), now.year + 1)
    found: Observations = []
    if session is None and redirected_session() is None:
        find_host(row.id, URL)
    with ExitStack() as owned:
        asked = session or owned.enter_context(redirected_session() or requests.Session())
        for year in years:
            found += with_backoff(lambda year=year: parse(_ask(row, year, asked), row, year), sleep=sleep, tries=tries)  # type: ignore[misc]
    kept = [(day, value) for day, value in found if since is None or day >= since]
    if not kept:
        raise EmptyAnswer(row.id, f"the Treasury has no observation from {since or FIRST_YEAR} on", LATER)
    table = pd.DataFrame({"date": pd.DatetimeIndex([d for d, _ in kept]), "value": [v for _, v in kept]})
    try:
        return validate(table, row, "the Treasury")
    except DataError as error:
        raise BadAnswer(row.id, str(error), LATER) from error


def parse(text: str, row: SeriesInfo, year: int) -> Observations:
    """Return the dates and yields of one year's CSV, oldest first; BadAnswer names the first wrong line."""
    lines = list(csv.reader(io.StringIO(text.lstrip("\ufeff"))))
    names = [name.strip() for name in lines[0]] if lines else []
    if names[:1] != ["Date"]:
        raise BadAnswer(row.id, f"the Treasury's answer of {year} begins {text[:40]!r} where Date,... was due", LATER)
    if row.symbol not in names:
        return []  # a maturity that was not quoted that year
    at = names.index(row.symbol)
    read = (_observation(line, number, at, row, year) for number, line in enumerate(lines[1:], start=2) if line)
    return sorted(pair for pair in read if pair is not None)


def _observation(line: list[str], number: int, at: int, row: SeriesInfo, year: int) -> tuple[date, float] | None:
    try:
        day, value = datetime.strptime(line[0], "%m/%d/%Y").date(), line[at].strip()
        if day.year != year:
            raise ValueError(line[0])
        return None if value in MISSING else (day, float(value))
    except (ValueError, IndexError) as error:
        what = f"the Treasury's line {number} of {year} is {','.join(line)[:60]!r}, not MM/DD/YYYY,NUMBER,..."
        raise BadAnswer(row.id, what, LATER) from error


def _ask(row: SeriesInfo, year: int, session: requests.Session) -> str:
    query = {"type": "daily_treasury_yield_curve", "field_tdr_date_value": str(year), "_format": "csv"}
    url = URL.format(year=year)
    status, text = whole_answer(row.id, "the Treasury", session, url, query, HEADERS, TIMEOUT_S)
    if status != requests.codes.ok:
        raise BadAnswer(row.id, f"the Treasury answered HTTP {status}", LATER)
    return text
