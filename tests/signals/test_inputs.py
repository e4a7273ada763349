"""What is said of a signal without a value: which series, since when, what to fetch."""

import pandas as pd
import pytest

from data.market import Market
from signals.coupling import Coupling
from signals.discovery import names
from signals.inputs import shortcomings
from signals.record_high import RecordHigh
from signals.small_vs_large import SmallVsLarge
from signals.zscore import Zscore
from tests.contracts import make_tables

SIGNAL = SmallVsLarge(60)


def market_of(spy, source="yahoo", **kwargs):
    tables = make_tables({"ETH-USD", "IWM", "SPY"})
    tables["SPY"] = tables["SPY"][spy(tables["SPY"]["date"])].reset_index(drop=True)
    return Market.from_tables(tables, traded="ETH-USD", leader="IWM", source=source, **kwargs)


def test_long_and_fresh_inputs_lack_nothing():
    market = market_of(lambda dates: dates > "2019-01-01")
    assert shortcomings(SIGNAL, market) == []
    assert shortcomings(Zscore(SIGNAL, 60), market) == []


def test_a_stale_input_is_named_with_its_end_and_the_remedy():
    market = market_of(lambda dates: dates < "2021-06-05")
    assert pd.isna(market.asof(SIGNAL.compute(market)).iloc[-1])
    (line,) = shortcomings(SIGNAL, market)
    assert line == (
        "SPY ends 2021-06-04, 300 days before 2022-04-01, older than market.max_age_days = 7; "
        "run: harbinger data fetch SPY (without a network: --source simulated, or --source folder:PATH)"
    )
    assert shortcomings(SIGNAL, market_of(lambda dates: dates < "2021-06-05", max_age_days=400.0)) == []


def test_a_short_input_is_named_with_its_start():
    market = market_of(lambda dates: dates > "2022-03-01", source="folder:mine")
    assert pd.isna(SIGNAL.compute(market).iloc[-1])
    (line,) = shortcomings(SIGNAL, market)
    assert line == (
        "SPY has 22 observations, from 2022-03-02, of the 61 declared; "
        "give folder:mine a longer SPY, or take another --source"
    )


def test_before_its_first_observation():
    market = market_of(lambda dates: dates > "2021-06-01")
    (line,) = shortcomings(SIGNAL, market, pd.Timestamp("2021-03-01", tz="UTC"))
    assert line.startswith("SPY has nothing known by 2021-03-01 00:00 UTC, it begins 2021-06-02; run: harbinger")


@pytest.mark.parametrize("signal", [RecordHigh(), Coupling()])
def test_a_signal_of_all_history_counts_no_observations(signal):
    tables = make_tables({"ETH-USD", "IWM", "RUT"})
    market = Market.from_tables(tables, traded="ETH-USD", leader="IWM", source="yahoo")
    assert shortcomings(signal, market) == []


def test_the_helper_is_no_signal():
    assert "inputs" not in names("signals")
