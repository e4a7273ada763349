"""Instants: a date and a clock of New York, as UTC."""

from __future__ import annotations

import pandas as pd

NEW_YORK = "America/New_York"


def new_york(dates: pd.DatetimeIndex, clock: str) -> pd.DatetimeIndex:
    """Return the UTC instants of a New York wall-clock time ("16:15") on each date."""
    return (dates + pd.Timedelta(f"{clock}:00")).tz_localize(NEW_YORK).tz_convert("UTC")
