"""What a sweep is held against, over the same bars and at the costs of the set that stands for its best region."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from backtests.engine import loop
from backtests.metrics import performance
from backtests.runs.controls import HOLDING, OWN_TREND, RULES
from backtests.runs.decisions import decisions_of
from backtests.runs.record import Numbers
from backtests.sweeps.work.runner import Work

CONTROLS = (HOLDING, OWN_TREND)


@dataclass(frozen=True, eq=False)
class Control:
    """Holding, or the asset's own trend: its metrics, and its equity at closes in USD, on the bars' labels."""

    metrics: Numbers
    equity: pd.Series[float]


def controls(work: Work, at: int) -> dict[str, Control]:
    """Return holding and own trend by name, on the market and at the costs of set number `at`."""
    experiment, market = work.settings.experiment(work.plan.sets[at]), work.market(at)
    found = {}
    for name in CONTROLS:
        rule = replace(experiment, strategy=RULES[name])
        decisions, _ = decisions_of(rule, market)
        ledger = loop.run(decisions, rule.costs, rule.execution, rule.study.cash_usd)
        metrics = performance.of_ledger(ledger, market.periods_per_year, rule.costs)
        labels = ledger.decisions.bars.index[: ledger.bars]
        found[name] = Control(dict(metrics.values), pd.Series(ledger.equity_usd, index=labels))
    return found
