"""The numbers, by hand, against quantstats where both are right, and right where quantstats is not."""

import math

import numpy as np
import pandas as pd
import pytest

from backtests.engine import backtrader as engine
from backtests.experiments.costs import Costs, Execution
from backtests.metrics import performance
from tests.recursion import decisions_of

P = 365


@pytest.fixture(scope="module")
def ledger():
    return engine.run(decisions_of(1, n=800, vol=0.04), Costs(10, 5, 2, 3), Execution(0.02), 1e5)


@pytest.fixture(scope="module")
def qs():
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import matplotlib as mpl

        mpl.use("Agg")
        import quantstats.stats
    return quantstats.stats


def test_by_hand():
    equity = np.array([110.0, 99.0, 121.0])
    found = performance.of_curve(equity, 100.0, P)
    r = [0.10, 99 / 110 - 1, 121 / 99 - 1]
    assert found["total_return"] == pytest.approx(0.21)
    assert found["cagr"] == pytest.approx(1.21 ** (P / 3) - 1)
    assert found["volatility"] == pytest.approx(np.std(r, ddof=1) * math.sqrt(P))
    assert found["sharpe"] == pytest.approx(np.mean(r) / np.std(r, ddof=1) * math.sqrt(P))
    assert found["sortino"] == pytest.approx(np.mean(r) / math.sqrt((99 / 110 - 1) ** 2 / 3) * math.sqrt(P))
    assert found["max_drawdown"] == pytest.approx(-0.1)
    assert found["calmar"] == pytest.approx((1.21 ** (P / 3) - 1) / 0.1)


def test_drawdown_counts_the_starting_cash():
    assert performance.of_curve(np.array([80.0, 90.0, 95.0]), 100.0, P)["max_drawdown"] == pytest.approx(-0.2)


def test_sharpe_is_over_cash():
    equity = 100 * np.cumprod(np.full(50, 1.0001) + np.tile([0.001, -0.001], 25))
    free = performance.of_curve(equity, 100.0, P)["sharpe"]
    over_cash = performance.of_curve(equity, 100.0, P, np.full(50, 0.0001))["sharpe"]
    assert free > 1
    assert over_cash == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("equity", "undefined"),
    [
        ([100.0, 100.0, 100.0], {"sharpe": "no variance", "sortino": "no loss", "calmar": "no drawdown"}),
        ([110.0], {"volatility": "under two bars", "sharpe": "under two bars", "sortino": "under two bars",
                   "calmar": "under two bars"}),
        ([101.0, 103.0], {"sortino": "no loss", "calmar": "no drawdown"}),
        ([90.0, 1e6], {"cagr": "too large: the span is too short", "calmar": "too large: the span is too short"}),
        ([50.0, -10.0], {"cagr": "equity ended below zero", "calmar": "equity ended below zero"}),
    ],
)  # fmt: skip
def test_undefined_is_none_with_a_reason(equity, undefined):
    found = performance.of_curve(np.array(equity), 100.0, P)
    about_returns = {name: why for name, why in found.reasons.items() if name in performance.NAMES[:7]}
    assert about_returns == undefined
    assert {n for n in performance.NAMES[:7] if found[n] is None} == set(undefined)


def test_orders_are_counted_from_the_fills(ledger):
    found = performance.of_ledger(ledger, P, Costs(10, 5, 2, 3))
    fills = ledger.fills
    assert found["orders"] == len(fills) > 500
    assert found["costs_paid_usd"] == pytest.approx(sum(f.commission_usd + f.slippage_usd for f in fills))
    assert found["turnover_per_year"] == pytest.approx(
        sum(abs(f.size) * f.price_usd / f.equity_before_usd for f in fills) * P / 800
    )
    assert found["time_in_market"] == np.mean(ledger.position != 0)
    opens = ledger.decisions.bars["open"].to_numpy()
    slippage = sum(abs(f.size) * opens[f.bar] * 5e-4 for f in fills)
    assert sum(f.slippage_usd for f in fills) == pytest.approx(slippage)


@pytest.mark.slow
def test_equal_to_quantstats_where_both_are_right(ledger, qs):
    found = performance.of_ledger(ledger, P, Costs(10, 5, 2, 0.0))
    r = pd.Series(performance.returns(ledger.equity_usd, 1e5), index=ledger.decisions.bars.index)
    assert found["sharpe"] == pytest.approx(qs.sharpe(r, periods=P), rel=1e-12)
    assert found["sortino"] == pytest.approx(qs.sortino(r, periods=P), rel=1e-12)
    assert found["volatility"] == pytest.approx(qs.volatility(r, periods=P), rel=1e-12)
    assert found["cagr"] == pytest.approx(qs.cagr(r, periods=P), rel=1e-9)
    assert found["max_drawdown"] == pytest.approx(qs.max_drawdown(r), rel=1e-12)
    assert found["calmar"] == pytest.approx(qs.calmar(r, periods=P), rel=1e-9)


def test_right_where_quantstats_is_not(ledger, qs):
    r = pd.Series(performance.returns(ledger.equity_usd, 1e5), index=ledger.decisions.bars.index)
    sharpe = performance.of_ledger(ledger, P, Costs(10, 5, 2, 0.0))["sharpe"]
    assert qs.sharpe(r) == pytest.approx(sharpe * math.sqrt(252 / 365))  # its default is 252: wrong for crypto
    gains = pd.Series([0.5, 1.5, 0.2], index=pd.date_range("2024-01-01", periods=3))
    ours = performance.of_curve(100 * np.cumprod(1 + gains.to_numpy()), 100.0, P)["total_return"]
    assert ours == pytest.approx(1.5 * 2.5 * 1.2 - 1)
    assert qs.comp(qs._utils._prepare_returns(gains)) != pytest.approx(ours)  # it takes these returns for prices
