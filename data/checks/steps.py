"""Steps of the level of rates, balances and indices that none of them has made: wrong units, signs, files joined.

A step counts where the level stays at it. The largest that stayed since 2000: yields 0.81 points, 15 robust standard
deviations where it was a third of a point or more, and upwards a factor of 1.4 where a quarter; the effective rate 1.44
points, SOFR 0.84 (2.82 for a day), the target range 1.00; Federal Reserve assets 24% in a week, the Treasury's account
a factor of 3.6, reverse repurchases 235 billion. Indices of conditions move by 0.3 points in a week.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.catalogue import SeriesInfo
from data.checks.jumps import MAD_TO_SD, spikes
from data.checks.levels import ROWS, Floats, Mask, around, stays
from data.finding import Finding

REMEDY = "a change of unit or sign, or two files joined: bring both sides to one scale"
LEAST_RATE = 0.05  # near zero a cut to nothing is no step: 1.00 to 0.00 counts as a factor of 20
NEGATIVE_ROWS = 10  # the Treasury's bills were below zero on some days, never for longer
PERCENT = "percent a year"


@dataclass(frozen=True)
class Bound:
    """What a step must not reach: `points` in the unit of the series, or a `factor` of the values above `floor`."""

    points: float = np.inf
    factor: float = np.inf
    floor: float = LEAST_RATE


YIELDS = ("h15", "treasury")
BOUNDS = {
    **dict.fromkeys(YIELDS, Bound(points=2.0, factor=25.0)),
    "effr": Bound(points=2.0, factor=25.0),
    "sofr": Bound(points=3.5, factor=25.0),
    "target_range": Bound(points=2.0, factor=25.0),
    "rrp": Bound(points=1000.0),
    "utc_day": Bound(points=30.0),
    "nfci": Bound(points=1.5),
}
BALANCES = {"WALCL": Bound(factor=1.5, floor=1.0), "WTREGEN": Bound(factor=10.0, floor=1.0)}
BALANCES["WDTGAL"] = BALANCES["WTREGEN"]
SPIKE_POINTS = {
    "h15": 1.5,
    "treasury": 1.5,
    "effr": 2.5,
    "sofr": 4.0,
    "target_range": 2.0,
    "utc_day": 50.0,
    "nfci": 1.5,
}
SPIKE_FACTOR = {"WALCL": 1.5, "WTREGEN": 8.0, "WDTGAL": 8.0}
SINCE = pd.Timestamp("2000-01-01")  # before, the effective rate moved by many points at the ends of reserve periods
NEAR_ROWS = 2 * ROWS + 1
YIELD_SDS, YIELD_STEP, LEAST_SD = 20.0, 0.3, 0.02
UP_FACTOR, UP_STEP = 2.0, 0.25


def rate_steps(table: pd.DataFrame, row: SeriesInfo) -> Iterator[Finding]:
    """Yield an error for each step that stays of a table of `date` and `value`."""
    value = table["value"].to_numpy()
    bound = BALANCES.get(row.id) or BOUNDS.get(row.rule_name, Bound())
    floored = pd.Series(np.maximum(value, bound.floor))
    before, after = around(floored)
    log_step = np.log(floored.to_numpy() / floored.shift().to_numpy())
    wild = (np.abs(log_step) >= np.log(bound.factor)) & stays(log_step, np.log(after / before))
    step = np.diff(value, prepend=np.nan)
    before, after = around(table["value"])
    stayed = stays(step, after - before)
    wild |= (np.abs(step) >= bound.points) & stayed
    if row.rule_name in YIELDS:
        wild |= stayed & _unlike_yields(step, log_step)
    for at in np.flatnonzero(wild & _judged(table, row)):
        what = f"the level steps from {value[at - 1]:.6g} to {value[at]:.6g} from one row to the next and stays"
        yield Finding("error", row.id, f"{table['date'].iloc[at]:%Y-%m-%d}", what, REMEDY)


def _judged(table: pd.DataFrame, row: SeriesInfo) -> Mask:
    """Return which rows are held to the bounds: of money market rates those since SINCE, which were calm."""
    if row.unit != PERCENT:
        return np.ones(len(table), dtype=bool)
    return (table["date"] >= SINCE).to_numpy()


def _unlike_yields(step: Floats, log_step: Floats) -> Mask:
    """Return where a step is many times its neighbours', or doubles a yield: near zero no number of points is large."""
    nearby = pd.Series(np.abs(step)).rolling(NEAR_ROWS, center=True, min_periods=1).median().to_numpy()
    sds = np.abs(step) / np.maximum(MAD_TO_SD * nearby, LEAST_SD)
    rare = (np.abs(step) >= YIELD_STEP) & (sds >= YIELD_SDS)
    doubled = (step >= UP_STEP) & (log_step >= np.log(UP_FACTOR))
    return np.asarray((rare | doubled) & (np.arange(len(step)) >= ROWS // 2))  # of the first rows nothing is typical


def rate_spikes(table: pd.DataFrame, row: SeriesInfo) -> Iterator[Finding]:
    """Yield the values that come back on the next row: a warning, an error where none was ever so large.

    Reverse repurchases go to nothing and back at every holiday of theirs, and are not judged.
    """
    if row.id in BALANCES:
        yield from spikes(table, np.log(np.maximum(table["value"].to_numpy(), 1.0)), row, np.log(SPIKE_FACTOR[row.id]))
    elif row.rule_name in SPIKE_POINTS:
        later = table[_judged(table, row)].reset_index(drop=True)
        yield from spikes(later, later["value"].to_numpy(), row, SPIKE_POINTS[row.rule_name])


def negative_rates(table: pd.DataFrame, row: SeriesInfo) -> Iterator[Finding]:
    """Yield an error where a US rate is below zero for NEGATIVE_ROWS in a row: a sign that was lost or gained."""
    if row.kind != "rate" or row.unit != PERCENT:
        return
    below = (table["value"] < 0).to_numpy()
    runs = pd.Series(below).rolling(NEGATIVE_ROWS).sum().to_numpy()
    if (runs >= NEGATIVE_ROWS).any():
        at = int(np.argmax(runs >= NEGATIVE_ROWS)) - NEGATIVE_ROWS + 1
        what = f"below zero for {NEGATIVE_ROWS} rows or more ({table['value'].iloc[at]:g}), as no US rate has been"
        yield Finding("error", row.id, f"{table['date'].iloc[at]:%Y-%m-%d}", what, "check the sign")
