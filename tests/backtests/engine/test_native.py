"""A backtrader strategy of the user's: its fills by hand arithmetic, its parameters and files, and that it cannot peek."""

import contextlib
import json
import re
from pathlib import Path

import backtrader as bt
import numpy as np
import pandas as pd
import pytest

from backtests.engine import native as engine
from backtests.engine.ledger import Decisions
from backtests.experiments.costs import FUNDING, Costs
from backtests.experiments.experiment import with_settings
from backtests.experiments.studies import load
from backtests.experiments.toml import dump, parse
from backtests.registry import code_hash
from data.errors import BadSpec, OrderRejected, RunError, UnknownName
from tests.conftest import ROOT
from tests.recursion import decisions_of, with_carry

COSTS = Costs(commission_bps=10, slippage_bps=5, borrow_pct_per_year=0.0, cash_yield=0.0)
HEAD = (
    "import backtrader as bt\nfrom signals.small_cap_momentum import SmallCapMomentum\n\n\nclass Mine(bt.Strategy):\n"
)
LONG = (
    '    """Long while small caps trend up."""\n'
    '    params = (("lookback", 20), ("share", 0.9), ("label", "x"), ("loud", False), ("anything", None))\n'
    '    signals = {"trend": SmallCapMomentum(lookback=40), "own": "own_momentum"}\n\n'
    "    def next(self):\n"
    "        up = self.data.trend[0] > 0\n"
    "        if self.p.loud:\n"
    "            print('talk', len(self))\n"
    "        if up != bool(self.position):\n"
    "            self.order_target_percent(target=self.p.share if up else 0)\n"
)
RUN = ("--source", "simulated:seed=3", "--start", "2019-03-01", "--end", "2020-12-31", "--no-tearsheet")


def carry(cls, decisions=None, lines=None, costs=COSTS, bound=1.0, cash=1e5, **params):
    decisions = decisions_of(1) if decisions is None else decisions
    return engine.run(decisions, cls, params, lines or {}, costs, bound, cash).ledger


def bars(*rows):
    """A tape of (open, high, low, close)."""
    table = pd.DataFrame(rows, columns=["open", "high", "low", "close"], dtype=float,
                         index=pd.date_range("2020-01-01", periods=len(rows), name="date"))  # fmt: skip
    return Decisions(table, np.full(len(rows), np.nan), np.ones(len(rows)))


def acts(**at):
    """A strategy that calls what is given for the bar of that number: bar3=lambda s: s.buy(size=1)."""

    class Acts(bt.Strategy):
        def next(self):
            at.get(f"bar{len(self) - 1}", lambda s: None)(self)

    return Acts


def written(body, head=HEAD, name="mine.py"):
    Path(name).write_text(head + body)
    return f"{name}:Mine"


# Fills.


def test_a_fixed_size_is_hand_arithmetic_to_the_bit():
    decisions = decisions_of(1)
    done = carry(
        acts(bar4=lambda s: s.buy(size=12.5), bar20=lambda s: s.sell(size=20.0), bar60=lambda s: s.close()), decisions
    )
    opens, closes = decisions.bars["open"].tolist(), decisions.bars["close"].tolist()
    cash, units, rows = 1e5, 0.0, []
    for t in range(len(opens)):
        size = {5: 12.5, 21: -20.0, 61: 7.5}.get(t, 0.0)
        price = opens[t] * (1 + 0.0005 if size > 0 else 1 - 0.0005)
        cash, units = cash - (size * price + abs(size) * price * 10 / 1e4), units + size
        rows.append((units, cash, cash + units * closes[t]))
    assert np.array_equal(np.column_stack([done.position, done.cash_usd, done.equity_usd]), rows)
    assert [(f.bar, f.size) for f in done.fills] == [(5, 12.5), (21, -20.0), (61, 7.5)]
    assert [f.slippage_usd for f in done.fills] == [abs(f.size) * abs(f.price_usd - opens[f.bar]) for f in done.fills]
    assert done.fills[0].price_usd == opens[5] * 1.0005
    assert done.fills[1].weight_before > 0 > done.fills[1].weight_after


