"""The adjusted close against the close: it steps up at a dividend by the dividend's share, and stands between two.

The ratio adj_close / close of an asset that pays dividends ends near one and is smaller before. So it never falls from
one row to the next, does not rise by more than a large dividend, and rests on most rows.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from data.catalogue import SeriesInfo
from data.finding import Finding

ROUNDING = 2e-3  # prices of some USD in whole cents
LARGEST, A_YEAR, YEAR_ROWS = np.log(1.10), 0.35, 252
OFTEN = 0.15
ABOVE = 0.02
REMEDY = "give adj_close and close of one download, or leave adj_close out"


def adjustments(table: pd.DataFrame, row: SeriesInfo) -> Iterator[Finding]:
    """Yield the first fault of the ratio, and dividends that are too large, of an asset that pays dividends."""
    if not row.pays_dividends:
        return
    if "adj_close" in table:
        yield from _ratio(table, row)
    if "dividend" in table:
        yield from _dividends(table, row)


def _ratio(table: pd.DataFrame, row: SeriesInfo) -> Iterator[Finding]:
    ratio = np.log(table["adj_close"].to_numpy() / table["close"].to_numpy())
    step = np.diff(ratio, prepend=ratio[:1])
    wild = (step > LARGEST) | (step < -ROUNDING)
    if wild.any():
        at = int(np.argmax(wild))
        what = f"adj_close / close steps by a factor of {np.exp(step[at]):.4g}, to {np.exp(ratio[at]):.4g}"
        yield Finding("error", row.id, f"{table['date'].iloc[at]:%Y-%m-%d}", f"{what}, which no dividend does", REMEDY)
        return
    year = pd.Series(step).rolling(YEAR_ROWS, min_periods=1).sum().to_numpy()
    moving = (np.abs(step) > ROUNDING).mean()
    if (year > A_YEAR).any() or (moving > OFTEN and len(step) > YEAR_ROWS // 4):
        at = int(np.argmax(year))
        what = f"adj_close / close rises by {np.exp(year[at]) - 1:.0%} in a year and moves on {moving:.0%} of the rows"
        yield Finding("error", row.id, f"{table['date'].iloc[at]:%Y-%m-%d}", what, REMEDY)
    elif ratio.max() > ABOVE:
        at = int(np.argmax(ratio))
        what = f"adj_close {table['adj_close'].iloc[at]:.6g} is above the close {table['close'].iloc[at]:.6g}"
        yield Finding("error", row.id, f"{table['date'].iloc[at]:%Y-%m-%d}", what, REMEDY)


def _dividends(table: pd.DataFrame, row: SeriesInfo) -> Iterator[Finding]:
    share = (table["dividend"] / table["close"].shift()).to_numpy()
    wild = share > np.expm1(LARGEST)
    if wild.any():
        at = int(np.argmax(wild))
        what = f"a dividend of {table['dividend'].iloc[at]:g} is {share[at]:.0%} of the close before it"
        yield Finding("error", row.id, f"{table['date'].iloc[at]:%Y-%m-%d}", what, "the unit must be USD a share")
