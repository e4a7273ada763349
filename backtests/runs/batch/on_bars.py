"""Weights on shared bars through the kernel, at an experiment's costs: as its run would be, without a ledger."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from backtests.engine.ledger import Floats
from backtests.experiments.experiment import Experiment
from backtests.runs.batch.sets import Batch, run_many
from backtests.runs.batch.shared_bars import SharedBars


def run_on_bars(
    bars: SharedBars,
    decided: Floats,
    experiment: Experiment,
    *,
    rows: npt.NDArray[np.int64] | None = None,
    commission_bps: float | Floats | None = None,
    slippage_bps: float | Floats | None = None,
    first: int = 0,
    keep_equity: bool = False,
) -> Batch:
    """Run weights (series, bars) on `bars` from the one at `first` on; each run by decisions of its own bars only.

    `rows` (sets,): the series of each set. `commission_bps` and `slippage_bps`: those of each set, by default the
    experiment's. Shapes and errors as in `batch.sets.run_many`.
    """
    costs = experiment.costs
    yields, paid = bars.accruing(costs)
    return run_many(
        bars.open[first:],
        bars.close[first:],
        bars.days[first:],
        decided[:, first:],
        rows=rows,
        cash_yield=yields[first:],
        funding=paid[first:],
        commission_bps=costs.commission_bps if commission_bps is None else commission_bps,
        slippage_bps=costs.slippage_bps if slippage_bps is None else slippage_bps,
        borrow_pct_per_year=costs.charged_borrow_pct,
        **vars(experiment.execution),
        cash_usd=experiment.study.cash_usd,
        periods_per_year=bars.market.periods_per_year,
        keep_equity=keep_equity,
    )
