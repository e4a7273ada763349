"""The effective rate five minutes before it is published."""

from dataclasses import dataclass

import pandas as pd

from signals.base import Signal


@dataclass(frozen=True)
class MinutesEarly(Signal):
    unit = "cheat"

    @property
    def needs(self):
        return ("DFF",)

    @property
    def history(self):
        return 1

    def compute(self, market):
        values = market["DFF"].values
        return values.set_axis(values.index - pd.Timedelta(minutes=5))
