"""The shape of bars: each opens near the close before it, and its high and low are near its open and close.

Open and close exchanged, rows in the order of another time, and a column that has another scale leave every single bar
in order. They show in medians over blocks of rows: `follows` is |log(open / close before)|, `crosses` is
|log(close / open before)|, which spans two bars and is the larger one by far. Real history since 1985: in blocks of 60
rows follows / crosses stays below 1.13 and follows below 1.7 times the change from close to close, in blocks of 250
below 0.9; the median distance of the high or low from the bar's body stays below 1.6 times that change.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from data.catalogue import SeriesInfo
from data.checks.levels import Floats, block_medians, block_start
from data.finding import Finding

BLOCKS = ((60, 1.6), (250, 1.25))  # rows, and how far follows may exceed crosses
SHORT = 60
GAPS, WICKS = 2.5, 4.0
AGAIN = "download the file again"


def bar_shapes(table: pd.DataFrame, row: SeriesInfo) -> Iterator[Finding]:
    """Yield an error for the first block of bars that do not follow each other, or whose columns differ in scale."""
    o, h, low, c = (np.log(table[name].to_numpy()) for name in ("open", "high", "low", "close"))
    follows, crosses = np.abs(o[1:] - c[:-1]), np.abs(c[1:] - o[:-1])
    changes = np.abs(np.diff(c))
    for rows, most in BLOCKS:
        found = _first(block_medians(follows, rows), block_medians(crosses, rows), most)
        if found is not None:
            what = "bars open nearer to the open before them than to the close: columns exchanged, or time reversed"
            yield _finding(table, row, block_start(found, rows, len(follows)), rows, what)
            return
    typical = block_medians(changes, SHORT)
    typical = np.where(typical > 0, typical, np.inf)  # where nothing moves, nothing is typical
    wick = np.maximum(h - np.maximum(o, c), np.minimum(o, c) - low)[1:]
    found = _first(block_medians(follows, SHORT), typical, GAPS)
    if found is not None:
        what = "bars open farther from the close before than closes move: a column has another scale, or other dates"
        yield _finding(table, row, block_start(found, SHORT, len(follows)), SHORT, what)
    found = _first(block_medians(wick, SHORT), typical, WICKS)
    if found is not None:
        what = "highs or lows lie farther from the bars than closes move: a column has another scale"
        yield _finding(table, row, block_start(found, SHORT, len(follows)), SHORT, what)


def _first(medians: Floats, against: Floats, most: float) -> int | None:
    wild = (medians > most * against) & (medians > 1e-6)
    return int(np.argmax(wild)) if wild.any() else None


def _finding(table: pd.DataFrame, row: SeriesInfo, at: int, rows: int, what: str) -> Finding:
    return Finding("error", row.id, f"{table['date'].iloc[at + 1]:%Y-%m-%d}", f"over {rows} rows {what}", AGAIN)
