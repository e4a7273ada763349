"""Tables of facts with their sources: FOMC decisions and Ethereum catalysts.

Facts, not signals: decisions give a time to the target range; catalysts annotate and serve event studies (upgrade dates
are announced ahead and are never alpha). Rows whose `verified` is not "yes" are what their `source` says, no more.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import pandas as pd

from data.calendars.instants import new_york

SCHEDULED, UNSCHEDULED = "14:00", "17:00"


def _read(name: str, dates: list[str]) -> pd.DataFrame:
    with files("data").joinpath(f"calendars/{name}").open("rb") as file:
        return pd.read_csv(file, parse_dates=dates)


@cache
def fomc_decisions() -> pd.DataFrame:
    """Return FOMC decisions.

    Columns: decision_date, effective_date, type, lower, upper (percent), change_bp, verified, source, note,
    announced_at.

    `announced_at` (UTC) is 14:00 New York of the decision date; 17:00 for unscheduled ones, which is at or after every
    real announcement since 2015 (2020-03-03 10:00, 2020-03-15 17:00, 2020-03-23 08:00). NaN where not yet held.
    """
    table = _read("fomc_decisions.csv", ["decision_date", "effective_date"])
    days = pd.DatetimeIndex(table["decision_date"])
    scheduled = (table["type"] == "scheduled").to_numpy()
    table["announced_at"] = new_york(days, SCHEDULED).where(scheduled, new_york(days, UNSCHEDULED))
    return table


@cache
def announcement_of_effective_dates() -> pd.Series[pd.Timestamp]:
    """Return, for each effective date of a decision already held, the UTC instant of its announcement."""
    held = fomc_decisions().dropna(subset="upper")
    instants = held.set_index("effective_date")["announced_at"]
    return instants[~instants.index.duplicated()].astype("datetime64[ns, UTC]")


@cache
def eth_events() -> pd.DataFrame:
    """Return Ethereum catalysts: date (UTC day), time_utc (text, may be empty), name, kind, verified, source, note."""
    return _read("eth_events.csv", ["date"])
