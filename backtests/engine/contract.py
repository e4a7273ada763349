"""The arithmetic of the contract, once: the size of an order, its fill, the accruals at a close, ruin.

Decide at the close, fill at an open, size at the fill. A target within 1e-9 of 0 is 0. At the open o of bar t the
decision of bar t-1-delay_bars is applied. With equity e = cash + position*o and weight c = position*o/e there is no
order if the decision is NaN, or |w - c| <= rebalance_band unless w is 0 or changes sign, or the order is dust
(|dq*o| <= 1e-9*e). Else dq is such that
AFTER costs position*o / equity = w:

    p = o*(1 + s*slippage)    k = (p - o) + s*p*commission    dq = (w*e - position*o) / (o + w*k)    s = sign of dq
    cash -= dq*p + |dq|*p*commission

At the close, for the calendar days to the next bar:

    cash += days/36500 * (max(min(cash, equity), 0)*cash_yield - (max(-position*close, 0) + max(-cash, 0))*borrow)
            - position*close*funding

where cash_yield is that known at this close and funding the sum of the rates that fell due since the last one; with
funding there is no borrow.

Equity of zero or less is ruin and ends the run: found at an open, the position is closed there at no cost; found at a
close, after that bar. Equity of zero or less after an order's costs is ruin too, found before the order is placed: an
order that reduces, closes or reverses a position leaves nothing exactly where closing all of it at this open would
(`Account.left_by_closing`, within 1e-9 of the position's value). The run then ends there with what closing leaves; an
order that opens or adds always leaves something.

`Account` serves the plain loop, backtrader's follower, the broker of native strategies and what reads a run's
files; the kernel (`engine.kernel`) is its compiled twin, operation by operation.
"""

from __future__ import annotations

import math

from backtests.engine.ledger import DUST, Fill
from backtests.experiments.costs import Costs, Execution


class Account:
    """Cash (USD) and position (units of the asset) of one run, changed by fills, accruals and ruin."""

    __slots__ = ("borrow", "cash", "costs", "units")

    def __init__(self, cash: float, costs: Costs, units: float = 0.0) -> None:
        self.cash, self.units, self.costs, self.borrow = cash, units, costs, costs.charged_borrow_pct

    def equity(self, price: float) -> float:
        """Return cash plus the position at `price`, USD."""
        return self.cash + self.units * price

    def left_by_closing(self, open_: float) -> float:
        """Return the equity that closing the whole position at this open would leave after its costs, USD."""
        price = fill_price(open_, -self.units, self.costs)
        unit_cost = abs(price - open_) + price * self.costs.commission_bps / 1e4
        return self.equity(open_) - abs(self.units) * unit_cost

    def order_size(self, target: float, open_: float, execution: Execution) -> float:
        """Return the order in units that the contract asks for at this open, 0 for none; equity is above 0.

        NaN where the order's costs would leave no equity: ruin.
        """
        value = self.units * open_
        equity = self.cash + value
        weight = value / equity
        if target != target:
            return 0.0
        if abs(target - weight) <= execution.rebalance_band and target != 0 and target * weight >= 0:
            return 0.0
        wanted = target * equity - value
        lessens = wanted * self.units < 0 and abs(wanted) > DUST * equity
        if lessens and self.left_by_closing(open_) <= DUST * max(equity, abs(value)):
            return math.nan
        price = fill_price(open_, wanted, self.costs)
        cost = (price - open_) + math.copysign(price, wanted) * self.costs.commission_bps / 1e4
        size = wanted / (open_ + target * cost) if target != 0 else -self.units
        return size if abs(size * open_) > DUST * equity else 0.0

    def fill(self, bar: int, size: float, price: float, reference: float, *, closes: bool = False) -> Fill:
        """Book an order of `size` units at `price` and return it; weights and slippage are measured at `reference`.

        An order of the position's own size leaves exactly 0, never float dust; `closes` says so of any other size.
        """
        equity = self.cash + self.units * reference
        before = self.units * reference / equity
        commission = abs(size) * price * self.costs.commission_bps / 1e4
        self.cash -= size * price + commission
        self.units = 0.0 if closes or size == -self.units else self.units + size
        after = self.units * reference / (self.cash + self.units * reference)
        return Fill(bar, size, price, commission, abs(size) * abs(price - reference), before, after, equity)

    def accrue(self, close: float, days: float, cash_yield: float, funding: float) -> None:
        """Add the cash yield (percent a year) less borrow of `days` calendar days, and less funding, at this close."""
        self.cash += accrual(self.cash, self.units, close, days, self.borrow, cash_yield, funding)

    def ruin(self, equity: float) -> float:
        """Close the position by ruin with `equity` left, at most 0, and return it."""
        self.cash, self.units = 0.0 if equity > 0 else equity, 0.0
        return self.cash


def fill_price(open_: float, size: float, costs: Costs) -> float:
    """Return the price of a fill: the open, worse by the slippage for the side of `size`."""
    return open_ * (1 + math.copysign(costs.slippage_bps / 1e4, size))


def accrual(
    cash: float, position: float, close: float, days: float, borrow: float, cash_yield: float, funding: float
) -> float:
    """Return the cash yield less the borrow of `days` calendar days, less the funding, at this close, in USD.

    `borrow` and `cash_yield` in percent a year, `funding` as a fraction of the position's value.
    """
    value = position * close
    equity = cash + value
    free = equity if equity < cash else cash  # min and max written out: their calls took half of a plain loop
    earned = (0.0 if free < 0.0 else free) * cash_yield
    paid = ((-value if value < 0.0 else 0.0) + (-cash if cash < 0.0 else 0.0)) * borrow
    return days / 36500 * (earned - paid) - value * funding
