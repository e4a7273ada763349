"""Matched windows: worked cases by hand, daily bars, half days, missing prices, wrong labels, real history."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pytest

from backtests.lead.windows import controls_of, load_windows
from data.calendars.publication import nyse_closes, sessions
from data.errors import DataError, MissingSeries, OutOfBounds, UnknownName
from data.sources.folder.source import FolderSource
from data.table import DAY

FIRST, LAST = pd.Timestamp("2023-10-02"), pd.Timestamp("2024-12-31")


@dataclass
class Made:
    """A source of tables made by hand."""

    tables: dict = field(default_factory=dict)
    name: str = "made"
    simulated: bool = True

    def load(self, row):
        if row.id not in self.tables:
            raise MissingSeries(f"made has no {row.id}; give it")
        return self.tables[row.id].copy()


def bars(dates, close, opened=None):
    opened = close if opened is None else opened
    high, low = np.maximum(opened, close), np.minimum(opened, close)
    return pd.DataFrame(
        {"date": dates.to_numpy().astype(DAY), "open": opened, "high": high, "low": low, "close": close}
    )


def made(seed=1, hours=True, together=0.6):
    """Five series of independent noise; the coins share most of theirs; ETH moves with SPY in its session's hours."""
    rng = np.random.default_rng(seed)
    us, clock = sessions(FIRST, LAST), pd.date_range(FIRST, LAST + pd.Timedelta(days=1), freq="h", inclusive="left")
    moves = rng.standard_normal((3, len(us))) * 0.01
    moves[1] = 0.9 * moves[0] + 0.4 * moves[1]
    moves[2] = 0.8 * moves[0] + 0.5 * moves[2]
    tables = {}
    for id, move in zip(("SPY", "QQQ", "IWM"), moves, strict=True):
        close = 100 * np.exp(np.cumsum(move))
        tables[id] = bars(us, close, close * np.exp(-0.6 * move))
    hourly = rng.standard_normal(len(clock)) * 0.004
    closes = pd.DatetimeIndex(nyse_closes()[us]).tz_localize(None)
    at = clock.get_indexer(closes - pd.Timedelta(hours=3))
    hourly[at] += together * moves[0] * 3
    eth = 2000 * np.exp(np.cumsum(hourly))
    coin = 40000 * np.exp(np.cumsum(hourly + 0.001 * rng.standard_normal(len(clock))))
    end_of_day = np.arange(23, len(clock), 24)
    for id, path in (("ETH-USD", eth), ("BTC-USD", coin)):
        tables[id] = bars(clock[end_of_day].normalize(), path[end_of_day])
    if hours:
        tables["ETHUSDT-1H"] = bars(clock, eth)
    return Made(tables), pd.Series(eth, clock + pd.Timedelta(hours=1))


def shift_days(source, id, days):
    table = source.tables[id]
    source.tables[id] = table.assign(date=table["date"] + pd.Timedelta(days=days))
    return source


def test_a_further_control_is_the_session_s_own_and_known_by_midnight():
    source, _ = made()
    us = pd.DatetimeIndex(source.tables["IWM"]["date"])
    source.tables["VIX"] = bars(
        us, 20 + np.arange(len(us)) / 10
    )  # known at 16:15, a quarter of an hour after the close
    source.tables["HYG"] = bars(us, 80 + np.arange(len(us)) / 10).drop(index=100)
    windows = load_windows(source, "IWM", "ETH-USD", others=("VIX", "HYG"))
    assert (windows.controls, windows.others, windows.beside) == (
        ("SPY", "QQQ"),
        ("VIX", "HYG"),
        "SPY, QQQ, VIX and HYG",
    )
    assert windows.n == len(us) - 2  # the first has no session before; one has no HYG
    moves = pd.Series(np.log(source.tables["VIX"]["close"]).to_numpy(), us)
    day = pd.DatetimeIndex(windows.table.index).tz_convert("America/New_York").tz_localize(None).normalize()
    np.testing.assert_allclose(windows.table["VIX"].cumsum(), moves.reindex(day) - moves.iloc[0])
    seated = windows.seat("SPY")
    assert (list(seated.controls), list(seated.others)) == (["IWM", "QQQ"], ["VIX", "HYG"])
    assert len(seated.beside) == 4
    with pytest.raises(MissingSeries, match="TLT"):
        load_windows(source, "IWM", "ETH-USD", others=("TLT",))


