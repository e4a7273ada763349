"""Stops, time stop and minimum holding, by hand."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from strategies.base import Strategy
from strategies.exits import Exits
from strategies.hold import Hold
from tests.contracts import make_market, make_tables


@dataclass(frozen=True)
class Given(Strategy):
    """w = what is given, for a test."""

    values: tuple

    def weights(self, market):
        rest = [self.values[-1]] * (len(market.decisions) - len(self.values))
        return pd.Series([*self.values, *rest], index=market.decisions, dtype=float)


def market_of(closes):
    tables = make_tables({"ETH-USD", "IWM"})
    n = len(tables["ETH-USD"])
    closes = np.r_[closes, np.full(n - len(closes), closes[-1])].astype(float)
    opens = np.r_[closes[0], closes[:-1]]
    tables["ETH-USD"] = tables["ETH-USD"].assign(
        open=opens, close=closes, high=np.maximum(opens, closes), low=np.minimum(opens, closes)
    )
    return make_market((), tables=tables)


def decided(closes, wanted, **exits):
    rule = Exits(Given(tuple(float(w) for w in wanted)), **exits)
    return rule.weights(market_of(closes)).iloc[: len(closes)].tolist()


def test_off_is_the_base():
    market = make_market(())
    base = Given((1.0, 0.0, -1.0, float("nan"), 0.5))
    assert Exits(base).weights(market).equals(base.weights(market))


def test_stop_loss_counts_from_the_open_after_the_decision():
    # Decided at 100, filled at the next open (100); 89 is 11% below it.
    assert decided([100, 100, 95, 91, 89, 95, 99], [1] * 7, stop_loss_pct=10) == [1, 1, 1, 1, 0, 0, 0]


def test_stopped_out_comes_back_only_on_a_new_decision():
    closes = [100, 100, 80, 80, 80, 80, 80]
    assert decided(closes, [1, 1, 1, 1, 0, 1, 1], stop_loss_pct=10) == [1, 1, 0, 0, 0, 1, 1]


def test_a_short_is_stopped_when_the_price_rises():
    assert decided([100, 100, 105, 112, 90], [-1] * 5, stop_loss_pct=10) == [-1, -1, -1, 0, 0]


def test_the_other_side_is_not_barred():
    assert decided([100, 100, 80, 80, 80], [1, 1, 1, -1, -1], stop_loss_pct=10) == [1, 1, 0, -1, -1]


def test_trailing_stop_counts_from_the_best_close():
    assert decided([100, 100, 150, 140, 134, 200], [1] * 6, trailing_stop_pct=10) == [1, 1, 1, 1, 0, 0]
    assert decided([100, 100, 50, 54, 56, 40], [-1] * 6, trailing_stop_pct=10) == [-1, -1, -1, -1, 0, 0]


def test_time_stop():
    assert decided([100] * 6, [1] * 6, time_stop_bars=3) == [1, 1, 1, 0, 0, 0]


def test_minimum_holding_keeps_against_the_base_not_against_a_stop():
    assert decided([100] * 6, [1, 0, 0, 0, 0, 0], min_hold_bars=3) == [1, 1, 1, 0, 0, 0]
    assert decided([100, 100, 80, 80], [1, 0, 0, 0], min_hold_bars=5, stop_loss_pct=10) == [1, 1, 0, 0]


def test_no_opinion_keeps_and_can_still_be_stopped():
    nan = float("nan")
    found = decided([100, 100, 100, 80, 80], [1, nan, nan, nan, nan], stop_loss_pct=10)
    assert found == pytest.approx([1, nan, nan, 0, nan], nan_ok=True)


def test_scaling_a_position_is_no_new_entry():
    assert decided([100, 100, 100, 89, 89], [1, 0.5, 0.7, 0.7, 0.7], stop_loss_pct=10) == [1, 0.5, 0.7, 0, 0]


def test_exits_see_no_later_price():
    market = make_market(())
    rule = Exits(Hold(1.0), stop_loss_pct=5, trailing_stop_pct=8, time_stop_bars=40, min_hold_bars=3)
    whole = rule.weights(market)
    for instant in market.decisions[[50, 333, 700]]:
        assert rule.weights(market.until(instant)).equals(whole[:instant])
