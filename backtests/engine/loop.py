"""The contract without backtrader: the same arithmetic in one loop, for what stands beside a run (gross, holding).

Equal to the reference engine to the bit on every bar (a property test), at a tenth of its time. The run itself always
goes through backtrader.
"""

from __future__ import annotations

import numpy as np

from backtests.engine.ledger import Decisions, Fill, Ledger, accrual, fill_price, order_size
from backtests.experiments.costs import Costs, Execution


def run(decisions: Decisions, costs: Costs, execution: Execution, cash_usd: float) -> Ledger:
    """Run decisions against bars by the contract of `engine.ledger`."""
    targets = decisions.targets(execution.delay_bars)
    rows: list[tuple[float, float, float]] = []
    fills: list[Fill] = []
    cash, units, ruined = cash_usd, 0.0, False
    steps = zip(
        decisions.bars["open"].tolist(),
        decisions.bars["close"].tolist(),
        targets.tolist(),
        decisions.days.tolist(),
        strict=True,
    )
    for bar, (open_, close, target, days) in enumerate(steps):
        if cash + units * open_ <= 0:
            cash, units, ruined = cash + units * open_, 0.0, True
            rows.append((units, cash, cash))
            break
        size = order_size(target, cash, units, open_, costs, execution)
        if size:
            fill, cash, units = _fill(bar, size, open_, cash, units, costs)
            fills.append(fill)
        cash += accrual(cash, units, close, days, costs)
        rows.append((units, cash, cash + units * close))
        if rows[-1][2] <= 0:
            ruined = True
            break
    position, cash_column, equity = (np.array(column) for column in zip(*rows, strict=True))
    return Ledger(decisions, targets, position, cash_column, equity, fills, cash_usd, ruined)


def _fill(bar: int, size: float, open_: float, cash: float, units: float, costs: Costs) -> tuple[Fill, float, float]:
    equity, price = cash + units * open_, fill_price(open_, size, costs)
    before = units * open_ / equity
    commission = abs(size) * price * costs.commission_bps / 1e4
    cash -= size * price + commission
    units = 0.0 if size == -units else units + size
    after = units * open_ / (cash + units * open_)
    return Fill(bar, size, price, commission, abs(size) * abs(price - open_), before, after, equity), cash, units
