"""The coupling of small caps and ETH: which windows are matched, and that no pair is later than its instant."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.market import Market
from signals.coupling import Coupling
from tests.contracts import make_market, make_tables


def by_hand(tables, day, lookback, traded="ETH-USD"):
    """The correlation at the close of the bar of `day`, a session: from dates alone, one pair a session."""
    iwm, eth = (tables[id].set_index("date")["close"] for id in ("IWM", traded))
    days = iwm.index[iwm.index <= day][-lookback - 1 :]
    return np.corrcoef(np.diff(np.log(iwm[days])), np.diff(np.log(eth[days])))[0, 1]


def test_a_pair_runs_from_session_to_session_and_is_known_when_the_bar_closes():
    tables = make_tables({"ETH-USD", "IWM"})
    values = Coupling(10).compute(make_market((), tables=tables))
    for day in ("2019-07-03", "2020-03-16", "2020-11-27", "2021-12-31"):  # half days, a Monday, a Friday
        instant = pd.Timestamp(day, tz="UTC") + pd.Timedelta(days=1)
        assert values[instant] == pytest.approx(by_hand(tables, pd.Timestamp(day), 10), rel=1e-9)


def test_bars_that_close_with_the_session_match_its_window_and_wait_for_its_print():
    """Cut at the NYSE's close, both windows end at 16:00:00; the leader's close is known a minute later."""
    tables = make_tables({"ETHUSDT-1H", "IWM"})
    market = Market.from_tables(tables, traded="ETH-USD", leader="IWM", source="test", bar="NYSE close +0h")
    values = Coupling(10).compute(market)
    sessions = market["IWM"].frame.set_index("observed")
    ends = sessions["known_at"] - pd.Timedelta(minutes=1)
    hours = tables["ETHUSDT-1H"].set_index("date")["close"]
    eth = hours.reindex(ends.dt.tz_localize(None) - pd.Timedelta(hours=1)).to_numpy()  # the hour that ends at the close
    day = sessions.index.get_loc(pd.Timestamp("2020-11-27"))  # a half day
    window = slice(day - 10, day + 1)
    x, y = np.diff(np.log(sessions["value"].to_numpy()[window])), np.diff(np.log(eth[window]))
    assert values[sessions["known_at"].iloc[day]] == pytest.approx(np.corrcoef(x, y)[0, 1], rel=1e-9)


def test_one_value_a_session_and_none_at_the_weekend():
    tables = make_tables({"ETH-USD", "IWM"})
    values = Coupling(10).compute(make_market((), tables=tables))
    assert values.index.equals(pd.DatetimeIndex(tables["IWM"]["date"] + pd.Timedelta(days=1)).tz_localize("UTC"))
    assert values.iloc[:10].isna().all()
    assert values.iloc[10:].notna().all()


def correlated(lag, n_days=3000, strength=0.5, seed=0):
    """Hourly paths of two assets that share `strength` of their moves; ETH answers `lag` hours later."""
    rng = np.random.default_rng(seed)
    shared_moves, own, other = rng.normal(0, 0.005, (3, n_days * 24))
    eth_moves = strength * np.roll(shared_moves, lag) + (1 - strength**2) ** 0.5 * own
    iwm_moves = strength * shared_moves + (1 - strength**2) ** 0.5 * other
    start = pd.Timestamp("2013-01-01")
    hours = pd.date_range(start, periods=n_days * 24, freq="h", tz="UTC") + pd.Timedelta(hours=1)
    return (pd.Series(100 * np.exp(np.cumsum(m)), index=hours) for m in (iwm_moves, eth_moves))


def tables_of(iwm, eth):
    """Daily files of hourly paths: IWM at the real closes of the NYSE, ETH at the end of each UTC day."""
    span = eth.index[0].tz_localize(None).normalize() + pd.Timedelta(days=1), eth.index[-1].tz_localize(None).normalize() - pd.Timedelta(days=2)  # fmt: skip
    tables = make_tables({"ETH-USD", "IWM"}, span=span)
    market = make_market((), tables=tables)
    for id, path in (("IWM", iwm), ("ETH-USD", eth)):
        close = path.reindex(market[id].frame["known_at"].dt.floor("h")).to_numpy()
        tables[id] = tables[id].assign(open=close, high=close, low=close, close=close)
    return tables


def test_matched_windows_find_nearly_all_of_the_true_correlation():
    """Of a same-instant correlation of .25, UTC days against NYSE closes keep about 20 hours in 24."""
    tables = tables_of(*correlated(lag=0, strength=0.5))
    values = Coupling(500).compute(make_market((), tables=tables)).dropna()
    assert 0.25 * 20 / 24 - 0.05 < values.mean() < 0.25 + 0.05
    # The wrong window, the bar that closed BEFORE the session's close, loses most of it within the week.
    iwm, eth = (tables[id].set_index("date")["close"] for id in ("IWM", "ETH-USD"))
    wrong = np.log(eth.shift().reindex(iwm.index)).diff().corr(np.log(iwm).diff())
    assert wrong < 0.65 * values.mean()


def test_gaps_in_the_bars_make_longer_windows_not_wrong_ones():
    tables = make_tables({"ETH-USD", "IWM"})
    eth = tables["ETH-USD"]
    tables["ETH-USD"] = eth[~eth["date"].isin(pd.to_datetime(["2020-03-17", "2020-03-18"]))].reset_index(drop=True)
    values = Coupling(10).compute(make_market((), tables=tables))
    assert pd.Timestamp("2020-03-18", tz="UTC") not in values.index
    iwm = tables["IWM"]
    met = iwm[~iwm["date"].isin(pd.to_datetime(["2020-03-17", "2020-03-18"]))].reset_index(drop=True)
    day = pd.Timestamp("2020-03-20")
    assert values[day.tz_localize("UTC") + pd.Timedelta(days=1)] == pytest.approx(
        by_hand(tables | {"IWM": met}, day, 10), rel=1e-9
    )


def test_a_traded_asset_of_the_same_calendar():
    tables = make_tables({"SPY", "IWM", "ETH-USD"})
    market = make_market((), tables=tables, traded="SPY")
    values = Coupling(10).compute(market)
    assert values.index.equals(market.decisions)
    day = pd.Timestamp("2021-05-03")
    assert values[market["leader"].values.index[market["leader"].frame["observed"] == day][0]] == pytest.approx(
        by_hand(tables, day, 10, traded="SPY"), rel=1e-9
    )


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**31), st.dates(pd.Timestamp("2019-09-01").date(), pd.Timestamp("2022-03-01").date()))
def test_later_prices_change_nothing_earlier(seed, day):
    tables, rng = make_tables({"ETH-USD", "IWM"}), np.random.default_rng(seed)
    later = {id: (t["date"] > pd.Timestamp(day)).to_numpy() for id, t in tables.items()}
    noisy = {
        id: t.assign(**{c: t[c] * np.where(later[id], rng.uniform(0.5, 2), 1.0) for c in t if c != "date"})
        for id, t in tables.items()
    }
    until = pd.Timestamp(day, tz="UTC") + pd.Timedelta(days=1)
    clean, dirty = (Coupling(20).compute(make_market((), tables=t)) for t in (tables, noisy))
    assert clean[:until].equals(dirty[:until])
    assert not clean.equals(dirty)
