"""What a notebook shows of a sweep: the best point and the best region apart, the best sets, how all sets fared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from backtests.engine.ledger import Floats
from backtests.metrics.labels import COLUMNS, LABELS
from backtests.metrics.performance import NAMES
from backtests.pages.card import card, sparkline
from backtests.pages.colours import LIGHT
from backtests.pages.notebook import titled
from backtests.pages.text import number
from backtests.sweeps import ranking
from backtests.sweeps.plans.plan import Plan
from backtests.sweeps.record import SweepRecord

if TYPE_CHECKING:
    import plotly.graph_objects as go

TOP = 5
MAP = [[0.0, LIGHT["middle"]], [1.0, LIGHT["gain"]]]  # one hue: no value of the metric stands apart


def html(plan: Plan, record: SweepRecord, metrics: Floats, status: list[str]) -> str:
    """Return the card of a sweep; `metrics` is (sets, NAMES), `status` a word a set."""
    shown = list(dict.fromkeys([plan.metric, "sharpe", "total_return", "max_drawdown", "orders"]))
    order = ranking.listed(plan, metrics, status)[:TOP]
    rows = [
        [f"set {at}", *map(str, plan.sets[at]),
         *(number(name, ranking.number(name, float(metrics[at, NAMES.index(name)]))) for name in shown)]
        for at in order
    ]  # fmt: skip
    return card(
        f"Sweep of {record.study}",
        simulated=record.source if record.simulated else "",
        facts={
            "sets": f"{record.sets:,}",
            "bars": f"{record.start} to {record.end}",
            "engine": record.engine,
            "by backtrader too": f"{record.parity_checked}",
            "sweep": record.sweep_id,
        },
        columns=["", *plan.paths, *(LABELS[name] for name in shown)],
        rows=rows,
        curve=_spread(plan, metrics),
        notes=[why] if (why := ranking.unranked(plan)) else _notes(record),
    )


def plot(plan: Plan, record: SweepRecord, trials: pd.DataFrame) -> go.Figure:
    """Return the metric of all sets: a line over one swept path, a map over the first two (medians over the others)."""
    import plotly.graph_objects as go  # noqa: PLC0415  # heavy: only where a figure is asked for

    first, *others = plan.paths
    column = COLUMNS[plan.metric]
    figure, label = go.Figure(), LABELS[plan.metric]
    if others:
        grid = trials.pivot_table(values=column, index=others[0], columns=first, aggfunc="median")
        figure.add_heatmap(
            x=[str(x) for x in grid.columns],
            y=[str(y) for y in grid.index],
            z=grid.to_numpy(),
            colorscale=MAP,
            colorbar={"title": label},
        )
        figure.update_yaxes(title=others[0], type="category")
    else:
        median = trials.groupby(first, sort=False)[column].median()
        figure.add_scatter(x=[str(x) for x in median.index], y=median.to_numpy(), mode="lines+markers", name=label)
        figure.update_yaxes(title=label)
    figure.update_xaxes(title=first, type="category")
    mark = "SIMULATED · " if record.simulated else ""
    return titled(figure, f"{mark}{label} of {record.sets:,} sets of {record.study}")


def _spread(plan: Plan, metrics: Floats) -> str:
    """Return the metric of all sets from the lowest to the highest, as a line."""
    column = metrics[:, NAMES.index(plan.metric)]
    known = np.sort(column[np.isfinite(column)])
    if not known.size:
        return ""
    low, high = (number(plan.metric, float(value)) for value in known[[0, -1]])
    label = f"{LABELS[plan.metric]} of {len(known):,} sets, from the lowest, {low}, to the highest, {high}"
    return sparkline({label: known}, says=label, log=False)


def _notes(record: SweepRecord) -> list[str]:
    metric, region = record.metric, record.best_region
    if region is None:
        return ["no set may be called best: none has the metric, or the constraint leaves none"]
    own = ", ".join(f"{path}={value}" for path, value in region.params.items())
    failed = [f"{record.failed:,} sets failed"] if record.failed else []
    return [
        f"best region: a median of {number(metric, region.score)} over {region.neighbours} neighbours; {own} stands "
        f"for it with {number(metric, region.metrics[metric])}",
        "the best of many sets is the luckiest of them too: its number is no estimate of what comes",
        *failed,
    ]
