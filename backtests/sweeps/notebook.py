"""What a notebook shows of a sweep: the best point and the best region apart, the best sets, how all sets fared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from backtests.metrics.labels import LABELS, number
from backtests.metrics.performance import NAMES
from backtests.pages.card import card, sparkline
from backtests.sweeps import ranking

if TYPE_CHECKING:
    from backtests.sweeps.sweep import Sweep

TOP = 5


def html(sweep: Sweep) -> str:
    """Return the card of a sweep."""
    content, plan = sweep.content, sweep.plan
    shown = list(dict.fromkeys([plan.metric, "sharpe", "total_return", "max_drawdown", "orders"]))
    order = ranking.ranked(plan, sweep.metrics, ranking.eligible(plan, sweep.metrics, sweep.status))[:TOP]
    rows = [
        [f"set {at}", *map(str, plan.sets[at]),
         *(number(name, ranking.number(name, float(sweep.metrics[at, NAMES.index(name)]))) for name in shown)]
        for at in order
    ]  # fmt: skip
    return card(
        f"Sweep of {content['study']}",
        simulated=content["source"] if content["simulated"] else "",
        facts={
            "sets": f"{content['sets']:,}",
            "bars": f"{content['start']} to {content['end']}",
            "engine": content["engine"],
            "by backtrader too": f"{content['parity_checked']}",
            "sweep": content["sweep_id"],
        },
        columns=["", *plan.paths, *(LABELS[name] for name in shown)],
        rows=rows,
        curve=_spread(sweep),
        notes=list(_notes(content)),
    )


def _spread(sweep: Sweep) -> str:
    """Return the metric of all sets from the lowest to the highest, as a line."""
    column = sweep.metrics[:, NAMES.index(sweep.plan.metric)]
    known = np.sort(column[np.isfinite(column)])
    if not known.size:
        return ""
    low, high = (number(sweep.plan.metric, float(value)) for value in known[[0, -1]])
    label = f"{LABELS[sweep.plan.metric]} of {len(known):,} sets, from the lowest, {low}, to the highest, {high}"
    return sparkline({label: known}, says=label, log=False)


def _notes(content: dict[str, Any]) -> list[str]:
    metric, region = content["metric"], content["best_region"]
    if region is None:
        return ["no set may be called best: none has the metric, or the constraint leaves none"]
    around = ", ".join(f"{path}={value}" for path, value in region["params"].items())
    failed = [f"{content['failed']:,} sets failed"] if content["failed"] else []
    return [
        f"best region: around {around}, a median of {number(metric, region['score'])} over "
        f"{region['neighbours']} neighbours",
        "the best of many sets is the luckiest of them too: its number is no estimate of what comes",
        *failed,
    ]