def test_order_target_percent_is_sized_at_the_close_and_filled_at_the_next_open():
    decisions = decisions_of(2)
    wanted = np.random.default_rng(0).uniform(-0.8, 0.8, len(decisions.bars))

    class Follows(bt.Strategy):
        def next(self):
            self.order_target_percent(target=self.data.want[0])

    done = carry(Follows, decisions, {"want": wanted})
    opens, closes = decisions.bars["open"].tolist(), decisions.bars["close"].tolist()
    cash, units, equity = 1e5, 0.0, [1e5]
    for t in range(1, len(opens)):
        size = wanted[t - 1] * equity[-1] / closes[t - 1] - units
        price = opens[t] * (1 + np.sign(size) * 0.0005)
        cash, units = cash - size * price - abs(size) * price * 0.001, units + size
        equity.append(cash + units * closes[t])
    assert len(done.fills) == len(opens) - 1
    assert np.allclose(done.equity_usd, equity, rtol=1e-12, atol=0)
    assert np.isnan(done.targets).all()


def test_a_yield_path_and_funding_accrue_by_the_contract():
    decisions = with_carry(decisions_of(3, gaps=True), 3)
    done = carry(acts(bar0=lambda s: s.sell(size=300.0)), decisions, costs=Costs(0, 0, 10.0, "DGS3MO", FUNDING))
    opens, closes, cash, units = decisions.bars["open"].tolist(), decisions.bars["close"].tolist(), 1e5, 0.0
    for t, days in enumerate(decisions.days.tolist()):
        if t == 1:
            cash, units = cash + 300.0 * opens[1], -300.0
        equity = cash + units * closes[t]
        earned = days / 36500 * max(min(cash, equity), 0) * decisions.cash_yield[t]
        cash += earned - units * closes[t] * decisions.funding[t]
        assert done.cash_usd[t] == pytest.approx(cash, rel=1e-13)


def test_borrow_and_cash_yield_accrue_by_the_contract():
    decisions = decisions_of(3, gaps=True)
    done = carry(acts(bar0=lambda s: s.sell(size=300.0)), decisions, costs=Costs(0, 0, 10.0, 4.0))
    opens, closes, cash, units = decisions.bars["open"].tolist(), decisions.bars["close"].tolist(), 1e5, 0.0
    for t, days in enumerate(decisions.days.tolist()):
        if t == 1:
            cash, units = cash + 300.0 * opens[1], -300.0
        equity = cash + units * closes[t]
        cash += days / 36500 * (max(min(cash, equity), 0) * 4.0 - (max(-units * closes[t], 0) + max(-cash, 0)) * 10.0)
        assert done.cash_usd[t] == pytest.approx(cash, rel=1e-13)
    assert decisions.days.max() == 3


def test_the_broker_tells_the_strategy_the_same_money_as_the_files():
    seen = []

    class Looks(bt.Strategy):
        def next(self):
            seen.append((self.position.size, self.broker.getcash(), self.broker.getvalue()))
            self.order_target_percent(target=0.5 if len(self) % 7 else -0.5)

    done = carry(Looks, decisions_of(4, gaps=True), costs=Costs(10, 5, 8.0, 3.0))
    assert np.allclose(seen, np.column_stack([done.position, done.cash_usd, done.equity_usd]), rtol=1e-12, atol=1e-9)


def test_stops_fill_at_the_trigger_or_at_a_worse_open_and_slip():
    decisions = bars((100, 101, 99, 100), (100, 101, 99, 100), (99, 100, 90, 95), (100, 101, 99, 100), (100, 101, 99, 100),
                (80, 85, 79, 82))  # fmt: skip
    stop = {"exectype": bt.Order.Stop}
    done = carry(acts(bar0=lambda s: s.buy(size=10), bar1=lambda s: s.sell(size=10, price=92.0, **stop),
                      bar2=lambda s: s.buy(size=10), bar4=lambda s: s.sell(size=10, price=92.0, **stop)), decisions)  # fmt: skip
    sold = [f for f in done.fills if f.size < 0]
    assert [(f.bar, f.price_usd) for f in sold] == [(2, 92.0 * (1 - 0.0005)), (5, 80.0 * (1 - 0.0005))]
    assert [f.slippage_usd for f in sold] == pytest.approx([10 * 92 * 0.0005, 10 * 80 * 0.0005], rel=1e-12)


