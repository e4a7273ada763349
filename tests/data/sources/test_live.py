"""The real vendors, over the network: off by default, run with `pytest -m live`."""

import pandas as pd
import pytest

from data.catalogue import lookup
from data.errors import UnknownSymbol
from data.fetch import exit_status, fetch_all
from data.sources.downloaded import StoredSource
from data.store import Store
from data.table import first_fault

pytestmark = pytest.mark.live


@pytest.mark.parametrize("id", ["ETH-USD", "IWM", "RUT", "VIX", "DGS2", "DFEDTARU", "SOFR", "WALCL"])
def test_a_whole_history_and_then_nothing_new(own_home, id):
    row, now = lookup(id), pd.Timestamp.now("UTC")
    first, second = (fetch_all([row], Store(), now) for _ in range(2))
    assert exit_status([*first, *second]) == 0, [result.text for result in (*first, *second)]
    assert (first[0].outcome, second[0].outcome) == ("new", "unchanged")
    table = StoredSource().load(row)
    assert first_fault(table, row) is None
    assert now - row.rule.known_at(pd.DatetimeIndex(table["date"]))[-1] < pd.Timedelta(days=12)
    value = table["value" if row.kind == "rate" else "close"]
    assert value.between(row.low, row.high).all()


def test_a_close_that_the_press_reported(own_home):
    fetch_all([lookup("RUT")], Store(), pd.Timestamp.now("UTC"))
    close = StoredSource().load(lookup("RUT")).set_index("date")["close"]
    assert close["2020-03-18"] == pytest.approx(991.16, abs=0.01)
    assert close["2025-04-08"] == pytest.approx(1760.71, abs=0.01)


def test_a_symbol_that_nobody_knows(own_home):
    (result,) = fetch_all([lookup("ZZZQQQXX-USD")], Store(), pd.Timestamp.now("UTC"), sleep=lambda seconds: None)
    assert isinstance(result.error, UnknownSymbol)
