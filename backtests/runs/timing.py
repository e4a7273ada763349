"""The returns of a run taken apart: what its timing earned, less what a constant exposure would have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backtests.engine.ledger import Floats, Ledger
from backtests.experiments.costs import Costs
from backtests.metrics import performance
from backtests.statistics.active import active_returns, asset_returns, held_weights
from backtests.statistics.sharpe_ratio import NO_ROOM


@dataclass(frozen=True, eq=False)
class Timing:
    """A run's returns taken apart, each (n,): net and asset in excess of cash, active, weights held, net of cash."""

    net: Floats
    asset: Floats
    weights: Floats

    @property
    def active(self) -> Floats:
        """Net less a constant exposure of the same mean weight."""
        return active_returns(self.net, self.asset, self.weights)


def timing(ledger: Ledger, costs: Costs) -> Timing:
    """Return the returns of a run, taken apart."""
    cash = ledger.cash_return(costs)
    net = performance.returns(ledger.equity_usd, ledger.start_cash_usd)
    return Timing(net - cash, asset_returns(ledger) - cash, held_weights(ledger))


def has_timing(ledger: Ledger) -> bool:
    """Whether the run ever asked for another weight than its first."""
    targets = ledger.targets[np.isfinite(ledger.targets)]
    return len(ledger.fills) > 1 and (len(targets) == 0 or bool(np.ptp(targets) > NO_ROOM))
