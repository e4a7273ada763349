"""Hours of the last 730 days into the store, with the real yfinance client, against a local server."""

import json

import numpy as np
import pandas as pd
import pytest

from data.catalogue import DEFAULT_FETCH, DEFAULT_HOURS, lookup
from data.errors import BadAnswer, EmptyAnswer, Offline, RateLimited, UnknownSymbol
from data.fetch import fetch_series
from data.fetch_hours import OVERLAP
from data.sources.downloaded import StoredSource
from data.sources.http import VARIABLE
from data.sources.yahoo_hours import DAYS_BACK
from data.store import Store
from tests.wire import Reply, Wire, bars, hours

ETH = lookup("ETH-USD-1H")
# Over the change to summer time in Europe and in New York (2024-03-10, 2024-03-31).
FIRST, THEN, NOW = "2024-03-01 00:00", "2024-03-25 12:30", "2024-04-02 07:45"
CUT_JSON = Reply(200, b'{"chart": {"result": [{"meta": {"symbol": "ET')


def at(text):
    return pd.Timestamp(text, tz="UTC")


@pytest.fixture
def wire():
    with Wire() as server:
        yield server


@pytest.fixture
def served(wire):
    made = hours(FIRST, "2024-04-02 07:00")
    wire.hours("ETH-USD", made)
    return made


@pytest.fixture
def get(wire):
    waits = []

    def get(when, row=ETH, **options):
        return fetch_series(row, Store(), at(when), session=wire.session(), sleep=waits.append, **options)

    get.waits = waits
    return get


def stored(row=ETH):
    return StoredSource(Store()).load(row)


def test_the_catalogue_has_hours_of_every_coin():
    assert (ETH.kind, ETH.vendor, ETH.symbol, ETH.underlying) == ("hours", "yahoo", "ETH-USD", "ETH")
    assert (lookup("SOL-USD-1H").vendor, lookup("SOL-USD-1H").symbol) == ("yahoo", "SOL-USD")
    assert DEFAULT_HOURS == ("ETH-USD-1H", "BTC-USD-1H")
    assert not {*DEFAULT_HOURS} & {*DEFAULT_FETCH}
    assert lookup("ETHUSDT-1H").stand_in == "ETH-USD-1H"


@pytest.mark.parametrize("zone", ["UTC", "Europe/London", "America/New_York"])
def test_every_hour_that_is_over_by_its_start_in_utc(wire, get, served, zone):
    wire.hours("ETH-USD", served, zone=zone)
    result = get(NOW)
    table = stored()
    assert list(table.columns) == ["date", "open", "high", "low", "close", "volume"]
    assert list(table["date"]) == list(served.index[:-1])  # 07:00 to 08:00 is not over at 07:45
    np.testing.assert_array_equal(table["close"], served["close"][:-1])
    assert (result.outcome, result.gaps) == ("new", ())
    (query,) = wire.charts()
    assert query["interval"] == "1h"
    asked = at(NOW) - pd.to_datetime(int(query["period1"]), unit="s", utc=True)
    assert pd.Timedelta(days=DAYS_BACK - 1) < asked <= pd.Timedelta(days=DAYS_BACK)


def test_the_live_price_of_this_minute_is_no_hour(wire, get, served):
    live = served.iloc[[-1]].set_axis([pd.Timestamp("2024-04-02 07:44")])
    wire.hours("ETH-USD", pd.concat([served, live]))
    get(NOW)
    assert stored()["date"].iloc[-1] == pd.Timestamp("2024-04-02 06:00")


def test_later_the_overlap_and_what_is_new_are_asked_and_appended(wire, get, served):
    first = get(THEN)
    wire.asked.clear()
    second = get(NOW)
    (query,) = wire.charts()
    assert int(query["period1"]) == stored_before(first)["date"].iloc[-OVERLAP].tz_localize("UTC").timestamp()
    assert (second.outcome, second.added) == ("appended", second.snapshot.rows - first.snapshot.rows)
    assert list(stored()["date"]) == list(served.index[:-1])
    third = get(NOW)
    assert (third.outcome, third.snapshot.content) == ("unchanged", second.snapshot.content)


def stored_before(result):
    return Store().get(result.snapshot.content)


def test_what_yahoo_no_longer_has_is_kept(wire, get, served):
    get(THEN)
    wire.hours("ETH-USD", served["2024-03-20":])
    assert get(NOW).outcome == "appended"
    assert list(stored()["date"]) == list(served.index[:-1])
    revised = served["2024-03-20":] * 1.001
    wire.hours("ETH-USD", revised)
    result = get(NOW, whole=True)
    assert (result.outcome, result.revised_since) == ("revised", pd.Timestamp("2024-03-20"))
    kept = stored().set_index("date")["close"]
    np.testing.assert_array_equal(kept[:"2024-03-19"], served["close"][:"2024-03-19"])
    np.testing.assert_array_equal(kept["2024-03-20":], revised["close"][:-1])