@pytest.mark.parametrize(
    ("side", "limit", "price", "slippage"),
    [("buy", 95.0, 95.0, 0.0), ("buy", 99.99, 99.99, 0.09), ("buy", 105.0, 99.9 * 1.0005, 99.9 * 0.0005),
     ("sell", 104.0, 104.0, 0.0), ("sell", 99.89, 99.89, 0.01), ("sell", 80.0, 99.9 * 0.9995, 99.9 * 0.0005)],
)  # fmt: skip
def test_a_limit_is_never_filled_worse_than_its_limit(side, limit, price, slippage):
    costs = Costs(0, 5) if limit not in (99.99, 99.89) else Costs(0, 200)
    decisions = bars((100, 101, 99, 100), (99.9, 104, 90, 95))
    done = carry(
        acts(bar0=lambda s: getattr(s, side)(size=10, price=limit, exectype=bt.Order.Limit)), decisions, costs=costs
    )
    assert [(f.bar, f.price_usd) for f in done.fills] == [(1, pytest.approx(price, rel=1e-14))]
    assert done.fills[0].slippage_usd == pytest.approx(10 * slippage, rel=1e-9, abs=1e-12)


def test_a_stop_limit_keeps_its_limit_where_slippage_would_cross_it():
    decisions = bars((100, 101, 99, 100), (100, 112, 99, 110))
    order = {"size": 10, "price": 105.0, "plimit": 105.02, "exectype": bt.Order.StopLimit}
    done = carry(acts(bar0=lambda s: s.buy(**order)), decisions, costs=Costs(0, 5))
    assert [f.price_usd for f in done.fills] == [105.02]


def test_a_bracket_sells_once_and_the_stop_comes_first_in_a_bar_that_touches_both():
    decisions = bars((100, 101, 99, 100), (100, 101, 99, 100), (100, 120, 80, 100), (100, 120, 80, 100))
    done = carry(
        acts(bar0=lambda s: s.buy_bracket(size=10, exectype=bt.Order.Market, stopprice=90.0, limitprice=110.0)),
        decisions,
    )
    assert [(f.bar, f.size, f.price_usd) for f in done.fills[1:]] == [(2, -10, 90.0 * 0.9995)]
    assert done.position[-1] == 0


def test_orders_that_expire_or_are_cancelled_are_normal():
    class Cancels(bt.Strategy):
        def next(self):
            if len(self) == 1:
                self.order = self.buy(size=1, price=1.0, exectype=bt.Order.Limit)
                valid = self.data.datetime.datetime(0) + pd.Timedelta(days=2).to_pytimedelta()
                self.buy(size=1, price=1.0, exectype=bt.Order.Limit, valid=valid)
            elif len(self) == 3:
                self.cancel(self.order)

    done = carry(Cancels)
    assert done.fills == []
    assert set(done.equity_usd) == {1e5}


def test_a_market_on_close_order_is_filled_at_the_next_close_and_slips():
    decisions = decisions_of(5)
    done = carry(acts(bar3=lambda s: s.buy(size=1, exectype=bt.Order.Close)), decisions)
    assert [(f.bar, f.price_usd) for f in done.fills] == [(4, decisions.bars["close"].iloc[4] * 1.0005)]


@pytest.mark.parametrize(
    ("order", "says"),
    [(lambda s: s.buy(size=2000), "the Market order of 2020-01-04 to buy 2000 takes the weight from 0.0000 to "),
     (lambda s: s.sell(size=5000), "beyond execution.max_leverage = 1"),
     (lambda s: s.buy(size=1, price=1.0, exectype=bt.Order.Historical), "a price of the past")],
)  # fmt: skip
def test_an_order_that_cannot_be_filled_fails_the_run(order, says):
    with pytest.raises(OrderRejected, match=re.escape(says)) as error:
        carry(acts(bar3=order))
    assert str(error.value).startswith("2020-01-05: ")


def test_a_child_of_a_cancelled_parent_fails_the_run():
    far = {"price": 1.0, "exectype": bt.Order.Limit}
    with pytest.raises(OrderRejected, match="2020-01-06: backtrader answered Rejected to the Market order"):
        carry(acts(bar3=lambda s: setattr(s, "first", s.buy(size=1, **far)), bar4=lambda s: s.cancel(s.first),
                   bar5=lambda s: s.sell(size=1, parent=s.first)))  # fmt: skip


