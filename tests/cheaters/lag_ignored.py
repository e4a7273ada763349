"""A Treasury yield used on the evening of its own date; H.15 comes a business day later."""

from dataclasses import dataclass

import pandas as pd

from signals.base import Signal


@dataclass(frozen=True)
class LagIgnored(Signal):
    unit = "cheat"

    @property
    def needs(self):
        return ("DGS2",)

    @property
    def history(self):
        return 21

    def compute(self, market):
        frame = market["DGS2"].frame
        same_day = pd.DatetimeIndex(frame["observed"]).tz_localize("UTC") + pd.Timedelta(hours=21)
        return -pd.Series(frame["value"].to_numpy(), index=same_day.rename("known_at")).diff(20)
