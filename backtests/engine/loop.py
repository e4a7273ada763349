"""The contract without backtrader: the same arithmetic in one loop, for what stands beside a run (gross, holding).

Equal to the reference engine to the bit on every bar (a property test), at a tenth of its time. The run itself always
goes through backtrader.
"""

from __future__ import annotations

import math

import numpy as np

from backtests.engine.contract import Account, fill_price
from backtests.engine.ledger import Decisions, Fill, Ledger
from backtests.experiments.costs import Costs, Execution


def run(decisions: Decisions, costs: Costs, execution: Execution, cash_usd: float) -> Ledger:
    """Run decisions against bars by the contract of `engine.contract`."""
    targets = decisions.targets(execution.delay_bars)
    rows: list[tuple[float, float, float]] = []
    fills: list[Fill] = []
    account, ruined = Account(cash_usd, costs), False
    steps = zip(
        decisions.bars["open"].tolist(),
        decisions.bars["close"].tolist(),
        targets.tolist(),
        decisions.accruing(costs),
        strict=True,
    )
    for bar, (open_, close, target, accruing) in enumerate(steps):
        equity = account.equity(open_)
        size = account.order_size(target, open_, execution) if not equity <= 0 else math.nan
        if size != size:
            equity = account.ruin(account.left_by_closing(open_) if equity > 0 else equity)
            rows.append((0.0, equity, equity))
            ruined = True
            break
        if size:
            fills.append(account.fill(bar, size, fill_price(open_, size, costs), open_))
        account.accrue(close, *accruing)
        rows.append((account.units, account.cash, account.equity(close)))
        if rows[-1][2] <= 0:
            ruined = True
            break
    position, cash, equities = (np.array(column) for column in zip(*rows, strict=True))
    return Ledger(decisions, targets, position, cash, equities, fills, cash_usd, ruined)
