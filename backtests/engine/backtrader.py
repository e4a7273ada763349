"""The reference engine, on backtrader. The only importer of backtrader.

One feed: the traded bars with the target weight as an extra line (joining calendars is `data.market`'s work). Orders
are made in `next_open` with cheat-on-open and sized by hand from that very open, never from the coming close; the
submit check is off because it reads that close; a large leverage in the commission scheme keeps rounding from rejecting
an order. Our own cash ledger runs beside the broker's and the two are compared at every close: an order that is not
filled exactly as asked, or a broker that disagrees, fails the run.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np

from backtests.deferred import deferred
from backtests.engine.contract import Account, fill_price
from backtests.engine.ledger import Decisions, Fill, Floats, Ledger
from backtests.experiments.costs import Costs, Execution
from data.errors import OrderRejected

# Only a user's own strategy asks for these; loading them took four times as long as the rest of backtrader.
UNUSED = ("feeds", "indicators", "indicators.contrib", "studies", "studies.contrib", "strategies", "observers",
          "analyzers", "filters", "signals", "talib")  # fmt: skip
deferred(*(f"backtrader.{name}" for name in UNUSED))
import backtrader as bt  # noqa: E402  # after what is put off

# For `engine.native`: backtrader stays behind this one file.
BackBroker, Cerebro, DataBase, Order = bt.brokers.BackBroker, bt.Cerebro, bt.feed.DataBase, bt.Order
LEVERAGE = 1e9
TOLERANCE = 1e-9
BAR = ("datetime", "open", "high", "low", "close", "volume", "openinterest")
DAY_NS, EPOCH = 86_400 * 10**9, date(1970, 1, 1).toordinal()


class _Feed(bt.feed.DataBase):  # type: ignore[misc]  # backtrader is untyped
    """The decisions and their bars, preloaded a column at a time: cell by cell took a third of a run."""

    lines = ("target",)
    params = (("columns", None),)
    bar = 0
    tick_open = tick_high = tick_low = tick_close = None  # else backtrader looks for them in three places each time

    def __len__(self) -> int:
        return self.bar

    def preload(self) -> None:
        """Fill every line, and stand before the first bar."""
        self.stamps: list[float] = [*self.p.columns["datetime"], math.inf]
        self.buffers = [getattr(self.lines, name) for name in self.p.columns]
        for name, line in zip(self.p.columns, self.buffers, strict=True):
            line.array.extend(self.p.columns[name])
            setattr(self, name, line)  # else backtrader looks for it in three places each time
        microseconds = (np.array(self.p.columns["datetime"]) - EPOCH) * (DAY_NS // 1000)
        self.moments = microseconds.round().astype("datetime64[us]").tolist()
        self.datetime.datetime = self.moment  # the broker asks at each bar, and works it out anew
        self.home()

    def moment(self, ago: int = 0) -> Any:
        """Return when the bar is, as a datetime."""
        return self.moments[self.bar - 1 + ago]

    def advance_peek(self) -> float:
        """Return the time of the next bar; infinite after the last."""
        return self.stamps[self.bar]

    def advance(self, size: int = 1, datamaster: Any = None, ticks: bool = True) -> None:
        """Go on to the next bar."""
        at, self.bar = self.bar, self.bar + 1
        for line in self.buffers:
            line._idx, line.lencount = at, at + 1  # `idx` is this, by a call

    def date2num(self, dt: Any) -> float:
        """Return nothing that anybody reads: when the session of an order ends, and ours are filled at once."""
        return 0.0


class Commission(bt.CommissionInfo):  # type: ignore[misc]  # backtrader is untyped
    """Percentage commission on fractional sizes (backtrader's own `getsize` truncates to whole coins)."""

    params = (("leverage", LEVERAGE),)

    def getsize(self, price: float, cash: float) -> float:
        """Return the units that `cash` buys."""
        return cash / price


def _at_hand(kind: Any) -> Any:
    """Return a kind of order that has its parameters at hand: backtrader looks for each in two places, each time."""

    class AtHand(kind):  # type: ignore[misc]  # backtrader is untyped
        def __init__(self) -> None:
            self.__dict__.update(vars(self.p))
            super().__init__()

    return AtHand


_Buy, _Sell = _at_hand(bt.BuyOrder), _at_hand(bt.SellOrder)


class _Broker(bt.brokers.BackBroker):  # type: ignore[misc]  # backtrader is untyped
    """A broker that says how an order ended, by the order itself: what it says before, and its copies, nobody reads."""

    def take(self, owner: Any, data: Any, size: float) -> None:
        """Take a market order of `size` units."""
        order = (_Buy if size > 0 else _Sell)(owner=owner, data=data, size=abs(size))
        self._ocoize(order, None)
        self.submit(order)

    def notify(self, order: Any) -> None:
        if order.status not in (order.Submitted, order.Accepted):
            self.notifs.append(order)


class _Follower(bt.Strategy):  # type: ignore[misc]  # backtrader is untyped
    """Follows the target line and keeps the contract's own ledger."""

    params = (("costs", None), ("execution", None), ("accruing", ()), ("cash", 0.0))
    _orderspending: list[Any]  # what the broker has said of orders since the bar before

    def __init__(self) -> None:
        self.opens, self.closes, self.targets = (self.data.p.columns[name] for name in ("open", "close", "target"))
        self.execution, self.accruing = self.p.execution, self.p.accruing
        self.account = Account(self.p.cash, self.p.costs)
        self.scale: float = self.p.cash
        self.bar = -1
        self.open = self.size = 0.0
        self.asked: list[float] = []
        self.done: list[tuple[float, float]] = []
        self.fills: list[Fill] = []
        self.rows: list[tuple[float, float, float]] = []
        self.ruined = False

    def __len__(self) -> int:
        return self.bar + 1

    def next_open(self) -> None:
        self.bar += 1
        self.open = open_ = self.opens[self.bar]
        account = self.account
        equity = account.equity(open_)
        size = account.order_size(self.targets[self.bar], open_, self.execution) if not equity <= 0 else math.nan
        if size != size:
            self._end(account.ruin(account.left_by_closing(open_) if equity > 0 else equity))
            return
        self.size = size
        if size:
            # Through zero as two orders: backtrader splits one itself, and the float remainder would stay pending.
            units = account.units
            if units > 0 and size > 0:
                self._realise(open_)
            through_zero = units != 0 and units * (units + size) < 0
            self.asked = [-units, units + size] if through_zero else [size]
            for part in self.asked:
                self.broker.take(self, self.data, part)

    prenext_open = nextstart_open = _oncepost_open = next_open

    def _realise(self, open_: float) -> None:
        """Turn what a long position has gained into the broker's cash; its value stays the same.

        It keeps gains apart from cash until the position is closed, and would refuse an order that adds to the position
        where the commission is above that cash, whatever the account is worth.
        """
        position = self.broker.positions[self.data]
        self.broker.cash += position.size * (open_ - position.price) * (1 - 1 / LEVERAGE)
        position.price = open_

    def _oncepost(self, dt: float) -> None:
        """Go on by a bar, without the rounds to indicators, analyzers and observers: there are none.

        Of what backtrader has to say, trades, cash and value are heard by nobody: orders alone are.
        """
        if self._orderspending:
            for order in self._orderspending:
                self.notify_order(order)
            self._orderspending = []
        self.next()

    def _addnotification(self, order: Any, quicknotify: bool = False) -> None:  # backtrader's interface
        """Take what the broker says of an order, without the accounts of trades that nobody reads."""
        self._orderspending.append(order)

    def notify_order(self, order: Any) -> None:
        if order.status == order.Completed:
            self.done.append((order.executed.size, order.executed.price))
        else:
            raise OrderRejected(f"{self._day()}: backtrader answered {order.getstatusname()} to an order; report it")

    def next(self) -> None:
        if self.ruined:
            return
        self._settle()
        close = self.closes[self.bar]
        value = self._compare_with_broker(close)
        account = self.account
        account.accrue(close, *self.accruing[self.bar])
        # With the interest the broker is given back its rounding of this bar: left to pile up, it would outgrow an
        # account that has lost nearly everything, and orders would be refused for want of cash that is there.
        equity = account.equity(close)
        if equity != value:
            self.broker.add_cash(equity - value)
        if equity <= 0:
            self._end(equity)
            return
        self.rows.append((account.units, account.cash, equity))

    def _settle(self) -> None:
        if not self.asked and not self.done:
            return
        open_, size = self.open, self.size
        # The broker's own price is an average over parts of the order: right but for its last digit.
        price = fill_price(open_, size, self.account.costs)
        if [s for s, _ in self.done] != self.asked or any(abs(p / price - 1) > TOLERANCE for _, p in self.done):
            raise OrderRejected(f"{self._day()}: asked for {self.asked}, filled {self.done}; report it")
        self.fills.append(self.account.fill(self.bar, size, price, open_))
        self.asked, self.done = [], []

    def _compare_with_broker(self, close: float) -> float:
        """Return the broker's value; OrderRejected where it is not the ledger's."""
        value: float = self.broker.getvalue()
        account = self.account
        equity = account.equity(close)
        # Float error does not shrink with the account: it is measured against the most it ever held.
        self.scale = max(self.scale, abs(account.units * close), abs(account.cash))
        if abs(value - equity) > TOLERANCE * self.scale:
            raise OrderRejected(f"{self._day()}: broker {value!r} USD, ledger {equity!r} USD; report it")
        return value

    def _end(self, equity: float) -> None:
        self.ruined = True
        self.rows.append((self.account.units, self.account.cash, equity))
        self.env.runstop()

    def _day(self) -> Any:
        return self.data.datetime.date(0)


def run(decisions: Decisions, costs: Costs, execution: Execution, cash_usd: float) -> Ledger:
    """Run decisions against bars by the contract of `engine.contract`; OrderRejected where it cannot be kept."""
    targets = decisions.targets(execution.delay_bars)
    cerebro = bt.Cerebro(stdstats=False, cheat_on_open=True)
    cerebro.broker = _Broker()
    cerebro.adddata(_Feed(columns=columns(decisions, {"target": targets})))
    cerebro.broker.setcash(cash_usd)
    cerebro.broker.set_checksubmit(False)
    cerebro.broker.set_slippage_perc(costs.slippage_bps / 1e4, slip_open=True, slip_out=True)
    cerebro.broker.addcommissioninfo(Commission(commission=costs.commission_bps / 1e4))
    accruing = decisions.accruing(costs)
    cerebro.addstrategy(_Follower, costs=costs, execution=execution, accruing=accruing, cash=cash_usd)
    follower = cerebro.run()[0]
    position, cash, equity = (np.array(column) for column in zip(*follower.rows, strict=True))
    return Ledger(decisions, targets, position, cash, equity, follower.fills, cash_usd, follower.ruined)


def columns(decisions: Decisions, lines: Mapping[str, Floats]) -> dict[str, list[float]]:
    """Return what a feed yields: the lines of `BAR` (no volume), then `lines`; ValueError where a price is none."""
    if not np.isfinite(decisions.bars.to_numpy()).all() or not decisions.bars.index.is_monotonic_increasing:
        raise ValueError("bars must be finite and in order: backtrader takes anything without a word")
    # backtrader counts days from 0001-01-01; its own date2num takes as long as the rest of the feed.
    stamps = decisions.bars.index.to_numpy().astype("datetime64[ns]").astype(np.int64) / DAY_NS + EPOCH
    prices = [decisions.bars[name].to_numpy(dtype=np.float64) for name in BAR[1:5]]
    bar = [stamps, *prices, np.zeros(len(stamps)), np.zeros(len(stamps))]
    return {name: values.tolist() for name, values in {**dict(zip(BAR, bar, strict=True)), **lines}.items()}
