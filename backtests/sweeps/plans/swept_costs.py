"""Costs are no choice: where they are swept, sets are ranked at one level, and the other levels are a stress table.

That level is the one of the experiment itself where the axis has it, else the highest, else (names) the first. A best
set at no cost, or advice to sweep further towards it, would be advice to pay less than the market asks.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from backtests.sweeps.plans.axes import Axis
from backtests.sweeps.plans.plan import Plan
from signals.parameters import Value

ROOT = "costs."


def is_cost(axis: Axis) -> bool:
    """Whether an axis is over what trading costs, or what cash earns."""
    return axis.path.startswith(ROOT)


def judged_at(plan: Plan) -> dict[str, Value]:
    """Return the level of each swept cost at which sets are ranked, by path; empty where no cost is swept."""
    own = {parameter.path: parameter.value for parameter in plan.base.parameters()}
    return {axis.path: _level(axis, own[axis.path]) for axis in plan.axes if is_cost(axis) and axis.values}


def _level(axis: Axis, own: Value) -> Value:
    if own in axis.values:
        return own
    numbers = [value for value in axis.values if isinstance(value, int | float)]
    return max(numbers) if axis.numeric and numbers else axis.values[0]


def at_judged_costs(plan: Plan) -> npt.NDArray[np.bool_]:
    """Return which sets (sets,) pay what sets are ranked at."""
    levels = judged_at(plan)
    places = [(at, levels[axis.path]) for at, axis in enumerate(plan.axes) if axis.path in levels]
    if not places:
        return np.ones(len(plan.sets), dtype=np.bool_)
    return np.array([all(values[at] == level for at, level in places) for values in plan.sets], dtype=np.bool_)
