"""The engine's contract, on backtrader, against an independent recursion."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backtests.engine import backtrader as engine
from backtests.engine import loop
from backtests.engine.ledger import Decisions
from backtests.experiments.costs import FUNDING, Costs, Execution
from tests.recursion import decisions_of, recursion, with_carry

FREE = Costs(0, 0, 0, 0)
EXACT = Execution(rebalance_band=0.0, max_leverage=3)


def reference(decisions: Decisions, costs: Costs, execution: Execution, cash: float):
    return recursion(
        decisions.bars["open"].to_numpy(), decisions.bars["close"].to_numpy(), decisions.decided, decisions.days,
        commission=costs.commission_bps / 1e4, slippage=costs.slippage_bps / 1e4,
        borrow=costs.borrow_pct_per_year, funding=decisions.funding if costs.funding else None,
        cash_yield=costs.fixed_yield_pct if decisions.cash_yield is None else decisions.cash_yield,
        band=execution.rebalance_band, delay=execution.delay_bars, cash=cash,
    )  # fmt: skip


def assert_same(ledger, other):
    """The loop without backtrader gives the same, to the bit."""
    for name in ("position", "cash_usd", "equity_usd"):
        assert np.array_equal(getattr(ledger, name), getattr(other, name)), name
    assert (ledger.fills, ledger.ruined) == (other.fills, other.ruined)


def assert_equal_to_recursion(decisions, costs, execution, cash=1e5):
    ledger = engine.run(decisions, costs, execution, cash)
    assert_same(ledger, loop.run(decisions, costs, execution, cash))
    position, cash_usd, equity = reference(decisions, costs, execution, cash)
    assert ledger.bars == len(equity)
    scale = np.maximum(np.abs(equity), cash * 1e-9)
    assert np.max(np.abs(ledger.equity_usd - equity) / scale) <= 1e-12
    assert np.max(np.abs(ledger.cash_usd - cash_usd) / np.maximum(scale, np.abs(cash_usd))) <= 1e-12
    closes = decisions.bars["close"].to_numpy()[: ledger.bars]
    assert np.max(np.abs(ledger.position - position) * closes / scale) <= 1e-12
    assert all(ledger.position[fill.bar] == 0 for fill in ledger.fills if ledger.targets[fill.bar] == 0)
    return ledger


weights = st.one_of(st.just(np.nan), st.sampled_from([-1.0, 0.0, 1.0, 0.5, 1e-38, -1e-10]), st.floats(-1.5, 1.5))


@pytest.mark.uncounted
@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    decided=st.lists(weights, min_size=40, max_size=120),
    commission=st.sampled_from([0.0, 10.0, 100.0]),
    slippage=st.sampled_from([0.0, 5.0, 80.0]),
    borrow=st.sampled_from([0.0, 9.0]),
    cash_yield=st.sampled_from([0.0, 4.0]),
    band=st.sampled_from([0.0, 0.02, 0.3]),
    delay=st.integers(0, 3),
    vol=st.sampled_from([0.01, 0.05, 0.12]),
    gaps=st.booleans(),
    paths=st.tuples(st.booleans(), st.booleans()),
)
def test_equals_the_recursion(seed, decided, commission, slippage, borrow, cash_yield, band, delay, vol, gaps, paths):
    decisions = with_carry(decisions_of(seed, len(decided), vol, gaps, decided), seed, *paths)
    costs = Costs(commission, slippage, borrow, "DGS3MO" if paths[0] else cash_yield, FUNDING if paths[1] else "")
    assert_equal_to_recursion(decisions, costs, Execution(band, delay, 3))


def test_a_yield_path_is_earned_bar_by_bar():
    decisions = with_carry(decisions_of(10, n=50, gaps=True, decided=np.zeros(50)), 10, funding=False)
    ledger = engine.run(decisions, Costs(0, 0, 0, "DGS3MO"), EXACT, 1e5)
    grown = np.cumprod(1 + decisions.days / 36500 * decisions.cash_yield)
    assert np.max(np.abs(ledger.equity_usd / 1e5 / grown - 1)) <= 1e-13


def test_a_constant_path_is_the_constant_to_the_bit():
    decisions = decisions_of(16, gaps=True)
    path = replace(decisions, cash_yield=np.full(150, 4.0))
    constant, named = (engine.run(d, c, EXACT, 1e5) for d, c in
                       ((decisions, Costs(10, 5, 9, 4.0)), (path, Costs(10, 5, 9, "DGS3MO"))))  # fmt: skip
    assert_same(constant, named)


def test_funding_stands_in_the_place_of_borrow():
    """By hand: short 1 at 100, a rate of 0.2% in the bar at 110 is received; nothing is borrowed, at any rate."""
    decisions = decisions_of(1, n=3, decided=[-0.5, np.nan, np.nan])
    bars = decisions.bars.assign(open=100.0, high=110.0, low=100.0, close=[100.0, 110.0, 100.0])
    rates = np.array([0.5, 0.002, -0.001])
    made = Decisions(bars, decisions.decided, np.ones(3), funding=rates)
    ledger = engine.run(made, Costs(0, 0, 200, 0.0, FUNDING), EXACT, 200.0)
    assert ledger.cash_usd.tolist() == pytest.approx([200.0, 300 + 1 * 110 * 0.002, 300.22 - 1 * 100 * 0.001])
    unnamed = engine.run(made, Costs(0, 0, 0, 0.0), EXACT, 200.0)
    assert unnamed.cash_usd.tolist() == pytest.approx([200.0, 300.0, 300.0])  # a rate that costs do not name is none


def test_weight_is_exact_after_costs():
    ledger = engine.run(decisions_of(1), Costs(25, 15, 0, 0), EXACT, 1e5)
    targets = ledger.targets[[fill.bar for fill in ledger.fills]]
    assert len(ledger.fills) > 100
    assert np.allclose([fill.weight_after for fill in ledger.fills], targets, rtol=0, atol=1e-12)


def test_all_in_is_never_rejected():
    decisions = decisions_of(2, decided=np.tile([1.0, 0.0], 75))
    ledger = engine.run(decisions, Costs(100, 100, 0, 0), EXACT, 1e5)
    assert len(ledger.fills) == 149
    assert [fill.size > 0 for fill in ledger.fills[:4]] == [True, False, True, False]


def test_dust_is_not_traded():
    held = engine.run(decisions_of(3, decided=np.ones(150)), Costs(10, 5, 0, 0), EXACT, 1e5)
    assert len(held.fills) == 1  # a full weight stays full: what is left to trade every day is float dust


def test_band_keeps_small_differences_but_never_an_exit():
    decisions = decisions_of(4, decided=np.r_[np.full(50, 0.10), np.zeros(100)])
    wide = engine.run(decisions, FREE, Execution(rebalance_band=0.09), 1e5)
    assert [fill.bar for fill in wide.fills] == [1, 51]
    assert wide.position[51:].tolist() == [0.0] * 99
    closed = engine.run(decisions, FREE, Execution(rebalance_band=0.11), 1e5)
    assert closed.fills == []  # 0.10 from nothing lies within 0.11


def test_band_never_keeps_the_wrong_side():
    decisions = decisions_of(5, decided=np.r_[np.full(75, 0.05), np.full(75, -0.05)])
    ledger = engine.run(decisions, FREE, Execution(rebalance_band=0.049, max_leverage=1), 1e5)
    assert np.all(ledger.position[76:] < 0)
    assert np.all(ledger.position[1:76] > 0)


@pytest.mark.parametrize("delay", [0, 1, 5])
def test_delay_moves_the_fill(delay):
    decided = np.r_[np.zeros(10), np.ones(140)]
    ledger = engine.run(decisions_of(6, decided=decided), FREE, Execution(0.0, delay), 1e5)
    assert [fill.bar for fill in ledger.fills] == [11 + delay]
    table = ledger.equity_table()
    assert table["weight_target"].isna().sum() == 1 + delay


def test_a_delay_longer_than_the_run_trades_nothing():
    ledger = engine.run(decisions_of(6, n=5, decided=np.ones(5)), FREE, Execution(0.0, 10), 1e5)
    assert ledger.fills == []
    assert ledger.equity_usd.tolist() == [1e5] * 5


def test_no_opinion_keeps_the_position():
    decided = np.full(150, np.nan)
    decided[10] = 0.5
    ledger = engine.run(decisions_of(7, decided=decided), FREE, EXACT, 1e5)
    assert [fill.bar for fill in ledger.fills] == [11]
    assert len(set(ledger.position[11:])) == 1


def test_short_pays_borrow_on_its_value_at_the_close():
    decisions = decisions_of(8, n=4, vol=0.01, decided=[-1.0, np.nan, np.nan, np.nan])
    ledger = engine.run(decisions, Costs(0, 0, 36.5, 10.0), EXACT, 1e5)
    opens, closes = decisions.bars["open"].to_numpy(), decisions.bars["close"].to_numpy()
    cash = 1e5 * (1 + 10 / 36500)  # the first day in cash earns the yield
    units = -cash / opens[1]
    cash = 2 * cash
    equity = cash + units * closes[1]
    cash += (equity * 10 - -units * closes[1] * 36.5) / 36500  # proceeds earn nothing: min(cash, equity)
    assert ledger.equity_usd[1] == pytest.approx(cash + units * closes[1], rel=1e-14)


def test_leverage_pays_borrow_on_negative_cash():
    decisions = decisions_of(9, n=3, vol=0.01, decided=[1.5, np.nan, np.nan])
    ledger = engine.run(decisions, Costs(0, 0, 36.5, 0), EXACT, 1e5)
    expected = -50_000 - 50_000 * 36.5 / 36500
    assert ledger.cash_usd[1] == pytest.approx(expected, rel=1e-12)


def test_accrual_counts_calendar_days():
    decisions = decisions_of(10, n=50, gaps=True, decided=np.zeros(50))
    ledger = engine.run(decisions, Costs(0, 0, 0, 5.0), EXACT, 1e5)
    assert ledger.equity_usd[-1] == pytest.approx(1e5 * np.prod(1 + decisions.days / 36500 * 5.0), rel=1e-12)


def test_ruin_ends_the_run():
    decisions = decisions_of(11, n=60, decided=np.full(60, -1.0))
    bars = decisions.bars.copy()
    bars.iloc[30:] *= 3.0  # a short loses 200% overnight: found at the open
    ledger = engine.run(replace(decisions, bars=bars), FREE, Execution(0.5), 1e5)
    assert ledger.ruined
    assert ledger.bars == 31
    assert ledger.equity_usd[-1] <= 0
    assert ledger.position[-1] == 0
    assert_equal_to_recursion(replace(decisions, bars=bars), FREE, Execution(0.5))


@pytest.mark.uncounted
@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), cut=st.integers(2, 118), factor=st.floats(0.2, 5))
def test_a_later_price_changes_nothing_earlier(seed, cut, factor):
    decisions = decisions_of(seed, n=120)
    poisoned = decisions.bars.copy()
    poisoned.iloc[cut + 1 :] *= factor
    poisoned.loc[poisoned.index[cut], ["high", "low", "close"]] *= factor  # after the fill at the open of `cut`
    poisoned["high"] = poisoned.max(axis=1)
    poisoned["low"] = poisoned.min(axis=1)
    costs = Costs(10, 5, 3, 2)
    clean, dirty = (engine.run(replace(decisions, bars=b), costs, EXACT, 1e5) for b in (decisions.bars, poisoned))
    assert np.array_equal(clean.equity_usd[:cut], dirty.equity_usd[:cut])
    assert np.array_equal(clean.position[: cut + 1], dirty.position[: cut + 1])
    assert [f for f in clean.fills if f.bar <= cut] == [f for f in dirty.fills if f.bar <= cut]


def test_fills_slip_beyond_the_bar():
    decisions = decisions_of(12, n=5, decided=np.ones(5))
    bars = decisions.bars.copy()
    bars["high"], bars["low"] = bars[["open", "close"]].max(axis=1), bars[["open", "close"]].min(axis=1)
    ledger = engine.run(replace(decisions, bars=bars), Costs(0, 500, 0, 0), EXACT, 1e5)
    assert ledger.fills[0].price_usd == bars["open"].iloc[1] * 1.05


def test_bars_that_backtrader_would_swallow_are_refused():
    decisions = decisions_of(13, n=10)
    bars = decisions.bars.copy()
    bars.iloc[4, 0] = np.nan
    with pytest.raises(ValueError, match="finite"):
        engine.run(replace(decisions, bars=bars), FREE, EXACT, 1e5)
    with pytest.raises(ValueError, match="in order"):
        engine.run(replace(decisions, bars=decisions.bars.iloc[::-1]), FREE, EXACT, 1e5)


def test_a_broker_that_does_not_fill_fails_the_run(monkeypatch):
    from data.errors import OrderRejected

    class OnCredit(engine.Commission):
        params = (("leverage", 1.0),)

    monkeypatch.setattr(engine, "Commission", OnCredit)
    with pytest.raises(OrderRejected, match="Margin"):
        engine.run(decisions_of(14, decided=np.full(150, 1.5)), FREE, EXACT, 1e5)


def test_the_feed_counts_days_as_backtrader_does():
    import backtrader as bt

    decisions = decisions_of(15, n=2000, gaps=True)
    found = engine.columns(decisions, {"target": decisions.decided})
    assert found["datetime"] == [bt.date2num(label) for label in decisions.bars.index.to_pydatetime()]