def test_hours_are_taken_at_the_close_half_days_and_summer_time_too():
    source, price = made()
    windows = load_windows(source, "IWM", "ETH-USD")
    assert windows.kind == "hours"
    assert windows.text == "hourly ETH-USD (ETHUSDT-1H) at the NYSE close"
    cases = {  # close of the eve, close of the session, in UTC
        "2023-11-03 20:00": "2023-11-02 20:00",
        "2023-11-06 21:00": "2023-11-03 20:00",  # a weekend and the end of summer time
        "2023-11-24 18:00": "2023-11-22 21:00",  # the half day after Thanksgiving
        "2024-03-11 20:00": "2024-03-08 21:00",
    }
    for close, eve in cases.items():
        row = windows.table.loc[pd.Timestamp(close, tz="UTC")]
        assert row["traded"] == pytest.approx(np.log(price[close] / price[eve]))
        midnight = pd.Timestamp(eve).ceil("D")
        assert row["after"] == pytest.approx(np.log(price[close] / price[midnight]))
        iwm = source.tables["IWM"].set_index("date")["close"]
        assert row["IWM"] == pytest.approx(np.log(iwm[close[:10]] / iwm[eve[:10]]))
        assert row["leader_next"] == row["IWM"]
    assert len(windows.table) == len(sessions(FIRST, LAST)) - 1


def test_days_are_compounded_from_midnight_after_the_close_and_never_overlap_the_leaders_past():
    source, price = made(hours=False)
    windows = load_windows(source, "IWM", "ETH-USD")
    assert windows.kind == "days"
    assert "no hours of ETH-USD" in windows.notes[0]
    row = windows.table.loc[pd.Timestamp("2023-11-06 21:00", tz="UTC")]
    assert row["traded"] == pytest.approx(np.log(price["2023-11-07 00:00"] / price["2023-11-04 00:00"]))
    assert row["after"] == row["traded"]
    own = source.tables["IWM"].set_index("date").loc["2023-11-06"]
    assert row["leader_next"] == pytest.approx(np.log(own["close"] / own["open"]))
    assert load_windows(made()[0], "IWM", "ETH-USD", kind="days").kind == "days"
    with pytest.raises(MissingSeries, match="no ETHUSDT-1H"):
        load_windows(source, "IWM", "ETH-USD", kind="hours")


def test_a_session_without_a_price_makes_one_window_of_two_for_all_series():
    source, price = made()
    table = source.tables["ETHUSDT-1H"]
    gone = table["date"] == pd.Timestamp("2024-05-15 19:00")  # the hour that ends at the close
    source.tables["ETHUSDT-1H"] = table[~gone]
    windows = load_windows(source, "IWM", "ETH-USD")
    assert pd.Timestamp("2024-05-15 20:00", tz="UTC") not in windows.table.index
    row = windows.table.loc[pd.Timestamp("2024-05-16 20:00", tz="UTC")]
    assert row["traded"] == pytest.approx(np.log(price["2024-05-16 20:00"] / price["2024-05-14 20:00"]))
    spy = source.tables["SPY"].set_index("date")["close"]
    assert row["SPY"] == pytest.approx(np.log(spy["2024-05-16"] / spy["2024-05-14"]))
    assert not windows.table.isna().to_numpy().any()


def test_few_hours_give_way_to_days():
    source, _ = made()
    source.tables["ETHUSDT-1H"] = source.tables["ETHUSDT-1H"].iloc[:2000]
    windows = load_windows(source, "IWM", "ETH-USD")
    assert windows.kind == "days"
    assert "daily bars are used" in windows.notes[0]


def test_the_span_is_of_sessions_and_both_ends_count():
    windows = load_windows(
        made()[0], "IWM", "ETH-USD", start=pd.Timestamp("2024-01-02"), end=pd.Timestamp("2024-01-05")
    )
    assert [f"{day:%m-%d}" for day in windows.table.index] == ["01-03", "01-04", "01-05"]


