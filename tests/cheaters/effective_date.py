"""The target range known a day before its date: before the announcement, where there is one."""

from dataclasses import dataclass

import pandas as pd

from signals.base import Signal


@dataclass(frozen=True)
class EffectiveDate(Signal):
    unit = "cheat"

    @property
    def needs(self):
        return ("DFEDTARU",)

    @property
    def history(self):
        return 10

    def compute(self, market):
        frame = market["DFEDTARU"].frame
        instants = pd.DatetimeIndex(frame["observed"]).tz_localize("UTC") - pd.Timedelta(hours=24)
        return pd.Series(frame["value"].to_numpy(), index=instants.rename("known_at"))
