"""ALFRED: the vintages of a series as they were released, by its keyless CSV.

Format: https://alfred.stlouisfed.org/graph/alfredgraph.csv?id=NFCI,NFCI&vintage_date=2024-01-03,2024-01-10 gives
`observation_date,NFCI_20240103,NFCI_20240110`, one line an observation, "." or nothing where a vintage has none.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date

import numpy as np
import pandas as pd
import requests

from data.calendars.publication import FIRST, federal_day_from
from data.catalogue import SeriesInfo
from data.errors import BadAnswer, DataError, EmptyAnswer
from data.sources import fred
from data.sources.http import TRIES, find_host, redirected_session, with_backoff
from data.table import validate

URL = "https://alfred.stlouisfed.org/graph/alfredgraph.csv"
FIRST_VINTAGE = pd.Timestamp("2011-05-25")  # of NFCI
AT_ONCE, PAUSE_S = 20, 1.0  # vintages in one request, and the wait after it
LABEL = re.compile(r"(?P<id>\w+?)(_(?P<day>\d{8}))?", re.ASCII)


def fetch(
    row: SeriesInfo,
    since: date | None,
    now: pd.Timestamp,
    *,
    session: requests.Session | None = None,
    sleep: Callable[[float], None] = time.sleep,
    tries: int = TRIES,
) -> pd.DataFrame | None:
    """Return `date`, `value`, `vintage` of the releases after `since` (else all) that were out at `now`; None: none.

    Each vintage is whole from 1985 on. Raises as `data.sources.fred.fetch`.
    """
    asked, parts = releases(row, since, now), []
    if len(asked) and session is None and redirected_session() is None:
        find_host(row.id, URL)
    with ExitStack() as owned:
        own = session or owned.enter_context(redirected_session() or requests.Session())
        for first in range(0, len(asked), AT_ONCE):
            some = asked[first : first + AT_ONCE]
            parts.append(with_backoff(lambda some=some: _vintages(row, some, own), sleep=sleep, tries=tries))  # type: ignore[misc]
            sleep(PAUSE_S if first + AT_ONCE < len(asked) else 0.0)
    if not parts:
        return None
    table = pd.concat(parts, ignore_index=True).drop_duplicates(["vintage", "date"], keep="last")
    table = table[table["vintage"] > pd.Timestamp(since or FIRST)].sort_values(["vintage", "date"], ignore_index=True)
    try:
        return validate(table, row, "ALFRED") if len(table) else None
    except DataError as error:
        raise BadAnswer(row.id, str(error), fred.LATER) from error


def releases(row: SeriesInfo, since: date | None, now: pd.Timestamp) -> pd.DatetimeIndex:
    """Return the days after `since` on which a vintage was due and out at `now`: the rule's day of each week."""
    last = now.tz_convert("UTC").tz_localize(None)
    weeks = pd.date_range(FIRST_VINTAGE - pd.Timedelta(days=12), last, freq="W-FRI", unit="ns")
    days = federal_day_from(weeks + pd.Timedelta(days=5))
    out = np.asarray(row.rule.known_at(weeks) <= now)
    return pd.DatetimeIndex(days[out & (days > pd.Timestamp(since or FIRST)) & (days >= FIRST_VINTAGE)]).unique()


def _vintages(row: SeriesInfo, days: pd.DatetimeIndex, session: requests.Session) -> pd.DataFrame:
    query = {
        "id": ",".join([row.symbol] * len(days)),
        "vintage_date": ",".join(f"{day:%Y-%m-%d}" for day in days),
        "cosd": f"{FIRST:%Y-%m-%d}",
    }
    return parse(fred.answer(row, URL, query, session), row, days)


def parse(text: str, row: SeriesInfo, days: pd.DatetimeIndex) -> pd.DataFrame:
    """Return `date`, `value`, `vintage` of ALFRED's CSV for the vintages asked; BadAnswer names what is wrong."""
    lines = text.splitlines()
    names = lines[0].lstrip("\ufeff").split(",") if lines else []
    labels = [LABEL.fullmatch(name) for name in names[1:]]
    if not labels or names[0] not in fred.DATE_NAMES or any(m is None or m["id"] != row.symbol for m in labels):
        raise BadAnswer(row.id, f"ALFRED's answer begins {text[:40]!r}, not with vintages of {row.symbol}", fred.LATER)
    if len(labels) != len(days):
        what = f"ALFRED answered {len(labels)} vintages where {len(days)} were asked"
        raise BadAnswer(row.id, what, fred.LATER)
    if not text.endswith("\n"):
        raise BadAnswer(row.id, f"ALFRED's answer is cut: line {len(lines)}, {lines[-1][:60]!r}", fred.LATER)
    vintages = [pd.Timestamp(m["day"]) if m and m["day"] else day for m, day in zip(labels, days, strict=True)]
    if any(vintage > day for vintage, day in zip(vintages, days, strict=True)):
        raise BadAnswer(row.id, "ALFRED answered a later vintage than was asked", fred.LATER)
    rows = [_observations(line, number, row, len(days)) for number, line in enumerate(lines[1:], start=2)]
    if not rows:
        raise EmptyAnswer(row.id, "ALFRED has no observation in these vintages", fred.LATER)
    dates, values = pd.DatetimeIndex([day for day, _ in rows]), np.array([value for _, value in rows])
    parts = [
        pd.DataFrame({"date": dates, "value": values[:, at], "vintage": vintage}) for at, vintage in enumerate(vintages)
    ]
    return pd.concat([part[part["value"].notna()] for part in parts], ignore_index=True)


def _observations(line: str, number: int, row: SeriesInfo, count: int) -> tuple[date, list[float]]:
    try:
        day, *cells = line.split(",")
        if len(cells) != count:
            raise ValueError
        return date.fromisoformat(day), [np.nan if c.strip() in fred.MISSING else float(c) for c in cells]
    except ValueError as error:
        raise BadAnswer(row.id, f"ALFRED's line {number} is {line[:60]!r}, not DATE,NUMBER,...", fred.LATER) from error