def test_the_mislabelled_bar_is_the_eves():
    source, price = made()
    windows = load_windows(source, "IWM", "ETH-USD")
    row = windows.mislabelled.loc[pd.Timestamp("2024-05-15 20:00", tz="UTC")]
    assert row["bars"] == pytest.approx(np.log(price["2024-05-16 00:00"] / price["2024-05-15 00:00"]))
    assert row["close date"] == pytest.approx(np.log(price["2024-05-15 00:00"] / price["2024-05-14 00:00"]))


def test_seats_are_swapped():
    windows = load_windows(made()[0], "IWM", "ETH-USD")
    sample = windows.seat("SPY")
    assert list(sample.controls) == ["IWM", "QQQ"]
    assert (sample.leader == windows.table["SPY"].to_numpy()).all()
    assert controls_of("RUT") == ("SPY", "QQQ")
    assert controls_of("SPY") == ("IWM", "QQQ")


@pytest.mark.parametrize("missing", ["SPY", "QQQ"])
def test_a_missing_control_is_named_with_the_reason(missing):
    source, _ = made()
    del source.tables[missing]
    with pytest.raises(
        MissingSeries, match=rf"made has no {missing}; give it \(the verdict is about IWM beyond SPY and QQQ"
    ):
        load_windows(source, "IWM", "ETH-USD")


def test_who_may_lead_and_who_may_be_traded():
    source, _ = made()
    with pytest.raises(OutOfBounds, match="leader = 'VIX' is out of bounds: a series known at the NYSE's close"):
        load_windows(source, "VIX", "ETH-USD")
    with pytest.raises(OutOfBounds, match="traded = 'SPY' is out of bounds"):
        load_windows(source, "IWM", "SPY")
    with pytest.raises(UnknownName, match="did you mean"):
        load_windows(source, "IWN", "ETH-USD")


def test_bars_a_day_too_late_and_hours_labelled_by_their_end_are_refused():
    with pytest.raises(DataError, match="BTC-USD leads ETH-USD by one row: one is shifted"):
        load_windows(shift_days(made(hours=False)[0], "ETH-USD", 1), "IWM", "ETH-USD")
    with pytest.raises(DataError, match="ETHUSDT-1H .*label each hour by its start in UTC"):
        load_windows(shift_days(made()[0], "ETHUSDT-1H", 1 / 24), "IWM", "ETH-USD")
    alone = shift_days(made()[0], "ETH-USD", 1)
    del alone.tables["BTC-USD"]
    with pytest.raises(DataError, match="ETHUSDT-1H .*label each hour by its start in UTC"):
        load_windows(alone, "IWM", "ETH-USD")


def test_a_leader_a_session_too_late_is_refused_beside_spy_and_qqq():
    source, _ = made(hours=False)
    table = source.tables["IWM"]
    close, opened = (table[name].shift(fill_value=100.0) for name in ("close", "open"))
    high, low = np.maximum(opened, close), np.minimum(opened, close)
    source.tables["IWM"] = table.assign(close=close, open=opened, high=high, low=low)
    with pytest.raises(DataError, match="IWM.*dates a row late"):
        load_windows(source, "IWM", "ETH-USD")


def test_all_coins_alike_a_day_late_are_left_to_the_rule():
    from backtests.lead.verdict import NOT_ENOUGH, decide

    source, _ = made(hours=False, together=1.0)
    for id in ("ETH-USD", "BTC-USD"):
        shift_days(source, id, 1)
    windows = load_windows(source, "IWM", "ETH-USD")
    assert any("as bars do that are dated a day late" in note for note in windows.notes)
    assert decide(windows.sample).verdict == NOT_ENOUGH


def test_nothing_later_than_its_close_enters_a_window():
    """Poison: every price after an instant is changed; no return of a session closed before then moves."""
    source, _ = made()
    cut = pd.Timestamp("2024-06-03 20:00")
    before = load_windows(source, "IWM", "ETH-USD").table
    for id, table in source.tables.items():
        late = (
            (table["date"] >= cut) if id == "ETHUSDT-1H" else (table["date"] >= cut.normalize() + pd.Timedelta(days=1))
        )
        if id in ("ETH-USD", "BTC-USD"):
            late = table["date"] >= cut.normalize()  # the bar of the day is not closed at the session's close
        factor = np.where(late, 1.1, 1.0)  # more would be a jump that no check lets through
        source.tables[id] = table.assign(**{name: table[name] * factor for name in ("open", "high", "low", "close")})
    after = load_windows(source, "IWM", "ETH-USD").table
    known = before.index <= cut.tz_localize("UTC")
    pd.testing.assert_frame_equal(before[known], after[known])
    assert not np.allclose(before[~known].iloc[0], after[~known].iloc[0])