def test_more_leverage_is_allowed_where_it_is_said():
    done = carry(acts(bar3=lambda s: s.order_target_percent(target=2.0)), decisions_of(7, vol=0.01), bound=2.5)
    assert done.fills[0].weight_after == pytest.approx(2.0, abs=0.05)
    assert done.cash_usd[-1] < 0


def test_ruin_at_a_close_and_at_an_open_ends_the_run():
    short = acts(bar0=lambda s: s.sell(size=1000))
    done = carry(short, bars((100, 101, 99, 100), (100, 300, 99, 250), (250, 250, 250, 250)), bound=2)
    assert (done.ruined, done.bars) == (True, 2)
    assert done.equity_usd[-1] < 0
    done = carry(short, bars((100, 101, 99, 100), (100, 101, 99, 100), (250, 250, 90, 95), (95, 95, 95, 95)), bound=2)
    assert (done.ruined, done.bars, done.position[-1]) == (True, 3, 0.0)
    assert done.cash_usd[-1] == done.equity_usd[-1] == pytest.approx(1e5 + 1e5 * 0.9995 * 0.999 - 250 * 1000, rel=1e-12)


def test_a_stop_reached_without_equity_is_ruin_at_its_price():
    stop = {"exectype": bt.Order.Stop, "price": 240.0}
    done = carry(acts(bar0=lambda s: s.sell(size=1000), bar1=lambda s: s.buy(size=1000, **stop)),
                 bars((100, 101, 99, 100), (100, 101, 99, 100), (100, 300, 99, 110), (1, 1, 1, 1)), bound=2)  # fmt: skip
    assert (done.ruined, done.bars, len(done.fills)) == (True, 3, 1)
    assert done.equity_usd[-1] == pytest.approx(1e5 + 1e5 * 0.9995 * 0.999 - 240 * 1000, rel=1e-12)


def test_an_order_whose_costs_leave_nothing_is_ruin_before_it_is_filled():
    """Short 1,000 at 100; at 185 there is 5,000 left, and buying half of it back costs 9,250."""
    costs = Costs(1000, 0, 0, 0)
    done = carry(acts(bar0=lambda s: s.sell(size=1000), bar1=lambda s: s.buy(size=500)),
                 bars((100, 101, 99, 100), (100, 101, 99, 100), (185, 185, 185, 185), (1, 1, 1, 1)), costs=costs, bound=2)  # fmt: skip
    equity = 1e5 + 1e5 - 1e4 - 185e3
    assert 0 < equity < 185 * 500 * 0.1
    assert (done.ruined, done.bars, len(done.fills), done.position[-1]) == (True, 3, 1, 0.0)
    assert done.cash_usd[-1] == done.equity_usd[-1] == pytest.approx(equity - 185 * 500 * 0.1)


# The future.

PEEKS = {
    "the next close": "self.data.close[1]",
    "the next open": "self.data.open[1]",
    "the next signal": "self.data.trend[1]",
    "a far close": "self.data.close[30]",
    "get": "self.data.close.get(ago=1, size=1)[0]",
    "the array": "self.data.close.array[len(self)]",
    "the array of the lines": "self.data.lines.trend.array[len(self) + 5]",
    "an indicator": "self.ahead[0]",
}


@pytest.mark.parametrize("peek", PEEKS.values(), ids=PEEKS)
def test_a_line_has_nothing_ahead(harbinger, peek):
    body = (
        "    signals = {'trend': SmallCapMomentum(lookback=40)}\n\n"
        f"    def __init__(self):\n        self.ahead = Ahead(self.data) if {'ahead' in peek} else None\n\n"
        f"    def next(self):\n        if {peek} > self.data.close[0]:\n            self.buy(size=1)\n"
    )
    ahead = "class Ahead(bt.Indicator):\n    lines = ('x',)\n\n    def next(self):\n        self.lines.x[0] = self.data.close[1]\n\n\n"
    use = written(body, HEAD.replace("class Mine", ahead + "class Mine"))
    code, _, err = harbinger("run", use, *RUN)
    assert code == 1
    assert "Mine, bar 2019-03-01 (line " in err
    assert "IndexError" in err
    assert "a line holds nothing ahead of the bar that has closed ([1])" in err
    assert err.count("\n") == 1


