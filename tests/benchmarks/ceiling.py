"""The power that superior ability can have at most on SIMULATED worlds: a part of docs/calibration_evidence.md."""

import numpy as np

LEVEL = 0.05


def ceiling(worlds):
    """Return (critical values by control, share of worlds found) of the best test by the highest t that holds its size.

    `worlds` yields the t of every set against every control, (controls, sets) each. The test knows what no bootstrap
    can: how the highest of all sets' t is distributed where no set is better and none worse than the control. It finds
    a world in which the highest t is beyond the 95% quantile of that, for every control.
    """
    found = np.stack(list(worlds))
    critical = np.quantile((found - found.mean(axis=0)).max(axis=2), 1 - LEVEL, axis=0)
    return critical, float((found.max(axis=2) > critical).all(axis=1).mean())


def t_of_sets(world):
    """Return the t (controls, sets) by which each set, at the volatility of each control, is better than it."""
    from backtests.runs.evidence import at_volatility_of
    from backtests.statistics.bootstrap import block_length
    from backtests.statistics.superior import long_run_variance

    block = block_length(world.net[:, world.best])
    apart = [at_volatility_of(control, world.net) - control[:, None] for control in world.controls.values()]
    return np.stack([x.mean(axis=0) / np.sqrt(long_run_variance(x, block) / len(x)) for x in apart])
