"""What every table must be, and what is made of it."""

import numpy as np
import pandas as pd
import pytest

from data.catalogue import lookup
from data.errors import DataError
from data.table import first_fault, to_bars, to_series, total_return, validate

IWM, ETH, DGS2 = lookup("IWM"), lookup("ETH-USD"), lookup("DGS2")
DATES = ("2024-03-11", "2024-03-12", "2024-03-13", "2024-03-14")


def bars(**columns):
    close = [100.0, 101.0, 99.0, 102.0]
    table = {
        "date": pd.DatetimeIndex(DATES),
        "open": [100.0, 100.5, 100.5, 99.5],
        "high": [101.0, 102.0, 101.0, 103.0],
        "low": [99.0, 100.0, 98.0, 99.0],
        "close": close,
    }
    return pd.DataFrame(table | columns)


def rates(**columns):
    return pd.DataFrame({"date": pd.DatetimeIndex(DATES), "value": [4.5, 4.6, 4.4, 0.0]} | columns)


def with_cell(table, column, at, value):
    table.loc[at, column] = value
    return table


def test_a_clean_table_comes_back_in_canonical_form():
    table = bars(split=0, volume=[1, 2, 3, 4], adj_close=[50.0, 50.5, 49.5, 51.0], vendor="x")
    clean = validate(table[table.columns[::-1]], IWM, "origin")
    assert list(clean.columns) == ["date", "open", "high", "low", "close", "adj_close", "volume", "split"]
    assert clean["date"].dtype == "datetime64[ns]"
    assert set(map(str, clean.dtypes.iloc[1:])) == {"float64"}
    pd.testing.assert_frame_equal(validate(clean, IWM, "again"), clean)


@pytest.mark.parametrize(
    ("column", "at", "value", "message"),
    [
        ("date", 1, pd.NaT, "NaT: the date is missing"),
        ("date", 2, pd.Timestamp("2024-03-12"), "2024-03-12: the date stands twice"),
        ("date", 2, pd.Timestamp("2024-03-08"), "2024-03-08: the dates are not in order"),
        ("open", 1, np.nan, "2024-03-12: a number is missing or infinite"),
        ("close", 3, np.inf, "2024-03-14: a number is missing or infinite"),
        ("adj_close", 1, np.nan, "2024-03-12: a number is missing or infinite"),
        ("dividend", 1, np.nan, "2024-03-12: a number is missing or infinite"),
        ("low", 2, 0.0, "2024-03-13: a price is zero or negative"),
        ("adj_close", 2, -1.0, "2024-03-13: a price is zero or negative"),
        ("high", 0, 98.0, "2024-03-11: the high is below the low"),
        ("close", 1, 102.1, "2024-03-12: the open or close is outside low..high"),
        ("open", 3, 98.9, "2024-03-14: the open or close is outside low..high"),
        ("dividend", 2, 101.0, "2024-03-13: the dividend is negative or not below the close before it"),
        ("dividend", 0, -0.1, "2024-03-11: the dividend is negative"),
    ],
)
def test_faults_are_named_with_their_date(column, at, value, message):
    table = with_cell(bars(adj_close=[50.0, 50.5, 49.5, 51.0], dividend=0.0), column, at, value)
    with pytest.raises(DataError, match=rf"^origin: IWM, .*{message}"):
        validate(table, IWM, "origin")
    assert first_fault(table, IWM)[0] == at


def test_the_first_fault_is_named():
    table = with_cell(with_cell(bars(), "close", 3, np.nan), "high", 1, 1.0)
    assert first_fault(table, IWM) == (1, "the high is below the low")


def test_a_rate_may_be_zero_or_negative_but_not_missing():
    assert list(validate(rates(value=[0.0, -0.5, 1.0, 2.0]), DGS2, "origin")["value"]) == [0.0, -0.5, 1.0, 2.0]
    with pytest.raises(DataError, match="DGS2, 2024-03-12: a number is missing"):
        validate(rates(value=[0.0, np.nan, 1.0, 2.0]), DGS2, "origin")


