"""A folder of the user's own files as a source: what Yahoo, yfinance and FRED give, saved under the series' id.

Nothing is repaired in silence. A file that cannot be trusted is refused with its line; two things are left out because
they are no faults of the file: rows before the calendars begin, and a bar that `now` says has not closed yet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from data.calendars.publication import FIRST
from data.catalogue import SeriesInfo
from data.checks.rows import row_faults
from data.errors import BadFile, MissingSeries, UsageError, close_matches
from data.files import is_elided, resolved, shown
from data.sources.folder.futures import load_contracts
from data.sources.folder.table_file import FolderFile, read_file
from data.table import DAY

PLACES = ("", "prices", "fred", "futures", "intraday")
SUFFIXES = (".csv", ".csv.gz", ".parquet")


def utc_now() -> pd.Timestamp:
    """Return the present instant."""
    return pd.Timestamp.now("UTC")


@dataclass(frozen=True)
class FolderSource:
    """Series from the files `<id>.csv`, `<id>.csv.gz` or `<id>.parquet` in `path` or in a subfolder of PLACES.

    The name may be Yahoo's own (`^RUT.csv`) and in any case. `now` is the clock that tells a future date.
    """

    path: Path
    now: Callable[[], pd.Timestamp] = field(default=utc_now, repr=False, compare=False)

    @property
    def name(self) -> str:
        """`folder:` and the path as it may be passed on (`data.files.shown`): it stands in every file of a run."""
        return f"folder:{self.path if is_elided(str(self.path)) else shown(self.path)}"

    @property
    def simulated(self) -> bool:
        """Files are observations."""
        return False

    def load(self, row: SeriesInfo) -> pd.DataFrame:
        """Return the canonical table of `row`.

        Raises UsageError without the folder, MissingSeries without a file, BadFile (line, fault, remedy) for a file
        with a fault: see docs/timing.md for the list.
        """
        now = self.now()
        if row.kind == "contracts":
            return load_contracts(self._files(), row, self.name, now)
        file = _after_first(read_file(self._find(row), row))
        for at, what, remedy in row_faults(file.table, row, now):
            raise file.bad(at, what, remedy)
        return _closed(file, row, now)

    def _find(self, row: SeriesInfo) -> Path:
        # Hours at Yahoo have the symbol of the daily bars, whose file is not theirs.
        own = () if row.kind == "hours" and row.vendor == "yahoo" else (row.symbol,)
        named = {f"{stem}{suffix}".lower() for stem in (row.id, f"^{row.id}", *own) for suffix in SUFFIXES}
        files = self._files()
        found = [file for file in files if file.name.lower() in named]
        if len(found) > 1:
            raise BadFile(found[0], "", f"{found[1]} is {row.id} too", "keep one of the two")
        if not found:
            raise MissingSeries(_missing(self.name, row, files))
        return found[0]

    def _files(self) -> list[Path]:
        root = resolved(self.path)
        if is_elided(str(self.path)):
            raise UsageError(f"{self.name}: where this folder lies is not written; say it with --source folder:PATH")
        if not root.is_dir():
            raise UsageError(f"{root} is not a folder; name one with files such as IWM.csv (--source folder:PATH)")
        folders = [root / place for place in PLACES if (root / place).is_dir()]
        return sorted(file for folder in folders for file in folder.iterdir() if file.name.lower().endswith(SUFFIXES))


def _missing(name: str, row: SeriesInfo, files: list[Path]) -> str:
    near = close_matches(row.id, {file.name.split(".")[0].lstrip("^") for file in files})
    hint = f"near: {', '.join(near)}" if near else f"it has {len(files)} data files"
    if row.kind == "hours":
        hint += "; bars with a cut of their own (market.bar) are built from its hours"
    return (
        f"{name} has no {row.id}: looked for {row.id}{{{','.join(SUFFIXES)}}} in it and in its "
        f"{', '.join(place for place in PLACES if place)}; {hint}; put the file there, or take another --source"
    )


def _after_first(file: FolderFile) -> FolderFile:
    kept = file.keep((file.table["date"] >= FIRST).to_numpy())
    if kept.table.empty:
        what = f"no observation from {FIRST:%Y-%m-%d} on, where the calendars begin"
        raise BadFile(file.path, "", what, "give later rows")
    return kept


def _closed(file: FolderFile, row: SeriesInfo, now: pd.Timestamp) -> pd.DataFrame:
    """Return the table in canonical types, without a last bar that has not closed yet."""
    clean = file.table.assign(date=file.table["date"].to_numpy(dtype=DAY))
    if "vintage" in clean:
        return clean.assign(vintage=clean["vintage"].to_numpy(dtype=DAY))
    if not row.has_prices:
        return clean
    open_still = row.rule.known_at(pd.DatetimeIndex(clean["date"].iloc[-1:]))[0] > now
    closed = clean.iloc[:-1] if open_still else clean
    if closed.empty:
        raise BadFile(file.path, "", "its only bar has not closed yet", "wait for the close")
    return closed
