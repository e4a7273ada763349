"""The tables of a sweep's page: the best sets, what costs do to one, whether ranks hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from backtests.engine.ledger import Floats
from backtests.metrics.labels import LABELS
from backtests.metrics.performance import NAMES
from backtests.pages import html
from backtests.pages.text import number
from backtests.sweeps import ranking
from backtests.sweeps.answer import words
from backtests.sweeps.folder.table import PARTS
from backtests.sweeps.page import surface
from backtests.sweeps.plans.swept_costs import judged_at
from backtests.sweeps.result import Sweep

TOP = 25
SHOWN = ("sharpe", "total_return", "max_drawdown", "orders")
TOP_SAYS = (
    "Click a row to choose it. Sets whose numbers are equal are shown once. Ranks 1 to 4 are percentile ranks, one a "
    "sub-period: the share of sets with a lower Sharpe ratio in it."
)
STABLE_SAYS = (
    "Rank correlation (Spearman) of all sets' Sharpe ratios between sub-periods of equal length. Near 0 or below: what "
    "was best in one says nothing of the other."
)


def costs(sweep: Sweep) -> list[str]:
    """Return the stress table of swept costs: the chosen set at each level of them; none where none is swept."""
    levels, region, plan = judged_at(sweep.plan), sweep.record.best_region, sweep.plan
    if not levels or region is None:
        return []
    fixed = {path: value for path, value in region.params.items() if path not in levels}
    own = [(axis, fixed[path]) for axis, path in enumerate(plan.paths) if path in fixed]
    places = [at for at, values in enumerate(plan.sets) if all(values[axis] == value for axis, value in own)]
    named = {at: dict(zip(plan.paths, plan.sets[at], strict=True)) for at in places}
    rows = [[*(str(named[at][path]) for path in levels), *_numbers(sweep, at)] for at in places]
    chosen = places.index(region.set) if region.set in places else None
    table = html.table([*levels, *map(LABELS.__getitem__, _names(sweep))], rows, chosen=chosen)
    says = f"{words(fixed) or 'The study'} at each level of costs; marked: the level at which sets are ranked."
    return [html.section("What costs do to it", table, html.claim(says))]


def _names(sweep: Sweep) -> list[str]:
    return list(dict.fromkeys([sweep.plan.metric, *SHOWN]))


def _numbers(sweep: Sweep, at: int) -> list[str]:
    return [number(name, ranking.number(name, float(sweep.metrics[at, NAMES.index(name)]))) for name in _names(sweep)]


def top(sweep: Sweep, order: list[int]) -> str:
    """Return the best sets, holding and own trend first; those whose numbers are equal once, with their count."""
    best = f'<div id="top">{table(sweep, distinct(sweep.metrics, order, TOP))}</div>'
    return html.section(f"The best {min(TOP, len(order))}", best, html.claim(TOP_SAYS))


def distinct(metrics: Floats, order: list[int], most: int) -> list[tuple[int, int]]:
    """Return the first of each group of sets whose metrics (sets, 11) are equal, in order, and how many more it has.

    The first `most` groups: of a million sets their rows together, rounded, would take as much memory as all metrics.
    """
    places, found = np.array(order, dtype=np.int64), list[tuple[int, int]]()
    returns = np.round(metrics[places, 0], 12).view(np.int64)  # as bits: what is undefined is equal too
    left = np.ones(len(places), dtype=np.bool_)
    while len(found) < most and left.any():
        first = int(np.argmax(left))
        alike = np.flatnonzero(left & (returns == returns[first]))
        rows = np.round(metrics[places[alike]], 12).view(np.int64)
        same = alike[(rows == rows[0]).all(axis=1)]
        found.append((order[first], len(same) - 1))
        left[same] = False
    return found


def table(sweep: Sweep, sets: list[tuple[int, int]], *, ranks: bool = True) -> str:
    """Return holding and own trend, then `sets`: the place of each and how many others have its numbers."""
    names, equals = _names(sweep), any(more for _, more in sets)
    columns = ["set", *sweep.plan.paths, *(LABELS[name] for name in names)]
    columns += [f"rank {i + 1}" for i in range(PARTS * ranks)] + ["equal sets"] * equals
    width = len(columns)
    rows = [_padded([name, *("" for _ in sweep.plan.paths), *_of(metrics, names)], width)
            for name, metrics in sweep.record.controls.items()]  # fmt: skip
    for at, more in sets:
        point = ranking.point(sweep.plan, sweep.metrics, sweep.parts, at)
        places = ["-" if rank is None else f"{rank:.0%}" for rank in point.rank_by_subperiod[: PARTS * ranks]]
        last = [f"{more} more" if more else ""] * equals
        rows.append([str(at), *map(str, point.params.values()), *_of(point.metrics, names), *places, *last])
    return html.table(columns, rows, sortable=True)


def _of(metrics: Mapping[str, Any], names: list[str]) -> list[str]:
    return [number(name, metrics[name]) for name in names]


def _padded(row: list[str], width: int) -> list[str]:
    return [*row, *("" for _ in range(width - len(row)))]


def stability(sweep: Sweep) -> str:
    """Return how ranks of all sets in one sub-period agree with those in the others."""
    spans = surface.spans(sweep)
    rows = [
        [spans[i], *("-" if v is None else f"{v:+.2f}" for v in row)] for i, row in enumerate(sweep.record.stability)
    ]
    table = html.table(["sub-period", *spans], rows)
    return html.section("Do ranks hold from one sub-period to the next?", table, html.claim(STABLE_SAYS))
