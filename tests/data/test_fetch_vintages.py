"""NFCI's vintages from ALFRED into the store, with the real client, against a local server."""

import numpy as np
import pandas as pd
import pytest

from data.catalogue import DEFAULT_FETCH, lookup
from data.errors import BadAnswer, RateLimited
from data.fetch import fetch_series
from data.sources import alfred
from data.sources.downloaded import StoredSource
from data.store import Store
from data.table import to_series
from data.vintages import Vintages
from tests.wire import ALFRED, Reply, Wire

NFCI = lookup("NFCI")
WEEKS = pd.date_range("2010-01-01", "2024-07-05", freq="W-FRI")


def at(text):
    return pd.Timestamp(text, tz="UTC")


def released(first="2011-05-25", last="2024-07-10"):
    """Whole histories, estimated again at each release; the first weeks of 2010 are revised for ever."""
    found, rng = {}, np.random.default_rng(3)
    truth = np.cumsum(rng.normal(0, 0.02, len(WEEKS)))
    for day in alfred.releases(NFCI, None, at(f"{last} 18:00")):
        seen = WEEKS[WEEKS + pd.Timedelta(days=5) <= day]
        if day >= pd.Timestamp(first):
            noise = rng.normal(0, 0.01, len(seen))
            found[f"{day:%Y-%m-%d}"] = {
                f"{d:%Y-%m-%d}": f"{v:.5f}" for d, v in zip(seen, truth[: len(seen)] + noise, strict=True)
            }
    return found


@pytest.fixture(scope="module")
def history():
    return released()


@pytest.fixture
def wire(history):
    with Wire() as server:
        server.vintages["NFCI"] = history
        yield server


@pytest.fixture
def get(wire):
    waits = []

    def get(when, **options):
        return fetch_series(NFCI, Store(), at(when), session=wire.session(), sleep=waits.append, **options)

    get.waits = waits
    return get


def asked(wire):
    return [query for host, _, query in wire.asked if host == ALFRED]


@pytest.fixture
def recent(monkeypatch):
    """As if the first vintage were of 2023, so that a first fetch is short."""
    monkeypatch.setattr(alfred, "FIRST_VINTAGE", pd.Timestamp("2023-06-01"))


def test_releases_are_the_days_of_the_rule():
    days = alfred.releases(NFCI, None, at("2024-07-10 12:00"))  # 08:00 New York: that day's is not out yet
    assert (days[0], days[-1]) == (pd.Timestamp("2011-05-25"), pd.Timestamp("2024-07-03"))
    assert alfred.releases(NFCI, None, at("2024-07-10 12:31"))[-1] == pd.Timestamp("2024-07-10")
    assert set(days.day_of_week) <= {2, 3, 4}
    assert days.is_unique
    assert list(alfred.releases(NFCI, days[-3].date(), at("2024-07-10 12:00"))) == list(days[-2:])


@pytest.mark.slow
def test_vintages_are_whole_and_known_on_their_day(wire, get, recent, history):
    result = get("2024-07-03 18:00")
    table = StoredSource(Store()).load(NFCI)
    assert (result.outcome, list(table.columns)) == ("new", ["date", "value", "vintage"])
    days = alfred.releases(NFCI, None, at("2024-07-03 18:00"))
    assert list(table["vintage"].unique()) == list(days)
    for day in (days[0], days[-1]):
        own = table[table["vintage"] == day]
        due = history[f"{day:%Y-%m-%d}"]
        assert own["value"].tolist() == [float(v) for v in due.values()]
        assert own["date"].tolist() == [pd.Timestamp(d) for d in due]
    series = to_series(table, NFCI, "yahoo")
    assert isinstance(series, Vintages)
    assert series.values.index[-1] == at("2024-07-03 12:31")
    assert len(asked(wire)) == -(-len(days) // alfred.AT_ONCE)
    assert {query["id"] for query in asked(wire)[:-1]} == {",".join(["NFCI"] * alfred.AT_ONCE)}
    assert get.waits.count(alfred.PAUSE_S) == len(asked(wire)) - 1
    assert "NFCI" not in DEFAULT_FETCH


@pytest.mark.slow
def test_later_only_new_releases_are_asked(wire, get, recent):
    first = get("2024-06-20 18:00")
    wire.asked.clear()
    second = get("2024-07-10 18:00")
    (query,) = asked(wire)
    assert query["vintage_date"] == "2024-06-26,2024-07-03,2024-07-10"
    assert second.outcome == "appended"
    before, after = (Store().get(result.snapshot.content) for result in (first, second))
    pd.testing.assert_frame_equal(after.iloc[: len(before)], before)
    third = get("2024-07-11 18:00")
    assert (third.outcome, third.snapshot.content) == ("unchanged", second.snapshot.content)
    assert len(asked(wire)) == 1


CUT = b"observation_date,NFCI_20240626,NFCI_20240703,NFCI_20240710\n2024-06-21,0.1,0.1"


@pytest.mark.parametrize(
    ("reply", "error", "says"),
    [
        (Reply(429), RateLimited, "429"),
        (Reply(500), BadAnswer, "500"),
        (Reply(200, CUT), BadAnswer, "cut"),
        (Reply(200, CUT.replace(b"0.1,0.1", b"0.1,0.1\n")), BadAnswer, "line 2"),
        (Reply(200, b"<html>busy</html>"), BadAnswer, "not with vintages of NFCI"),
        (Reply(200, b"observation_date,NFCI_20240626\n2024-06-21,0.1\n"), BadAnswer, "answered 1 vintages where 3"),
        (Reply(200, CUT.replace(b"NFCI_20240626", b"NFCI_20240627") + b",0.1\n"), BadAnswer, "later vintage"),
        (Reply(200, CUT + b",inf\n"), BadAnswer, "missing or infinite"),
    ],
)
def test_what_is_no_answer_changes_nothing(wire, get, recent, reply, error, says):
    first = get("2024-06-20 18:00")
    wire.always("alfred", reply)
    with pytest.raises(error, match=says):
        get("2024-07-10 18:00", tries=2)
    assert Store().head("yahoo", "NFCI").content == first.snapshot.content
