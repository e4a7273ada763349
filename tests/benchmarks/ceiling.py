"""The power that superior ability can have at most on SIMULATED worlds: a part of docs/calibration_evidence.md."""

from dataclasses import dataclass

import numpy as np

from tests.benchmarks.judged_world import DRAWS, World
from tests.calibration.rules import BARS

LEVEL, DESIGNS, REDRAWS = 0.05, 20, 15


@dataclass(frozen=True, eq=False)
class Boundary:
    """Worlds whose sets, each by its true mean, are neither better nor worse than a control.

    `highest`: the highest t of each world (k, controls); `rejected`: whether the bootstrap's p is below LEVEL (k, controls).
    """

    highest: np.ndarray
    rejected: np.ndarray


def ceiling(found, highest):
    """Return (critical values by control, share found) of the best test by the highest t that holds its size.

    `found` are the t (worlds, controls, sets) of every set against every control, `highest` the highest t (k, controls)
    at the boundary. The test knows what a bootstrap has to estimate, their 95% quantile, and finds a world in which the
    highest t is beyond that for every control.
    """
    critical = np.quantile(highest, 1 - LEVEL, axis=0)
    return critical, float((found.max(axis=2) > critical).all(axis=1).mean())


def boundary(name):
    """Return the boundary of a named world: some of its seeds, the unknown drawn REDRAWS times for each."""
    pairs = [pair for seed in range(DESIGNS) for pair in _of_design(name, seed)]
    return Boundary(*(np.array(each) for each in zip(*pairs, strict=True)))


def _of_design(name, seed):
    """Yield (highest t, rejected) of each redraw, against each control, the mean over the redraws taken as the truth."""
    from backtests.statistics.bootstrap import counts
    from backtests.statistics.superior import mean_block, spa

    worlds = [World.of(name, seed, at) for at in range(REDRAWS)]
    true = np.mean([[x.mean(axis=0) for x in apart(world)] for world in worlds], axis=0)
    known = np.sqrt(REDRAWS / (REDRAWS - 1))  # the mean of the redraws has an error of its own
    for world in worlds:
        block = mean_block(*apart(world))
        drawn = counts(BARS, block, draws=DRAWS)
        left = [
            x - x.mean(axis=0) + known * (x.mean(axis=0) - mean) for x, mean in zip(apart(world), true, strict=True)
        ]
        tests = [spa(np.zeros(len(x)), x, drawn, block=block) for x in left]
        yield [t_of(x, block).max() for x in left], [test.p_value < LEVEL for test in tests]


def apart(world):
    """Return by how much each set, at the volatility of each control, earned more than it: an array (n, sets) a control."""
    from backtests.runs.controls import at_volatility_of

    return [at_volatility_of(control, world.net) - control[:, None] for control in world.controls.values()]


def t_of(x, block):
    """Return the t (sets,) of means (n, sets), by the long-run variance of a mean block."""
    from backtests.statistics.superior import long_run_variance

    return x.mean(axis=0) / np.sqrt(long_run_variance(x, block) / len(x))


def t_of_sets(world):
    """Return the t (controls, sets) of each set against each control."""
    from backtests.statistics.superior import mean_block

    found = apart(world)
    block = mean_block(*found)
    return np.stack([t_of(x, block) for x in found])
