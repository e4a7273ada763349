"""What each rule does, by hand."""

import numpy as np
import pandas as pd
import pytest

from signals.own_momentum import OwnMomentum
from signals.small_cap_momentum import SmallCapMomentum
from strategies.gated import Gated
from strategies.guarded import Guarded
from strategies.hold import Hold
from strategies.long_flat import LongFlat
from strategies.long_short import LongShort
from strategies.switch import Switch
from strategies.vol_target import VolTarget
from tests.contracts import make_market


@pytest.fixture(scope="module")
def market():
    return make_market(())


def test_hold(market):
    assert (Hold(0.5).weights(market) == 0.5).all()


def test_long_flat_follows_the_signal_known_at_the_decision(market):
    score = SmallCapMomentum(20).compute(market)
    weights = LongFlat(SmallCapMomentum(20)).weights(market)
    for instant in market.decisions[[100, 101, 400, 402, 700]]:
        last = score[score.index <= instant].iloc[-1]
        assert weights[instant] == float(last > 0)


def test_long_flat_threshold_is_exclusive(market):
    level = SmallCapMomentum(20).compute(market).iloc[100]
    instant = market.decisions[market.decisions > SmallCapMomentum(20).compute(market).index[100]][0]
    assert LongFlat(SmallCapMomentum(20), threshold=level).weights(market)[instant] == 0


def test_long_short_mirrors(market):
    score = market.asof(SmallCapMomentum(20).compute(market))
    weights = LongShort(SmallCapMomentum(20), threshold=0.02, short_weight=0.5).weights(market)
    assert (weights[score > 0.02] == 1).all()
    assert (weights[score < -0.02] == -0.5).all()
    assert (weights[score.abs() <= 0.02] == 0).all()
    assert weights[score.isna()].isna().all()


def test_gated_needs_both_and_either_says_out(market):
    trend, gate = (market.asof(s.compute(market)) for s in (SmallCapMomentum(20), OwnMomentum(60)))
    weights = Gated(SmallCapMomentum(20), OwnMomentum(60)).weights(market)
    assert (weights[(trend > 0) & (gate > 0)] == 1).all()
    assert (weights[(trend <= 0) | (gate <= 0)] == 0).all()
    assert weights[trend.isna() & gate.isna()].isna().all()
    only_gate = weights[trend.notna() & gate.isna()]
    assert set(only_gate.dropna()) == {0.0}
    assert only_gate.isna().any()


def test_vol_target_hits_its_target(market):
    weights = VolTarget(Hold(1.0), target_vol_pct=30.0, lookback=20, max_scale=3.0).weights(market)
    closes = market["traded"].frame["value"]
    sd = closes.pct_change().iloc[180:200].std() * np.sqrt(365)
    assert weights.iloc[199] == pytest.approx(0.30 / sd, rel=1e-9)
    assert weights.iloc[:20].isna().all()


def test_vol_target_is_capped_and_signed(market):
    base = LongShort(SmallCapMomentum(20))
    weights = VolTarget(base, target_vol_pct=300.0, lookback=20, max_scale=1.5).weights(market)
    plain = base.weights(market)
    assert weights.abs().max() <= 1.5
    known = weights.notna()
    assert np.array_equal(np.sign(weights[known]), np.sign(plain[known]))


def test_vol_target_of_a_still_price_is_no_opinion():
    from tests.contracts import make_tables

    tables = make_tables({"ETH-USD", "IWM"})
    for column in ("open", "high", "low", "close"):
        tables["ETH-USD"][column] = 100.0
    weights = VolTarget(Hold(1.0)).weights(make_market((), tables=tables))
    assert weights.isna().all()


def test_annualisation_follows_the_traded_calendar():
    crypto, us = make_market(()), make_market((), traded="SPY", leader="IWM")
    assert (crypto.periods_per_year, us.periods_per_year) == (365, 252)
    assert us.decisions[0] == pd.Timestamp("2019-06-03 20:01", tz="UTC")


def test_switch_follows_the_rule_in_force(market):
    gate = market.asof(OwnMomentum(60).compute(market))
    rule = Switch(OwnMomentum(60), above=LongFlat(SmallCapMomentum(20)), below=Hold(0.25), gate_threshold=0.05)
    weights, regimes = rule.weights(market), rule.regimes(market)
    plain = LongFlat(SmallCapMomentum(20)).weights(market)
    assert weights[gate > 0.05].equals(plain[gate > 0.05])
    assert (weights[gate <= 0.05] == 0.25).all()
    assert weights[gate.isna()].isna().all()
    assert set(regimes) == {"above", "below", "unknown"}
    assert (regimes == "unknown").equals(gate.isna())


def test_guarded_leaves_when_any_guard_says_out(market):
    trend, strength, credit, ease = SmallCapMomentum(20), SmallCapMomentum(5), OwnMomentum(10), OwnMomentum(40)
    rule = Guarded(
        trend, strength, credit, ease, strength_floor=-0.03, credit_floor=-0.1, ease_floor=-0.2, short_weight=0.5
    )
    weights = rule.weights(market)
    seen = [market.asof(s.compute(market)) for s in (trend, strength, credit, ease)]
    out = (seen[1] < -0.03) | (seen[2] < -0.1) | (seen[3] < -0.2)
    assert 0.1 < out.mean() < 0.9
    assert (weights[out] == -0.5).all()
    assert (weights[~out & (seen[0] > 0)] == 1).all()
    assert (weights[~out & (seen[0] <= 0)] == 0).all()
    assert weights[~out & seen[0].isna()].isna().all()
    flat = Guarded(trend, strength, credit, ease, strength_floor=-0.03, credit_floor=-0.1, ease_floor=-0.2).weights(
        market
    )
    assert not np.signbit(flat[out]).any()  # out is 0.0, never -0.0
