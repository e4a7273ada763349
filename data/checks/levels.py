"""Levels before and after each row, for telling a level that moved from a row that comes back."""

from __future__ import annotations

import numpy as np
import pandas as pd

ROWS = 20

Floats = np.ndarray[tuple[int], np.dtype[np.float64]]
Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]


def around(values: pd.Series[float]) -> tuple[Floats, Floats]:
    """Return the medians of up to ROWS values before each position (NaN at the first) and from it on."""
    before = values.shift().rolling(ROWS, min_periods=1).median().to_numpy()
    after = values[::-1].rolling(ROWS, min_periods=1).median().to_numpy()[::-1]
    return before, after


def stays(step: Floats, moved: Floats, share: float = 0.7) -> Mask:
    """Return where the level `moved` by at least a share of the `step` into the row, the same way."""
    return moved * np.sign(step) >= share * np.abs(step)


def block_medians(values: Floats, rows: int) -> Floats:
    """Return the medians of blocks of `rows` values, the last block ending with the last value; none if too short."""
    count = len(values) // rows
    if not count:
        return np.empty(0)
    whole = np.median(values[: count * rows].reshape(count, rows), axis=1)
    return whole if len(values) == count * rows else np.append(whole, np.median(values[-rows:]))


def block_start(at: int, rows: int, length: int) -> int:
    """Return the position at which block `at` of `block_medians` begins."""
    return min(at * rows, length - rows)
