"""A vintage used from midnight of its own date; it is released at 08:30 New York."""

from dataclasses import dataclass

import pandas as pd

from signals.base import Signal


@dataclass(frozen=True)
class VintageAtMidnight(Signal):
    unit = "cheat"

    @property
    def needs(self):
        return ("NFCI",)

    @property
    def history(self):
        return 14

    def compute(self, market):
        index = market["NFCI"]
        change = -index.change(13)
        dates = pd.DatetimeIndex(index.frame["vintage"].drop_duplicates()).tz_localize("UTC")
        return change.set_axis(dates.as_unit("ns").rename("known_at"))
