"""What a finished sweep says: the best point and the best region apart, and whether ranks hold over sub-periods."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from backtests.engine.ledger import Floats
from backtests.metrics.performance import NAMES
from backtests.sweeps.plans.plan import SPANS, Plan
from backtests.sweeps.plans.swept_costs import at_judged_costs, is_cost
from backtests.sweeps.plateau import Plateau, plateau
from backtests.sweeps.record import PointRecord, RegionRecord
from signals.parameters import Value


def unranked(plan: Plan) -> str:
    """Return why no set of a plan may stand above another, as a sentence; empty if they may be ranked.

    A Sharpe ratio of one period says nothing about that of another: the best start date is the luckiest one.
    """
    swept = [path for path in plan.paths if path in SPANS]
    costs = [axis.path for axis in plan.axes if is_cost(axis)]
    if costs and plan.method != "grid":
        return (
            f"{' and '.join(costs)} {'are' if len(costs) > 1 else 'is'} drawn: the sets paid different costs, which "
            "are no choice, so their numbers are a table and no ranking, and none is called best; sweep costs on a grid"
        )
    if not swept:
        return ""
    return (
        f"{' and '.join(swept)} {'are' if len(swept) > 1 else 'is'} swept: the sets ran over different days, so their "
        "numbers are a table and no ranking, and none is called best"
    )


def eligible(plan: Plan, metrics: Floats, status: list[str]) -> npt.NDArray[np.bool_]:
    """Return which sets may be chosen: run to the end, at the costs they are judged at, as the constraint wants.

    None where they are `unranked`.
    """
    if unranked(plan):
        return np.zeros(len(status), dtype=np.bool_)
    ended = np.array([word == "ok" for word in status]) & at_judged_costs(plan)
    if plan.condition is None or not plan.condition.names & set(NAMES):
        return ended
    columns = plan.columns(plan.sets) | {name: metrics[:, at] for at, name in enumerate(NAMES)}
    return ended & plan.condition.holds(columns, len(status))


def target(plan: Plan, metrics: Floats) -> Floats:
    """Return the plan's metric of every set, turned so that higher is better."""
    column = metrics[:, NAMES.index(plan.metric)]
    return -column if plan.lower_is_better else column


def ranked(plan: Plan, metrics: Floats, allowed: npt.NDArray[np.bool_]) -> list[int]:
    """Return the positions of the eligible sets with a metric, the best first."""
    wanted = np.where(allowed, target(plan, metrics), np.nan)
    order = np.argsort(-wanted, kind="stable")
    return [int(at) for at in order[: int(np.sum(~np.isnan(wanted)))]]


def listed(plan: Plan, metrics: Floats, status: list[str]) -> list[int]:
    """Return the positions of the sets to show: the best first, or in the order asked for where they are `unranked`."""
    if unranked(plan):
        return [at for at, word in enumerate(status) if word != "failed"]
    return ranked(plan, metrics, eligible(plan, metrics, status))


def best(plan: Plan, metrics: Floats, parts: Floats, order: list[int]) -> PointRecord | None:
    """Return the best point: its position, parameters, metrics, and where it stands in each sub-period."""
    return point(plan, metrics, parts, order[0]) if order else None


def point(plan: Plan, metrics: Floats, parts: Floats, at: int) -> PointRecord:
    """Return one set in full."""
    return PointRecord(
        set=at,
        params=dict(zip(plan.paths, plan.sets[at], strict=True)),
        metrics={name: number(name, value) for name, value in zip(NAMES, metrics[at].tolist(), strict=True)},
        sharpe_by_subperiod=tuple(_or_none(value) for value in parts[at].tolist()),
        rank_by_subperiod=tuple(_standing(parts[:, part], at) for part in range(parts.shape[1])),
    )


def best_region(
    plan: Plan, metrics: Floats, parts: Floats, allowed: npt.NDArray[np.bool_]
) -> tuple[RegionRecord | None, Plateau | None]:
    """Return the region with the best plateau score and the set that stands for it, and the scores of all.

    That set is never worse than the region's median (`Plateau.representative`).
    """
    found = plateau(plan, target(plan, metrics), allowed)
    if found is None:
        return None, None
    near = target(plan, metrics)[found.region]
    sets = [plan.sets[at] for at in found.region]
    sign = -1 if plan.lower_is_better else 1
    worst, top = (np.nanmin(near), np.nanmax(near)) if sign > 0 else (-np.nanmin(near), -np.nanmax(near))
    chosen = point(plan, metrics, parts, found.representative(target(plan, metrics), allowed))
    region = RegionRecord(
        **vars(chosen),
        score=sign * float(found.scores[found.best]),
        neighbours=len(found.region),
        undefined=int(np.isnan(near).sum()),
        worst=float(worst),
        top=float(top),
        bounds={path: _spread([s[at] for s in sets]) for at, path in enumerate(plan.paths)},
    )
    return region, found


def at_the_edge(plan: Plan, params: Mapping[str, Value]) -> list[str]:
    """Return the paths of three values or more of which a set has the lowest or the highest."""
    ordered = (axis for axis in plan.axes if len(axis.values) > 2 and axis.numeric and not is_cost(axis))
    return [axis.path for axis in ordered if params[axis.path] in (min(axis.values), max(axis.values))]


def stability(plan: Plan, parts: Floats) -> tuple[tuple[float | None, ...], ...]:
    """Return the rank correlation (Spearman) of all sets' Sharpe ratios between each two sub-periods.

    None where it is undefined, or the sets have no sub-periods in common (`unranked`).
    """
    known = np.full_like(parts, np.nan) if unranked(plan) else parts
    whole = pd.DataFrame(known)
    # Ranks once a column, where no pair lacks a set that another has: a second less of a million sets.
    found = whole.rank().corr(min_periods=3) if not np.isnan(known).any() else whole.corr("spearman", min_periods=3)
    return tuple(tuple(_or_none(value) for value in row) for row in found.to_numpy().tolist())


def number(name: str, value: float) -> float | int | None:
    """Return a metric as JSON has it: None where undefined, whole where it counts."""
    return None if math.isnan(value) else int(value) if name == "orders" else value


def _standing(column: Floats, at: int) -> float | None:
    """Return the share of sets with a Sharpe that is lower, 1 for the best; None where undefined."""
    known = column[~np.isnan(column)]
    if math.isnan(column[at]) or len(known) < 2:
        return None
    return float(np.sum(known < column[at]) / (len(known) - 1))


def _spread(values: list[Any]) -> tuple[Value, ...]:
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
    return (min(values), max(values)) if numbers else tuple(sorted({str(v) for v in values}))


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value
