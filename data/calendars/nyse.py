"""NYSE closes by exchange_calendars, kept on disk: building half a century takes 0.3 s, reading it none."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

from data.calendars.kept import Days, kept
from data.installed import version


def closes(first: pd.Timestamp, last: pd.Timestamp) -> pd.Series[pd.Timestamp]:
    """Return real closes (half days too) as UTC instants, indexed by session date, from `first` to `last`."""
    name = f"nyse-{version('exchange_calendars')}-{first:%Y%m%d}-{last:%Y%m%d}"
    days, instants = (column.astype("datetime64[ns]") for column in kept(name, lambda: _build(first, last)))
    return pd.Series(pd.DatetimeIndex(instants, tz="UTC"), index=pd.DatetimeIndex(days))


def _build(first: pd.Timestamp, last: pd.Timestamp) -> Days:
    with warnings.catch_warnings():
        # exchange_calendars 4.13 uses what pandas 3.1 deprecates; its numbers are right either way.
        warnings.simplefilter("ignore", DeprecationWarning)
        import exchange_calendars  # noqa: PLC0415  # heavy: loaded when it is needed

        found = exchange_calendars.get_calendar("XNYS", start=first, end=last).closes
    days = found.index.to_numpy().astype("datetime64[ns]").astype(np.int64)
    instants = found.dt.tz_localize(None).to_numpy().astype("datetime64[ns]").astype(np.int64)
    return np.stack([days, instants])