def test_backtrader_alone_would_have_answered():
    decisions, seen = decisions_of(1), []

    class Peeks(bt.Strategy):
        def next(self):
            if len(self) < len(decisions.bars):
                seen.append(self.data.close[1])

    cerebro = bt.Cerebro(stdstats=False)
    cerebro.adddata(engine._feed(())(bars=engine._one_by_one(decisions, {}), count=len(decisions.bars)))
    cerebro.addstrategy(Peeks)
    cerebro.run()
    assert seen == decisions.bars["close"].tolist()[1:]
    with pytest.raises(RunError, match="array index out of range"):
        carry(Peeks, decisions)


def test_what_backtrader_delays_forward_is_not_there_yet():
    seen = []

    class Forward(bt.Strategy):
        def __init__(self):
            self.coming = self.data.close(1)
            self.mean = bt.ind.SMA(self.data.close(2), period=3)

        def next(self):
            seen.append((self.coming[0], self.mean[0]))

    carry(Forward)
    assert len(seen) > 100
    assert np.isnan(seen).all()


def test_before_the_first_bar_there_is_nothing_of_the_end():
    decisions, seen = decisions_of(1), []

    class Back(bt.Strategy):
        def next(self):
            seen.append([])
            for n in (1, 2, 50):
                with contextlib.suppress(IndexError):
                    seen[-1].append(self.data.close[-n])

    carry(Back, decisions)
    closes = decisions.bars["close"].tolist()
    assert len(seen[0]) == 1
    for t, found in enumerate(seen):
        assert set(found) <= set(closes[: t + 1])


def test_a_timer_that_runs_before_the_broker_cannot_trade_on_its_own_bar():
    class Timed(bt.Strategy):
        def __init__(self):
            self.add_timer(when=bt.timer.SESSION_START, cheat=True)

        def notify_timer(self, timer, when, *_, **__):
            if not self.done and self.data.close[0] > self.data.open[0]:
                self.done = len(self.data)
                self.buy(size=1, price=self.data.open[0], exectype=bt.Order.Limit)
                self.buy(size=1)

        done = 0

    decisions = decisions_of(1)
    done = carry(Timed, decisions)
    risen = int(np.argmax((decisions.bars["close"] > decisions.bars["open"]).to_numpy()))
    assert done.fills
    assert min(f.bar for f in done.fills) > risen


@pytest.mark.parametrize("name", ["next_open", "prenext_open", "nextstart_open"])
def test_cheat_on_open_is_refused(harbinger, name):
    code, _, err = harbinger("run", written(f"    def {name}(self):\n        self.buy(size=1)\n"), *RUN)
    assert code == 2
    assert f"{name} sees the close of a bar before its open is filled; decide in next" in err


@pytest.mark.parametrize(
    "cheat",
    ["add_cash(1e6)", "setcash(1e6)", "set_coc(True)", "set_coo(True)", "setcommission(0.0)", "set_slippage_perc(0.0)",
     "addcommissioninfo(None)", "set_filler(None)", "add_order_history([])", "set_fund_history([])"],
)  # fmt: skip
def test_money_costs_and_the_moment_of_fills_are_locked(cheat):
    name = cheat.partition("(")[0]
    with pytest.raises(RunError, match=f"broker.{name}: money, costs and fills are the experiment's"):
        carry(acts(bar3=lambda s: eval(f"s.broker.{cheat}")))


def test_cash_changed_by_hand_is_noticed():
    with pytest.raises(OrderRejected, match="2020-01-05: cash or position were changed by hand"):
        carry(acts(bar3=lambda s: setattr(s.broker, "cash", 1e9)))


def test_cheat_on_close_set_by_hand_is_noticed():
    def cheat(s):
        s.broker.p.coc = True
        s.buy(size=1)

    with pytest.raises(OrderRejected, match="asks for a price of the past"):
        carry(acts(bar3=cheat))


@pytest.mark.uncounted
@pytest.mark.slow
def test_check_lookahead_is_clean_for_an_honest_native(harbinger):
    code, out, _ = harbinger("check", "lookahead", written(LONG), "--source", "simulated", "--start", "2019-01-01",
                             "--end", "2019-08-31", "--cuts", "12", "--json", "-s", "study.start=2018-06-01")  # fmt: skip
    assert code == 0
    assert json.loads(out) == {"target": "Mine", "clean": True, "cuts": 12, "findings": []}


