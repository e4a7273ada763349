"""Financial conditions by vintages and crypto sentiment in the simulated market.

From a generator of their own, so that they exist without moving a digit of the others. NFCI follows the VIX; each
release estimates its last weeks again: another scale and origin of the whole vintage, and errors of the newest weeks
that fade as they age. FNG is a slow AR(1) that knows nothing of ETH (docs/simulated.md).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from data.calendars.publication import federal_day_from
from data.sources.simulated.prices import autoregression
from data.table import DAY

SHOCKS = ("conditions", "scale", "origin", "error", "sentiment")
FRIDAY = 4
WEEKS = 120  # of one vintage
FADE = 6.0  # weeks in which the error of a first estimate falls to 1/e


def tables(days: pd.DatetimeIndex, seed: int, made: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return the canonical tables over `days`, from the tables already made of the same world and a seed."""
    draws = np.random.default_rng([seed, 2]).standard_normal((len(days), len(SHOCKS)))
    shocks = dict(zip(SHOCKS, draws.T, strict=True))
    mood = np.clip(np.rint(48 + autoregression(shocks["sentiment"], 0.97, 18.0)), 0, 100)
    sentiment = pd.DataFrame({"date": days.to_numpy().astype(DAY), "value": mood})
    return {"NFCI": _vintages(days, shocks, made["VIX"]), "FNG": sentiment}


def _vintages(
    days: pd.DatetimeIndex, shocks: Mapping[str, np.ndarray[tuple[int], np.dtype[np.float64]]], vix: pd.DataFrame
) -> pd.DataFrame:
    fridays = np.flatnonzero(days.day_of_week == FRIDAY)
    fear = vix.set_index("date")["close"].reindex(days, method="ffill").fillna(18.0).to_numpy(dtype=np.float64)
    level = 0.8 * np.log(fear / 18) - 0.4 + autoregression(shocks["conditions"], 0.995, 0.1)
    # Draws of each week's Friday: a vintage is then made of what had been drawn when it was released.
    truth, error = level[fridays], 0.05 * shocks["error"][fridays]
    scale = 1 + autoregression(shocks["scale"], 0.99, 0.04)[fridays]
    origin = autoregression(shocks["origin"], 0.99, 0.04)[fridays]
    release = federal_day_from(days[fridays] + pd.Timedelta(days=5))
    at, age = np.divmod(np.arange(len(fridays) * WEEKS), WEEKS)
    age = WEEKS - 1 - age  # the oldest week of each vintage first
    kept = (age <= at) & np.asarray(release <= days[-1])[at]
    at, age = at[kept], age[kept]
    value = scale[at] * (truth[at - age] + error[at - age] * np.exp(-age / FADE)) + origin[at]
    columns = {"date": days[fridays].to_numpy()[at - age].astype(DAY), "value": np.round(value, 5)}
    return pd.DataFrame({**columns, "vintage": release.to_numpy()[at].astype(DAY)})
