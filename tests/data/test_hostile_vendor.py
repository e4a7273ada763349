"""A vendor's answer is held to the rules of a file; what is refused leaves what is stored in use."""

import socket
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.catalogue import lookup
from data.due import due_dates
from data.errors import BadAnswer, Offline, Redirected, Unreachable
from data.fetch import fetch_all, fetch_series
from data.sources import http
from data.sources.downloaded import NAME, StoredSource
from data.store import Store
from tests.wire import Reply, Wire, bars

IWM, ETH, DGS2 = (lookup(id) for id in ("IWM", "ETH-USD", "DGS2"))
FIRST, THEN, LAST = "2023-06-01", "2024-01-12", "2024-01-19"
ELSEWHERE = "http://login.example.net/portal"


@pytest.fixture
def wire():
    with Wire() as server:
        yield server


@pytest.fixture
def store(own_home):
    return Store()


@pytest.fixture
def get(wire, store):
    def get(row, when, **options):
        now = pd.Timestamp(f"{when} 23:59", tz="UTC")
        return fetch_series(row, store, now, session=wire.session(), sleep=lambda seconds: None, tries=1, **options)

    return get


def yields(until, seed=1):
    days = due_dates(DGS2, pd.Timestamp(FIRST), pd.Timestamp(until))
    level = 4.3 + np.cumsum(np.random.default_rng(seed).normal(0, 0.04, len(days)))
    return [(f"{day:%Y-%m-%d}", f"{value:.2f}") for day, value in zip(days, level, strict=True)]


def with_row(rows, at, value):
    rows = list(rows)
    rows[at] = (rows[at][0], value)
    return rows


BAD_YIELDS = {
    "a mark for missing": lambda rows: with_row(rows, -1, "-999"),
    "another unit": lambda rows: [(day, f"{100 * float(value):.2f}") for day, value in rows],
    "another unit in the last row": lambda rows: with_row(rows, -1, "433"),
    "a sign": lambda rows: [*rows[:-3], *((day, f"-{value}") for day, value in rows[-3:])],
    "a row of another century": lambda rows: [*rows, ("2099-01-01", "4.30")],
    "a row of tomorrow": lambda rows: [*rows, ("2024-01-22", "4.30")],
    "three rows": lambda rows: rows[-3:],
}


@pytest.mark.parametrize("bad", BAD_YIELDS)
def test_no_bad_answer_of_fred_becomes_a_history(get, store, wire, bad):
    wire.series("DGS2", BAD_YIELDS[bad](yields(LAST)))
    with pytest.raises(BadAnswer, match="was not kept"):
        get(DGS2, LAST)
    assert store.head(NAME, "DGS2") is None
    wire.series("DGS2", yields(LAST))
    assert get(DGS2, LAST).outcome == "new"


@pytest.mark.parametrize("bad", [bad for bad in BAD_YIELDS if bad != "three rows"])
def test_no_bad_answer_of_fred_replaces_or_blocks_what_is_stored(get, store, wire, bad):
    wire.series("DGS2", yields(THEN))
    first = get(DGS2, THEN)
    wire.series("DGS2", BAD_YIELDS[bad](yields(LAST)))
    with pytest.raises(BadAnswer):
        get(DGS2, LAST)
    assert store.head(NAME, "DGS2") == first.snapshot
    wire.series("DGS2", yields(LAST))
    assert get(DGS2, LAST).outcome == "appended"


def late(history, factor):
    """The prices of the last days in another unit."""
    return history.mul(np.where(history.index > "2024-01-16", factor, 1), axis=0)


@pytest.mark.parametrize(
    ("row", "change"),
    [
        (IWM, lambda b: b.mul([1e300] * 4 + [1])),
        (IWM, lambda b: late(b, 100)),
        (IWM, lambda b: late(b, 0.01)),
        (IWM, lambda b: b.iloc[-3:]),
        (IWM, lambda b: b.drop(b.index[40:80])),
        (ETH, lambda b: late(b, 10)),
        (ETH, lambda b: b.assign(high=b["high"].where(b.index != "2024-01-10", 1000 * b["high"]))),
    ],
)
def test_no_bad_answer_of_yahoo_becomes_a_history(get, store, wire, row, change):
    good = bars(FIRST, LAST, crypto=row is ETH)
    wire.quote(row.symbol, change(good))
    with pytest.raises(BadAnswer):
        get(row, LAST)
    assert store.head(NAME, row.id) is None
    wire.quote(row.symbol, good)
    assert get(row, LAST).outcome == "new"


@pytest.mark.parametrize(("name", "value"), [("currency", "JPY"), ("currency", "GBp"), ("zone", "Asia/Tokyo")])
def test_another_currency_or_day_is_refused(get, store, wire, name, value):
    wire.quote("ETH-USD", bars(FIRST, LAST, crypto=True))
    setattr(wire.quotes["ETH-USD"], name, value)
    with pytest.raises(BadAnswer, match=value):
        get(ETH, LAST)
    assert store.head(NAME, "ETH-USD") is None


