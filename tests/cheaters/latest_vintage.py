"""The last vintage of each observation, at the instant of its first."""

from dataclasses import dataclass

import pandas as pd

from signals.base import Signal


@dataclass(frozen=True)
class LatestVintage(Signal):
    unit = "cheat"

    @property
    def needs(self):
        return ("NFCI",)

    @property
    def history(self):
        return 1

    def compute(self, market):
        latest = market["NFCI"].frame.drop_duplicates("observed", keep="last")
        first = market["NFCI"].frame.drop_duplicates("observed", keep="first")
        return pd.Series(latest["value"].to_numpy(), index=pd.DatetimeIndex(first["known_at"], name="known_at"))
