"""The same question in parts of the history: does what holds over all of it hold in each?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from backtests.signal_sheets.forward import Estimate, estimate, methods
from backtests.signal_sheets.sample import Sample

CLAIMED = pd.Timestamp("2025-10-08")  # the claim was published: only what comes after was not known to its author
PERIODS = (
    ("before 2018", None, "2017-12-31"),
    ("2018-19", "2018-01-01", "2019-12-31"),
    ("2020-21", "2020-01-01", "2021-12-31"),
    ("2022", "2022-01-01", "2022-12-31"),
    ("2023 to the claim", "2023-01-01", "2025-10-07"),
    ("since the claim", "2025-10-08", None),
)
HORIZONS = (1, 5, 20)


@dataclass(frozen=True)
class Period:
    """One part of the history: its bars, what the traded asset did, and the estimates by the method to judge by."""

    name: str
    start: str
    end: str
    bars: int
    n: int
    mean: float | None
    asset_return: float
    estimates: tuple[Estimate, ...]


def stability(sample: Sample) -> tuple[Period, ...]:
    """Return the periods that the sample has bars in; no return reaches over the end of a period."""
    found = []
    for name, start, end in PERIODS:
        part = sample.between(pd.Timestamp(start) if start else None, pd.Timestamp(end) if end else None)
        if len(part) > 1:
            found.append(_period(name, part))
    return tuple(found)


def _period(name: str, part: Sample) -> Period:
    known = part.x[np.isfinite(part.x)]
    return Period(
        name=name,
        start=f"{part.labels[0]:%Y-%m-%d}",
        end=f"{part.labels[-1]:%Y-%m-%d}",
        bars=len(part),
        n=len(known),
        mean=float(known.mean()) if len(known) else None,
        asset_return=float(part.close[-1] / part.close[0] - 1),
        estimates=tuple(estimate(part.x, part.y, h, methods(h)[0]) for h in HORIZONS),
    )
