"""Returns after low and high values of a signal, and how often its direction was right.

The edges of the quantiles are those of the whole sample: they describe, nobody could have traded on them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from backtests.signal_sheets.forward import HORIZONS
from backtests.signal_sheets.sample import Floats, Sample
from backtests.statistics.regression import forward_sums, window_sums

QUANTILES, FEW = 5, 6
LEAST_ROWS = 20
REACH = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True)
class Group:
    """Rows whose signal lies between `lowest` and `highest`, both met in the data. `value`: where there is only one."""

    name: str
    lowest: float
    highest: float
    n: int


@dataclass(frozen=True)
class GroupReturn:
    """Mean log return, in percent, of the `horizon` bars after the decisions of one group, with a band of 95%."""

    group: str
    horizon: int
    n: int
    mean_pct: float | None
    low_pct: float | None
    high_pct: float | None
    missing: str | None = None


@dataclass(frozen=True)
class Hits:
    """How often the signal's side of its middle agreed with the sign of the return, by rows without overlap.

    `low`, `high`: Wilson (1927) interval of 95%. `by_chance`: the share that two independent series with the same
    shares of ups would have. A signal of expected sign "-" is right where it is low and the return is up.
    """

    horizon: int
    n: int
    hits: int
    rate: float | None
    low: float | None
    high: float | None
    by_chance: float | None
    missing: str | None = None


def groups(x: Floats) -> tuple[list[Group], Floats]:
    """Return the groups and each row's group number (NaN without a value).

    Five quantiles, fewer where values repeat so often that edges fall together; the values themselves where there are
    no more than six.
    """
    known = pd.Series(x).dropna()
    distinct = np.unique(known)
    if len(distinct) <= FEW:
        codes = pd.Series(x).map({value: at for at, value in enumerate(distinct)}).to_numpy(dtype=np.float64)
        return [Group(f"{v:.4g}", float(v), float(v), int(np.sum(codes == at))) for at, v in enumerate(distinct)], codes
    cut = pd.qcut(pd.Series(x), QUANTILES, labels=False, duplicates="drop").to_numpy(dtype=np.float64)
    numbers = np.unique(cut[np.isfinite(cut)])
    codes = np.where(np.isfinite(cut), np.searchsorted(numbers, np.nan_to_num(cut)), np.nan)
    found = []
    for at in range(len(numbers)):
        inside = x[codes == at]
        name = {0: "lowest", len(numbers) - 1: "highest"}.get(at, f"{at + 1}")
        found.append(Group(name, float(inside.min()), float(inside.max()), len(inside)))
    return found, codes


def group_returns(sample: Sample, horizons: Sequence[int] = HORIZONS) -> tuple[list[Group], tuple[GroupReturn, ...]]:
    """Return the groups and, for each horizon and group, the mean return that followed."""
    found, codes = groups(sample.x)
    rows = [_mean(group.name, codes == at, sample.y, h) for h in horizons for at, group in enumerate(found)]
    return found, tuple(rows)


def _mean(name: str, inside: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], y: Floats, horizon: int) -> GroupReturn:
    """Return the mean h-bar return of some rows, its error counted as in Hodrick's 1B.

    The mean is sum(c_s * y_s) / n, c_s the number of chosen decisions whose h bars hold bar s. With returns that
    nothing predicts its variance is sum(c_s^2 * (y_s - mean of y)^2) / n^2: overlap is counted, not ignored.
    """
    chosen = inside & np.isfinite(forward_sums(y, horizon))
    n = int(chosen.sum())
    if n < LEAST_ROWS:
        return GroupReturn(name, horizon, n, None, None, None, f"{n} rows; {LEAST_ROWS} are needed")
    padded = np.concatenate([np.zeros(horizon - 1), chosen.astype(float)])
    uses = window_sums(padded, horizon)[horizon - 1 :]
    used = uses > 0
    mean = float(np.sum(uses[used] * y[used])) / n
    error = math.sqrt(float(np.sum(uses[used] ** 2 * (y[used] - np.nanmean(y)) ** 2))) / n
    return GroupReturn(name, horizon, n, 100 * mean, 100 * (mean - REACH * error), 100 * (mean + REACH * error))


def hits(sample: Sample, expected: str, horizons: Sequence[int] = HORIZONS) -> tuple[Hits, ...]:
    """Return the hit rate at every horizon; `expected` is the signal's sign."""
    return tuple(_hits(sample, -1.0 if expected == "-" else 1.0, horizon) for horizon in horizons)


def _hits(sample: Sample, sign: float, horizon: int) -> Hits:
    side, total = sample.state[::horizon], forward_sums(sample.y, horizon)[::horizon]
    whole = np.isfinite(side) & np.isfinite(total) & (total != 0)
    n = int(whole.sum())
    if n < LEAST_ROWS:
        why = f"{n} rows without overlap; {LEAST_ROWS} are needed"
        return Hits(horizon, n, 0, None, None, None, None, why)
    high, up = side[whole] > 0.5, sign * total[whole] > 0
    right, chance = int(np.sum(high == up)), high.mean() * up.mean() + (1 - high.mean()) * (1 - up.mean())
    low, top = wilson(right, n)
    return Hits(horizon, n, right, right / n, low, top, float(chance))


def wilson(hits: int, n: int) -> tuple[float, float]:
    """Return the interval of 95% of a share by Wilson (1927)."""
    share, z2 = hits / n, REACH**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    reach = REACH * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, middle - reach), min(1.0, middle + reach)
