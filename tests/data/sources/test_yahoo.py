"""The real yfinance client against a local server that speaks Yahoo's format."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from data.catalogue import lookup
from data.errors import BadAnswer, EmptyAnswer, Offline, RateLimited, UnknownSymbol, UsageError
from data.sources import yahoo
from data.sources.http import VARIABLE, loopback, redirected_session
from data.table import first_fault, total_return
from tests.paths import ROOT
from tests.wire import NOT_FOUND, Reply, Wire, bars, refusal

IWM, ETH = lookup("IWM"), lookup("ETH-USD")
CUT_JSON = Reply(200, b'{"chart": {"result": [{"meta": {"symbol": "IW')
COLUMNS = ["date", "open", "high", "low", "close", "volume", "dividend", "split"]


def at(text):
    return pd.Timestamp(text, tz="UTC")


LATER = at("2024-04-01 12:00")


@pytest.fixture
def wire():
    with Wire() as server:
        yield server


@pytest.fixture
def ask(wire):
    """Fetch as the command does, without the waiting; `ask.waits` lists the seconds it would have waited."""

    def ask(row=IWM, since=None, now=LATER, **options):
        return yahoo.fetch(row, since, now, session=wire.session(), sleep=ask.waits.append, **options)

    ask.waits = []
    return ask


def test_a_good_answer_is_what_the_vendor_sent(wire, ask):
    sent = bars("2024-01-02", "2024-03-28")
    wire.quote("IWM", sent)
    table = ask()
    assert list(table.columns) == COLUMNS
    assert table["date"].dt.tz is None
    assert list(table["date"]) == list(sent.index)
    pd.testing.assert_frame_equal(table[list(sent)], sent.astype("float64").reset_index(drop=True))
    assert (table["dividend"] == 0).all()
    assert (table["split"] == 1).all()
    assert first_fault(table, IWM) is None
    assert ask.waits == []


def test_a_cold_fetch_takes_four_requests_and_the_next_one_takes_one(wire, ask):
    wire.quote("IWM", bars("2024-01-02", "2024-03-28"))
    ask()
    hosts = [host for host, _, _ in wire.asked]
    assert hosts == ["fc.yahoo.com", "query1.finance.yahoo.com", *["query2.finance.yahoo.com"] * 2]
    ask()
    assert len(wire.asked) == 5


def test_the_whole_history_begins_where_the_calendars_do(wire, ask):
    wire.quote("^GSPC", bars("2024-01-02", "2024-03-28"))
    ask(lookup("GSPC"))
    (query,) = wire.charts()
    assert int(query["period1"]) == at("1985-01-01 05:00").timestamp()


def test_since_and_the_day_after_now_are_what_is_asked(wire, ask):
    wire.quote("IWM", bars("2024-01-02", "2024-03-28"))
    table = ask(since=pd.Timestamp("2024-03-15").date(), now=at("2024-03-27 21:01"))
    (query,) = wire.charts()
    assert int(query["period1"]) == at("2024-03-15 04:00").timestamp()
    assert int(query["period2"]) == at("2024-03-28 04:00").timestamp()
    assert (table["date"].iloc[0], table["date"].iloc[-1]) == (pd.Timestamp("2024-03-15"), pd.Timestamp("2024-03-27"))


@pytest.mark.parametrize(
    ("now", "last"),
    [
        ("2024-07-03 16:59:59", "2024-07-02"),  # 2024-07-03 was a half day: closed at 13:00 New York
        ("2024-07-03 17:01", "2024-07-03"),
        ("2024-07-05 19:59", "2024-07-03"),
        ("2024-07-05 20:01", "2024-07-05"),
    ],
)
def test_a_us_session_is_taken_from_its_real_close_on(wire, ask, now, last):
    wire.quote("IWM", bars("2024-06-20", "2024-07-05"))
    assert ask(now=at(now))["date"].iloc[-1] == pd.Timestamp(last)


def test_the_vix_is_taken_a_quarter_of_an_hour_later(wire, ask):
    wire.quote("^VIX", bars("2024-06-20", "2024-07-05"))
    assert ask(lookup("VIX"), now=at("2024-07-05 20:14"))["date"].iloc[-1] == pd.Timestamp("2024-07-03")
    assert ask(lookup("VIX"), now=at("2024-07-05 20:16"))["date"].iloc[-1] == pd.Timestamp("2024-07-05")


def test_todays_unfinished_crypto_bar_is_not_asked_for_and_not_taken(wire, ask):
    wire.quote("ETH-USD", bars("2024-03-01", "2024-03-20", crypto=True))
    table = ask(ETH, now=at("2024-03-20 23:59:59"))
    assert table["date"].iloc[-1] == pd.Timestamp("2024-03-19")
    assert int(wire.charts()[0]["period2"]) == at("2024-03-20").timestamp()
    assert ask(ETH, now=at("2024-03-21 00:00"))["date"].iloc[-1] == pd.Timestamp("2024-03-20")


def test_a_bar_of_today_that_comes_unasked_is_dropped(wire, ask):
    """Yahoo appends the latest price whatever was asked; yfinance drops one such bar, not two."""
    served = bars("2024-03-01", "2024-03-21", crypto=True)
    wire.quote("ETH-USD", served)
    quote = wire.quotes["ETH-USD"]
    quote.chart = lambda query: type(quote).chart(quote, query | {"period2": "2000000000"})
    assert ask(ETH, now=at("2024-03-20 12:00"))["date"].iloc[-1] == pd.Timestamp("2024-03-19")


def test_empty_bars_become_absent_rows(wire, ask):
    served = bars("2024-01-02", "2024-03-28")
    served.iloc[10, :5] = np.nan
    served.iloc[20, 3] = np.nan
    served.iloc[30, :5] = 0.0
    served.iloc[-1, :4] = np.nan
    wire.quote("IWM", served)
    table = ask()
    assert list(table["date"]) == list(served.index.delete([10, 20, 30, len(served) - 1]))
    assert first_fault(table, IWM) is None


def test_a_dividend_and_a_split_on_an_empty_bar_go_to_the_next_bar(wire, ask):
    served = bars("2024-01-02", "2024-01-12")
    served.iloc[3, :4] = np.nan
    ex = f"{served.index[3]:%Y-%m-%d}"
    wire.quote("IWM", served, dividends={ex: 1.25}, splits={ex: (3, 1)})
    table = ask()
    assert table["split"].tolist() == [1, 1, 1, 3, 1, 1, 1, 1]
    assert table.loc[table["dividend"] > 0, ["date", "dividend"]].to_numpy().tolist() == [[served.index[4], 1.25]]


def test_a_dividend_on_an_empty_last_bar_waits_for_its_bar(wire, ask):
    served = bars("2024-01-02", "2024-01-12")
    served.iloc[-1, :4] = np.nan
    wire.quote("IWM", served, dividends={"2024-01-12": 1.25})
    assert ask()["dividend"].sum() == 0


def test_total_return_of_a_dividend_and_a_split_equals_the_hand_value(wire, ask):
    close = [100.0, 102.0, 99.0, 50.5, 51.0]
    dates = pd.DatetimeIndex(["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05", "2024-01-08"])
    # As Yahoo serves them after a 2:1 split on 2024-01-05: earlier prices and dividends are halved.
    closes = [50.0, 51.0, 49.5, 50.5, 51.0]
    served = pd.DataFrame({"open": closes, "high": closes, "low": closes, "close": closes, "volume": 1}, index=dates)
    wire.quote("IWM", served, dividends={"2024-01-04": 0.5}, splits={"2024-01-05": (2, 1)})
    table = ask()
    assert table["split"].tolist() == [1, 1, 1, 2, 1]
    assert table["dividend"].tolist() == [0, 0, 0.5, 0, 0]
    # In dollars of the day: 1 share at 100, 102, a dividend of 1 before 99, then two shares at 50.5 and 51.
    wealth = np.array([close[0], close[1], close[2] * 102 / 101, 2 * close[3] * 102 / 101, 2 * close[4] * 102 / 101])
    np.testing.assert_allclose(total_return(table) / total_return(table)[0], wealth / wealth[0], rtol=1e-12)


@pytest.mark.parametrize("split", [(2, 1), (1, 10), (3, 2)])
def test_a_split_whose_past_is_not_rescaled_yet_is_refused(wire, ask, split):
    served = bars("2024-01-02", "2024-03-28")
    wire.quote("IWM", served, splits={"2024-03-01": split})
    assert ask().loc[ask()["date"] == "2024-03-01", "split"].tolist() == [split[0] / split[1]]
    served.loc["2024-03-01":, ["open", "high", "low", "close"]] /= split[0] / split[1]
    with pytest.raises(BadAnswer, match=r"a split of [\d.]+ on 2024-03-01 and has not rescaled the prices before it"):
        ask()
    assert ask.waits == []


def test_429_and_then_success(wire, ask):
    wire.quote("IWM", bars("2024-01-02", "2024-03-28"))
    wire.script("chart", Reply(429), Reply(429), Reply(429), Reply(429))
    assert len(ask()) == 61
    assert ask.waits == [2.0, 4.0]


def test_429_for_ever_is_rate_limited_with_the_number_of_tries(wire, ask):
    wire.quote("IWM", bars("2024-01-02", "2024-03-28"))
    wire.always("chart", Reply(429))
    with pytest.raises(RateLimited, match=r"^IWM: Yahoo asks to slow down \(HTTP 429\) \(asked 6 times\); wait"):
        ask()
    assert ask.waits == [2.0, 4.0, 8.0, 16.0, 30.0]


def test_a_429_on_the_crumb_alone_does_not_stop_the_bars(wire, ask, caplog):
    wire.quote("IWM", bars("2024-01-02", "2024-03-28"))
    wire.always("crumb", Reply(429, b"Too Many Requests"))
    assert len(ask()) == 61
    assert not caplog.records, "yfinance's own log is not for our user"


def test_a_session_is_given_back_as_it_was(wire):
    wire.quote("IWM", bars("2024-01-02", "2024-03-28"))
    session = wire.session()
    before = set(vars(session))
    yahoo.fetch(IWM, None, LATER, session=session)
    assert set(vars(session)) == before


@pytest.mark.parametrize(
    ("reply", "what"),
    [
        (Reply(500, b"<html>oops</html>"), "HTTP 500"),
        (refusal(500, "Internal Server Error", "Internal error"), "HTTP 500"),
        (refusal(401, "Unauthorized", "Invalid Crumb"), "HTTP 401"),
        (Reply(503, b"Will be right back"), "HTTP 503"),
        (CUT_JSON, "not whole"),
        (Reply(200, b""), "not whole"),
        (Reply(200, b'{"chart": {"resu', claims=4000), "cut"),
    ],
)
@pytest.mark.parametrize("cold", [True, False], ids=["cold", "warm"])
def test_a_broken_answer_is_asked_again_and_then_named(wire, ask, reply, what, cold):
    wire.quote("IWM", bars("2024-01-02", "2024-03-28"))
    if not cold:
        ask()
    wire.always("chart", reply)
    with pytest.raises(BadAnswer, match=rf"^IWM: Yahoo.*{what}.*\(asked 3 times\)"):
        ask(tries=3)
    assert ask.waits == [2.0, 4.0]
    wire.always("chart", None)
    assert len(ask()) == 61, "a failed answer must not be remembered"


def test_a_broken_answer_and_then_a_whole_one(wire, ask):
    wire.quote("IWM", bars("2024-01-02", "2024-03-28"))
    wire.script("chart", CUT_JSON, Reply(500), Reply(500))
    assert len(ask()) == 61
    assert ask.waits == [2.0, 4.0]


@pytest.mark.parametrize("cold", [True, False], ids=["cold", "warm"])
def test_404_is_an_unknown_symbol_and_is_not_asked_again(wire, ask, cold):
    wire.quote("IWM", bars("2024-01-02", "2024-03-28"))
    if not cold:
        ask()
    wire.always("chart", NOT_FOUND)
    with pytest.raises(UnknownSymbol, match="Yahoo does not know IWM"):
        ask()
    assert ask.waits == []


def test_an_answer_without_bars_is_empty(wire, ask):
    wire.quote("IWM", bars("2024-01-02", "2024-03-28"))
    with pytest.raises(EmptyAnswer, match="without bars"):
        ask(since=pd.Timestamp("2024-03-30").date(), now=at("2024-03-31 12:00"))
    assert ask.waits == []


def test_an_answer_of_nothing_but_unfinished_bars_is_empty(wire, ask):
    wire.quote("IWM", bars("2024-03-28", "2024-03-28"))
    with pytest.raises(EmptyAnswer, match="no finished bar"):
        ask(now=at("2024-03-28 15:00"))


def test_a_bar_that_no_market_can_print_is_refused(wire, ask):
    served = bars("2024-01-02", "2024-03-28")
    served.iloc[5, 1] = served.iloc[5, 3] * 0.9
    wire.quote("IWM", served)
    with pytest.raises(BadAnswer, match=r"IWM, 2024-01-09: .*folder:PATH"):
        ask()
    assert ask.waits == [], "asking again does not mend it"


def test_a_bar_on_a_day_without_a_session_is_refused(wire, ask):
    served = bars("2024-01-02", "2024-03-28")
    wire.quote("IWM", served.rename({pd.Timestamp("2024-01-12"): pd.Timestamp("2024-01-15")}))
    with pytest.raises(BadAnswer, match="Monday 2024-01-15 is not a NYSE session"):
        ask()


def test_a_dividend_that_eats_the_price_is_refused(wire, ask):
    wire.quote("IWM", bars("2024-01-02", "2024-03-28"), dividends={"2024-02-01": 500.0})
    with pytest.raises(BadAnswer, match="2024-02-01: the dividend is"):
        ask()


def test_monthly_bars_where_days_were_asked_are_refused(wire, ask):
    wire.quote("IWM", bars("2024-01-02", "2024-03-28"))
    quote = wire.quotes["IWM"]
    quote.meta = lambda: type(quote).meta(quote) | {"dataGranularity": "1mo"}
    with pytest.raises(BadAnswer, match="dataGranularity '1mo' where '1d' was asked"):
        ask(tries=1)


def test_a_refused_connection_is_offline():
    with Wire() as gone:
        session = gone.session()
    waits = []
    with pytest.raises(Offline, match=r"no answer from Yahoo .*\(asked 6 times\); check the connection"):
        yahoo.fetch(IWM, None, LATER, session=session, sleep=waits.append)
    assert waits == [2.0, 4.0, 8.0, 16.0, 30.0]


def test_yfinances_own_session_offline_is_offline_too(monkeypatch, own_home):
    """The session of real use (curl_cffi) raises errors of its own; a proxy that refuses stands for no network."""
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with Wire(), pytest.raises(Offline, match="IWM: no answer from Yahoo"):
        yahoo.fetch(IWM, None, LATER, sleep=lambda seconds: None, tries=1)


@pytest.mark.slow
def test_the_variable_turns_a_whole_process_to_the_local_server(wire, own_home):
    wire.quote("^RUT", bars("2024-01-02", "2024-03-28"))
    code = (
        "import pandas as pd; from data.sources import yahoo; from data.catalogue import lookup\n"
        "table = yahoo.fetch(lookup('RUT'), None, pd.Timestamp('2024-04-01', tz='UTC'))\n"
        "print(len(table), table['date'].iloc[-1].date())"
    )
    run = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-c", code],
        cwd=ROOT,
        env={VARIABLE: wire.url, "HARBINGER_HOME": str(own_home), "PATH": "", "HOME": str(own_home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.stdout, run.stderr) == ("61 2024-03-28\n", "")
    names = {path.name for path in own_home.iterdir()}
    assert "yfinance" in names
    assert ".cache" not in names, "the user's own cache is not ours"


@pytest.mark.parametrize(
    "url",
    [
        "http://192.0.2.1:80",
        "https://127.0.0.1:8000",
        "http://localhost:8000",
        "http://127.0.0.1",
        "http://127.0.0.1:99999",
        "http://127.0.0.1@example.com:80",
        "ftp://127.0.0.1:21",
        "nonsense",
    ],
)
def test_the_variable_may_name_this_machine_only(url, monkeypatch):
    monkeypatch.setenv(VARIABLE, url)
    with pytest.raises(UsageError, match=VARIABLE):
        redirected_session()


def test_the_local_server_is_reached_past_any_proxy(wire, ask, monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    wire.quote("IWM", bars("2024-01-02", "2024-03-28"))
    assert len(ask(tries=1)) == 61


def test_loopback_addresses_of_both_kinds_are_ours():
    assert loopback("http://127.0.0.1:8000/ignored") == "127.0.0.1:8000"
    assert loopback("http://[::1]:8000") == "[::1]:8000"


def test_an_open_just_outside_its_range_widens_the_range(wire, ask):
    sent = bars("2024-01-02", "2024-03-28")
    sent.loc[sent.index[5], "high"] = sent["open"].iloc[5] * 0.995  # a feed that missed the opening print
    wire.quote("IWM", sent)
    table = ask()
    assert table["high"].iloc[5] == max(sent["open"].iloc[5], sent["close"].iloc[5])
    assert table["open"].iloc[5] == sent["open"].iloc[5]


def test_an_open_far_outside_its_range_is_refused(wire, ask):
    sent = bars("2024-01-02", "2024-03-28")
    sent.loc[sent.index[5], "open"] *= 1.2
    wire.quote("IWM", sent)
    with pytest.raises(BadAnswer, match=r"2024-01-09: the open or close is outside low\.\.high"):
        ask()
