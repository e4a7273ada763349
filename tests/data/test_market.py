"""Joining calendars: the one place, and what may never happen in it."""

import numpy as np
import pandas as pd
import pytest

from data.calendars.publication import nyse_closes
from data.errors import MissingSeries, UnknownName
from data.market import Market
from signals.small_cap_momentum import SmallCapMomentum
from strategies.long_flat import LongFlat
from tests.contracts import make_market, make_tables


@pytest.fixture(scope="module")
def market():
    return make_market(())


def utc(text):
    return pd.Timestamp(text, tz="UTC")


def test_names(market):
    assert market["leader"].id == market["IWM"].id == "IWM"
    assert market["traded"].id == "ETH-USD"
    with pytest.raises(MissingSeries, match="SPY was not loaded"):
        market["SPY"]
    with pytest.raises(UnknownName, match="did you mean"):
        market["IWN"]


def test_decisions_are_the_closes_of_the_bars(market):
    assert market.bars.index[0] == pd.Timestamp("2019-06-03")
    assert market.decisions[0] == utc("2019-06-04")
    assert len(market.decisions) == len(market.bars)


def test_asof_uses_the_close_of_the_day_and_nothing_later(market):
    closes = market["IWM"].values
    known = market.asof(closes)
    assert known[utc("2021-01-14")] == closes[utc("2021-01-13 21:01")]
    assert known[utc("2021-07-14")] == closes[utc("2021-07-13 20:01")]
    assert known[utc("2020-11-28")] == closes[utc("2020-11-27 18:01")]  # a half day
    weekend = known[utc("2021-01-16") : utc("2021-01-19")]
    assert set(weekend) == {closes[utc("2021-01-15 21:01")]}  # Friday's, through the holiday of Monday the 18th


def test_asof_includes_the_very_instant():
    market = make_market(("DFF",))
    at = pd.DatetimeIndex([utc("2021-01-13 21:01"), utc("2021-01-13 21:00:59")])
    closes = market["IWM"].values
    assert market.asof(closes, at=at).tolist() == [closes[at[0]], closes[utc("2021-01-12 21:01")]]


def test_asof_before_the_first_value_is_nan(market):
    late = market["IWM"].values[utc("2020-01-01") :]
    assert market.asof(late)[: utc("2020-01-02")].isna().all()


def test_staleness_is_no_opinion(market):
    early = market["IWM"].values[: utc("2021-01-15 21:01")]
    known = market.asof(early, max_age_days=3)
    assert known[utc("2021-01-18")] == early.iloc[-1]
    assert np.isnan(known[utc("2021-01-19")])


def test_what_is_as_old_as_it_may_be_is_an_opinion_and_a_second_later_none(market):
    values = market["IWM"].values[: utc("2021-01-15 21:01")]
    ages = pd.to_timedelta([0, 3, 3, 4], unit="D") + pd.to_timedelta([0, 0, 1, 0], unit="s")
    known = market.asof(values, max_age_days=3, at=values.index[-1] + ages)
    assert known.tolist() == pytest.approx([values.iloc[-1], values.iloc[-1], np.nan, np.nan], nan_ok=True)


def test_asof_knows_moments_by_their_zones_and_units(market):
    closes = market["leader"].values
    there = pd.Series(closes.to_numpy(), index=closes.index.tz_convert("America/New_York").as_unit("ns"))
    assert market.asof(there).equals(market.asof(closes).rename(None))
    minutes = pd.date_range("2021-01-13 15:00", "2021-01-13 23:00", freq="min", tz="UTC")  # around one close
    assert market.asof(there, at=minutes).equals(market.asof(closes, at=minutes).rename(None))
    assert market.asof(there, at=minutes).nunique() == 2
    with pytest.raises(TypeError, match="without a time zone"):
        market.asof(closes.tz_localize(None))


def test_asof_of_nothing_is_nan(market):
    assert market.asof(pd.Series(dtype=float, index=pd.DatetimeIndex([], tz="UTC"))).isna().all()


def test_a_missing_last_value_is_not_replaced_by_an_older_one(market):
    values = market["IWM"].values.copy()
    values[utc("2021-01-15 21:01")] = np.nan
    assert np.isnan(market.asof(values)[utc("2021-01-16")])


def weekday_weights(join, delay=0):
    market = make_market((), join=join)
    weights = pd.Series(1.0, index=market.decisions)
    joined = market.joined(weights, delay)
    return market, joined


