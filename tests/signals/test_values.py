"""What the first signals say, by hand."""

import numpy as np
import pandas as pd
import pytest

from signals.ease_change import EaseChange
from signals.ease_level import EaseLevel
from signals.own_trend import OwnTrend
from signals.small_cap_trend import SmallCapTrend
from tests.contracts import make_market, make_tables


def test_small_cap_trend_counts_sessions_not_days():
    market = make_market(())
    values = SmallCapTrend(lookback=5).compute(market)
    closes = market["IWM"].frame["value"].to_numpy()
    assert values.iloc[5] == closes[5] / closes[0] - 1
    assert values.iloc[:5].isna().all()
    friday = pd.Timestamp("2021-01-15 21:00", tz="UTC")
    after = values[values.index > friday]
    assert after.index[0] == pd.Timestamp("2021-01-19 21:00", tz="UTC")  # Monday was a holiday: no value is invented


def test_own_trend_counts_bars():
    market = make_market(())
    closes = market["traded"].frame["value"].to_numpy()
    assert OwnTrend(lookback=28).compute(market).iloc[40] == closes[40] / closes[12] - 1


def test_ease_change_rises_when_the_yield_falls():
    tables = make_tables({"ETH-USD", "IWM", "DGS2"})
    n = len(tables["DGS2"])
    tables["DGS2"]["value"] = np.linspace(4.0, 1.0, n)
    values = EaseChange(lookback=20).compute(make_market(("DGS2",), tables=tables))
    step = 3.0 / (n - 1)  # two yields that become known at one instant count as one: then 21 steps, not 20
    assert np.allclose(values.dropna() / step, np.round(values.dropna() / step))
    assert set(np.round(values.dropna() / step)) <= {20, 21}
    assert np.isclose(values.dropna() / step, 20).mean() > 0.9


def test_ease_level_uses_the_range_announced_by_then():
    tables = make_tables({"ETH-USD", "IWM", "DFEDTARU", "DFEDTARL", "DGS1"})
    for id, base in (("DFEDTARU", 1.75), ("DFEDTARL", 1.50)):
        table = tables[id]
        table["value"] = np.where(table["date"] < "2020-03-04", base, base - 0.5)  # the cut of 2020-03-03
    tables["DGS1"]["value"] = 1.0
    values = EaseLevel().compute(make_market(("DFEDTARU", "DFEDTARL", "DGS1"), tables=tables))
    # The yield of Monday 2 March is known on the 3rd at 16:15, after the announcement of the 3rd.
    assert values[pd.Timestamp("2020-03-02 21:15", tz="UTC")] == pytest.approx(1.625 - 1.0)
    assert values[pd.Timestamp("2020-03-03 21:15", tz="UTC")] == pytest.approx(1.625 - 1.0)
    assert values[pd.Timestamp("2020-03-04 21:15", tz="UTC")] == pytest.approx(1.125 - 1.0)


def test_ease_level_of_a_stale_range_is_nan():
    tables = make_tables({"ETH-USD", "IWM", "DFEDTARU", "DFEDTARL", "DGS1"})
    tables["DFEDTARU"] = tables["DFEDTARU"][tables["DFEDTARU"]["date"] < "2021-01-01"]
    values = EaseLevel().compute(make_market(("DFEDTARU", "DFEDTARL", "DGS1"), tables=tables))
    assert values[:"2021-01-06"].notna().all()
    assert values["2021-01-10":].isna().all()