def test_a_revised_hour_in_the_overlap_fetches_all_that_there_is(wire, get, served):
    get(THEN)
    served.loc["2024-03-25 03:00", "close"] += 0.01
    wire.asked.clear()
    result = get(NOW)
    assert len(wire.charts()) == 2
    assert (result.outcome, result.revised_since) == ("revised", pd.Timestamp("2024-03-25 03:00"))
    np.testing.assert_array_equal(stored()["close"], served["close"][:-1])


def test_an_answer_with_holes_does_not_stand_in_the_place_of_hours(wire, get, served):
    first = get(THEN)
    wire.hours("ETH-USD", served.iloc[::2])
    with pytest.raises(BadAnswer, match="lacks part of what is stored; it was not kept"):
        get(NOW)
    assert Store().head("yahoo", "ETH-USD-1H").content == first.snapshot.content


def test_what_yahoo_has_forgotten_between_is_named(wire, get):
    walk = hours("2024-02-01", "2024-06-03")
    wire.hours("ETH-USD", walk[:"2024-02-26 12:00"])
    get("2024-02-26 12:30")
    wire.hours("ETH-USD", walk["2024-03-01":"2024-03-03 00:00"])
    result = get("2024-03-03 12:00", accept=["ETH-USD-1H:all"])
    assert "Yahoo no longer has the hours from 2024-02-26 11:00 to 2024-03-01 00:00" in result.text
    assert len(stored()) == 25 * 24 + 12 + 49
    wire.hours("ETH-USD", walk["2024-06-01":])
    with pytest.raises(BadAnswer, match="from 2024-03-03 00:00 to 2024-06-01 00:00; what is stored stays in use"):
        get("2024-06-03 12:00")


def test_an_hour_without_prices_is_a_gap(wire, get, served):
    served.loc["2024-03-31 01:00", ["open", "high", "low", "close"]] = np.nan
    result = get(NOW)
    assert result.gaps == (pd.Timestamp("2024-03-31 01:00"),)
    day = served["2024-03-05":"2024-03-06 23:00"].index
    served.loc[day, ["open", "high", "low", "close"]] = np.nan
    assert len(get(NOW, whole=False).gaps) == 1  # out of the overlap's sight
    assert len(stored()) == len(served) - 2


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(429), RateLimited),
        (Reply(500), BadAnswer),
        (CUT_JSON, BadAnswer),
        (Reply(200, b"{}", claims=99), BadAnswer),
    ],
)
def test_what_is_no_answer_changes_nothing(wire, get, served, reply, error):
    first = get(THEN)
    wire.always("chart", reply)
    with pytest.raises((error, Offline) if reply.claims else error):
        get(NOW)
    assert len(get.waits) == 5
    assert Store().head("yahoo", "ETH-USD-1H").content == first.snapshot.content


def test_a_pause_is_patient(wire, get, served):
    wire.script("chart", Reply(429), Reply(429))
    assert get(NOW).outcome == "new"
    assert get.waits


def test_an_unknown_coin_and_an_answer_in_days(wire, get, served):
    with pytest.raises(UnknownSymbol, match="NOPE-USD"):
        get(NOW, lookup("NOPE-USD-1H"), tries=1)
    wire.hourly.clear()
    wire.quote("ETH-USD", bars("2024-03-01", "2024-04-01", crypto=True))
    with pytest.raises(BadAnswer, match="dataGranularity '1d' where '1h' was asked"):
        get(NOW, tries=1)
    wire.hours("ETH-USD", hours("2024-04-02 07:00", "2024-04-02 07:00"))
    with pytest.raises((EmptyAnswer, BadAnswer)):
        get(NOW, tries=1)


def test_the_command_and_what_stands_on_hours(wire, harbinger, monkeypatch):
    """One command, and `market.bar` works without a file of one's own."""
    now = pd.Timestamp.now("UTC").floor("h").tz_localize(None)
    first = now - pd.Timedelta(days=40)  # as many hours at any hour: the walk is the same one
    wire.hours("ETH-USD", hours(first, now))
    wire.hours("BTC-USD", hours(first, now, seed=8))
    wire.quote("IWM", bars(now.normalize() - pd.Timedelta(days=400), now.normalize() - pd.Timedelta(days=1)))
    monkeypatch.setenv(VARIABLE, wire.url)
    code, out, err = harbinger("data", "fetch", "--interval", "1h")
    assert code == 0, out + err
    assert [line.split(":")[0] for line in out.splitlines()] == ["ETH-USD-1H", "BTC-USD-1H"]
    assert harbinger("data", "fetch", "IWM")[0] == 0
    words = ("-s", "market.bar=NYSE close +1h", "--json", "--no-tearsheet", "--out", "out")
    code, out, err = harbinger("run", "hold_eth", *words)
    assert code == 0, out + err
    assert "ETH-USD-1H" in json.loads(out)["closing"]
    code, _, err = harbinger("data", "fetch", "--interval", "1h", "IWM")
    assert (code, "hours of IWM are not read from Yahoo; name coins, such as ETH-USD" in err) == (2, True)
    assert (
        "harbinger data fetch --interval 1h SOL-USD"
        in harbinger("run", "hold_eth", "-s", "market.traded=SOL-USD", *words)[2]
    )
