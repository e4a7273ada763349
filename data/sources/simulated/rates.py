"""The rates of the simulated market: a target range moved at meetings, and yields that expect its path.

A shadow rate s and its momentum v (percent, percent a year) move every day: ds = (v - PULL*(s - LEVEL)) dt,
dv = -FADE*v dt + noise. At each meeting the range follows s by at most one step; a yield is the mean of E[s] over its
term, plus a premium and noise. Nothing here touches a price (docs/simulated.md).
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from data.calendars.publication import federal_holidays
from data.sources.simulated.prices import Array, Flags, autoregression
from data.table import DAY

TERMS = {"DGS3MO": 0.25, "DGS6MO": 0.5, "DGS1": 1.0, "DGS2": 2.0, "DGS5": 5.0, "DGS10": 10.0}
"""Years of each yield."""
SHOCKS = ("momentum", "premium", "DFF", "SOFR", *TERMS)
LEVEL, PULL, FADE, MOMENTUM_SD = 2.5, 0.3, 1.0, 1.1
STEP, FLOOR = 0.25, 0.125
YEAR = 365.0


def meetings(days: pd.DatetimeIndex) -> Flags:
    """Return on which days a decision is announced: eight Wednesdays a year, none on a federal holiday.

    The second of March, June, September and December, and the last of January, April, July and October.
    """
    second = days.month.isin((3, 6, 9, 12)) & (days.day >= 8) & (days.day <= 14)
    last = days.month.isin((1, 4, 7, 10)) & (days.day > days.days_in_month - 7)
    return np.asarray((days.day_of_week == 2) & (second | last))


def shadow_rate(momentum: Array) -> Array:
    """Return the shadow rate of each day (percent) that its `momentum` (percent a year) makes, from LEVEL on."""
    out, rate = [], LEVEL
    for slope in momentum.tolist():
        rate += (slope - PULL * (rate - LEVEL)) / YEAR
        out.append(rate)
    return np.array(out)


def target_midpoint(shadow: Array, meeting: Flags) -> Array:
    """Return the midpoint of the target range in force on each day: a decision is in force from the day after."""
    middle = max(FLOOR, round((float(shadow[0]) - FLOOR) / STEP) * STEP + FLOOR)
    out = []
    for rate, decides in zip(shadow.tolist(), meeting.tolist(), strict=True):
        out.append(middle)
        if decides:
            steps = max(-1, min(1, round((rate - middle) / STEP)))
            middle = max(FLOOR, middle + steps * STEP)
    return np.array(out)


def expected_mean(shadow: Array, momentum: Array, years: float) -> Array:
    """Return the mean of E[shadow rate] over the next `years`, from the two states of the day."""
    of_level, of_momentum = ((1 - math.exp(-speed * years)) / (speed * years) for speed in (PULL, FADE))
    return LEVEL + of_level * (shadow - LEVEL) + (of_momentum - of_level) / (PULL - FADE) * momentum


def tables(days: pd.DatetimeIndex, shocks: Mapping[str, Array]) -> dict[str, pd.DataFrame]:
    """Return the canonical tables of every rate (percent a year, two decimals) from one row of `shocks` a day."""
    momentum = autoregression(shocks["momentum"], math.exp(-FADE / YEAR), MOMENTUM_SD)
    shadow = shadow_rate(momentum)
    middle = target_midpoint(shadow, meetings(days))
    premium = 0.6 + autoregression(shocks["premium"], 0.996, 0.5)
    federal = np.is_busday(days.to_numpy().astype("datetime64[D]"), holidays=federal_holidays())
    every = np.ones(len(days), dtype=bool)
    out = {
        "DFEDTARU": _table(days, every, middle + STEP / 2),
        "DFEDTARL": _table(days, every, middle - STEP / 2),
        "DFF": _table(days, every, middle - 0.04 + _held(0.01 * shocks["DFF"], federal)),
        "SOFR": _table(days, federal, middle - 0.05 + 0.02 * shocks["SOFR"]),
    }
    for id, years in TERMS.items():
        curve = np.maximum(expected_mean(shadow, momentum, years), 0.05)
        noise = autoregression(shocks[id], 0.97, 0.05)
        out[id] = _table(days, federal, curve + premium * (years / 10) ** 0.8 + noise)
    return out


def _held(noise: Array, due: Flags) -> Array:
    last = np.maximum.accumulate(np.where(due, np.arange(len(due)), 0))
    return noise[last]


def _table(days: pd.DatetimeIndex, due: Flags, value: Array) -> pd.DataFrame:
    return pd.DataFrame({"date": days[due].to_numpy().astype(DAY), "value": np.round(value[due], 2)})