def test_a_table_of_another_form_is_refused():
    with pytest.raises(DataError, match="origin: IWM lacks the columns high, close"):
        validate(bars().drop(columns=["close", "high"]), IWM, "origin")
    with pytest.raises(DataError, match="origin: DGS2 lacks the column value"):
        validate(bars(), DGS2, "origin")
    with pytest.raises(DataError, match="origin: IWM has no rows"):
        validate(bars().iloc[:0], IWM, "origin")
    aware = bars(date=pd.DatetimeIndex(DATES).tz_localize("America/New_York"))
    with pytest.raises(DataError, match="dates of zone America/New_York; a date is a naive label"):
        validate(aware, IWM, "origin")


def test_a_rounding_of_one_part_in_a_million_is_no_fault():
    assert first_fault(with_cell(bars(), "close", 1, 102.00005), IWM) is None
    assert first_fault(with_cell(bars(), "close", 1, 102.001), IWM) is not None
    volume = bars(volume=[1.0, np.nan, 2.0, 3.0])
    assert first_fault(volume, IWM) is None


def test_total_return_by_hand():
    table = bars(dividend=[0.0, 0.0, 1.0, 0.0])
    # 100 -> 101 -> 99 with 1 paid on the ex-date: 101 * 99/(101-1) = 99.99 -> 99.99 * 102/99
    assert list(total_return(table)) == pytest.approx([100.0, 101.0, 99.99, 99.99 * 102 / 99], rel=1e-15)


def test_total_return_has_the_ratios_of_the_vendors_adjusted_close():
    table = bars(dividend=[0.0, 0.0, 1.0, 0.0])
    factor = 1 - 1.0 / 101.0  # the vendor scales everything before the ex-date by 1 - dividend / close of its eve
    adjusted = np.array([100.0 * factor, 101.0 * factor, 99.0, 102.0])
    ours = total_return(table).to_numpy()
    assert ours[1:] / ours[:-1] == pytest.approx(adjusted[1:] / adjusted[:-1], rel=1e-15)
    assert total_return(bars(adj_close=adjusted, dividend=[0.0, 0.0, 1.0, 0.0])).tolist() == adjusted.tolist()


def test_a_later_dividend_changes_no_earlier_value():
    paid = bars(dividend=[0.0, 0.5, 0.0, 0.0])
    later = bars(dividend=[0.0, 0.5, 0.0, 2.0])
    assert list(total_return(paid)[:3]) == list(total_return(later)[:3])
    assert total_return(later)[3] > total_return(paid)[3]
    assert list(total_return(paid.iloc[:3])) == list(total_return(paid))[:3]


def test_without_dividends_the_close_is_the_return():
    assert list(total_return(bars())) == list(bars()["close"])


def test_to_series_gives_the_total_return_with_its_instants():
    found = to_series(bars(dividend=[0.0, 0.0, 1.0, 0.0]), IWM, "origin")
    assert list(found.frame["observed"]) == list(pd.DatetimeIndex(DATES))
    assert found.frame["known_at"].iloc[0] == pd.Timestamp("2024-03-11 20:01", tz="UTC")
    assert found.frame["value"].iloc[2] == pytest.approx(99.99)
    assert (found.id, found.unit, found.source) == ("IWM", "USD, total return", "origin")


def test_to_series_leaves_an_index_and_a_coin_as_they_are():
    for row in (lookup("RUT"), ETH):
        found = to_series(bars(adj_close=1.0), row, "origin")
        assert list(found.frame["value"]) == list(bars()["close"])
    assert list(to_series(rates(), DGS2, "origin").frame["value"]) == [4.5, 4.6, 4.4, 0.0]


def test_bars_are_scaled_to_total_return():
    table = bars(dividend=[0.0, 0.0, 1.0, 0.0])
    found = to_bars(table, IWM)
    assert list(found.columns) == ["open", "high", "low", "close"]
    assert list(found["close"]) == pytest.approx(list(total_return(table)), rel=1e-15)
    scale = (found / table[["open", "high", "low", "close"]].to_numpy()).to_numpy()
    assert scale == pytest.approx(np.repeat([[1.0], [1.0], [1.01], [1.01]], 4, axis=1), rel=1e-12)
    assert found.index.name == "date"
    assert found.index.tz is None


def test_bars_of_a_coin_are_its_prices():
    pd.testing.assert_frame_equal(
        to_bars(bars(dividend=1.0), ETH).reset_index(drop=True), bars()[["open", "high", "low", "close"]]
    )
