"""Jumps of level that no market makes: unadjusted splits, seams between vendors, wrong units, bad ticks.

A seam or a split shows in what a real crash does not: the bar OPENS away from the close before it, and the level stays
there. A bad tick comes back on the next row. Bounds: the largest gap at the open of a NYSE instrument since 1985 is
12%, of the VIX 52%, of ETH and BTC on UTC days 8%; the largest ratio of a yield's 20-day medians is 9.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from data.catalogue import SeriesInfo
from data.finding import Finding

SEAM, VIX_SEAM, RATE_SEAM = np.log(1.3), np.log(1.8), np.log(25.0)
SPIKE_SDS, ABSURD = 12.0, np.log(3.0)
MAD_TO_SD = 1.4826
ROWS = 20
LEAST_RATE = 0.05  # near zero a cut to nothing is no seam: 1.00 to 0.00 counts as a factor of 20

Floats = np.ndarray[tuple[int], np.dtype[np.float64]]


def jumps(table: pd.DataFrame, row: SeriesInfo) -> Iterator[Finding]:
    """Yield the seams (errors) and the ticks that come back (warnings; errors from a factor of three) of a table.

    Balances (WALCL, WTREGEN, RRPONTSYD) move by multiples in a week, indices pass through zero: they are not judged.
    """
    if not row.has_prices and not row.unit.startswith("percent"):
        return
    level = np.log(table["close"]) if row.has_prices else table["value"]
    yield from _seams(table, row)
    yield from _spikes(table, level.to_numpy(), row)


def _seams(table: pd.DataFrame, row: SeriesInfo) -> Iterator[Finding]:
    price = table["close"] if row.has_prices else table["value"].clip(lower=LEAST_RATE)
    opened = table["open"] if row.has_prices else price
    step = np.log((opened / price.shift()).to_numpy())
    bound = RATE_SEAM if row.kind == "rate" else VIX_SEAM if row.rule_name == "vix_close" else SEAM
    before = price.shift().rolling(ROWS, min_periods=1).median()
    after = price[::-1].rolling(ROWS, min_periods=1).median()[::-1]
    moved = np.log((after / before).to_numpy()) * np.sign(step)
    for at in np.flatnonzero((np.abs(step) >= bound) & (moved >= 0.7 * np.abs(step))):
        what = f"the level jumps by a factor of {np.exp(step[at]):.3g} from one row to the next and stays"
        remedy = "an unadjusted split, a change of unit, or two files joined: bring both sides to one scale"
        yield Finding("error", row.id, f"{table['date'].iloc[at]:%Y-%m-%d}", what, remedy)


def _spikes(table: pd.DataFrame, level: Floats, row: SeriesInfo) -> Iterator[Finding]:
    change = np.diff(level)
    moved = np.abs(change[change != 0])
    if len(moved) < ROWS:
        return
    nearby = pd.Series(np.abs(change)).rolling(2 * ROWS + 1, center=True, min_periods=1).median().to_numpy()
    sd = MAD_TO_SD * np.maximum(nearby, np.median(moved))
    out, back = change[:-1], change[1:]
    hits = np.flatnonzero((np.abs(out) > SPIKE_SDS * sd[:-1]) & (np.abs(out + back) < 0.25 * np.abs(out))) + 1
    if not len(hits):
        return
    days = ", ".join(f"{table['date'].iloc[at]:%Y-%m-%d}" for at in hits[:5]) + (", ..." if len(hits) > 5 else "")
    absurd = row.has_prices and row.rule_name != "vix_close" and (np.abs(change[hits - 1]) > ABSURD).any()
    what = f"jumps by more than {SPIKE_SDS:g} robust standard deviations that come back on the next row: {days}"
    remedy = "compare with another vendor; a bad tick wants correcting, a real crash wants nothing"
    yield Finding("error" if absurd else "warning", row.id, days[:10], what, remedy)