@pytest.mark.uncounted
@pytest.mark.slow
def test_real_history_gives_the_correlations_of_the_timing_page(shared_market):
    """458 sessions: .50 in the same window, .03 a session later; the close date makes .41 of it."""
    windows = load_windows(
        FolderSource(shared_market), "IWM", "ETH-USD", start=pd.Timestamp("2024-05-01"), end=pd.Timestamp("2026-02-27")
    )
    assert windows.kind == "hours"
    assert windows.notes == ()
    x, y = windows.table["IWM"], windows.table["traded"]
    assert x.corr(y) == pytest.approx(0.50, abs=0.005)
    assert x.shift().corr(y) == pytest.approx(0.03, abs=0.01)
    assert x.shift().corr(windows.mislabelled["close date"]) == pytest.approx(0.415, abs=0.01)


def brownian(rho, seed=1):
    """An equity and a coin that move together in every hour of nineteen years, without a lead."""
    first, last = pd.Timestamp("2005-01-03"), pd.Timestamp("2023-12-29")
    us, clock = sessions(first, last), pd.date_range(first, last + pd.Timedelta(days=1), freq="h", inclusive="left")
    rng = np.random.default_rng(seed)
    moves = 0.002 * rng.multivariate_normal([0, 0], [[1, rho], [rho, 1]], len(clock))
    paths = np.exp(np.cumsum(moves, axis=0)) * 100
    closes = pd.DatetimeIndex(nyse_closes()[us]).tz_localize(None)
    equity = paths[clock.get_indexer(closes - pd.Timedelta(hours=1)), 0]  # of the hour that ends with the session
    tables = {"IWM": bars(us, equity), "ETH-USD": bars(clock[23::24].normalize(), paths[23::24, 1])}
    for id, of in {"SPY": "IWM", "QQQ": "IWM", "BTC-USD": "ETH-USD"}.items():
        own = tables[of]["close"] * np.exp(0.002 * rng.standard_normal(len(tables[of])))
        tables[id] = bars(pd.DatetimeIndex(tables[of]["date"]), own.to_numpy())
    tables["ETHUSDT-1H"] = bars(clock, paths[:, 1])
    return Made(tables)


@pytest.mark.uncounted
@pytest.mark.slow
def test_a_label_by_the_close_makes_a_lead():
    """Zero lead at a correlation of .35: the UTC bar under the date of its close gives .09 and a lag of .20."""
    windows = load_windows(brownian(0.35), "IWM", "ETH-USD")
    leader, matched = windows.table["IWM"], windows.table["traded"]
    late = windows.mislabelled["close date"].reindex(leader.index)
    error = 1 / np.sqrt(len(leader))
    assert leader.corr(matched) == pytest.approx(0.352, abs=3 * error)
    assert leader.shift(1).corr(matched) == pytest.approx(0, abs=3 * error)
    assert leader.shift(-1).corr(matched) == pytest.approx(0, abs=3 * error)
    assert leader.corr(late) == pytest.approx(0.09, abs=3 * error)
    assert leader.shift(1).corr(late) == pytest.approx(0.20, abs=3 * error)


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2035-01-01", None, " from 2035-01-01; "),
        (None, "2012-01-01", " to 2012-01-01; "),
        ("2024-03-08", "2024-03-08", " from 2024-03-08 to 2024-03-08; "),
    ],
)
def test_a_span_without_a_return_is_refused_with_what_there_is(first, last, said):
    span = {"start": first and pd.Timestamp(first), "end": last and pd.Timestamp(last)}
    with pytest.raises(DataError) as refused:
        load_windows(made()[0], "IWM", "ETH-USD", **span)
    assert f"IWM and ETH-USD have no return of a session{said}IWM runs 2023-10-02..2024-12-31" in str(refused.value)
