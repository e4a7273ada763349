"""The close of a session at the very second at which the session closes; it prints after it."""

from dataclasses import dataclass

import pandas as pd

from signals.base import Signal


@dataclass(frozen=True)
class AtTheInstant(Signal):
    unit = "cheat"

    @property
    def needs(self):
        return ("leader",)

    @property
    def history(self):
        return 1

    def compute(self, market):
        values = market["leader"].values
        return values.set_axis(values.index - pd.Timedelta(minutes=1))