def test_a_jump_that_someone_looked_at_is_kept(get, wire):
    wire.quote("IWM", late(bars(FIRST, LAST), 2))
    with pytest.raises(BadAnswer, match="--accept IWM:2024-01-17"):
        get(IWM, LAST)
    assert get(IWM, LAST, accept=["IWM:2024-01-17"]).outcome == "new"
    assert get(IWM, LAST).outcome == "unchanged"  # what is stored has the error already


def test_a_stored_row_that_breaks_a_rule_no_longer_blocks_honest_answers(get, store, wire):
    """An earlier version took a row dated 2099, and every later answer lacked it."""
    days = due_dates(DGS2, pd.Timestamp(FIRST), pd.Timestamp(THEN))
    table = pd.DataFrame({"date": [*days, pd.Timestamp("2099-01-01")], "value": 4.33})
    table["date"] = table["date"].astype("datetime64[ns]")
    store.set_head(store.put(table, id="DGS2", source=NAME, fetched_at="2024-01-12T00:00:00+00:00"))
    wire.series("DGS2", yields(LAST))
    result = get(DGS2, LAST)
    assert result.outcome == "new"
    assert "could not be used (2099-01-01: the date is in the future" in result.note
    assert StoredSource(store).load(DGS2)["date"].iloc[-1] == pd.Timestamp(LAST)


@given(
    at=st.integers(0, len(yields(LAST)) - 1),
    value=st.one_of(
        st.floats(30.01, 1e308),
        st.floats(-1e308, -5.01),
        st.sampled_from(["-", "4,33", "1e400", "NaN", "inf", "4.3 %"]),
    ),
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_value_outside_its_bounds_is_refused_wherever_it_stands(get, store, wire, at, value):
    text = value if isinstance(value, str) else repr(value)
    wire.series("DGS2", with_row(yields(LAST), at, text))
    before = store.head(NAME, "DGS2")
    with pytest.raises(BadAnswer):
        get(DGS2, LAST, whole=True)
    assert store.head(NAME, "DGS2") == before


@pytest.mark.slow
@pytest.mark.parametrize(("row", "what"), [(DGS2, "fred"), (IWM, "chart")])
def test_an_answer_that_drips_ends_at_the_deadline(get, wire, monkeypatch, row, what):
    wire.always(what, Reply(200, b"x" * 40, drip=3))  # whole after two minutes
    monkeypatch.setattr(http, "DEADLINE_S", 0.5)
    began = time.monotonic()
    with pytest.raises(Offline, match=r"no whole answer within 0.5 s.*--source simulated"):
        get(row, LAST)
    assert time.monotonic() - began < 60


@pytest.mark.parametrize(("row", "what", "vendor"), [(DGS2, "fred", "FRED"), (IWM, "chart", "Yahoo")])
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_named_and_not_followed(get, store, wire, row, what, vendor, status):
    wire.always(what, Reply(status, b"", headers={"Location": ELSEWHERE}))
    with pytest.raises(Redirected, match=f"{vendor} redirects to '{ELSEWHERE}'"):
        get(row, LAST)
    assert "login.example.net" not in {host for host, _, _ in wire.asked}
    assert store.head(NAME, row.id) is None


def test_an_answer_without_end_is_cut(get, wire, monkeypatch):
    monkeypatch.setattr("data.sources.http.MOST_BYTES", 10_000)
    wire.always("fred", Reply(200, b"observation_date,DGS2\n" + 2_000 * b"2024-01-02,4.33\n"))
    with pytest.raises(BadAnswer, match="more than 10,000 bytes"):
        get(DGS2, LAST)


def nowhere(host, *_):
    raise socket.gaierror(-2, "Name or service not known")


def sleepy(host, *_):
    time.sleep(30)


@pytest.mark.parametrize(("answer", "says"), [(nowhere, "is not found"), (sleepy, "no answer to the question where")])
def test_a_name_that_is_not_found_is_said_at_once_with_what_works_without(store, monkeypatch, answer, says):
    monkeypatch.setattr(socket, "getaddrinfo", answer)
    monkeypatch.setattr(http, "NAME_S", 0.2)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    waits = []
    rows = [lookup(id) for id in ("IWM", "SPY", "QQQ", "DGS2", "DGS5")]
    began = time.monotonic()
    results = fetch_all(rows, store, pd.Timestamp(LAST, tz="UTC"), sleep=waits.append)
    assert time.monotonic() - began < 30  # not even one name was waited for to its end
    assert waits == []
    assert all(isinstance(result.error, Unreachable) for result in results)
    assert says in results[0].text
    for way in ("--source simulated", "--source folder:PATH", "harbinger data list"):
        assert way in results[-1].text


def test_a_proxy_is_what_must_be_found(monkeypatch):
    asked = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *_: asked.append(host) or [])
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    http.find_host("IWM", "https://fred.stlouisfed.org/graph")
    assert asked == ["proxy.example"]


def test_what_is_asked_within_a_time_raises_as_it_would():
    with pytest.raises(KeyError, match="x"):
        http.within(1, lambda: {}["x"])
    assert http.within(1, lambda: None) is None
