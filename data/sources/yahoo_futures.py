"""Fed funds futures from Yahoo: the live contracts, one symbol a month (ZQZ26.CBT). Expired ones are gone there.

Yahoo's daily close of a contract is taken for its settle, once the UTC day is over: before that it is a last trade.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pandas as pd
import requests

from data.catalogue import SeriesInfo
from data.errors import EmptyAnswer, UnknownSymbol
from data.sources import yahoo
from data.sources.http import TRIES
from data.table import validate

CODES = "FGHJKMNQUVXZ"
MONTHS = 25
DAYS_BACK = 45  # so that a first fetch has the final settle of the month before, where Yahoo still gives it


def symbol(month: pd.Period) -> str:
    """Return Yahoo's symbol of a month's contract."""
    return f"ZQ{CODES[month.month - 1]}{month.year % 100:02d}.CBT"


def fetch(
    row: SeriesInfo,
    since: date | None,
    now: pd.Timestamp,
    *,
    session: requests.Session | None = None,
    sleep: Callable[[float], None] = time.sleep,
    tries: int = TRIES,
) -> pd.DataFrame:
    """Return the settles of the contract before this month's, this month's and the next MONTHS, from `since` on.

    A contract that Yahoo does not know, or has no bar of, is left out; UnknownSymbol where it knows none. Otherwise as
    `data.sources.yahoo.fetch`.
    """
    first = since or (now - pd.Timedelta(days=DAYS_BACK)).date()
    this = now.tz_localize(None).to_period("M")
    parts = []
    for month in pd.period_range(this - 1, this + MONTHS, freq="M"):
        bar = replace(row, id=f"{row.id} {month}", kind="bars", symbol=symbol(month), rule_name="utc_day")
        try:
            table = yahoo.fetch(bar, first, now, session=session, sleep=sleep, tries=tries)
        except (UnknownSymbol, EmptyAnswer):
            continue
        parts.append(pd.DataFrame({"date": table["date"], "contract": month.start_time, "settle": table["close"]}))
    if not parts:
        raise UnknownSymbol(row.id, f"Yahoo knows none of {symbol(this)}..{symbol(this + MONTHS)}", "try again later")
    table = pd.concat(parts).sort_values(["date", "contract"], ignore_index=True)
    return validate(table, row, "Yahoo")


def joined(stored: pd.DataFrame, answer: pd.DataFrame) -> pd.DataFrame:
    """Return the stored settles with the answer's: where both have a contract and date, the answer's."""
    both = pd.concat([stored, answer]).drop_duplicates(["date", "contract"], keep="last")
    return both.sort_values(["date", "contract"], ignore_index=True)
