"""What the signals of small caps, relative strength, risk and liquidity say, by hand."""

import numpy as np
import pandas as pd
import pytest

from data.catalogue import lookup
from data.errors import OutOfBounds
from data.market import Market, load_tables
from data.sources.folder.source import FolderSource
from data.sources.simulated.source import SimulatedSource
from signals.breakout import MEMORY, Breakout
from signals.calm import Calm
from signals.credit import Credit
from signals.credit_spread import CreditSpread
from signals.moving_average_cross import MovingAverageCross
from signals.net_liquidity import NetLiquidity
from signals.own_volatility import OwnVolatility
from signals.parameters import with_value
from signals.record_high import RecordHigh
from signals.small_vs_large import SmallVsLarge
from signals.small_vs_tech import SmallVsTech
from signals.time_series_momentum import TimeSeriesMomentum
from tests.contracts import make_market, make_tables


def set_path(table, path):
    """Return the table with its values or prices on `path`, held at its end."""
    values = np.r_[np.atleast_1d(path).astype(float), np.full(len(table), np.atleast_1d(path)[-1], float)][: len(table)]
    prices = [c for c in ("open", "high", "low", "close", "value") if c in table]
    return table.assign(**dict.fromkeys(prices, values))


def market_with(paths, **kwargs):
    """Return a market in which each series of `paths` has these values."""
    tables = make_tables({"ETH-USD", "IWM", *paths})
    return make_market(tuple(paths), tables=tables | {id: set_path(tables[id], p) for id, p in paths.items()}, **kwargs)


def test_moving_average_cross():
    closes = np.r_[np.full(10, 100.0), 106.0, 112.0]
    values = MovingAverageCross(fast=2, slow=10).compute(market_with({"IWM": closes}))
    assert values.iloc[:9].isna().all()
    assert values.iloc[9] == 0
    assert values.iloc[10] == pytest.approx(103 / 100.6 - 1)
    assert values.iloc[11] == pytest.approx(109 / 101.8 - 1)


def test_the_fast_average_is_below_the_slow_one():
    with pytest.raises(OutOfBounds, match=r"fast = 200 is out of bounds: below slow = 200 sessions"):
        MovingAverageCross(fast=200)
    with pytest.raises(OutOfBounds, match="trend.fast"):
        with_value(MovingAverageCross(), "fast", 300, root="trend.")


def test_breakout_enters_above_the_long_channel_and_leaves_below_the_short_one():
    #          0    1    2    3    4    5    6    7    8    9
    closes = [100, 101, 100, 101, 102, 101, 101, 100, 103, 103]
    values = Breakout(entry=4, exit=2).compute(market_with({"IWM": closes}))
    # 102 at 4 is above the four before it; 101 at 5 is not below (101, 102); 100 at 7 is below (101, 101); 103 at 8.
    assert values.iloc[:10].fillna(-1).tolist() == [-1, -1, -1, -1, 1, 1, 1, 0, 1, 1]


def test_breakout_is_above_and_not_at_the_high():
    values = Breakout(entry=3, exit=3).compute(market_with({"IWM": [100, 90, 95, 100, 100.5]}))
    assert values.iloc[:5].fillna(-1).tolist() == [-1, -1, -1, -1, 1]


def test_breakout_forgets_after_a_year():
    values = Breakout(entry=3, exit=3).compute(market_with({"IWM": [100, 100, 100, 101, 101]}))
    assert (values.iloc[3 : 4 + MEMORY] == 1).all()
    assert values.iloc[4 + MEMORY :].isna().all()


def test_record_high_by_hand():
    values = RecordHigh(least=2).compute(market_with({"RUT": [100, 110, 105, 110, 121, 60.5]}))
    assert values.iloc[:2].isna().all()
    assert values.iloc[2:6].tolist() == pytest.approx([105 / 110 - 1, 0, 0.1, -0.5])


def shared(folder, needs, leader="IWM", first="1985-01-01"):
    tables = load_tables(FolderSource(folder), {"ETH-USD", leader, *needs})
    tables = {id: t[t["date"] >= first].reset_index(drop=True) for id, t in tables.items()}
    return Market.from_tables(tables, traded="ETH-USD", leader=leader, source="shared")