DIGS = (
    "    def next(self):\n"
    "        rest = list(self.data.p.bars)\n"
    "        self.data.p.bars = iter(rest)\n"
    "        up = bool(rest) and rest[0][4] > self.data.close[0]\n"
    "        if up != bool(self.position):\n"
    "            self.order_target_percent(target=0.5 if up else 0)\n"
)


@pytest.mark.uncounted
@pytest.mark.slow
def test_check_lookahead_finds_a_native_that_digs_in_its_feed(harbinger):
    code, out, _ = harbinger("check", "lookahead", written(DIGS), "--source", "simulated", "--start", "2019-01-01",
                             "--end", "2019-06-30", "--cuts", "8", "--json", "-s", "study.start=2018-06-01")  # fmt: skip
    found = json.loads(out)
    assert (code, found["clean"]) == (1, False)
    assert [(f["name"], f["field"]) for f in found["findings"]] == [("Mine", "order")]


@pytest.mark.uncounted
@pytest.mark.slow
def test_check_lookahead_finds_a_line_that_knows_the_future(harbinger):
    cheater = ROOT / "tests" / "cheaters" / "shift_back.py"
    body = f"    signals = {{'trend': {str(cheater)!r}}}\n\n" + LONG.partition("\n\n")[2].replace("self.p.loud", "False").replace("self.p.share", "0.5")  # fmt: skip
    code, out, _ = harbinger("check", "lookahead", written(body), "--source", "simulated", "--start", "2019-01-01",
                             "--end", "2019-12-31", "--cuts", "12", "--json")  # fmt: skip
    assert code == 1
    assert {f["name"] for f in json.loads(out)["findings"]} >= {"shift_back"}


@pytest.mark.uncounted
@pytest.mark.slow
def test_check_warmup_measures_the_lines(harbinger):
    code, out, _ = harbinger("check", "warmup", written(LONG), "--source", "simulated", "--json")
    assert code == 0
    assert [s["name"] for s in json.loads(out)["signals"]] == ["small_cap_momentum", "own_momentum"]


def test_a_line_is_what_was_known_at_the_close(tmp_path):
    from backtests.experiments.user_strategy import load as load_native
    from signals.small_cap_momentum import SmallCapMomentum
    from tests.contracts import make_market

    market = make_market([])
    made = load_native(f"{_example(tmp_path)}:TrailingStop", None)(trend=SmallCapMomentum(lookback=40))
    line = made.lines(market)["trend"].to_numpy()
    for t, instant in enumerate(market.decisions):
        known = market["leader"].values[:instant]
        expected = known.iloc[-1] / known.iloc[-41] - 1 if len(known) > 40 else np.nan
        assert line[t] == expected or (np.isnan(line[t]) and np.isnan(expected))
    assert np.isfinite(line).sum() > 500


# Knobs, files, errors.


