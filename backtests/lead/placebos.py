"""Placebos: the deciding statistic where it ought to find nothing, or where finding says something else.

A lead of small caps must not be found with SPY, QQQ or bitcoin in the leader's seat in its place, nor the other way
round, nor in time reversed, nor when the calendars are slid past each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from backtests.lead.deciding import LAGS, Lead, both_forms, partial_lead
from backtests.lead.enough import LEAST_SESSIONS
from backtests.lead.family import Array
from backtests.lead.sample import Sample
from backtests.lead.verdict import Decision
from backtests.lead.windows import COIN, Windows

SHIFTS, NEAREST = 99, 60


@dataclass(frozen=True)
class Shifted:
    """The strongest t of the matched series against that of series slid past each other in a circle."""

    t: float
    p_value: float
    shifts: int

    def as_json(self) -> dict[str, Any]:
        """Return the fields."""
        return dict(vars(self))


@dataclass(frozen=True)
class Trap:
    """Correlations with the leader's session after (-1), same (0) and before (1): matched windows and wrong labels.

    `bars`: the bar of the UTC day of the session's date; `close date`: that bar under the date on which it closes.
    `p_value`: of the leader's raw lags 1..10 in each labelling, corrected for the search. `half_width` of 95% at 0.
    """

    correlations: dict[str, tuple[float, float, float]]
    p_value: dict[str, float]
    half_width: float
    n: int

    def as_json(self) -> dict[str, Any]:
        """Return the fields, correlations by lag."""
        rows = {name: dict(zip(("-1", "0", "1"), values, strict=True)) for name, values in self.correlations.items()}
        return {"correlations": rows, "p_value_searched": self.p_value, "half_width": self.half_width, "n": self.n}


def placebos(windows: Windows, decision: Decision) -> dict[str, Lead | Shifted | str]:
    """Return each placebo by name: its result, or why there is none."""
    sample = windows.sample
    swapped = {id: _seat(windows, id) for id in windows.controls}
    assert decision.reverse is not None
    return {
        **swapped,
        "BTC": coin(windows),
        "reversed direction": decision.reverse,
        "time reversed": time_reversed(sample),
        "circularly shifted": shifted(sample),
    }


def _seat(windows: Windows, id: str) -> Lead:
    sample = windows.seat(id)
    return partial_lead(sample.traded, sample.leader, sample.beside, id)


def coin(windows: Windows) -> Lead | str:
    """Return the lead of bitcoin beyond every equity, on windows between 00:00 UTC for both coins."""
    both = windows.coins.dropna()
    if len(both) < LEAST_SESSIONS:
        return f"no {COIN} beside {windows.traded} in the source"
    equities = windows.table.loc[both.index, [windows.leader, *windows.controls]]
    others = [equities[id].to_numpy() for id in equities]
    return partial_lead(both["traded"].to_numpy(), both["coin"].to_numpy(), others, COIN)


def time_reversed(sample: Sample) -> Lead:
    """Return the deciding statistic on the same series run backwards."""
    controls = [x[::-1] for x in sample.beside]
    return partial_lead(sample.traded[::-1], sample.leader[::-1], controls)


def shifted(sample: Sample, shifts: int = SHIFTS) -> Shifted:
    """Return the strongest t beside that of `shifts` worlds where the traded asset is slid by 60 sessions and more."""
    controls = sample.beside

    def strongest(traded: Array) -> float:
        return float(both_forms(traded, sample.leader, controls, controls).t.max())

    steps = np.linspace(NEAREST, sample.n - NEAREST, shifts).astype(int)
    slid = [strongest(np.roll(sample.traded, int(step))) for step in steps]
    t = strongest(sample.traded)
    return Shifted(t, (1 + sum(other >= t for other in slid)) / (1 + shifts), shifts)


def trap(windows: Windows) -> Trap:
    """Return what wrong labels would have shown, on the sessions that all labellings have."""
    labelled = pd.DataFrame({"matched": windows.table["traded"], **dict(windows.mislabelled.items())}).dropna()
    x = windows.table.loc[labelled.index, windows.leader]
    correlations = {
        str(name): (float(x.corr(y.shift())), float(x.corr(y)), float(x.shift().corr(y)))
        for name, y in labelled.items()
    }
    p_values = {
        str(name): partial_lead(y.to_numpy(), x.to_numpy(), []).p_value_searched for name, y in labelled.items()
    }
    return Trap(correlations, p_values, 1.959963984540054 / float(np.sqrt(len(x) - LAGS)), len(x))
