"""What the first signals say, by hand."""

import numpy as np
import pandas as pd
import pytest

from data.catalogue import lookup
from signals.credit_spread import CreditSpread
from signals.ease_change import EaseChange
from signals.ease_level import EaseLevel
from signals.own_momentum import OwnMomentum
from signals.small_cap_momentum import SmallCapMomentum
from tests.contracts import make_market, make_tables


def test_small_cap_trend_counts_sessions_not_days():
    market = make_market(())
    values = SmallCapMomentum(lookback=5).compute(market)
    closes = market["IWM"].frame["value"].to_numpy()
    assert values.iloc[5] == closes[5] / closes[0] - 1
    assert values.iloc[:5].isna().all()
    friday = pd.Timestamp("2021-01-15 21:01", tz="UTC")
    after = values[values.index > friday]
    assert after.index[0] == pd.Timestamp("2021-01-19 21:01", tz="UTC")  # Monday was a holiday: no value is invented


def test_own_trend_counts_bars():
    market = make_market(())
    closes = market["traded"].frame["value"].to_numpy()
    assert OwnMomentum(lookback=28).compute(market).iloc[40] == closes[40] / closes[12] - 1


def test_ease_change_rises_when_the_yield_falls():
    tables = make_tables({"ETH-USD", "IWM", "DGS2"})
    n = len(tables["DGS2"])
    tables["DGS2"]["value"] = np.linspace(4.0, 1.0, n)
    values = EaseChange(lookback=20).compute(make_market(("DGS2",), tables=tables))
    step = 3.0 / (n - 1)
    assert values.iloc[:20].isna().all() or values.notna().idxmax() == known_at(tables["DGS2"]["date"].iloc[20])
    # Two yields may become known at one instant: the lookback still is 20 dates, and not 21.
    assert np.allclose(values.dropna() / step, 20)
    assert len(values) < n


def known_at(date):
    """The instant at which a yield of a date could be known, alone."""
    return lookup("DGS2").rule.known_at(pd.DatetimeIndex([date]))[0]


@pytest.mark.parametrize(("signal", "id"), [(EaseChange(20), "DGS2"), (CreditSpread(20), "BAA10Y")])
def test_differences_are_of_dates_and_not_of_known_instants(signal, id):
    tables = make_tables({"ETH-USD", "IWM", id}, span=(pd.Timestamp("2024-06-03"), pd.Timestamp("2025-06-30")))
    values = signal.compute(make_market((id,), tables=tables))
    by_date = tables[id].set_index("date")["value"]
    for date in ("2024-12-26", "2025-01-10", "2025-01-27", "2025-06-20"):  # after days without publication
        at = known_at(pd.Timestamp(date))
        place = by_date.index.get_loc(date)
        assert values[at] == pytest.approx(by_date.iloc[place - 20] - by_date.iloc[place]), date


def test_ease_level_uses_the_range_announced_by_then():
    tables = make_tables({"ETH-USD", "IWM", "DFEDTARU", "DFEDTARL", "DGS1"})
    for id, base in (("DFEDTARU", 1.75), ("DFEDTARL", 1.50)):
        table = tables[id]
        table["value"] = np.where(table["date"] < "2020-03-04", base, base - 0.5)  # the cut of 2020-03-03
    tables["DGS1"]["value"] = 1.0
    values = EaseLevel().compute(make_market(("DFEDTARU", "DFEDTARL", "DGS1"), tables=tables))
    # The yield of Monday the 2nd had not seen the cut of the 3rd, though it becomes known after it.
    assert values[pd.Timestamp("2020-03-02 21:16", tz="UTC")] == pytest.approx(1.625 - 1.0)
    assert values[pd.Timestamp("2020-03-03 21:16", tz="UTC")] == pytest.approx(1.625 - 1.0)
    assert values[pd.Timestamp("2020-03-04 21:16", tz="UTC")] == pytest.approx(1.125 - 1.0)


def test_ease_level_compares_both_of_one_date():
    """A cut on a Sunday: Friday's yield becomes known on Monday, and is no hike priced."""
    tables = make_tables({"ETH-USD", "IWM", "DFEDTARU", "DFEDTARL", "DGS1"})
    for id, base in (("DFEDTARU", 1.25), ("DFEDTARL", 1.00)):
        tables[id]["value"] = np.where(tables[id]["date"] < "2020-03-16", base, base - 1.0)
    yields = tables["DGS1"]
    yields["value"] = np.where(yields["date"] < "2020-03-16", 0.38, 0.29)
    values = EaseLevel().compute(make_market(("DFEDTARU", "DFEDTARL", "DGS1"), tables=tables))
    friday, monday = (pd.Timestamp(f"{day} 20:16", tz="UTC") for day in ("2020-03-16", "2020-03-17"))
    assert values[friday] == pytest.approx(1.125 - 0.38)  # Friday's, known on Monday
    assert values[monday] == pytest.approx(0.125 - 0.29)


def test_ease_level_of_the_day_of_a_decision_stands_against_the_range_decided_that_day():
    tables = make_tables({"ETH-USD", "IWM", "DFEDTARU", "DFEDTARL", "DGS1"})
    for id, base in (("DFEDTARU", 2.50), ("DFEDTARL", 2.25)):
        tables[id]["value"] = np.where(tables[id]["date"] < "2019-08-01", base, base - 0.25)  # decided on 31 July
    tables["DGS1"]["value"] = 2.0
    values = EaseLevel().compute(make_market(("DFEDTARU", "DFEDTARL", "DGS1"), tables=tables))
    assert values[pd.Timestamp("2019-07-31 20:16", tz="UTC")] == pytest.approx(2.375 - 2.0)  # of the 30th
    assert values[pd.Timestamp("2019-08-01 20:16", tz="UTC")] == pytest.approx(2.125 - 2.0)  # quoted after 14:00


def test_ease_level_of_a_stale_range_is_nan():
    tables = make_tables({"ETH-USD", "IWM", "DFEDTARU", "DFEDTARL", "DGS1"})
    tables["DFEDTARU"] = tables["DFEDTARU"][tables["DFEDTARU"]["date"] < "2021-01-01"]
    values = EaseLevel().compute(make_market(("DFEDTARU", "DFEDTARL", "DGS1"), tables=tables))
    assert values[:"2021-01-06"].notna().all()
    assert values["2021-01-10":].isna().all()
