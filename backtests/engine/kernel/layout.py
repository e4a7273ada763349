"""What the kernel and those who call it agree on: codes, columns, the room that it works in, kinds of arguments."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

# Why a number is undefined; from ENDLESS on the set has failed and has no numbers.
DEFINED, SHORT, NO_VARIANCE, NO_LOSS, NO_DRAWDOWN, BELOW_ZERO, TOO_LARGE, ENDLESS, NOT_FINITE = range(9)
# Where a run stands: what `account.follow` says at each of the bars it is asked for.
RAN, RUINED, DEEPEST, HELD, ORDERS, TURNOVER, PAID = range(7)
STAND = 7
NUMBERS, SHARPE = 11, 3  # of `metrics.performance.NAMES`
# Those of `engine.ledger` and `metrics.performance`, again: what is on the disk is renewed when this folder changes.
DUST, NO_ROOM = 1e-9, 1e-15
SERIES = 4  # as long as the bars
DEPTH = 128  # of a sum's halves: more than any memory's


class Kind(NamedTuple):
    """What an argument is: its type, of an array its axes (0 for a number), and whether it is only read."""

    dtype: str
    axes: int
    fixed: bool

    @classmethod
    def of(cls, value: Any) -> Kind:
        """Return the kind of a number or an array. TypeError where its numbers do not lie one after the other."""
        if type(value) in (int, float):
            return cls("int64" if type(value) is int else "float64", 0, fixed=True)
        if not isinstance(value, np.ndarray):
            raise TypeError(f"the kernel takes numbers and arrays, not {value!r}")
        if not (
            value.flags.c_contiguous and value.flags.aligned and value.dtype.isnative and value.dtype.kind in "iufb"
        ):
            raise TypeError(f"the kernel cannot read an array of {value.dtype} with strides {value.strides}")
        return cls(value.dtype.name, value.ndim, fixed=not value.flags.writeable)


def room(bars: int, ends: int) -> tuple[Any, ...]:
    """Return what the kernel works in, which no two threads may share: series, a stack of sums, where runs stand."""
    return np.empty((SERIES, bars)), np.empty(2 * DEPTH), np.empty((ends, STAND))
