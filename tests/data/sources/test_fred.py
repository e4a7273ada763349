"""The real FRED client against a local server that speaks FRED's CSV."""

import pandas as pd
import pytest

from data.catalogue import lookup
from data.errors import BadAnswer, EmptyAnswer, Offline, RateLimited, UnknownSymbol
from data.sources import fred
from data.sources.http import VARIABLE
from tests.wire import Reply, Wire

DGS2 = lookup("DGS2")
NOW = pd.Timestamp("2024-01-10", tz="UTC")
VALUES = [(f"2024-01-0{day}", text) for day, text in enumerate([".", "4.33", "4.33", "", "4.40"], start=1)]
PAGE = b"<!DOCTYPE html>\n<html><title>FRED is being mended</title></html>\n"


@pytest.fixture
def wire():
    with Wire() as server:
        yield server


@pytest.fixture
def ask(wire):
    def ask(row=DGS2, since=None, **options):
        return fred.fetch(row, since, NOW, session=wire.session(), sleep=ask.waits.append, **options)

    ask.waits = []
    return ask


@pytest.mark.parametrize("header", ["observation_date", "DATE"])
def test_both_headers_are_read_and_missing_observations_are_absent_rows(wire, ask, header):
    wire.series("DGS2", VALUES, header=header)
    table = ask()
    assert list(table.columns) == ["date", "value"]
    assert table["date"].dtype == "datetime64[ns]"
    assert [f"{day:%m-%d}" for day in table["date"]] == ["01-02", "01-03", "01-05"]
    assert table["value"].tolist() == [4.33, 4.33, 4.40]
    assert wire.asked == [("fred.stlouisfed.org", "/graph/fredgraph.csv", {"id": "DGS2"})]
    assert ask.waits == []


def test_since_is_asked_of_the_server_and_kept_here_too(wire, ask):
    wire.series("DGS2", VALUES)
    since = pd.Timestamp("2024-01-03").date()
    assert ask(since=since)["value"].tolist() == [4.33, 4.40]
    assert wire.asked[0][2] == {"id": "DGS2", "cosd": "2024-01-03"}
    wire.script("fred", Reply(200, wire.csv["DGS2"].encode()))
    assert ask(since=since)["value"].tolist() == [4.33, 4.40], "a server that ignores cosd"


def test_history_before_the_calendars_is_left_out(wire, ask):
    wire.series("DGS2", [("1976-06-01", "7.26"), ("1984-12-31", "9.99"), ("1985-01-02", "10.02")])
    assert ask()["value"].tolist() == [10.02]


def test_carriage_returns_and_a_byte_order_mark_are_read(ask, wire):
    wire.script("fred", Reply(200, b"\xef\xbb\xbfobservation_date,DGS2\r\n2024-01-02,4.33\r\n2024-01-03,-0.01\r\n"))
    assert ask()["value"].tolist() == [4.33, -0.01]


def test_429_and_then_success(wire, ask):
    wire.series("DGS2", VALUES)
    wire.script("fred", Reply(429), Reply(429))
    assert len(ask()) == 3
    assert ask.waits == [2.0, 4.0]


def test_429_for_ever_is_rate_limited_with_the_number_of_tries(wire, ask):
    wire.always("fred", Reply(429))
    with pytest.raises(RateLimited, match=r"DGS2: .*429\) \(asked 6 times\); wait"):
        ask()
    assert ask.waits == [2.0, 4.0, 8.0, 16.0, 30.0]


def test_404_is_an_unknown_symbol_and_is_not_asked_again(ask):
    with pytest.raises(UnknownSymbol, match="FRED does not know DGS2"):
        ask()
    assert ask.waits == []


@pytest.mark.parametrize(
    ("reply", "what"),
    [
        (Reply(500, b"oops"), "HTTP 500"),
        (Reply(200, PAGE), "begins '<!DOCTYPE html>"),
        (Reply(200, b""), "begins ''"),
        (Reply(200, b"observation_date,DGS10\n2024-01-02,4.33\n"), "where observation_date,DGS2 was due"),
        (Reply(200, b"observation_date,DGS2\n2024-01-02,4.33\n2024-01-03,4."), "cut: line 3, '2024-01-03,4.'"),
        (Reply(200, b"observation_date,DGS2\n2024-01-02,4.33\n2024-0"), "cut: line 3"),
        (Reply(200, b"observation_date,DGS2\n2024-01-02,4.33\n", claims=900), "is cut"),
        (Reply(200, b"observation_date,DGS2\n2024-01-02,4.33\n2024-01-03\n"), "line 3 is '2024-01-03', not DATE,"),
        (Reply(200, b"observation_date,DGS2\n2024-01-02,four\n"), "line 2"),
        (Reply(200, b"observation_date,DGS2\n2024-13-02,4.33\n"), "line 2"),
        (Reply(200, b"observation_date,DGS2\n2024-01-02,nan\n"), "2024-01-02: a number is missing"),
        (Reply(200, b"observation_date,DGS2\n2024-01-03,4.33\n2024-01-02,4.33\n"), "the dates are not in order"),
        (Reply(200, b"observation_date,DGS2\n2024-01-02,4.33\n2024-01-02,4.33\n"), "2024-01-02: the date stands twice"),
    ],
)
def test_an_answer_that_is_not_whole_or_not_sensible_is_named(wire, ask, reply, what):
    wire.always("fred", reply)
    with pytest.raises(BadAnswer, match=r"^DGS2: ") as caught:
        ask(tries=2)
    assert what in str(caught.value)


def test_a_cut_answer_and_then_a_whole_one(wire, ask):
    wire.series("DGS2", VALUES)
    wire.script("fred", Reply(200, b"observation_date,DGS2\n2024-01-02,4"))
    assert len(ask()) == 3
    assert ask.waits == [2.0]


def test_an_answer_without_an_observation_is_empty(wire, ask):
    wire.series("DGS2", [("2024-01-01", "."), ("2024-01-02", "")])
    with pytest.raises(EmptyAnswer, match="no observation from 1985-01-01 on"):
        ask()


def test_a_refused_connection_is_offline():
    with Wire() as gone:
        session = gone.session()
    with pytest.raises(Offline, match=r"no answer from fred.stlouisfed.org \(ConnectionError\) \(asked once\)"):
        fred.fetch(DGS2, None, NOW, session=session, tries=1)


def test_the_variable_turns_the_client_to_the_local_server(wire, monkeypatch):
    wire.series("DGS2", VALUES)
    monkeypatch.setenv(VARIABLE, wire.url)
    assert len(fred.fetch(DGS2, None, NOW)) == 3
