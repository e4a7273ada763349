"""The broker of native strategies: backtrader's matching of orders, the contract's money.

Used by `engine.native` alone. backtrader's own broker counts leverage into its cash and drops an order that cash cannot
cover; here cash is what it is, and an order beyond `max_leverage` fails the run.
"""

from __future__ import annotations

import math
from datetime import datetime, time
from functools import partial
from typing import Any

from backtests.engine.backtrader import BackBroker, Order
from backtests.engine.contract import Account, accrual, fill_price
from backtests.engine.ledger import DUST, Fill
from data.errors import OrderRejected, RunError

SLACK = 1e-9
LOCKED = (
    *("set_cash", "setcash", "add_cash", "set_coc", "set_coo", "set_checksubmit", "set_eosbar", "set_filler"),
    *("setcommission", "addcommissioninfo", "set_slippage_perc", "set_slippage_fixed", "set_int2pnl", "set_shortcash"),
    *("add_order_history", "set_fund_history"),
)


class Broker(BackBroker):  # type: ignore[misc]  # backtrader is untyped
    """backtrader's matching of orders with the contract's money; a row a bar, accruals included."""

    params = (("costs", None), ("max_leverage", 1.0), ("accruing", ()), ("checksubmit", False))
    cash: float

    def __init__(self) -> None:
        super().__init__()
        self.bar = -1
        self.rows: list[tuple[float, float, float]] = []
        self.fills: list[Fill] = []
        self.asked = [0.0] * len(self.p.accruing)
        self.ruined = False
        self.kept: tuple[float, float] | None = None
        self.reference: float | None = None
        self.limit = math.nan

    def lock(self) -> None:
        """Refuse from now on what would change money, costs or the moment of a fill."""
        for name in LOCKED:
            setattr(self, name, partial(_refuse, name))

    def next(self) -> None:
        """Fill what this bar fills, then accrue at its close and keep a row."""
        self.bar += 1
        data = self.cerebro.datas[0]
        position = self.positions[data]
        if self.kept not in (None, (self.cash, position.size)):
            raise OrderRejected(f"{self.day()}: cash or position were changed by hand; trade by orders")
        if self.cash + position.size * data.open[0] <= 0:
            self._ruin(data, data.open[0])
        else:
            super().next()
        close = data.close[0]
        days, cash_yield, funding = self.p.accruing[self.bar]
        borrow = self.p.costs.charged_borrow_pct
        self.cash += accrual(self.cash, position.size, close, days, borrow, cash_yield, funding)
        equity = self.cash + position.size * close
        self.rows.append((position.size, self.cash, equity))
        self.ruined = self.ruined or equity <= 0
        if self.ruined:
            self.cerebro.runstop()
        self._get_value()
        self.kept = (self.cash, position.size)

    def submit(self, order: Any, check: bool = True) -> Any:
        """Take an order, and note what it asks for."""
        self.asked[len(order.data) - 1] += order.created.size * order.created.price
        return super().submit(order, check)

    def notify(self, order: Any) -> None:
        """Tell the strategy; OrderRejected where there is no order to tell of."""
        if order.status == Order.Canceled:
            self.asked[len(order.data) - 1] -= order.created.size * order.created.price
        if order.status in (Order.Margin, Order.Rejected):
            raise OrderRejected(f"{self.day()}: backtrader answered {order.getstatusname()} to {_words(order)}")
        super().notify(order)

    def day(self) -> str:
        """Return the label of the bar, for a message."""
        data = self.cerebro.datas[0]
        return _label(data.datetime.datetime(0)) if len(data) else "before the first bar"

    def _ruin(self, data: Any, price: float) -> None:
        position = self.positions[data]
        self.cash, position.size, self.ruined = self.cash + position.size * price, 0.0, True

    def _try_exec(self, order: Any) -> None:
        # Made on this very bar (by a timer that runs before the broker): it would know the close that it is filled by.
        if order.data.datetime[0] > order.created.dt and not self.ruined:
            self.reference, self.limit = None, order.created.pricelimit
            super()._try_exec(order)

    def _slip_up(self, pmax: float, price: float, doslip: bool = True, lim: bool = False) -> float:
        self.reference, slipped = price, fill_price(price, 1.0, self.p.costs)
        return min(slipped, self.limit) if lim else slipped

    def _slip_down(self, pmin: float, price: float, doslip: bool = True, lim: bool = False) -> float:
        self.reference, slipped = price, fill_price(price, -1.0, self.p.costs)
        return max(slipped, self.limit) if lim else slipped

    def _execute(
        self, order: Any, ago: int = 0, price: float = 0.0, cash: Any = None, position: Any = None, dtcoc: Any = None
    ) -> None:
        if ago != 0 or dtcoc is not None or order.exectype == Order.Historical:
            raise OrderRejected(
                f"{self.day()}: {_words(order)} asks for a price of the past; use another type of order"
            )
        data, size, costs = order.data, order.executed.remsize, self.p.costs
        reference = price if self.reference is None else self.reference
        if order.exectype == Order.Close:
            price = fill_price(reference, size, costs)
        equity = self.cash + self.positions[data].size * reference
        if equity <= 0:
            self._ruin(data, reference)
            return
        self._fill(order, data, size, price, reference, equity)

    def _fill(self, order: Any, data: Any, size: float, price: float, reference: float, equity: float) -> None:
        comm, held = self.getcommissioninfo(data), self.positions[data]
        old, units = held.price, held.size + size
        left = equity - abs(size) * (abs(price - reference) + price * self.p.costs.commission_bps / 1e4)
        if held.size * size < 0 and left <= DUST * max(equity, abs(held.size * reference)):
            self.cash, held.size, self.ruined = min(left, 0.0), 0.0, True
            return
        account = Account(self.cash, self.p.costs, held.size)
        fill = account.fill(self.bar, size, price, reference, closes=abs(units * reference) <= DUST * equity)
        self._check(order, fill.weight_before, fill.weight_after)
        _, average, opened, closed = held.pseudoupdate(size, price)
        held.update(size, price, data.datetime.datetime())
        self.cash, held.size, units = account.cash, account.units, account.units
        self.fills.append(fill)
        bits = [(part, comm.getvaluesize(part, at), comm.getcommission(part, price)) for part, at in
                ((closed, old), (opened, price))]  # fmt: skip
        pnl = comm.profitandloss(-closed, old, price)
        order.execute(data.datetime[0], size, price, *bits[0], *bits[1], comm.margin, pnl, units, average)
        order.addcomminfo(comm)
        self.notify(order)
        self._ococheck(order)

    def _check(self, order: Any, before: float, after: float) -> None:
        bound = self.p.max_leverage * (1 + SLACK)
        if abs(after) > bound and (abs(after) > abs(before) or after * before < 0):
            raise OrderRejected(
                f"{self.day()}: {_words(order)} takes the weight from {before:.4f} to {after:.4f}, beyond "
                f"execution.max_leverage = {self.p.max_leverage:g}; order less (the price moves before the fill), or "
                f"say -s execution.max_leverage={math.ceil(abs(after) * 10) / 10:g}"
            )


def _refuse(name: str, *_: Any, **__: Any) -> None:
    raise RunError(
        f"broker.{name}: money, costs and fills are the experiment's; say them by -s costs.* or study.cash_usd"
    )


def _words(order: Any) -> str:
    side = "buy" if order.isbuy() else "sell"
    made = _label(order.data.num2date(order.created.dt))
    return f"the {order.getordername()} order of {made} to {side} {abs(order.created.size):g}"


def _label(at: datetime) -> str:
    return f"{at:%Y-%m-%d}" if at.time() == time() else f"{at:%Y-%m-%d %H:%M}"
