"""What a look at a signal or at a lead asked for, read off its row of the registry."""

from __future__ import annotations

import re
from typing import cast

import pandas as pd

from backtests.experiments.toml import parse_signal
from backtests.lead.windows import Kind
from backtests.registry import Entry, SweepEntry
from backtests.runs.subject import Target, of_signal
from data.calendars.nyse import closes

PARTS = re.compile(", (?=traded = |windows = |controls = )")
MOST_CLOSED_DAYS = 14
ANY = "whichever the source has"


def signal_asked(entry: Entry | SweepEntry) -> Target:
    """Return the signal that a sheet looked at, with its parameters and in its market."""
    signal, market = parse_signal(entry.spec.encode(), f"the row of {entry.study}")
    return of_signal(signal, (), market)


def session_before(day: pd.Timestamp | None) -> pd.Timestamp | None:
    """Return the NYSE session before a day: the first window of an examination ends a session after its first one."""
    if day is None:
        return None
    before = closes(day - pd.Timedelta(days=MOST_CLOSED_DAYS), day - pd.Timedelta(days=1))
    return pd.Timestamp(before.index[-1])


def lead_asked(spec: str) -> tuple[str, str, Kind | None, tuple[str, ...]]:
    """Return leader, traded asset, kind of windows (None: any) and further series held fixed, of a row's `spec`."""
    named = dict(part.split(" = ", 1) for part in PARTS.split(spec))
    kind = None if named["windows"] == ANY else cast("Kind", named["windows"])
    others = tuple(id.strip() for id in named.get("controls", "").split(",") if id.strip())
    return named["leader"], named["traded"], kind, others
