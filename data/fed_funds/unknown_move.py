"""Why the settles of a date say nothing of the next meeting: which contracts have none."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.calendars.meetings import FIRST_MONTH, month_text, ordinal
from data.fed_funds.fedwatch import ID, path_of
from data.fed_funds.rate_path import Move, RatePath, missing
from data.futures import Contracts

REMEDY = "give files that have it (--source folder:PATH), or choose other days"


def unknown_move(contracts: Contracts, instant: pd.Timestamp, ahead: int | None = None) -> str:
    """Return why the newest settles known at `instant` say nothing of the next meeting's move; empty where they do.

    With `ahead`, of the rate before that meeting and of the rate so many months ahead, which is all that is read then.
    """
    rates = contracts.until(instant).rates
    if not len(rates.days):
        return ""
    day = rates.days[-1]
    path = path_of(rates, slice(len(rates.days) - 1, None), day)
    move = next(iter(path.moves(most=1)), None)
    if ordinal(day) < FIRST_MONTH or move is None:
        first = month_text(FIRST_MONTH)
        return f"{ID} of {day:%Y-%m-%d}: no meeting to come on the calendar, which begins with {first}"
    why = missing(move, 0, path.rate_of) if ahead is None else _not_ahead(move, path, ordinal(day) + ahead)
    return f"{ID} of {day:%Y-%m-%d}: {why}; {REMEDY}" if why else ""


def _not_ahead(move: Move, path: RatePath, month: int) -> str | None:
    """Return why the rate before a meeting or that of `month` is NaN, or None."""
    own = move.months[:1] if move.months[0] < ordinal(move.meeting) else move.months
    read = {month, *(own if np.isnan(move.start[0]) else ())}
    gone = [month_text(at) for at in sorted(read) if np.isnan(path.rate_of(at)[0])]
    if gone:
        return f"no settle of {' and '.join(gone)}"
    return missing(move, 0, path.rate_of) if np.isnan(move.start[0]) else None
