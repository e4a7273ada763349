"""`python -m tests.benchmarks.pairs`: how often intervals of a paired difference hold a truth that is known.

Two SIMULATED series of one drift that share a part: independent, clustered in volatility (GARCH with Student shocks),
autocorrelated or skewed, of 250 and 1,000 bars. Their means and Sharpe ratios are equal, and 0 is the truth.
"""

import sys

import numpy as np

from backtests.statistics.paired import paired

PAIRS, DRAWS = 300, 499


def independent(rng, n):
    return 0.03 * rng.standard_normal(n)


def clustered(rng, n):
    shock, variance, found = rng.standard_t(5, n) / np.sqrt(5 / 3), 1.0, np.empty(n)
    for at in range(n):
        found[at] = np.sqrt(variance) * shock[at]
        variance = 0.05 + 0.08 * found[at] ** 2 + 0.87 * variance
    return 0.03 * found


def autocorrelated(rng, n):
    found = rng.standard_normal(n + 50)
    for at in range(1, n + 50):
        found[at] += 0.2 * found[at - 1]
    return 0.03 * found[50:]


def skewed(rng, n):
    return 0.02 * (rng.exponential(1.0, n) - 1)


WORLDS = (independent, clustered, autocorrelated, skewed)


def shares(world, n, pairs=PAIRS):
    """Return the shares of intervals that hold 0: of the difference of the means, and of the Sharpe ratios."""
    held = np.zeros(2)
    for seed in range(pairs):
        rng = np.random.default_rng([n, WORLDS.index(world), seed])
        shared, own, other = (world(rng, n) for _ in range(3))
        found = paired(shared + own + 0.001, shared + other + 0.001, 365, seed=seed, draws=DRAWS)
        held += [low <= 0 <= high for low, high in (found.per_year_95, found.sharpe_95)]
    return held / pairs


def main(pairs=PAIRS):
    """Print a line a world and a length."""
    print(f"{pairs} pairs each, {DRAWS} draws; standard error of a share of .95: {np.sqrt(0.95 * 0.05 / pairs):.3f}")  # noqa: T201
    for n in (250, 1_000):
        for world in WORLDS:
            mean, ratio = shares(world, n, pairs)
            print(f"{world.__name__:15}{n:6,} bars   mean {mean:.3f}   Sharpe ratio {ratio:.3f}")  # noqa: T201


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
