"""What the kernel is given: checked, for it checks nothing, and in the one form that it is compiled for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from backtests.engine.ledger import Floats

Ints = npt.NDArray[np.integer[Any]]


def fixed(values: Any, kind: type[np.generic] = np.float64) -> npt.NDArray[Any]:
    """Return a read-only view, copied only if it is not contiguous: one type of array, one compilation."""
    view = np.ascontiguousarray(values, kind).view(np.ndarray)[...]
    view.flags.writeable = False
    return view


def by_set(sets: int, **named: Any) -> Floats:
    """Return (sets, names): each value for all sets or one for each."""
    found = np.empty((sets, len(named)))
    for column, (name, value) in enumerate(named.items()):
        if np.shape(value) not in ((), (sets,)):
            raise ValueError(f"{name} has shape {np.shape(value)}: one value, or one for each of {sets} sets")
        found[:, column] = value
        if not (np.isfinite(found[:, column]) & (found[:, column] >= 0)).all():
            raise ValueError(f"{name} must be finite and not negative")
    return found


def carried(
    cash_yield: float | Floats, funding: float | Floats, carries: Ints | None, sets: int, n: int
) -> tuple[Floats, Floats, Ints]:
    """Return what cash yields and a position pays as (c, n) each, and the row of each set."""
    given = [np.atleast_2d(np.asarray(values, np.float64)) for values in (cash_yield, funding)]
    count = max(len(values) for values in given)
    for name, values in zip(("cash_yield", "funding"), given, strict=True):
        if values.shape[0] not in (1, count) or values.shape[1] not in (1, n):
            raise ValueError(f"{name} has shape {values.shape}, not (rows, {n})")
        if not np.isfinite(values).all() or (name == "cash_yield" and (values < 0).any()):
            raise ValueError(f"{name} must be finite{' and not negative' if name == 'cash_yield' else ''}")
    carries = np.zeros(sets, np.int64) if carries is None else np.asarray(carries)
    check_rows("carries", carries, count)
    if len(carries) != sets:
        raise ValueError(f"carries has {len(carries)} values for {sets} sets")
    yields, fundings = (np.broadcast_to(values, (count, n)) for values in given)
    return yields, fundings, carries


def check_rows(name: str, rows: Ints, count: int) -> None:
    """Raise ValueError unless each is a place below `count`: the kernel does not check its indices."""
    whole = rows.ndim == 1 and rows.dtype.kind in "iu"
    if not whole or (len(rows) and not 0 <= rows.min() <= rows.max() < count):
        raise ValueError(f"{name} must be whole numbers from 0 to {count - 1}")


def whole_delays(sets: int, delay_bars: int | Ints) -> Floats:
    """Return the delay of each set, in bars."""
    delays: Floats = by_set(sets, delay_bars=delay_bars)[:, 0]
    if (delays % 1).any():
        raise ValueError("delay_bars must be whole numbers")
    return delays


def check_bars(opens: Floats, closes: Floats, days: Floats, decided: Floats, rows: Ints, cash: float) -> None:
    """Raise ValueError where shapes do not fit, a row is not there, or a price, day or the cash is not finite."""
    n = len(opens)
    shapes = [np.shape(values) for values in (opens, closes, days)]
    if n == 0 or shapes != [(n,)] * 3:
        raise ValueError(f"open, close and days need one shape (n,) and n > 0, not {shapes}")
    if decided.ndim != 2 or decided.shape[1] != n:
        raise ValueError(f"decided has shape {decided.shape}, not (series, {n})")
    if not (np.isfinite(opens).all() and np.isfinite(closes).all() and np.isfinite(days).all()):
        raise ValueError("bars must be finite")
    check_rows("rows", rows, len(decided))
    if not 0 < cash < math.inf:
        raise ValueError(f"cash_usd = {cash} must be above 0 and finite")


def rising_cuts(cuts: Sequence[int] | Ints | None, n: int) -> Ints:
    """Return the bars between each two of which something is taken; [0] for none."""
    found = np.asarray([0] if cuts is None else cuts, np.int64)
    if found.ndim != 1 or not len(found) or found[0] < 0 or found[-1] > n or (np.diff(found) < 0).any():
        raise ValueError(f"cuts must rise within 0..{n}, not {found.tolist()}")
    return found
