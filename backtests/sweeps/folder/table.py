"""The table of a sweep on disk: trials.csv and subperiods.csv, written block by block so that a killed sweep goes on.

A block is appended and flushed to disk before it counts; what a kill leaves of a half-written block is cut off on
resume. Numbers are written so that they read back to the bit; an undefined one is an empty cell.
"""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from backtests.engine.ledger import Floats
from backtests.metrics.performance import NAMES
from backtests.sweeps.plans.axes import Axis
from signals.parameters import Value

DONE, PARTIAL = "{}.csv", "{}.csv.part"
ORDERS = NAMES.index("orders")
SPECIAL = frozenset(',"\r\n')  # a cell with any of them is quoted
PARTS = 4  # sub-periods of equal length, for the stability of ranks


def cuts(bars: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the positions that cut bars into sub-periods of equal length."""
    return np.linspace(0, bars, PARTS + 1).astype(np.int64)


class SetRow(NamedTuple):
    """One set, run: its values, its metrics (NaN where undefined), the Sharpe of each sub-period, how it ended.

    `equity_usd` at the closes of its bars, where it is kept.
    """

    values: tuple[Value, ...]
    metrics: Sequence[float]
    parts: Sequence[float]
    status: str
    reason: str
    equity_usd: Floats | None = None


class Table:
    """The two files of a sweep in `folder`; `paths` are the swept parameters, `parts` the number of sub-periods."""

    def __init__(self, folder: Path, paths: Sequence[str], parts: int) -> None:
        self.trials = _File(folder / "trials", [*paths, *NAMES, "status", "reason"])
        self.subperiods = _File(folder / "subperiods", [f"sharpe_{i + 1}" for i in range(parts)])
        self.first_metric = len(paths)

    def begin(self) -> None:
        """Start empty files."""
        for file in (self.trials, self.subperiods):
            file.begin()

    def add(self, rows: Sequence[SetRow]) -> None:
        """Append a block; once this returns, it is on the disk."""
        self.subperiods.add(_numbers([row.parts for row in rows]))
        metrics = _numbers([_counted(row.metrics) for row in rows])
        self.trials.add(
            f"{','.join(map(_word, row.values))},{numbers},{row.status},{_quoted(row.reason)}"
            for row, numbers in zip(rows, metrics, strict=True)
        )

    def resume(self, whole: int = 1) -> tuple[Floats, Floats, list[str], list[str]]:
        """Return metrics, Sharpe by part, status and reason of the sets that both files hold; the rest is cut off.

        What is taken is a multiple of `whole`.
        """
        trials, parts = self.trials.whole_rows(), self.subperiods.whole_rows()
        n = min(len(trials), len(parts)) // whole * whole
        for file in (self.trials, self.subperiods):
            file.keep(n)
        at = self.first_metric
        metrics = np.array([_read(row[at : at + len(NAMES)]) for row in trials[:n]], dtype=np.float64)
        sharpes = np.array([_read(row) for row in parts[:n]], dtype=np.float64)
        return (
            metrics.reshape(n, len(NAMES)),
            sharpes.reshape(n, len(self.subperiods.header)),
            [row[-2] for row in trials[:n]],
            [row[-1] for row in trials[:n]],
        )

    def finish(self) -> None:
        """Give the finished files their names."""
        for file in (self.subperiods, self.trials):
            file.partial.replace(file.done)

    def drop(self) -> None:
        """Take the finished files away."""
        for file in (self.subperiods, self.trials):
            file.done.unlink(missing_ok=True)


class _File:
    def __init__(self, stem: Path, header: Sequence[str]) -> None:
        self.partial = stem.with_name(PARTIAL.format(stem.name))
        self.done = stem.with_name(DONE.format(stem.name))
        self.header = list(header)

    def begin(self) -> None:
        self.done.unlink(missing_ok=True)
        self.partial.write_bytes(_lines([self.header]))

    def add(self, lines: Iterable[str]) -> None:
        with self.partial.open("ab") as file:
            file.write("".join(f"{line}\n" for line in lines).encode())
            file.flush()
            os.fsync(file.fileno())

    def whole_rows(self) -> list[list[str]]:
        """Return the rows that end with their line, without the header."""
        file = next((file for file in (self.partial, self.done) if file.exists()), None)
        text = file.read_bytes() if file else b""
        whole = text[: text.rfind(b"\n") + 1].decode()
        rows = list(csv.reader(io.StringIO(whole)))
        return [row for row in rows[1:] if len(row) == len(self.header)] if rows[:1] == [self.header] else []

    def keep(self, n: int) -> None:
        """Cut the file after its first n rows."""
        self.partial.write_bytes(_lines([self.header, *self.whole_rows()[:n]]))


def sets_in(folder: Path, axes: Sequence[Axis]) -> list[tuple[Value, ...]]:
    """Return the values of the sets whose rows a folder holds, finished or not; ValueError for a word of no axis."""
    file = _File(folder / "trials", [*(axis.path for axis in axes), *NAMES, "status", "reason"])
    known = [{_word(value): value for value in axis.values} for axis in axes]
    return [tuple(map(_value, axes, known, row)) for row in file.whole_rows()]


def _value(axis: Axis, known: Mapping[str, Value], word: str) -> Value:
    if not axis.values:
        return int(word) if axis.integer else float(word)
    if word not in known:
        raise ValueError(f"trials.csv: {word!r} is no value of {axis.path}")
    return known[word]


def _lines(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def cells_of(values: Sequence[Value], metrics: Sequence[float | None], status: str, reason: str) -> list[str]:
    """Return a row of trials.csv as it is read: its cells, without quotes; an undefined number (None) is empty."""
    words = [value if isinstance(value, str) else _word(value) for value in values]
    return [*words, *("" if number is None else repr(number) for number in metrics), status, reason]


def _word(value: Value) -> str:
    if type(value) is float or type(value) is int:
        return repr(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return _quoted(value) if isinstance(value, str) else repr(value)


def _quoted(text: str) -> str:
    """Return a text as a cell of a CSV file."""
    return text if SPECIAL.isdisjoint(text) else _lines([[text, ""]])[:-2].decode()


def _counted(metrics: Sequence[float]) -> list[float]:
    """Return metrics with the number of orders as what it is, a whole number."""
    found = list(metrics)
    if not math.isnan(found[ORDERS]):
        found[ORDERS] = int(found[ORDERS])
    return found


def _numbers(rows: Sequence[Sequence[float]]) -> list[str]:
    """Return each row of numbers as cells as `repr` writes them, so that they read back to the bit; NaN is empty.

    All at once as JSON, but for rows with what JSON writes otherwise: exponents, 1e-05 to 1e-04, no number, infinity.
    """
    whole = msgspec.json.encode(rows).decode()[2:-2].split("],[") if rows else []
    return [
        _cells(row) if "e" in text or "0.0000" in text or "null" in text else text
        for row, text in zip(rows, whole, strict=True)
    ]


def _cells(row: Sequence[float]) -> str:
    return ",".join("" if number != number else repr(number) for number in row)


def _read(cells: Sequence[str]) -> list[float]:
    return [float(cell) if cell else math.nan for cell in cells]
