"""Ledger: what an engine is given and what it gives back, and the arithmetic of the contract.

Decide at the close, fill at an open, size at the fill. A target within 1e-9 of 0 is 0. At the open o of bar t the
decision of bar t-1-delay_bars is applied. With equity e = cash + position*o and weight c = position*o/e there is no
order if the decision is NaN, or |w - c| <= rebalance_band unless w is 0 or changes sign, or the order is dust
(|dq*o| <= 1e-9*e). Else dq is such that
AFTER costs position*o / equity = w:

    p = o*(1 + s*slippage)    k = (p - o) + s*p*commission    dq = (w*e - position*o) / (o + w*k)    s = sign of dq
    cash -= dq*p + |dq|*p*commission

At the close, for the calendar days to the next bar:

    cash += days/36500 * (max(min(cash, equity), 0)*cash_yield - (max(-position*close, 0) + max(-cash, 0))*borrow)

Equity of zero or less is ruin and ends the run: found at an open, the position is closed there at no cost; found at a
close, after that bar.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from backtests.experiments.costs import Costs, Execution

Floats = npt.NDArray[np.floating[Any]]
DUST = 1e-9


@dataclass(frozen=True, eq=False)
class Decisions:
    """The bars of one run and the decisions made at their closes.

    `bars`: open, high, low, close on naive labels. `decided`: weight decided at each bar's close, NaN for no opinion,
    within +-max_leverage. `days`: calendar days from each bar to the next.
    """

    bars: pd.DataFrame
    decided: Floats
    days: Floats

    def targets(self, delay_bars: int) -> Floats:
        """Return the decision applied at each bar's open: that of bar t-1-delay_bars, NaN where there is none.

        Within dust of 0 it is 0: an order to 1e-38 leaves a float residue whose sign would decide what comes next.
        """
        lag = 1 + delay_bars
        whole = np.where(np.abs(self.decided) <= DUST, 0.0, self.decided)
        return np.concatenate([np.full(min(lag, len(whole)), np.nan), whole[:-lag]])


@dataclass(frozen=True)
class Fill:
    """One order and how it was filled; `bar` is its position in the tape."""

    bar: int
    size: float
    price_usd: float
    commission_usd: float
    slippage_usd: float
    weight_before: float
    weight_after: float
    equity_before_usd: float


@dataclass(frozen=True, eq=False)
class Ledger:
    """A finished run: position after each bar's fill, cash and equity at its close after accruals, and every fill.

    Shorter than the tape only after ruin, whose bar is the last; `ruined` says so.
    """

    decisions: Decisions
    targets: Floats
    position: Floats
    cash_usd: Floats
    equity_usd: Floats
    fills: list[Fill]
    start_cash_usd: float
    ruined: bool

    @property
    def bars(self) -> int:
        """Number of bars that were run."""
        return len(self.equity_usd)

    def equity_table(self) -> pd.DataFrame:
        """Return the rows of equity.csv, on naive labels."""
        n = self.bars
        bars = self.decisions.bars.iloc[:n]
        columns = {
            "open": bars["open"],
            "close": bars["close"],
            "weight_decided": self.decisions.decided[:n],
            "weight_target": self.targets[:n],
            "position": self.position,
            "cash_usd": self.cash_usd,
            "equity_usd": self.equity_usd,
        }
        return pd.DataFrame(columns, index=bars.index.rename("date"))

    def orders_table(self) -> pd.DataFrame:
        """Return the rows of orders.csv, on the naive label of the bar of each fill."""
        labels = self.decisions.bars.index
        rows = [
            {
                "date": labels[fill.bar],
                "side": "buy" if fill.size > 0 else "sell",
                "size": abs(fill.size),
                "price_usd": fill.price_usd,
                "commission_usd": fill.commission_usd,
                "slippage_usd": fill.slippage_usd,
                "weight_before": fill.weight_before,
                "weight_after": fill.weight_after,
            }
            for fill in self.fills
        ]
        columns = [
            "date",
            "side",
            "size",
            "price_usd",
            "commission_usd",
            "slippage_usd",
            "weight_before",
            "weight_after",
        ]
        return pd.DataFrame(rows, columns=columns).set_index("date")


def order_size(target: float, cash: float, position: float, open_: float, costs: Costs, execution: Execution) -> float:
    """Return the order in units of the asset (0: none) that the contract asks for at this open; equity is above 0."""
    equity = cash + position * open_
    weight = position * open_ / equity
    if target != target:
        return 0.0
    if abs(target - weight) <= execution.rebalance_band and target != 0 and target * weight >= 0:
        return 0.0
    wanted = target * equity - position * open_
    price = fill_price(open_, wanted, costs)
    cost = (price - open_) + math.copysign(price, wanted) * costs.commission_bps / 1e4
    size = wanted / (open_ + target * cost) if target != 0 else -position
    return size if abs(size * open_) > DUST * equity else 0.0


def fill_price(open_: float, size: float, costs: Costs) -> float:
    """Return the price of a fill: the open, worse by the slippage for the side of `size`."""
    return open_ * (1 + math.copysign(costs.slippage_bps / 1e4, size))


def accrual(cash: float, position: float, close: float, days: float, costs: Costs) -> float:
    """Return the cash yield less the borrow of `days` calendar days at this close, in USD."""
    equity = cash + position * close
    earned = max(min(cash, equity), 0.0) * costs.cash_yield_pct_per_year
    paid = (max(-position * close, 0.0) + max(-cash, 0.0)) * costs.borrow_pct_per_year
    return days / 36500 * (earned - paid)
