"""Inputs made worse: dropped, late by a row, made noise. Tables as sources give them, changed and still sound."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.catalogue import SeriesInfo

BLOCK = 20
PRICES = ("open", "high", "low", "close", "adj_close")
KINDS = ("bars", "rate")


def dropped(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table without anything after its first row: soon too old to be an opinion."""
    return table.iloc[:1].reset_index(drop=True)


def late(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table whose every date has the row before it: what is known comes a row too late."""
    values = table.shift(1)
    values["date"] = table["date"]
    return values.iloc[1:].astype(table.dtypes.to_dict()).reset_index(drop=True)


def noise(table: pd.DataFrame, row: SeriesInfo, *, seed: int) -> pd.DataFrame:
    """Return the table with its changes in another order, by blocks of BLOCK rows: its moves, not its history.

    Prices keep their log changes from close to close and the shape of each bar, rates their differences.
    """
    generator, n = np.random.default_rng(seed), len(table) - 1
    blocks = np.array_split(np.arange(1, n + 1), max(n // BLOCK, 1))
    order = np.concatenate([blocks[at] for at in generator.permutation(len(blocks))])
    made = table.copy()
    if row.kind == "rate":
        change = table["value"].diff().to_numpy()
        made["value"] = np.round(table["value"].iloc[0] + np.concatenate([[0.0], np.cumsum(change[order])]), 6)
        return made
    for close in (name for name in ("close", "adj_close") if name in table):
        change = np.log(table[close]).diff().to_numpy()
        made[close] = table[close].iloc[0] * np.exp(np.concatenate([[0.0], np.cumsum(change[order])]))
    rows = np.concatenate([[0], order])
    for name in (name for name in ("open", "high", "low") if name in table):
        made[name] = made["close"] * (table[name] / table["close"]).to_numpy()[rows]
    return made
