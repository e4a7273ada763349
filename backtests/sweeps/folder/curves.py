"""The equity curves of every set of a sweep, kept on request: one Parquet file a block, one row a set.

Columns: `set` (its row in trials.csv), `date` (a list: the labels of its bars), `equity_usd` (a list: its equity at
their closes; it ends at ruin, and is empty where the set failed).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from backtests.engine.ledger import Floats
from data.errors import UsageError
from data.files import write_atomic

FOLDER, NAME, FILES = "curves", "{:07d}.parquet", f"{'[0-9]' * 7}.parquet"
GROUP = 100  # sets in memory as Arrow's at a time


class Curves:
    """The folder `curves` of a sweep's own folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / FOLDER

    def cut(self, n: int) -> None:
        """Take away what was kept of set `n` and the sets after it, if anything; blocks begin at their first set."""
        for file in self.folder.glob(FILES):
            if int(file.stem) >= n:
                file.unlink()
        with suppress(OSError):  # it is not there, or not empty
            self.folder.rmdir()

    def add(self, first: int, curves: Sequence[pd.Series[float]]) -> None:
        """Write a block of sets, the first of which is number `first`; once this returns, it is on the disk."""
        import pyarrow as pa  # noqa: PLC0415  # heavy: loaded when it is needed
        import pyarrow.parquet as pq  # noqa: PLC0415  # heavy: loaded when it is needed

        payload = BytesIO()
        lists = {"date": pa.list_(pa.timestamp("ms")), "equity_usd": pa.list_(pa.float64())}
        with pq.ParquetWriter(payload, pa.schema({"set": pa.int32(), **lists}), compression="zstd") as writer:
            for at in range(0, len(curves), GROUP):
                writer.write_table(_table(first + at, curves[at : at + GROUP]))
        write_atomic(self.folder / NAME.format(first), payload.getvalue())

    def read(self, sets: Iterable[int]) -> pd.DataFrame:
        """Return the equity of some sets in USD: a row a bar, a column a set, NaN where it has no bar.

        UsageError for a set that was not kept.
        """
        import pyarrow.parquet as pq  # noqa: PLC0415  # heavy: loaded when it is needed

        wanted = list(dict.fromkeys(sets))
        found: dict[int, pd.Series[float]] = {}
        for file in sorted(self.folder.glob(FILES)):
            table = pq.ParquetFile(file).read(use_threads=False)
            numbers = table["set"].to_pylist()
            for at in set(wanted) & set(numbers):
                row = table.slice(numbers.index(at), 1)
                found[at] = curve(_flat(row["equity_usd"]), pd.DatetimeIndex(_flat(row["date"])))
        missing = [at for at in wanted if at not in found]
        if missing:
            raise UsageError(
                f"no equity curve of set {missing[0]}: sweep with --curves (curves=True) keeps all of them"
            )
        return pd.DataFrame({at: found[at] for at in wanted})


def curve(equity_usd: Floats, labels: pd.DatetimeIndex) -> pd.Series[float]:
    """Return equity on the labels of its bars, which end where it does."""
    return pd.Series(equity_usd, index=labels[: len(equity_usd)].rename("date"), dtype="float64")


def _table(first: int, curves: Sequence[pd.Series[float]]) -> Any:
    import pyarrow as pa  # noqa: PLC0415  # heavy: loaded when it is needed

    edges = pa.array(np.cumsum([0, *map(len, curves)]), pa.int32())
    dates = np.concatenate([curve.index.to_numpy("datetime64[ms]") for curve in curves])
    equity = np.concatenate([curve.to_numpy() for curve in curves])
    columns = {
        "set": pa.array(range(first, first + len(curves)), pa.int32()),
        "date": pa.ListArray.from_arrays(edges, pa.array(dates)),
        "equity_usd": pa.ListArray.from_arrays(edges, pa.array(equity)),
    }
    return pa.table(columns)


def _flat(column: Any) -> Floats:
    found: Floats = column.combine_chunks().flatten().to_numpy(zero_copy_only=False)
    return found
