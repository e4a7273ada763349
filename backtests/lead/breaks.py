"""Where the co-movement broke: CUSUM on the product of standardised returns, and dates beside the catalysts.

On regression residuals CUSUM is blind to a change of beta; the product's mean is the correlation, and moves with it.
Each return is standardised by its own past volatility, so that a change of volatility alone is no break.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from data.calendars.events import eth_events

COM, WARM = 60, 60
CLIP = 3.0
"""Standardised returns are held to +-3: one crash in March 2020 would otherwise be a break of its own."""
SHORTEST = 60
NEAR_DAYS = 30


@dataclass(frozen=True)
class Break:
    """One break: the close after which the correlation differs, the correlations on both sides, catalysts near it."""

    date: pd.Timestamp
    before: float
    after: float
    events: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Breaks:
    """The test of no break at all, and the dates: without the first, the second are descriptions."""

    statistic: float
    p_value: float
    n: int
    dates: tuple[Break, ...]
    product: pd.Series[float]
    cusum: pd.Series[float]

    def as_json(self) -> dict[str, Any]:
        """Return the numbers without the daily curves."""
        dates = [
            {"date": f"{b.date:%Y-%m-%d}", "before": b.before, "after": b.after, "events": list(b.events)}
            for b in self.dates
        ]
        return {"statistic": self.statistic, "p_value": self.p_value, "n": self.n, "dates": dates}


def standardised(returns: pd.Series[float]) -> pd.Series[float]:
    """Return returns over their volatility as known before, held to +-3; the first 60 are left out."""
    past = (returns**2).ewm(com=COM, min_periods=WARM).mean().shift() ** 0.5
    return (returns / past).clip(-CLIP, CLIP).dropna()


def find_breaks(x: pd.Series[float], y: pd.Series[float]) -> Breaks:
    """Return the breaks of the correlation of two series of session returns on one index."""
    from statsmodels.stats.diagnostic import breaks_cusumolsresid  # noqa: PLC0415  # heavy: loaded when it is needed

    u, v = standardised(x), standardised(y)
    product = u * v / float(np.sqrt((u**2).mean() * (v**2).mean()))
    left = (product - product.mean()).to_numpy()
    statistic, p_value, _ = breaks_cusumolsresid(left, ddof=1)
    path = np.cumsum(left) / (left.std(ddof=1) * np.sqrt(len(left)))
    return Breaks(
        statistic=float(statistic),
        p_value=float(p_value),
        n=len(product),
        dates=tuple(_dates(product)),
        product=product,
        cusum=pd.Series(path, index=product.index),
    )


def _dates(product: pd.Series[float]) -> list[Break]:
    """Return the breaks of the mean by PELT (Killick et al. 2012), squared loss, penalty 3 log(n) variance."""
    import ruptures  # noqa: PLC0415  # heavy: loaded when it is needed

    values = product.to_numpy()
    if len(values) < 2 * SHORTEST:
        return []
    penalty = 3 * np.log(len(values)) * float(values.var())
    search = ruptures.KernelCPD(kernel="linear", min_size=SHORTEST)  # the linear kernel is squared loss, compiled
    ends = search.fit(values[:, None]).predict(pen=penalty)
    edges = [0, *ends]
    means = [float(values[a:b].mean()) for a, b in pairwise(edges)]
    index = pd.DatetimeIndex(product.index)
    return [
        Break(index[at], before, after, _near(index[at]))
        for at, before, after in zip(ends, means, means[1:], strict=False)
    ]


def _near(at: pd.Timestamp) -> tuple[str, ...]:

    table = eth_events()
    days = (table["date"] - at.tz_localize(None)).dt.days
    near = table[days.abs() <= NEAR_DAYS]
    return tuple(f"{row.date:%Y-%m-%d} {row.name_}" for row in near.rename(columns={"name": "name_"}).itertuples())
