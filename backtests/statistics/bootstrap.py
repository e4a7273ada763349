"""Blocks of rows drawn again: the stationary bootstrap of Politis and Romano (1994).

Draw for draw that of `arch.bootstrap.StationaryBootstrap`, the block length of its `optimal_block_length` to 1e-12
(tests): importing arch takes two seconds, more than a whole run, whose interval is one of its users.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Given = npt.NDArray[np.floating[Any]]
Ints = npt.NDArray[np.int64]
DRAWS, SEED = 999, 20251008
SHORTEST_BLOCK = 5.0


def block_length(*series: Given) -> float:
    """Return the longest optimal mean block (Politis and White 2004) of the series and of their squares, 5 at least."""
    found = [optimal_block(x) for y in series for x in (y, y**2)]
    return max([SHORTEST_BLOCK, *(length for length in found if np.isfinite(length))])


def optimal_block(x: Given) -> float:
    """Return the mean block of the stationary bootstrap for the mean of `x` (n,); NaN where `x` does not vary.

    Politis and White (2004), corrected by Patton, Politis and White (2009): (2 g^2 / d)^(1/3) n^(1/3), at most
    min(3 sqrt(n), n/3), over the lags until 5 autocorrelations in a row are within 2 sqrt(log10(n)/n).
    """
    n = len(x)
    run = max(5, int(np.log10(n)))
    most = int(np.ceil(np.sqrt(n))) + run
    longest = float(np.ceil(min(3 * np.sqrt(n), n / 3)))
    covariance, correlation = _autocovariances(x - x.mean(), most)
    with np.errstate(invalid="ignore"):
        small = correlation < 2 * np.sqrt(np.log10(n) / n)
    quiet = [i - run for i in range(run, most + 1) if small[i - run : i].all()]
    m = min(2 * max(quiet[0], 1), most) if quiet else most
    k = np.arange(1, m + 1)
    taper = np.where(k / m <= 0.5, 1.0, 2 * (1 - k / m))
    g = float(np.sum(2 * taper * k * covariance[1 : m + 1]))
    long_run = float(covariance[0] + np.sum(2 * taper * covariance[1 : m + 1]))
    if long_run == 0:
        return float("nan")
    return min(float((2 * g**2 / (2 * long_run**2)) ** (1 / 3) * n ** (1 / 3)), longest)


def _autocovariances(e: Given, most: int) -> tuple[Floats, Floats]:
    """Return autocovariances and |autocorrelations| at lags 0..most; the latter over the part that both have."""
    n, squares = len(e), np.concatenate([[0.0], np.cumsum(e**2)])
    lags = np.arange(most + 1)
    products = np.array([e[lag:] @ e[: n - lag] for lag in lags])
    parts = (squares[n] - squares[lags + 1]) * squares[n - lags - 1]
    with np.errstate(invalid="ignore", divide="ignore"):
        return products / n, np.abs(products) / np.sqrt(parts)


def indices(n: int, block: float, *, draws: int = DRAWS, seed: int = SEED) -> Iterator[Ints]:
    """Yield the rows (n,) of each draw: blocks of mean length `block` (rounded), the last row followed by the first."""
    for ((starts, firsts),) in _blocks(n, [block], draws, seed):
        rows = np.repeat(firsts - starts, np.diff(starts, append=n)) + np.arange(n)
        rows[rows >= n] -= n
        yield rows


def counts(n: int, block: float, *, draws: int = DRAWS, seed: int = SEED) -> Floats:
    """Return (draws, n): how often each row stands in each draw of `indices`; each sums to n."""
    return counts_of_each(n, [block], draws=draws, seed=seed)[0]


def counts_of_each(n: int, blocks: Sequence[float], *, draws: int = DRAWS, seed: int = SEED) -> list[Floats]:
    """Return the `counts` of each mean length of `blocks`: all from one pass over the same random numbers."""
    return [_counted(n, list(drawn)) for drawn in zip(*_blocks(n, blocks, draws, seed), strict=True)]


def _counted(n: int, drawn: Sequence[tuple[Ints, Ints]]) -> Floats:
    draws, each = len(drawn), [len(starts) for starts, _ in drawn]
    row = np.repeat(np.arange(draws) * (n + 1), each)  # where the row of a block's draw begins
    starts, firsts = (np.concatenate(parts) for parts in zip(*drawn, strict=True))
    ends = np.roll(starts, -1)
    ends[np.cumsum(each) - 1] = n
    ends += firsts - starts
    beyond = ends > n  # such a block goes on at the first row
    steps = np.zeros(draws * (n + 1), np.int32)  # +1 where a block begins, -1 where it has ended
    for places, step in (
        (row + firsts, 1),
        (row + np.minimum(ends, n), -1),
        (row[beyond], 1),
        ((row + ends)[beyond] - n, -1),
    ):
        np.add.at(steps, places, np.int32(step))
    found = steps.reshape(draws, n + 1)
    return np.cumsum(found, axis=1, dtype=np.int32, out=found)[:, :n].astype(np.float64)


def _blocks(n: int, blocks: Sequence[float], draws: int, seed: int) -> Iterator[list[tuple[Ints, Ints]]]:
    """Yield, for each draw and each mean length, the places at which blocks begin and the first row of each."""
    generator, ends = np.random.default_rng(seed), [1.0 / round(block) for block in blocks]
    for _ in range(draws):
        rows, chances = generator.integers(n, size=n), generator.random(n)
        chances[0] = 0.0  # a draw begins with a block
        starts = [np.flatnonzero(chances <= p) for p in ends]
        yield [(begins, rows[begins]) for begins in starts]


def percentiles(values: Given, confidence: float = 0.95) -> tuple[float, float]:
    """Return the two-sided percentile interval of bootstrap values (draws,)."""
    low, high = np.quantile(values, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)
