"""Jumps of the level of prices that no market makes: unadjusted splits, seams between vendors, wrong units, bad ticks.

A seam or a split shows in what a real crash does not: the bar OPENS away from the close before it, and the level stays
there. A bad tick comes back on the next row. Bounds: the largest gap at the open of a NYSE instrument since 1985 is
12%, of the VIX 52%, of ETH and BTC on UTC days 8%; the largest change from close to close 17%, 115% and 81%.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from data.catalogue import BY_ID, SeriesInfo
from data.checks.levels import ROWS, Floats, Mask, around, stays
from data.finding import Finding

SEAM, DAY_SEAM, VIX_SEAM = np.log(1.3), np.log(1.2), np.log(1.8)
GAP_SHARE = 0.4  # of a gap at the open, where markets move meanwhile
LARGEST = {"nyse_close": np.log(1.35), "vix_close": np.log(3.0), "utc_day": np.log(2.5), "utc_hour": np.log(1.8)}
SMALL_COIN = np.log(5.0)
WICK = {"nyse_close": np.log(1.5), "vix_close": np.log(3.0), "utc_day": np.log(5.0), "utc_hour": np.log(5.0)}
SPIKE_SDS, ABSURD, VIX_ABSURD = 12.0, np.log(3.0), np.log(4.0)
MAD_TO_SD = 1.4826
REMEDY = "an unadjusted split, a change of unit, or two files joined: bring both sides to one scale"


def price_jumps(table: pd.DataFrame, row: SeriesInfo) -> Iterator[Finding]:
    """Yield the seams (errors) and the ticks that come back (warnings; errors from a factor of three) of prices."""
    yield from _seams(table, row)
    yield from _wicks(table, row)
    yield from spikes(
        table, np.log(table["close"].to_numpy()), row, VIX_ABSURD if row.rule_name == "vix_close" else ABSURD
    )


def _seams(table: pd.DataFrame, row: SeriesInfo) -> Iterator[Finding]:
    before, after = around(table["close"])
    moved = np.log(after / before)
    eve = table["close"].shift().to_numpy()
    opened, closed = np.log(table["open"].to_numpy() / eve), np.log(table["close"].to_numpy() / eve)
    largest = SMALL_COIN if row.id not in BY_ID else LARGEST.get(row.rule_name, SMALL_COIN)
    joined = _opens_at_the_close(table, row)
    wide = np.abs(opened) >= np.where(joined, DAY_SEAM, VIX_SEAM if row.rule_name == "vix_close" else SEAM)
    gap = wide & (joined | stays(opened, moved, GAP_SHARE))
    for at in np.flatnonzero(gap | ((np.abs(closed) >= largest) & stays(closed, moved))):
        step, name = (opened, "open") if gap[at] else (closed, "close")
        values = f"{eve[at]:.6g} to {table[name].iloc[at]:.6g}"
        what = f"the level jumps by a factor of {np.exp(step[at]):.3g} from one row to the next ({values}) and stays"
        yield Finding("error", row.id, f"{table['date'].iloc[at]:%Y-%m-%d}", what, REMEDY)


def _opens_at_the_close(table: pd.DataFrame, row: SeriesInfo) -> Mask:
    """Return where a bar of a UTC day begins as the one before it ends: no market makes a gap there."""
    if row.rule_name != "utc_day":
        return np.zeros(len(table), dtype=bool)
    return (table["date"].diff() == pd.Timedelta(days=1)).to_numpy()


def _wicks(table: pd.DataFrame, row: SeriesInfo) -> Iterator[Finding]:
    """A high or low far from the open and the close of its own bar: a digit too many, or one too few."""
    body = np.log(table[["open", "close"]].to_numpy())
    high = np.log(table["high"].to_numpy()) - body.max(axis=1)
    low = body.min(axis=1) - np.log(table["low"].to_numpy())
    far = np.maximum(high, low)
    wild = far >= WICK.get(row.rule_name, WICK["utc_day"])
    if wild.any():
        at = int(np.argmax(wild))
        name = "high" if high[at] >= low[at] else "low"
        what = f"the {name} {table[name].iloc[at]:.6g} is a factor of {np.exp(far[at]):.3g} from the open and close"
        more = f", on {wild.sum()} rows" if wild.sum() > 1 else ""
        remedy = "compare with another vendor; correct the number, or download the file again"
        yield Finding("error", row.id, f"{table['date'].iloc[at]:%Y-%m-%d}", what + more, remedy)


def spikes(table: pd.DataFrame, level: Floats, row: SeriesInfo, absurd: float) -> Iterator[Finding]:
    """Yield one finding of the rows of `level` (log prices, or rates) that come back on the next row.

    A warning, for a crash may do so; an error where one moves by more than `absurd`.
    """
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
    size = np.abs(change[hits - 1])
    wild = size > absurd
    shown = hits[wild] if wild.any() else hits
    days = ", ".join(f"{table['date'].iloc[at]:%Y-%m-%d}" for at in shown[:5]) + (", ..." if len(shown) > 5 else "")
    worst = table["close" if row.has_prices else "value"].iloc[hits[int(np.argmax(size))]]
    what = f"jumps by more than {SPIKE_SDS:g} robust standard deviations that come back on the next row: {days}"
    remedy = "compare with another vendor; a bad tick wants correcting, a real crash wants nothing"
    level_ = "error" if wild.any() else "warning"
    yield Finding(level_, row.id, days[:10], f"{what} (the largest to {worst:.6g})", remedy)  # type: ignore[arg-type]