def test_the_first_record_after_2021_is_the_price_index_s(shared_market):
    market = shared(shared_market, ("RUT", "IWM"))
    values = RecordHigh().compute(market)
    records = values[values > 0]
    late = records["2021-12-31":]
    assert late.index[0].tz_convert("America/New_York").date().isoformat() == "2025-09-18"
    assert records[:"2021-12-31"].index[-1].date().isoformat() == "2021-11-08"
    # The total return of IWM says ten months sooner, and that is not the record of the news.
    adjusted = market["IWM"].values
    sooner = adjusted[adjusted > adjusted.cummax().shift()]["2021-12-31":]
    assert sooner.index[0].date().isoformat() == "2024-11-06"


@pytest.mark.parametrize(
    ("signal", "above", "below"),
    [(SmallVsLarge(5), "IWM", "SPY"), (SmallVsTech(5), "IWM", "QQQ"), (Credit(5), "HYG", "LQD")],
)
def test_relative_strength(signal, above, below):
    market = market_with({above: np.linspace(100, 150, 11), below: np.linspace(50, 55, 11)})
    values = signal.compute(market)
    assert values.iloc[:5].isna().all()
    assert values.iloc[10] == pytest.approx(np.log(150 / 125) - np.log(55 / 52.5))
    assert values.iloc[20] == pytest.approx(0)


def test_relative_strength_follows_the_leader_of_the_market():
    tables = make_tables({"ETH-USD", "RUT", "SPY", "IWM"})
    market = make_market(("SPY",), tables=tables, leader="RUT")
    rut, spy = (tables[id]["close"].to_numpy() for id in ("RUT", "SPY"))
    assert SmallVsLarge(5).compute(market).iloc[9] == pytest.approx(np.log(rut[9] / rut[4]) - np.log(spy[9] / spy[4]))


def test_a_stale_other_side_is_missing():
    tables = make_tables({"ETH-USD", "IWM", "SPY"})
    spy = tables["SPY"]
    tables["SPY"] = spy[spy["date"] < "2021-06-01"].reset_index(drop=True)
    values = SmallVsLarge(5).compute(make_market(("SPY",), tables=tables))
    assert values[:"2021-06-03"].iloc[10:].notna().all()
    assert values["2021-06-08":].isna().all()


def test_calm_is_the_nearer_bound():
    market = market_with({"VIX": [15, 15, 25, 10], "VIX3M": [20, 14, 30, 40]})
    both = Calm().compute(market)
    assert both.iloc[:4].tolist() == pytest.approx([0.25, 1 - 15 / 14, -0.25, 0.5])
    assert Calm(require="level").compute(market).iloc[:4].tolist() == pytest.approx([0.25, 0.25, -0.25, 0.5])
    assert Calm(require="term").compute(market).iloc[:4].tolist() == pytest.approx([0.25, 1 - 15 / 14, 1 / 6, 0.75])
    assert both.index[0] == pd.Timestamp("2019-06-03 20:16", tz="UTC")


def test_calm_by_level_needs_no_term_structure():
    assert Calm(require="level").needs == ("VIX",)
    assert Calm().needs == ("VIX", "VIX3M")
    assert lookup("VIX3M").rule_name == "vix_close"
    assert (lookup("^VIX3M").vendor, lookup("VIX3M").symbol) == ("yahoo", "^VIX3M")


def test_calm_without_a_fresh_term_structure_is_no_opinion():
    tables = make_tables({"ETH-USD", "IWM", "VIX", "VIX3M"})
    tables["VIX3M"] = tables["VIX3M"][tables["VIX3M"]["date"] < "2021-01-01"].reset_index(drop=True)
    values = Calm().compute(make_market(("VIX", "VIX3M"), tables=tables))
    assert values[:"2021-01-06"].notna().all()
    assert values["2021-01-08":].isna().all()


def test_credit_spread_rises_when_the_spread_falls():
    values = CreditSpread(5).compute(market_with({"BAA10Y": [2.0, 2.0, 2.1, 2.2, 2.3, 2.4, 1.9]}))
    assert values.iloc[5:7].tolist() == pytest.approx([-0.4, 0.1])
    assert values.index[0] == pd.Timestamp("2019-06-04 20:16", tz="UTC")  # Monday's is known on Tuesday


LIQUIDITY = ("WALCL", "WDTGAL", "RRPONTSYD")


