"""trials.parquet: the rows of a finished sweep as typed columns, those of trials.csv and then those of subperiods.csv.

It stands beside both files; above `MOST_CSV` sets they are kept on request alone. An undefined number is null.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from backtests.engine.ledger import Floats
from backtests.metrics.performance import NAMES
from backtests.sweeps.folder.table import ORDERS, cells_of
from data.files import atomic
from signals.parameters import Value

NAME, MOST_CSV = "trials.parquet", 200_000
GROUP = 100_000  # sets in memory as Arrow's at a time


def holder(sets: int) -> str:
    """Return the name of the file that surely holds every one of so many sets."""
    return "trials.csv" if sets <= MOST_CSV else NAME


def write(
    folder: Path,
    paths: Sequence[str],
    sets: Sequence[tuple[Value, ...]],
    metrics: Floats,
    parts: Floats,
    status: Sequence[str],
    reason: Sequence[str],
) -> None:
    """Write the file: values (sets, paths), metrics (sets, 11) and sub-periods (sets, 4) with NaN where undefined."""
    import pyarrow as pa  # noqa: PLC0415  # heavy: loaded when it is needed
    import pyarrow.parquet as pq  # noqa: PLC0415  # heavy: loaded when it is needed

    def group(first: int) -> Any:
        some = slice(first, min(first + GROUP, len(sets)))
        columns: dict[str, Any] = {
            path: pa.array(_as_one_type(column))
            for path, column in zip(paths, zip(*sets[some], strict=True), strict=True)
        }
        for at, name in enumerate(NAMES):
            numbers = pa.array(metrics[some, at], from_pandas=True)
            columns[name] = numbers.cast(pa.int64()) if at == ORDERS else numbers
        columns |= {"status": pa.array(status[some]), "reason": pa.array(reason[some])}
        for at in range(parts.shape[1]):
            columns[f"sharpe_{at + 1}"] = pa.array(parts[some, at], from_pandas=True)
        return pa.table(columns)

    first = group(0)
    with atomic(folder / NAME) as file, pq.ParquetWriter(file, first.schema, compression="zstd") as writer:
        writer.write_table(first)
        for at in range(GROUP, len(sets), GROUP):
            writer.write_table(group(at).cast(first.schema))


def rows(folder: Path, paths: Sequence[str]) -> Iterator[list[str]]:
    """Yield the rows of the file as the cells of trials.csv, none without a file; ValueError for other columns."""
    import pyarrow.parquet as pq  # noqa: PLC0415  # heavy: loaded when it is needed

    if not (folder / NAME).is_file():
        return
    header = [*paths, *NAMES, "status", "reason"]
    with pq.ParquetFile(folder / NAME) as file:
        if file.schema_arrow.names[: len(header)] != header:
            raise ValueError(f"{NAME} has not the columns of its plan")
        for batch in file.iter_batches(columns=header, use_threads=False):
            for row in zip(*(batch[name].to_pylist() for name in header), strict=True):
                yield cells_of(row[: len(paths)], row[len(paths) : -2], row[-2], row[-1])


def _as_one_type(column: tuple[Value, ...]) -> Any:
    """Return values that Arrow takes as one column: numbers and names together are all names."""
    mixed = any(isinstance(value, str) for value in column)
    if mixed or isinstance(column[0], bool):
        return [str(value) for value in column] if mixed else list(column)
    return np.array(column)