def test_flat_is_out_on_bars_without_a_session():
    market, joined = weekday_weights("flat")
    filled = joined.shift(1)  # by position: the decision of the bar before is filled at this bar's open
    filled.index = market.bars.index
    sessions = set(market["IWM"].frame["observed"])
    for label, weight in filled.iloc[1:].items():
        assert weight == (1.0 if label in sessions else 0.0), label
    assert filled["2021-01-16":"2021-01-19"].tolist() == [0, 0, 0, 1]  # Saturday's open out, Tuesday's in: a holiday


def test_flat_follows_the_delay():
    market, joined = weekday_weights("flat", delay=2)
    filled = joined.shift(3)
    filled.index = market.bars.index
    assert filled["2021-01-21":"2021-01-26"].tolist() == [1, 1, 0, 0, 1, 1]


@pytest.mark.parametrize("delay", [0, 2])
def test_flat_follows_the_delay_of_bars_of_another_clock(delay):
    """A bar of New York's afternoon to the next has a session where one closes within it."""
    market = make_market(("ETHUSDT-1H",), join="flat", bar="NYSE close +1h")
    filled = market.joined(pd.Series(1.0, index=market.decisions), delay).to_numpy()[: -1 - delay]
    ends, closes = market.decisions.tz_localize(None), nyse_closes().dt.tz_localize(None)
    starts = pd.DatetimeIndex(market.bars.index)
    within = closes.searchsorted(ends, side="right") > closes.searchsorted(starts, side="right")
    assert filled.tolist() == within[1 + delay :].astype(float).tolist()
    assert 0 < filled.mean() < 1


def test_us_sessions_only_decides_after_sessions():
    market, joined = weekday_weights("us_sessions_only")
    joined.index = market.bars.index
    assert joined["2021-01-15":"2021-01-19"].tolist() == pytest.approx([1, np.nan, np.nan, np.nan, 1], nan_ok=True)


def test_us_sessions_only_equals_hold_for_rules_on_us_signals():
    rule = LongFlat(SmallCapMomentum(20))
    held, gated = make_market(()), make_market((), join="us_sessions_only")
    plain = held.joined(rule.weights(held))
    only = gated.joined(rule.weights(gated)).ffill()
    settled = only.notna() & plain.notna()
    assert plain[settled].equals(only[settled])


def test_flat_costs_two_orders_a_week_not_more():
    market = make_market((), join="flat")
    weights = market.joined(pd.Series(1.0, index=market.decisions))
    changes = int((weights.diff().abs() > 0).sum())
    weeks = len(weights) / 7
    assert 1.9 * weeks < changes < 2.2 * weeks


@pytest.mark.parametrize("join", ["hold", "flat", "us_sessions_only"])
def test_before_the_first_bar_there_is_nothing_to_join(join):
    market = make_market((), join=join).until(utc("2019-06-03"))
    assert market.bars.empty
    assert market.joined(pd.Series(dtype="float64", index=market.decisions)).empty


def test_unknown_join_is_refused():
    with pytest.raises(UnknownName, match="flat"):
        make_market((), join="flatt")


def test_until_hides_unfinished_bars(market):
    seen = market.until(utc("2021-01-15 12:00"))
    assert seen.bars.index[-1] == pd.Timestamp("2021-01-14")
    assert seen["IWM"].frame["observed"].iloc[-1] == pd.Timestamp("2021-01-14")


def test_until_has_the_bar_that_closes_at_that_very_instant(market):
    assert market.until(utc("2021-01-15")).bars.index[-1] == pd.Timestamp("2021-01-14")
    assert market.until(utc("2021-01-14 23:59:59")).bars.index[-1] == pd.Timestamp("2021-01-13")


def test_fingerprint_is_of_the_content():
    tables = make_tables({"ETH-USD", "IWM"})
    one = make_market((), tables=tables).fingerprint
    assert one == make_market((), tables={id: t.copy() for id, t in tables.items()}).fingerprint
    tables["IWM"].loc[5, "close"] += 1e-9
    assert one != make_market((), tables=tables).fingerprint


def test_etf_bars_are_total_return():
    tables = make_tables({"SPY", "IWM"})
    spy = tables["SPY"].assign(adj_close=tables["SPY"]["close"] * np.linspace(0.5, 1.0, len(tables["SPY"])))
    market = Market.from_tables({**tables, "SPY": spy}, traded="SPY", leader="IWM", source="test")
    assert np.allclose(market.bars["close"], spy["adj_close"])
    assert np.allclose(market.bars["open"] / market.bars["close"], spy["open"] / spy["close"])
    assert market["SPY"].values.iloc[3] == spy["adj_close"].iloc[3]
