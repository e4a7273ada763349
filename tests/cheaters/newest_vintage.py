"""The newest vintage's whole history, each week at the instant at which its first estimate was released."""

from dataclasses import dataclass

import pandas as pd

from data.catalogue import lookup
from signals.base import Signal


@dataclass(frozen=True)
class NewestVintage(Signal):
    unit = "cheat"

    @property
    def needs(self):
        return ("NFCI",)

    @property
    def history(self):
        return 14

    def compute(self, market):
        frame = market["NFCI"].frame
        newest = frame[frame["vintage"] == frame["vintage"].max()]
        released = lookup("NFCI").rule.known_at(pd.DatetimeIndex(newest["observed"]))
        return -pd.Series(newest["value"].to_numpy(), index=released.rename("known_at")).diff(13)