def made_liquidity(treasury="WDTGAL"):
    """Assets rise by 1 and the Treasury's account by 0.1 billion a week; 50 more are lent on from a Thursday on."""
    tables = make_tables({"ETH-USD", "IWM", "WALCL", treasury, "RRPONTSYD"})
    weeks = np.arange(len(tables["WALCL"]))
    tables["WALCL"]["value"] = 8_000_000 + 1_000.0 * weeks  # USD million
    tables[treasury]["value"] = 500_000 + 100.0 * weeks  # USD million
    repo = tables["RRPONTSYD"]
    repo["value"] = np.where(repo["date"] < "2020-01-16", 1000.0, 1050.0)  # USD billion: a Thursday
    return tables


def liquidity(tables, lookback=4):
    market = Market.from_tables(tables, traded="ETH-USD", leader="IWM", source="test")
    return market, NetLiquidity(lookback).compute(market)


def test_net_liquidity_is_in_usd_billion_of_one_wednesday():
    market, values = liquidity(made_liquidity())
    assert values.iloc[:4].isna().all()
    assert values.iloc[4] == pytest.approx(4 * 0.9)
    # The week to Wednesday the 15th comes on Thursday the 16th at 16:30. Thursday's repurchases (13:30) are known then,
    # but are not of that Wednesday.
    release = pd.Timestamp("2020-01-16 21:31", tz="UTC")
    assert values[release] == pytest.approx(4 * 0.9)
    assert values[release + pd.Timedelta(days=7)] == pytest.approx(4 * 0.9 - 50)
    assert len(values) == len(market["WALCL"].frame)
    assert pd.Timestamp("2019-11-29 21:31", tz="UTC") in values.index  # Thanksgiving: the release is Friday's
    assert market.stand_ins(NetLiquidity().needs) == []


def test_net_liquidity_of_a_holiday_takes_the_operation_that_was_outstanding():
    tables = made_liquidity()
    repo = tables["RRPONTSYD"]
    christmas = pd.Timestamp("2019-12-25")  # a Wednesday
    assert christmas not in set(repo["date"])
    repo.loc[repo["date"] == "2019-12-24", "value"] = 900.0
    _, values = liquidity(tables)
    assert values[pd.Timestamp("2019-12-26 21:31", tz="UTC")] == pytest.approx(4 * 0.9 + 100)


def test_without_the_wednesday_the_week_s_average_stands_in_and_that_is_said():
    tables = made_liquidity("WTREGEN")
    market, values = liquidity(tables)
    assert values.iloc[4] == pytest.approx(4 * 0.9)
    (said,) = market.stand_ins(("leader", *LIQUIDITY))
    assert said == (
        "test has no WDTGAL (Treasury general account, Wednesday): WTREGEN (Treasury general account, week average) "
        "stands in"
    )


def test_an_account_without_that_wednesday_is_no_opinion():
    tables = made_liquidity()
    account = tables["WDTGAL"]
    tables["WDTGAL"] = account[account["date"] != "2020-06-17"].reset_index(drop=True)
    _, values = liquidity(tables)
    missing = values[values.isna()].index[4:]
    assert list(missing) == [pd.Timestamp("2020-06-18 20:31", tz="UTC"), pd.Timestamp("2020-07-16 20:31", tz="UTC")]


def test_net_liquidity_on_real_history_has_the_right_units(shared_market):
    market = shared(shared_market, NetLiquidity().needs)
    values = NetLiquidity().compute(market)
    # Sums in mixed units would be a thousand times off: the largest 13-week moves are trillions, not quadrillions.
    assert values["2018":].notna().mean() > 0.99
    # The week to 2020-06-17 against that to 2020-03-18, from the files: all three of a Wednesday.
    week = {id: dict(zip(f["observed"], f["value"], strict=True)) for id in LIQUIDITY for f in [market[id].frame]}
    last, first = pd.Timestamp("2020-06-17"), pd.Timestamp("2020-03-18")
    change = {id: values[last] - values[first] for id, values in week.items()}
    by_hand = (change["WALCL"] - change["WDTGAL"]) / 1000 - change["RRPONTSYD"]
    assert values[pd.Timestamp("2020-06-18 20:31", tz="UTC")] == pytest.approx(by_hand)
    assert 1_000 < by_hand < 1_500
    assert values["2018":].abs().max() < 3_000


