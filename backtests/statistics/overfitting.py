"""Probability of backtest overfitting by combinatorially symmetric cross-validation.

Bailey, Borwein, Lopez de Prado and Zhu (2017), The probability of backtest overfitting, Journal of Computational
Finance 20(4). The rows are cut into S blocks of equal length; for every choice of S/2 of them the trial that is best
inside is placed among all outside. One number is noisy: over pure noise its standard deviation is .2, so that the
distribution of the places belongs beside it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np

from backtests.engine.ledger import Floats
from backtests.statistics.sharpe_ratio import NO_ROOM

Metric = Literal["sharpe", "mean"]
CHUNK = 256  # choices at a time: a few MB for a thousand trials
Sums = tuple[Floats, Floats]


@dataclass(frozen=True, eq=False)
class PBO:
    """The outcome of a cross-validation over all choices of blocks, in the order of `itertools.combinations`.

    `value`: the share of `logits` at most 0, where the logit is ln(w/(1 - w)) and w the average rank outside of the
    best inside over (trials + 1). `inside` and `outside`: the metric of the best there, per row; `chosen`: its column.
    """

    value: float
    logits: Floats
    inside: Floats
    outside: Floats
    chosen: np.ndarray[tuple[int], np.dtype[np.int64]]
    blocks: int
    rows: int


def pbo(returns: Floats, *, blocks: int = 16, metric: Metric = "sharpe") -> PBO:
    """Return the probability of overfitting of returns (n, trials) without NaN, by `blocks` blocks (even).

    The oldest n % blocks rows are left out. `metric`: the Sharpe ratio (0 where nothing varies) or the mean. The first
    of equal trials is the best; equal ranks are averaged. ValueError for an odd number of blocks, fewer rows than
    blocks, under two trials.
    """
    n, trials = returns.shape
    if blocks < 2 or blocks % 2 or blocks > n:
        raise ValueError(f"blocks = {blocks}: an even number from 2 to the {n} rows")
    if trials < 2:
        raise ValueError(f"{trials} trials: a best one needs two or more")
    length = n // blocks
    cut = returns[n - blocks * length :].reshape(blocks, length, trials)
    sums = cut.sum(axis=1), (cut**2).sum(axis=1)
    places = np.array(list(combinations(range(blocks), blocks // 2)))
    parts = [_places(places[at : at + CHUNK], sums, length, METRICS[metric]) for at in range(0, len(places), CHUNK)]
    chosen, inside, outside, share = (np.concatenate(part) for part in zip(*parts, strict=True))
    logits = np.log(share / (1 - share))
    # A logit of 0 counts as overfit; averaged ranks make it exactly 0 only up to rounding.
    return PBO(float(np.mean(logits <= NO_ROOM)), logits, inside, outside, chosen, blocks, blocks * length)


def _places(
    places: np.ndarray[tuple[int, int], np.dtype[np.int64]], sums: Sums, length: int, metric: Callable[..., Floats]
) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], Floats, Floats, Floats]:
    """Return the best inside of each choice, its metric inside and outside, and its rank outside as a share."""
    blocks, trials = sums[0].shape
    taken = np.zeros((len(places), blocks))
    taken[np.arange(len(places))[:, None], places] = 1.0
    rows = length * blocks // 2
    inside, outside = (metric(part @ sums[0], part @ sums[1], rows) for part in (taken, 1 - taken))
    chosen, at = inside.argmax(axis=1), np.arange(len(places))
    own = outside[at, chosen][:, None]
    rank = (outside < own).sum(axis=1) + ((outside == own).sum(axis=1) + 1) / 2
    return chosen, inside[at, chosen], own[:, 0], rank / (trials + 1)


def _sharpe(total: Floats, squares: Floats, rows: int) -> Floats:
    mean = total / rows
    spread = np.sqrt(np.maximum((squares - rows * mean**2) / max(rows - 1, 1), 0.0))
    return np.divide(mean, spread, out=np.zeros_like(mean), where=spread > math.sqrt(NO_ROOM))


def _mean(total: Floats, _: Floats, rows: int) -> Floats:
    return total / rows


METRICS: dict[Metric, Callable[..., Floats]] = {"sharpe": _sharpe, "mean": _mean}
