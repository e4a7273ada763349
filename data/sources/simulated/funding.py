"""The funding rate of a perpetual future of ETH in the simulated market, every eight hours.

An AR(1) about the base rate of 0.01%, from a generator of its own: it knows nothing of ETH (docs/simulated.md).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.sources.simulated.prices import autoregression
from data.table import DAY

BASE, SPREAD, MEMORY = 0.0001, 0.0002, 0.97
HOURS = (8, 16, 24)  # of each day; the last falls due as its bar closes


def tables(days: pd.DatetimeIndex, seed: int) -> dict[str, pd.DataFrame]:
    """Return the canonical table over `days` from a seed."""
    draws = np.random.default_rng([seed, 3]).standard_normal((len(days), len(HOURS)))
    rate = BASE + autoregression(draws.ravel(), MEMORY, SPREAD)
    instants = days.to_numpy()[:, None] + np.array(HOURS, dtype="timedelta64[h]")
    columns = {"date": instants.ravel().astype(DAY), "value": np.round(rate, 8)}
    return {"ETHUSDT-FUNDING": pd.DataFrame(columns)}