def test_own_volatility_is_annualised_by_the_calendar_of_the_traded_asset():
    path = [100, 110, 99, 108.9]
    r = np.array([0.1, -0.1, 0.1])
    values = OwnVolatility(lookback=3).compute(market_with({"ETH-USD": path}))
    assert values.iloc[:3].isna().all()
    assert values.iloc[3] == pytest.approx(100 * r.std(ddof=1) * 365**0.5)
    us = OwnVolatility(lookback=3).compute(market_with({"SPY": path}, traded="SPY"))
    assert us.iloc[3] == pytest.approx(100 * r.std(ddof=1) * 252**0.5)


def momentum(closes, yield_pct=0.0, **parameters):
    market = market_with({"IWM": closes, "DGS3MO": yield_pct})
    return market, TimeSeriesMomentum(**{"lookback": 20, "com": 5, **parameters}).compute(market)


def expected_size(market, instant, com=5, target=0.4, cap=1.0):
    """The size at an instant, from the weights of the formula one by one."""
    r = market["traded"].values[:instant].pct_change().dropna().to_numpy()[::-1]
    w = (com / (1 + com)) ** np.arange(len(r))
    w /= w.sum()
    sigma = np.sqrt(365 * np.sum(w * (r - np.sum(w * r)) ** 2))
    return min(target / sigma, cap)


def test_time_series_momentum_is_sign_times_size():
    market, values = momentum(100 * 1.001 ** np.arange(2000), every="session", cap=10.0)
    assert values.iloc[:20].isna().all()
    for i in (25, 100, 500):
        assert values.iloc[i] == pytest.approx(expected_size(market, values.index[i], cap=10.0), rel=1e-9)
    _, falling = momentum(100 * 0.999 ** np.arange(2000), every="session", cap=10.0)
    assert falling.equals(-values)
    _, capped = momentum(100 * 1.001 ** np.arange(2000), every="session", cap=0.3)
    assert capped.max() == 0.3
    assert capped.dropna().equals(values.dropna().clip(upper=0.3))


def test_time_series_momentum_must_beat_cash():
    rise = 100 * (1 + 0.01) ** (np.arange(2000) / 20)  # one percent in 20 sessions
    for yield_pct, side in ((12.0, 1), (13.0, -1)):  # 252/20 * 1% = 12.6% a year
        _, values = momentum(rise, yield_pct=yield_pct, every="session")
        assert set(np.sign(values.dropna())) == {side}


def test_time_series_momentum_changes_once_a_month_on_its_first_close():
    closes = make_tables({"IWM"})["IWM"]["close"].to_numpy()
    _, daily = momentum(closes, every="session")
    _, monthly = momentum(closes)
    first = monthly.groupby([monthly.index.year, monthly.index.month]).head(1)[1:]
    assert (monthly.dropna().groupby([monthly.dropna().index.year, monthly.dropna().index.month]).nunique() == 1).all()
    assert first.equals(daily[first.index])
    assert monthly[:"2019-06-30"].isna().all()


def test_time_series_momentum_without_fresh_cash_is_no_opinion():
    tables = make_tables({"ETH-USD", "IWM", "DGS3MO"})
    tables["DGS3MO"] = tables["DGS3MO"][tables["DGS3MO"]["date"] < "2021-06-01"].reset_index(drop=True)
    values = TimeSeriesMomentum(lookback=20, com=5, every="session").compute(make_market(("DGS3MO",), tables=tables))
    assert values["2021-05-01":"2021-06-05"].notna().all()
    assert values["2021-06-12":].isna().all()


def test_the_thesis_runs_on_the_simulated_market():
    source = SimulatedSource()
    signals = [TimeSeriesMomentum(), MovingAverageCross(), Breakout(), RecordHigh(), SmallVsLarge(), SmallVsTech(),
               Calm(require="level"), OwnVolatility()]  # fmt: skip
    for signal in signals:
        ids = {"leader": "IWM", "traded": "ETH-USD"}
        tables = load_tables(source, {"IWM", "ETH-USD", *(ids.get(id, id) for id in signal.needs)})
        market = Market.from_tables(tables, traded="ETH-USD", leader="IWM", source=source.name, simulated=True)
        assert signal.compute(market)["2018":].notna().all(), signal
