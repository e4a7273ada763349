"""Futures by contract from the user's own files: `futures/*.csv`, `.csv.gz` or `.parquet` of a folder, taken together.

Each file has the columns date, contract (YYYY-MM) and settle, in any order of rows: no order of a key of two is the
right one. A file that is named as a series of the catalogue is that series and is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from data.calendars.publication import FIRST, LAST
from data.catalogue import BY_ID, SeriesInfo
from data.errors import BadFile, MissingSeries
from data.futures import FINAL_DAYS, MOST_AHEAD, months_of
from data.sources.folder.table_file import FolderFile, read_file

FOLDER = "futures"
CORRECT = "correct or delete the line, or download the file again"
NAMED = {name.lower().lstrip("^") for row in BY_ID.values() if row.kind != "contracts" for name in (row.id, row.symbol)}


def load_contracts(files: Sequence[Path], row: SeriesInfo, name: str, now: pd.Timestamp) -> pd.DataFrame:
    """Return the canonical table of all contract files among `files`, without settles not published at `now` (UTC).

    Raises MissingSeries without a file, BadFile (line, fault, remedy) for a file with a fault or a settle given twice.
    """
    paths = [file for file in files if file.parent.name == FOLDER and _stem(file) not in NAMED]
    if not paths:
        what = f"{name} has no {row.id}: looked for files date,contract,settle in its folder {FOLDER}"
        raise MissingSeries(f"{what}; put them there, or take another --source")
    parts = [_checked(read_file(path, row), row, now) for path in paths]
    table = pd.concat([part.table for part in parts], ignore_index=True)
    order = np.lexsort((table["contract"].to_numpy(), table["date"].to_numpy()))
    _hold_to_once(parts, table, order)
    table = table.iloc[order].reset_index(drop=True)
    table = table[row.rule.known_at(pd.DatetimeIndex(table["date"])) <= now].reset_index(drop=True)
    if table.empty:
        raise BadFile(paths[0], "", f"no settle from {FIRST:%Y-%m-%d} on is published by now", "give later rows")
    return table.astype({"date": "datetime64[ns]", "contract": "datetime64[ns]"})


def _stem(file: Path) -> str:
    return file.name.split(".")[0].lower().lstrip("^")


def _checked(file: FolderFile, row: SeriesInfo, now: pd.Timestamp) -> FolderFile:
    kept = file.keep((file.table["date"] >= FIRST).to_numpy())
    for mask, what, remedy in _faults(kept.table, row, now):
        if mask.any():
            raise kept.bad(int(np.argmax(mask)), what, remedy)
    return kept


def _faults(
    table: pd.DataFrame, row: SeriesInfo, now: pd.Timestamp
) -> Iterator[tuple[np.ndarray[tuple[int], np.dtype[np.bool_]], str, str]]:
    """Yield (where, what, remedy) of each sort of fault."""
    dates, contracts, settle = table["date"], table["contract"], table["settle"].to_numpy()
    yield ~np.isfinite(settle), "the settle is missing or infinite", CORRECT
    wild = (settle < row.low) | (settle > row.high)
    worst = settle[np.argmax(wild)] if wild.any() else 0.0
    yield wild, f"{worst:g} is outside {row.low:g}..{row.high:g}", f"the unit must be {row.unit}"
    future = (dates > min(now.tz_convert("UTC").tz_localize(None), LAST)).to_numpy()
    yield future, f"the date is in the future (it is {now:%Y-%m-%d} now)", "correct the date or the clock"
    yield (dates.dt.day_of_week == 6).to_numpy(), "the date is a Sunday, on which nothing settles", CORRECT
    late = (dates - (contracts + pd.offsets.MonthEnd(1))).dt.days.to_numpy() > FINAL_DAYS
    yield late, "the contract had expired", CORRECT
    ahead = months_of(contracts) - months_of(dates) > MOST_AHEAD
    yield ahead, f"the contract is more than {MOST_AHEAD} months ahead", CORRECT


def _hold_to_once(
    parts: Sequence[FolderFile], table: pd.DataFrame, order: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> None:
    """Raise BadFile for the first contract that has two settles on a date, in one file or in two."""
    keys = table.iloc[order][["date", "contract"]].to_numpy()
    twice = np.flatnonzero((keys[1:] == keys[:-1]).all(axis=1))
    if not len(twice):
        return
    first, second = sorted(int(at) for at in order[twice[0] : twice[0] + 2])
    starts = np.cumsum([0, *(len(part.table) for part in parts)])
    a, b = (int(np.searchsorted(starts, at, side="right") - 1) for at in (first, second))
    what = f"the contract {table['contract'].iloc[second]:%Y-%m} stands twice on the date"
    elsewhere = "" if a == b else f" (also in {parts[a].path})"
    raise parts[b].bad(int(second - starts[b]), what + elsewhere, "keep one of the two")
