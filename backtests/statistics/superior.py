"""Does the best of many rules beat a benchmark? Hansen (2005), A test for superior predictive ability.

The largest studentised mean difference, at least 0, against its own stationary bootstrap, in which rules far below the
benchmark have no say ("consistent"). Not studentised it is `arch.bootstrap.SPA`, draw for draw (a test); here all draws
are one matrix product, so that a thousand rules take a second. `stepm` (Romano and Wolf 2005) is arch's: a few rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from backtests.engine.ledger import Floats
from backtests.statistics.bootstrap import DRAWS, SEED, SHORTEST_BLOCK, optimal_block
from backtests.statistics.sharpe_ratio import NO_ROOM


@dataclass(frozen=True)
class SPA:
    """One test: its p-value, the column of the best rule, by how much it beats the benchmark on average, per row."""

    p_value: float
    best: int
    best_mean: float
    models: int


def spa(benchmark: Floats, models: Floats, drawn: Floats, *, block: float, studentised: bool = True) -> SPA | None:
    """Return the test of models (n, k) against a benchmark (n,), returns (more is better) of the same rows without NaN.

    `drawn` are the (draws, n) `bootstrap.counts` of mean block `block`. p is (1 + draws above)/(1 + draws). Models that
    differ from the benchmark by the same on every row are left out; None where none are left.
    """
    n = len(benchmark)
    apart = models - benchmark[:, None]
    kept = np.flatnonzero(np.ptp(apart, axis=0) > NO_ROOM)
    if not len(kept):
        return None
    apart = apart[:, kept]
    mean = apart.mean(axis=0)
    variance = long_run_variance(apart, block)
    relevant = mean >= -np.sqrt(variance / n * 2 * np.log(np.log(n)))
    means = drawn @ apart / n
    scale = np.sqrt(np.maximum(variance, NO_ROOM) / n) if studentised else np.ones(len(kept))
    observed = mean / scale
    highest = ((means - np.where(relevant, mean, 0.0)) / scale).max(axis=1)
    best, floor = int(observed.argmax()), 0.0 if studentised else -np.inf
    above = np.maximum(highest, floor) >= max(float(observed[best]), floor)
    return SPA(float((1 + np.sum(above)) / (1 + len(drawn))), int(kept[best]), float(mean[best]), len(kept))


def mean_block(*apart: Floats) -> float:
    """Return the mean block to test the means of differences (n, k) with: the longest of each one's best column, or 5.

    Politis and White's of the differences themselves, not of their squares as for ratios: volatility that clusters
    leaves the error of a mean as it is, and blocks as long as its clusters are few: with those the test rejects too
    often (what it does with these: docs/calibration_evidence.md).
    """
    lengths = [optimal_block(x[:, int(_ratio(x).argmax())]) for x in apart if x.shape[1]]
    return max([SHORTEST_BLOCK, *(length for length in lengths if np.isfinite(length))])


def _ratio(x: Floats) -> Floats:
    spread = x.std(axis=0)
    ratio: Floats = np.divide(x.mean(axis=0), spread, out=np.full(x.shape[1], -np.inf), where=spread > NO_ROOM)
    return ratio


def long_run_variance(x: Floats, block: float) -> Floats:
    """Return n times the variance of the means of x (n, k) under the stationary bootstrap of mean block `block`.

    Politis and Romano (1994), lemma 1: autocovariances weighed by (1 - i/n)(1 - p)^i + (i/n)(1 - p)^(n - i), p one over
    the rounded block; by Fourier transform.
    """
    n, p = len(x), 1.0 / round(block)
    i = np.arange(1, n)
    size = 1 << (2 * n - 1).bit_length()
    weight = np.zeros(size)
    weight[1:n] = (1 - i / n) * (1 - p) ** i + i / n * (1 - p) ** (n - i)
    weight += np.concatenate([[1.0], weight[:0:-1]])  # both signs of each lag, and lag 0
    spectrum = np.fft.rfft(weight).real * 2
    spectrum[[0, -1]] /= 2  # frequencies that have no twin
    found = np.empty(x.shape[1])
    for at in range(0, x.shape[1], 64):
        part = x[:, at : at + 64] - x[:, at : at + 64].mean(axis=0)
        power = np.abs(np.fft.rfft(part.T, size, axis=1)) ** 2
        found[at : at + 64] = power @ spectrum / (size * n)
    return np.maximum(found, 0.0)


def stepm(
    benchmark: Floats,
    models: Floats,
    *,
    block: float,
    level: float = 0.05,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Sequence[int]:
    """Return the columns of the models that beat the benchmark with family-wise error `level`, by arch.

    Shapes as in `spa`. Slow: for a few representatives.
    """
    from arch.bootstrap import StepM  # noqa: PLC0415  # heavy: loaded when it is needed

    # A last one that is never better and has no say: arch fails where steps have taken all models away.
    padded = np.column_stack([models, benchmark - 1])
    test = StepM(-benchmark, -padded, size=level, block_size=round(block), reps=draws, seed=seed)
    test.compute()
    return [int(str(column)) for column in test.superior_models]
