"""Plateau: a set judged together with its neighbours, so that a lucky point does not win against a good region.

The score of a set is the median of the metric over the set and its neighbours. On a grid neighbours are the sets
within one step on every axis of numbers and equal on every other axis, those of costs among them. Among random or Sobol
sets they are the 3^k - 1 nearest (k axes of numbers, at most 26), each axis by rank from 0 to 1. A neighbour whose
metric is undefined counts as the worst.
The idea is that of a robust region in the parameter space; the median is our choice, for it takes no distribution.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from backtests.engine.ledger import Floats
from backtests.sweeps.plans.plan import Plan
from backtests.sweeps.plans.swept_costs import is_cost

MOST_NEIGHBOURS = 26
MOST_EQUALS = 500
BLOCK = 20_000  # sets scored at a time: 81 neighbours of each (four axes) in three arrays, 40 MB
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Plateau:
    """Score of every set (NaN where undefined), and the positions of the best set's neighbours, itself included."""

    scores: Floats
    best: int
    region: Ints

    def representative(self, metric: Floats, eligible: npt.NDArray[np.bool_]) -> int:
        """Return the set that stands for the region: of those not below its median the one nearest to that median.

        `metric` (sets,) as in `Neighbours.plateau`, higher being better. The middle itself may be the worst of a good
        region. Of equals the first in the order of the plan.
        """
        near = [at for at in self.region.tolist() if eligible[at] and metric[at] >= self.scores[self.best]]
        return min(near, key=lambda at: float(metric[at]), default=self.best)


class Neighbours:
    """The neighbours of each set of a plan, found once for any number of metrics."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.places = plan, _places(plan)
        self.ordered = [at for at, axis in enumerate(plan.axes) if axis.numeric and not is_cost(axis)]

    def plateau(self, metric: Floats, eligible: npt.NDArray[np.bool_]) -> Plateau | None:
        """Return the plateau of `metric` (sets,), higher being better; None where no eligible set has a score."""
        worst = np.where(np.isnan(metric), -np.inf, metric)
        scores = self._scores(worst)
        allowed = np.where(eligible & np.isfinite(worst), scores, -np.inf)
        if not np.isfinite(allowed).any():
            return None
        equals = np.flatnonzero(allowed == allowed.max())[:MOST_EQUALS]
        regions = [self._of(int(at)) for at in equals]
        # Of equal medians the one deepest inside its region: no undefined neighbour, then the highest mean.
        depths = [_depth(worst[region]) for region in regions]
        middle = depths.index(max(depths))
        return Plateau(np.where(np.isfinite(scores), scores, np.nan), int(equals[middle]), np.sort(regions[middle]))

    def _scores(self, worst: Floats) -> Floats:
        if self.plan.method == "grid":
            return _grid_scores(self.plan, self.places, self.ordered, worst)
        scores: Floats = np.median(worst[self._nearest], axis=1)
        return scores

    def _of(self, at: int) -> Ints:
        """Return the neighbours of one set, itself included."""
        if self.plan.method == "grid":
            return _within_a_step(self.places, at, self.ordered)
        found: Ints = self._nearest[at]
        return found

    @cached_property
    def _nearest(self) -> Ints:
        return _nearest(self.places, self.ordered)


def plateau(plan: Plan, metric: Floats, eligible: npt.NDArray[np.bool_]) -> Plateau | None:
    """Return the plateau of one metric (`Neighbours.plateau`)."""
    return Neighbours(plan).plateau(metric, eligible)


def _depth(metric: Floats) -> tuple[int, float]:
    known = metric[np.isfinite(metric)]
    return len(known) - len(metric), float(np.mean(known))


def _places(plan: Plan) -> Ints:
    """Return the place of every set on every axis: the rank of its value where it is a number, else its position."""
    columns = []
    for at, axis in enumerate(plan.axes):
        column = [values[at] for values in plan.sets]
        known: list[Any] = sorted({*axis.values, *column}) if axis.numeric else list(axis.values)
        rank = {value: place for place, value in enumerate(known)}
        columns.append([rank[value] for value in column])
    return np.array(columns, dtype=np.int64).T


def _grid_scores(plan: Plan, places: Ints, ordered: list[int], worst: Floats) -> Floats:
    """Return the median over each set's neighbours; what a constraint left out is no neighbour."""
    shape = tuple(len(axis.values) + 2 * (at in ordered) for at, axis in enumerate(plan.axes))
    grid = np.full(shape, np.nan)  # with a border of absent sets around the ordered axes
    middle = places + np.array([int(at in ordered) for at in range(len(shape))])
    grid[tuple(middle.T)] = worst
    flat = grid.ravel()
    strides = np.array(grid.strides) // grid.itemsize
    steps = np.array([0])
    for axis in ordered:
        steps = (steps[:, None] + strides[axis] * np.array([-1, 0, 1])).ravel()
    start = middle @ strides
    blocks = (start[at : at + BLOCK] for at in range(0, len(start), BLOCK))
    return np.concatenate([_median(flat[block[:, None] + steps]) for block in blocks])


def _median(values: Floats) -> Floats:
    """Return the median of each row without its NaN."""
    ranked = np.sort(values, axis=1)  # NaN last
    n = np.sum(~np.isnan(ranked), axis=1)
    rows = np.arange(len(ranked))
    low, high = ranked[rows, (n - 1) // 2], ranked[rows, n // 2]
    middle: Floats = np.where(np.isinf(low), low, (low + np.where(np.isinf(low), 0.0, high)) / 2)
    return middle


def _within_a_step(places: Ints, best: int, ordered: list[int]) -> Ints:
    reach = np.array([int(at in ordered) for at in range(places.shape[1])])
    return np.flatnonzero((np.abs(places - places[best]) <= reach).all(axis=1))


def _nearest(places: Ints, ordered: list[int]) -> Ints:
    from scipy.spatial import cKDTree  # noqa: PLC0415  # heavy: loaded when it is needed

    points = places / np.maximum(places.max(axis=0), 1)
    others = [at for at in range(places.shape[1]) if at not in ordered]
    points[:, others] = 10.0 * places[:, others]  # another category is farther than any number
    count = min(len(places), 1 + min(3 ** len(ordered) - 1, MOST_NEIGHBOURS))
    _, found = cKDTree(points).query(points, k=count)
    return np.asarray(found, dtype=np.int64).reshape(len(places), count)