def test_params_and_signals_are_parameters(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    experiment = load(written(LONG))
    parameters = {
        k.path: (k.value, k.type)
        for k in experiment.parameters()
        if k.path.partition(".")[0] not in ("study", "costs", "execution", "market")
    }
    assert parameters == {"lookback": (20, int), "share": (0.9, float), "label": ("x", str), "loud": (False, bool),
                     "trend.lookback": (40, int), "own.lookback": (28, int)}  # fmt: skip
    assert (experiment.study.name, experiment.study.why) == ("Mine", "Long while small caps trend up.")
    assert experiment.needs == ("DGS3MO", "ETH-USD", "IWM")
    tuned = with_settings(experiment, ["lookback=90", "trend.lookback=30", "loud=true", "costs.commission_bps=3"])
    assert tuned.strategy.params == {"lookback": 90, "share": 0.9, "label": "x", "loud": True}
    assert tuned.strategy.line_signals["trend"].lookback == 30
    assert parse(dump(tuned).encode(), "again") == tuned
    for setting, error, says in (("lokback=3", UnknownName, "did you mean .*lookback"), ("lookback=3.5", BadSpec, "not a whole"),
                                 ("trend.lokback=3", UnknownName, "trend.lookback"), ("trend.lookback=0", Exception, "out of bounds"),
                                 ("execution.rebalance_band=0.1", BadSpec, "makes its own orders"),
                                 ("execution.delay_bars=1", BadSpec, "makes its own orders"),
                                 ("market.join=flat", BadSpec, "makes its own orders")):  # fmt: skip
        with pytest.raises(error, match=says):
            with_settings(experiment, [setting])


def test_a_param_reaches_the_class(harbinger):
    sizes = []
    use = written(LONG)
    for share in ("0.2", "0.4"):
        assert harbinger("run", use, *RUN, "-s", f"share={share}", "--out", share)[0] == 0
        sizes.append(pd.read_csv(f"{share}/orders.csv")["weight_after"].iloc[0])
    assert sizes == pytest.approx([0.2, 0.4], abs=0.02)


def test_the_files_of_a_native_run(harbinger):
    code, out, err = harbinger("run", written(LONG), *RUN, "-s", "trend.lookback=30", "--out", "a", "--json")
    assert (code, err) == (0, "")
    run = json.loads(out)
    assert run["engine"] == "backtrader native"
    assert run["params"]["trend.lookback"] == 30
    assert run["params"]["share"] == 0.9
    equity, orders = pd.read_csv("a/equity.csv"), pd.read_csv("a/orders.csv")
    assert equity[["weight_decided", "weight_target"]].isna().all(axis=None)
    assert run["metrics"]["orders"] == len(orders) > 5
    assert run["metrics_gross"]["orders"] == len(orders)
    assert run["metrics_gross"]["total_return"] > run["metrics"]["total_return"]
    assert np.allclose(equity["cash_usd"] + equity["position"] * equity["close"], equity["equity_usd"], rtol=1e-13)
    held = equity["position"].to_numpy()
    assert np.allclose(
        np.cumsum(orders["size"] * np.where(orders["side"] == "buy", 1, -1)).iloc[-1], held[-1], atol=1e-9
    )
    opens = equity.set_index("date")["open"].reindex(orders["date"]).to_numpy()
    slip = np.where(orders["side"] == "buy", 1.0005, 0.9995)
    assert np.array_equal(orders["price_usd"], opens * slip)


@pytest.mark.slow
def test_the_spec_reproduces_a_native_run_to_the_bit_from_another_folder(harbinger, monkeypatch):
    assert harbinger("run", written(LONG), *RUN, "-s", "lookback=7", "--out", "a")[0] == 0
    Path("elsewhere").mkdir()
    here = Path.cwd()
    monkeypatch.chdir("elsewhere")
    assert harbinger("run", here / "a" / "spec.toml", "--out", here / "b", "--no-tearsheet")[0] == 0
    for name in ("equity.csv", "orders.csv", "spec.toml"):
        assert (here / "a" / name).read_bytes() == (here / "b" / name).read_bytes()


def test_a_native_in_a_toml_keeps_the_defaults_that_are_not_written(harbinger):
    written(LONG)
    Path("mine.toml").write_text(
        '[strategy]\nuse = "mine.py:Mine"\nshare = 0.3\n[strategy.trend]\nuse = "own_momentum"\n'
    )
    experiment = load("mine.toml")
    assert type(experiment.strategy.line_signals["trend"]).__name__ == "OwnMomentum"
    assert experiment.strategy.params["share"] == 0.3
    assert experiment.strategy.line_signals["own"].lookback == 28


def test_the_code_hash_covers_the_users_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    experiment = load(written(LONG))
    before = code_hash(experiment.strategy)
    Path("mine.py").write_text(Path("mine.py").read_text() + "\n")
    assert code_hash(load("mine.py:Mine").strategy) != before


def test_what_a_native_prints_stays_out_of_the_json(harbinger):
    code, out, err = harbinger("run", written(LONG), *RUN, "-s", "loud=true", "--json")
    assert code == 0
    assert json.loads(out)["study"] == "Mine"
    assert err.count("talk") == json.loads(out)["bars"]


def test_warming_indicators_are_told(harbinger):
    body = LONG.replace(
        "    def next", "    def __init__(self):\n        bt.ind.SMA(self.data, period=200)\n\n    def next"
    )
    code, out, _ = harbinger("run", written(body), *RUN, "--json")
    told = json.loads(out)["warnings"]
    assert any("no call of next before 2019-09-16 (199 bars)" in w for w in told), told


def test_a_line_without_a_value_is_told(harbinger):
    code, out, _ = harbinger("run", written(LONG), "--source", "simulated:seed=3", "--end", "2016-12-31", "-s",
                             "trend.lookback=500", "--no-tearsheet", "--json")  # fmt: skip
    told = json.loads(out)["warnings"]
    assert code == 0
    assert any(w.startswith("the line trend has no value on any bar") for w in told)
    assert any(w.startswith("the line own is NaN before") for w in told)
    assert "no order was filled: the run holds cash throughout" in told


def test_an_error_in_a_native_is_one_line_that_names_the_place(harbinger):
    use = written("    def next(self):\n        if len(self) == 3:\n            self.missing_name\n")
    code, _, err = harbinger("run", use, *RUN)
    assert code == 1
    assert "Mine, bar 2019-03-03 (line 8 of mine.py): AttributeError" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("body", "use", "says"),
    [("    pass\n", "mine.py:Mien", "did you mean"),
     ("    pass\n", "other.py:Mine", "no such file"),
     ("    pass\n", "mine.py", "name the class too, mine.py:Class"),
     ("    signals = {'close': 'own_momentum'}\n", "mine.py:Mine", "the feed has that name already"),
     ("    signals = {'weights': 'own_momentum'}\n", "mine.py:Mine", "taken by harbinger"),
     ("    signals = {'2x': 'own_momentum'}\n", "mine.py:Mine", "no name for a line"),
     ("    signals = {'x': 'own_tend'}\n", "mine.py:Mine", "did you mean own_momentum"),
     ("    signals = {'x': 3}\n", "mine.py:Mine", "is no Signal and no name of one"),
     ("    signals = {'x': 'zscore'}\n", "mine.py:Mine", "has parts; write it out"),
     ("    signals = ['own_momentum']\n", "mine.py:Mine", "is no mapping"),
     ("    params = (('x', 1),)\n    signals = {'x': 'own_momentum'}\n", "mine.py:Mine", "a param and a signal"),
     ("    params = (('costs', 1),)\n", "mine.py:Mine", "taken by harbinger"),
     ("    1 / 0\n", "mine.py:Mine", "ZeroDivisionError")],
)  # fmt: skip
def test_a_class_that_cannot_be_used_is_wrong_usage(harbinger, body, use, says):
    written(body)
    code, out, err = harbinger("run", use, *RUN)
    assert (code, out) == (2, "")
    assert says in err
    assert err.count("\n") == 1


