"""Many decisions on one run's bars through the kernel, and the active Sharpe ratio of each."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backtests.engine.ledger import Decisions, Floats, held_targets
from backtests.experiments.experiment import Experiment
from backtests.metrics.performance import returns
from backtests.runs.batch.sets import run_many
from backtests.runs.decisions import span
from backtests.statistics.sharpe_ratio import NO_ROOM
from data.market import Market

BLOCK = 500  # sets whose curves are in memory at a time


@dataclass(frozen=True, eq=False)
class Bars:
    """The bars of one run: which of the market's, prices (n,), days to the next, what accrued (`Decisions`)."""

    inside: npt.NDArray[np.bool_]
    open: Floats
    close: Floats
    days: Floats
    cash_yield: Floats
    funding: Floats
    periods_per_year: int

    @classmethod
    def of(cls, experiment: Experiment, market: Market, decisions: Decisions) -> Bars:
        """Return the bars of a run, those after ruin included."""
        opens, closes = (decisions.bars[name].to_numpy(dtype=np.float64) for name in ("open", "close"))
        accrued = decisions.yields(experiment.costs), decisions.funded(experiment.costs)
        return cls(span(experiment, market), opens, closes, decisions.days, *accrued, market.periods_per_year)

    @property
    def cash_return(self) -> Floats:
        """What cash returned in each bar."""
        return np.asarray(self.days / 36500 * self.cash_yield)

    @property
    def asset(self) -> Floats:
        """Returns of the traded asset in excess of cash, close to close; the first from its open."""
        return np.asarray(returns(self.close, float(self.open[0])) - self.cash_return)


def net_returns(bars: Bars, decided: Floats, experiment: Experiment) -> Floats:
    """Return the net returns in excess of cash (k, n) of decisions (k, n) at an experiment's costs; 0 after ruin."""
    costs, execution = experiment.costs, experiment.execution
    batch = run_many(
        bars.open,
        bars.close,
        bars.days,
        decided,
        commission_bps=costs.commission_bps,
        slippage_bps=costs.slippage_bps,
        borrow_pct_per_year=costs.charged_borrow_pct,
        cash_yield=bars.cash_yield,
        funding=bars.funding,
        rebalance_band=execution.rebalance_band,
        delay_bars=execution.delay_bars,
        max_leverage=execution.max_leverage,
        cash_usd=experiment.study.cash_usd,
        periods_per_year=bars.periods_per_year,
        keep_equity=True,
    )
    assert batch.equity is not None
    path = np.column_stack([np.full(len(decided), experiment.study.cash_usd), batch.equity])
    with np.errstate(divide="ignore", invalid="ignore"):
        net = path[:, 1:] / path[:, :-1] - 1 - bars.cash_return
    return np.where(np.isfinite(net), net, 0.0)


def active_sharpes(bars: Bars, decided: Floats, experiment: Experiment) -> Floats:
    """Return the annual Sharpe ratio (k,) of the active returns of decisions (k, n); NaN where they do not vary."""
    parts = [_active(bars, decided[at : at + BLOCK], experiment) for at in range(0, len(decided), BLOCK)]
    return np.concatenate(parts)


def _active(bars: Bars, decided: Floats, experiment: Experiment) -> Floats:
    bound, delay = experiment.execution.max_leverage, experiment.execution.delay_bars
    mean = np.array([held_targets(row.clip(-bound, bound), delay).mean() for row in decided])
    active = net_returns(bars, decided, experiment) - mean[:, None] * bars.asset
    spread = active.std(axis=1, ddof=1)
    ratio = np.divide(active.mean(axis=1), spread, out=np.full(len(spread), math.nan), where=spread > NO_ROOM)
    return np.asarray(ratio * math.sqrt(bars.periods_per_year))
