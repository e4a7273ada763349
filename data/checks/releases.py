"""Series that are tables of their own a date: settles by contract, and histories by release.

Settles imply rates. The largest step of the rate of this month or the next that stayed is 1.6 points since 1988, and
the largest distance between two months of the next six is 1.0. A release of the NFCI differs from the one before it by
some hundredths where both tell of a week.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from data.catalogue import SeriesInfo
from data.checks.levels import around, stays
from data.checks.repeats import stood_still
from data.finding import Finding
from data.futures import Rates, to_contracts

POINTS, APART = 2.5, 2.0
MONTHS = 6
REVISION, LEAST_SIZE = 0.75, 0.3  # of the size of what was released before, which is some tenths
COMPARED = 60
SCALE = "bring all settles to one scale, 100 minus the rate in percent"
WHOLE = "give every release as it was published, in one unit"


def contract_steps(table: pd.DataFrame, row: SeriesInfo) -> Iterator[Finding]:
    """Yield steps that stay of the rates of this month and the next, months far from the next, settles that stood."""
    rates = Rates.of(to_contracts(table, row, "").frame)
    for months in (0, 1):
        rate = rates.ahead(months)
        seen = ~np.isnan(rate)
        if not seen.any():
            continue
        days, value = rates.days[seen], pd.Series(rate[seen])
        before, after = around(value)
        step = np.diff(rate[seen], prepend=np.nan)
        wild = (np.abs(step) >= POINTS) & stays(step, after - before)
        if wild.any():
            at = int(np.argmax(wild))
            what = f"the rate of {'the next' if months else 'this'} month steps by {step[at]:+.4g} points and stays"
            yield Finding("error", row.id, f"{days[at]:%Y-%m-%d}", what, SCALE)
            return
        yield from stood_still(pd.Series(days), rate[seen], row)
    yield from _apart(rates, row)


def _apart(rates: Rates, row: SeriesInfo) -> Iterator[Finding]:
    for months in range(MONTHS):
        apart = np.abs(rates.ahead(months + 1) - rates.ahead(months))
        if (apart > APART).any():
            at = int(np.argmax(apart > APART))
            what = f"two months in a row differ by {apart[at]:.4g} points: one contract has another scale"
            yield Finding("error", row.id, f"{rates.days[at]:%Y-%m-%d}", what, SCALE)
            return


def releases_apart(table: pd.DataFrame, row: SeriesInfo) -> Iterator[Finding]:
    """Yield an error for the first release whose newest weeks are not those of the release before it."""
    release, starts = np.unique(table["vintage"].to_numpy(), return_index=True)
    ends = np.r_[starts[1:], len(table)]
    dates, values = table["date"].to_numpy(), table["value"].to_numpy()
    for at in range(1, len(release)):
        old = slice(max(starts[at - 1], ends[at - 1] - COMPARED), ends[at - 1])
        new = slice(max(starts[at], ends[at] - 2 * COMPARED), ends[at])
        _, left, right = np.intersect1d(dates[old], dates[new], assume_unique=True, return_indices=True)
        if len(left) < COMPARED // 2:
            continue
        before, after = values[old][left], values[new][right]
        change, size = float(np.median(np.abs(after - before))), float(np.median(np.abs(before)))
        if change > REVISION * max(size, LEAST_SIZE):
            what = f"this release changes the weeks of the one before by {change:.3g}, where their size is {size:.3g}"
            yield Finding("error", row.id, f"{pd.Timestamp(release[at]):%Y-%m-%d}", what, WHOLE)
            return