def test_a_native_is_no_part_of_another_strategy(harbinger):
    written(LONG)
    Path("mine.toml").write_text('[strategy]\nuse = "exits"\n[strategy.base]\nuse = "mine.py:Mine"\n')
    code, _, err = harbinger("run", "mine.toml", *RUN)
    assert code == 2
    assert "cannot be part of another" in err


def test_today_says_that_a_native_has_no_weight(harbinger):
    written(LONG)
    code, out, _ = harbinger("today", "mine.py:Mine", "--source", "simulated", "--as-of", "2020-01-31", "--json")
    assert code == 0
    (wanted,) = json.loads(out)["studies"]
    assert wanted["weight"] is None
    assert "its own orders" in wanted["missing"]


# The example of the docs.


def _example(folder):
    text = (ROOT / "docs" / "native.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    path = folder / "trailing.py"
    path.write_text(code)
    return path


@pytest.mark.uncounted
@pytest.mark.slow
def test_the_example_of_the_docs_runs(harbinger, tmp_path):
    _example(tmp_path)
    code, out, err = harbinger("run", "trailing.py:TrailingStop", "--source", "simulated:seed=3", "--out", "x",
                               "--start", "2019-01-01", "--end", "2021-12-31", "--json")  # fmt: skip
    assert (code, err) == (0, "")
    run, orders = json.loads(out), pd.read_csv("x/orders.csv")
    assert run["metrics"]["orders"] == len(orders) > 20
    assert set(orders["side"]) == {"buy", "sell"}
    page = Path("x/tearsheet.html").read_text()
    for word in ("backtrader native", "its own orders", "trail_pct = ", "same class run again at zero cost"):
        assert word in page, word
    equity = pd.read_csv("x/equity.csv").set_index("date")
    sold = orders[orders["side"] == "sell"]
    at_open = np.isclose(sold["price_usd"], equity["open"].reindex(sold["date"]).to_numpy() * 0.9995, rtol=1e-12)
    assert 0 < at_open.sum() < len(sold)  # some left at the open after the trend turned, some by the stop inside a bar
