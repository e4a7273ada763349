"""Thumbnails: a curve in 48 characters, read off the lines of a table without reading its numbers."""

from __future__ import annotations

import math
from pathlib import Path

from backtests.site.work import Thumbnail

POINTS, STEPS = 48, 64
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
COLUMNS = (("equity_usd", "close"), ("best_region_usd", "best_point_usd"))  # of equity.csv: of a run, of a sweep


def of_equity(path: Path) -> Thumbnail:
    """Return the curves of equity.csv: a run beside holding, both from 1, or a sweep's region beside its best point.

    Empty where there is no such table.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return Thumbnail()
    header = lines[0].decode("utf-8", "replace").split(",") if lines else []
    names = next((pair for pair in COLUMNS if pair[0] in header), None)
    if names is None or len(lines) < 3:
        return Thumbnail()
    rows = [lines[at].decode("utf-8", "replace").split(",") for at in _spread(len(lines) - 1)]
    own, beside = (_logs(rows, header.index(name) if name in header else -1) for name in names)
    first, second = _drawn(own, beside)
    return Thumbnail(first, second)


def _spread(last: int) -> list[int]:
    """Return at most POINTS line numbers from 1 to `last`, both among them."""
    n = min(POINTS, last)
    return [1 + round(at * (last - 1) / max(n - 1, 1)) for at in range(n)]


def _logs(rows: list[list[str]], column: int) -> list[float]:
    """Return the logs of a column over its first value; NaN where there is none."""
    found = [_log(row[column]) if 0 <= column < len(row) else math.nan for row in rows]
    first = next((value for value in found if value == value), 0.0)
    return [value - first for value in found]


def _log(cell: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        return math.nan
    return math.log(value) if 0 < value < math.inf else math.nan


def _drawn(*curves: list[float]) -> list[str]:
    known = [value for curve in curves for value in curve if value == value]
    if not known:
        return ["" for _ in curves]
    low, span = min(known), (max(known) - min(known)) or 1.0

    def step(value: float) -> str:
        return " " if value != value else ALPHABET[round((value - low) / span * (STEPS - 1))]

    return ["".join(map(step, curve)) if any(v == v for v in curve) else "" for curve in curves]
