"""Ruin by an order's costs, found before the order is placed, and all engines equal to the bit where it bites."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtests.engine import backtrader, loop
from backtests.engine.contract import Account
from backtests.engine.ledger import Decisions
from backtests.experiments.costs import FUNDING, Costs, Execution
from tests.backtests.engine.kernel.test_kernel import CASH, assert_equal, run
from tests.backtests.engine.test_engine import assert_equal_to_recursion
from tests.recursion import decisions_of, with_carry

NAN = np.nan
weights = st.one_of(
    st.just(NAN), st.sampled_from([-10.0, -3.0, -1.0, -1e-9, 0.0, 1e-9, 0.5, 1.0, 3.0, 10.0]), st.floats(-10, 10)
)
bps = st.one_of(st.sampled_from([0.0, 10.0, 100.0, 1000.0]), st.floats(0, 1000))


def check(
    seed, decided, commission, slippage, borrow, cash_yield, band, delay, leverage, vol, gaps, paths=(False,) * 2
):
    """Backtrader, the loop, the recursion from the contract's text and the kernel give one ledger."""
    bounded = np.clip(decided, -leverage, leverage)
    decisions = with_carry(decisions_of(seed, len(decided), vol, gaps, bounded), seed, *paths)
    named, funding = "DGS3MO" if paths[0] else cash_yield, FUNDING if paths[1] else ""
    costs, execution = Costs(commission, slippage, borrow, named, funding), Execution(band, delay, leverage)
    ledger = assert_equal_to_recursion(decisions, costs, execution, CASH)
    assert_equal(ledger, run(decisions, costs, execution), 0, costs)
    assert (ledger.equity_usd[:-1] > 0).all()
    assert ledger.ruined == (ledger.equity_usd[-1] <= 0)
    for fill in ledger.fills:
        assert abs(fill.weight_after - ledger.targets[fill.bar]) <= 1e-6 * max(1, abs(fill.weight_before))


# Each was found by a search, or by hand, and must hold for ever.
BANK = [
    (0, [NAN] * 4 + [-3, -3, NAN], 1000, 1000, 0, 0, 0, 0, 3.0, 0.12, False),
    (2, [NAN] * 4 + [-3, -3, NAN], 1000, 1000, 0, 0, 0, 0, 3.0, 0.12, False),
    (396, [NAN] * 4 + [-3, -3, NAN], 1000, 1000, 0, 0, 0, 0, 3.0, 0.6, False),
    (0, [-3.0] * 5, 1000, 1000, 0, 0, 0, 0, 3.0, 0.6, False),
    (1, [-3.0] * 5, 1000, 1000, 0, 0, 0, 0, 3.0, 0.12, False),
    (3, [-3.0] * 5, 100, 100, 0, 0, 0, 0, 3.0, 0.6, False),
    (362881, [3.0, NAN, NAN, 3.0, NAN], 1000, 0, 0, 0, 0, 0, 3.0, 0.3, False),  # a gain that backtrader holds apart
    (398, [-3.0] * 5, 1000, 1000, 0, 0, 0, 0, 3.0, 0.12, False),
]


@pytest.mark.uncounted
@pytest.mark.slow
@pytest.mark.parametrize("case", BANK)
def test_the_bank(case):
    check(*case)


@pytest.mark.uncounted
@pytest.mark.slow
@given(
    seed=st.integers(0, 10**6),
    decided=st.lists(weights, min_size=2, max_size=60),
    commission=bps,
    slippage=bps,
    borrow=st.sampled_from([0.0, 9.0, 200.0]),
    cash_yield=st.sampled_from([0.0, 4.0, 50.0]),
    band=st.sampled_from([0.0, 0.02, 0.3, 1.0]),
    delay=st.integers(0, 3),
    leverage=st.sampled_from([0.5, 1.0, 3.0, 10.0]),
    vol=st.sampled_from([0.01, 0.05, 0.12, 0.3, 0.6]),
    gaps=st.booleans(),
    paths=st.tuples(st.booleans(), st.booleans()),
)
def test_extremes(seed, decided, commission, slippage, borrow, cash_yield, band, delay, leverage, vol, gaps, paths):
    check(seed, decided, commission, slippage, borrow, cash_yield, band, delay, leverage, vol, gaps, paths)


def bars_of(opens, closes):
    table = {"open": opens, "high": np.maximum(opens, closes), "low": np.minimum(opens, closes), "close": closes}
    return pd.DataFrame(table, index=pd.date_range("2020-01-01", periods=len(opens), name="date"), dtype="float64")


def test_by_hand():
    """A short of 3 times equity at 100; at 128 it has 16 left, and buying 3 back costs 3 * 28: the run ends there."""
    bars = bars_of([100, 100, 128, 128], [100, 100, 128, 128])
    decisions = Decisions(bars, np.array([-3.0, -1.0, 0.0, 0.0]), np.ones(4))
    costs = Costs(1000, 0, 0, 0)
    ledger = backtrader.run(decisions, costs, Execution(0, 0, 3), 100.0)
    # dq = -300 / (100 + -3 * -10) sells 30/13 units at 100; a tenth of their value is commission.
    sold = 300 / 130
    after = 100 - sold * 10
    assert ledger.position[1] == pytest.approx(-sold)
    equity = after - sold * 28
    left = equity - sold * 128 * 0.1
    assert equity > 0 > left
    assert (ledger.ruined, ledger.bars, len(ledger.fills)) == (True, 3, 1)
    assert ledger.equity_usd[-1] == pytest.approx(left)
    assert (ledger.position[-1], ledger.cash_usd[-1]) == (0.0, ledger.equity_usd[-1])


def test_no_opinion_lets_the_same_account_live():
    bars = bars_of([100, 100, 128, 90], [100, 100, 128, 90])
    decisions = Decisions(bars, np.array([-3.0, NAN, -3.0, 0.0]), np.ones(4))
    ledger = backtrader.run(decisions, Costs(1000, 0, 0, 0), Execution(0, 0, 3), 100.0)
    assert not ledger.ruined
    assert len(ledger.fills) == 2


def test_the_loop_and_the_account_agree_on_what_closing_leaves():
    account = Account(400.0, Costs(100, 50, 0, 0), units=-3.0)
    assert account.left_by_closing(100.0) == pytest.approx(100 - 3 * (0.5 + 100.5 * 0.01))
    closed = Account(400.0, Costs(100, 50, 0, 0), units=-3.0)
    closed.fill(0, 3.0, 100.5, 100.0)
    assert closed.cash == pytest.approx(account.left_by_closing(100.0))
    assert loop.fill_price(100.0, 3.0, Costs(100, 50, 0, 0)) == pytest.approx(100.5)
