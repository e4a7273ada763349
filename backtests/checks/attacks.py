"""What is done to raw tables at an instant t. None of it may change a value that stood at or before t."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.catalogue import SeriesInfo, lookup

Tables = Mapping[str, pd.DataFrame]
Bools = np.ndarray[tuple[int], np.dtype[np.bool_]]
FIXED = ("date", "vintage", "contract", "split")


@dataclass(frozen=True)
class History:
    """Raw tables with the instants at which their rows were published (NaT: never in this form)."""

    tables: Tables
    published: Mapping[str, pd.DatetimeIndex]
    seed: int = 0

    def known(self, id: str, instant: pd.Timestamp) -> Bools:
        """Return which rows of a table were published at or before `instant`."""
        return np.asarray(self.published[id] <= instant)


def cut(history: History, instant: pd.Timestamp) -> dict[str, pd.DataFrame]:
    """Return the rows published at or before `instant`, and no others."""
    return {id: _kept(table, history.known(id, instant)) for id, table in history.tables.items()}


def unfinished(history: History, instant: pd.Timestamp) -> dict[str, pd.DataFrame]:
    """Return the cut, and the rows whose day has begun but which are not published yet, with altered numbers."""
    today = instant.tz_convert("UTC").tz_localize(None)
    found = {}
    for id, table in history.tables.items():
        known, begun = history.known(id, instant), (table["date"] <= today).to_numpy()
        found[id] = _kept(_noised(table, ~known & begun, lookup(id), _rng(history, instant, id)), known | begun)
    return found


def noise(history: History, instant: pd.Timestamp) -> dict[str, pd.DataFrame]:
    """Return all rows; those not published at `instant` are shuffled, rescaled and jittered, still plausible."""
    return {
        id: _noised(table, ~history.known(id, instant), lookup(id), _rng(history, instant, id))
        for id, table in history.tables.items()
    }


def reanchored(history: History, instant: pd.Timestamp) -> dict[str, pd.DataFrame]:
    """Return the cut as another day's download has it: the adjusted closes, which the vendor scales again, at half.

    A power of two: ratios and returns stay the same to the bit, a level does not.
    """
    return {
        id: table.assign(adj_close=table["adj_close"] / 2)
        if "adj_close" in table and lookup(id).pays_dividends
        else table
        for id, table in cut(history, instant).items()
    }


Attack = Callable[[History, pd.Timestamp], dict[str, pd.DataFrame]]
FIRST: Attack = cut
SECOND: tuple[Attack, ...] = (noise, unfinished, reanchored)
"""At every instant the rows are cut, and one of these is tried besides, in turn."""


def _kept(table: pd.DataFrame, rows: Bools) -> pd.DataFrame:
    return table[rows].reset_index(drop=True)


def _rng(history: History, instant: pd.Timestamp, id: str) -> np.random.Generator:
    return np.random.default_rng([history.seed, instant.value // 10**9, *id.encode()])


def _noised(table: pd.DataFrame, rows: Bools, row: SeriesInfo, rng: np.random.Generator) -> pd.DataFrame:
    """Return `table` with the values of `rows` exchanged among themselves and changed, inside the unit's bounds."""
    places = np.flatnonzero(rows)
    if not len(places):
        return table
    moved, shuffled = table.copy(), rng.permutation(places)
    shape = rng.uniform(-0.7, 0.7) + rng.normal(0, 0.05, len(places))  # one for all prices of a bar: it stays a bar
    for column in (c for c in table.columns if c not in FIXED):
        numbers = table[column].to_numpy(dtype="float64").copy()
        values = numbers[shuffled]
        if row.has_prices:
            numbers[places] = values * np.exp(shape)
        elif row.low >= 0 and row.kind == "rate":
            numbers[places] = np.clip(values * np.exp(shape), row.low, row.high)
        else:
            numbers[places] = np.clip(values + shape * (0.1 + np.std(numbers)), row.low, row.high)
        moved[column] = numbers
    return moved
