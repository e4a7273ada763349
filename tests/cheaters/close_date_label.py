"""Values labelled by the date before they closed."""

from dataclasses import dataclass

import pandas as pd

from signals.base import Signal


@dataclass(frozen=True)
class CloseDateLabel(Signal):
    unit = "cheat"

    @property
    def needs(self):
        return ("leader",)

    @property
    def history(self):
        return 61

    def compute(self, market):
        values = market["leader"].values.pct_change(60)
        return values.set_axis(values.index - pd.Timedelta(days=1))
