"""Fetching into the store, with the real clients, against a local server."""

import errno
import multiprocessing
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

from data import fetch, files
from data.catalogue import lookup
from data.due import due_dates
from data.errors import BadAnswer, MissingSeries, Offline, RateLimited, UnknownSymbol, UsageError
from data.fetch import OVERLAP, exit_status, fetch_all, fetch_series, first_difference
from data.sources.base import Source
from data.sources.downloaded import StoredSource
from data.sources.http import VARIABLE
from data.store import Store
from data.table import total_return
from tests.paths import ROOT
from tests.wire import Reply, Wire, bars

IWM, SPY, ETH, DGS2, DFF = (lookup(id) for id in ("IWM", "SPY", "ETH-USD", "DGS2", "DFF"))
TWO_WEEKS = [(f"2024-01-{day:02d}", "4.3") for day in (2, 3, 4, 5, 8, 9, 10, 11, 12, 16, 17, 18)]
FIRST, THEN, LAST = "2023-06-01", "2024-01-12", "2024-01-19"


def at(text):
    return pd.Timestamp(text, tz="UTC")


def days(*texts):
    return tuple(pd.Timestamp(text) for text in texts)


@pytest.fixture
def wire():
    with Wire() as server:
        yield server


@pytest.fixture
def store(own_home):
    return Store()


def test_a_store_that_takes_nothing_is_seen_before_a_vendor_is_asked(wire, store, monkeypatch, harbinger):
    def refused(*_, **__):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(files.tempfile, "TemporaryFile", refused)
    with pytest.raises(UsageError, match=r"Read-only file system\); choose another folder \(HARBINGER_HOME\)"):
        fetch_all([IWM, DGS2], store, at("2024-01-19 23:59"), session=wire.session(), sleep=lambda _: None)
    assert wire.asked == []
    code, out, err = harbinger("data", "fetch", "IWM", "DGS2")
    assert (code, out, err.count("\n")) == (2, "", 1)


@pytest.fixture
def get(wire, store):
    """Fetch one series at a moment: after the close of a date, unless a time is given."""

    def get(row, when, **options):
        now = at(when if " " in when else f"{when} 23:59")
        return fetch_series(row, store, now, session=wire.session(), sleep=lambda seconds: None, **options)

    return get


@pytest.fixture
def history(wire):
    """Bars up to LAST; a first fetch on THEN sees those up to THEN."""
    served = bars(FIRST, LAST)
    wire.quote("IWM", served)
    return served


def test_the_first_fetch_takes_everything(get, store, history):
    result = get(IWM, THEN)
    table = StoredSource(store).load(IWM)
    assert (result.outcome, result.gaps, result.error, result.revised_since) == ("new", (), None, None)
    assert result.added == len(table) == (history.index <= THEN).sum()
    np.testing.assert_array_equal(table["close"], history["close"][:THEN])
    assert store.head("yahoo", "IWM") == result.snapshot
    assert result.snapshot.fetched_at == "2024-01-12T23:59:00+00:00"
    assert result.text == "IWM: new (2023-06-01..2024-01-12, 156 rows)"


def test_later_only_the_overlap_and_what_is_new_are_asked(get, store, wire, history):
    first = get(IWM, THEN)
    wire.asked.clear()
    second = get(IWM, LAST)
    (query,) = wire.charts()
    stored = store.get(first.snapshot.content)
    assert int(query["period1"]) == stored["date"].iloc[-OVERLAP].tz_localize("America/New_York").timestamp()
    assert (second.outcome, second.added, second.snapshot.rows) == ("appended", 4, first.snapshot.rows + 4)
    pd.testing.assert_frame_equal(store.get(second.snapshot.content).iloc[: len(stored)], stored)
    assert second.text == "IWM: appended 4 rows (2023-06-01..2024-01-19, 160 rows)"


def test_what_was_fetched_in_two_parts_is_what_is_fetched_at_once(get, store, history, tmp_path, wire):
    get(IWM, THEN)
    parts = get(IWM, LAST)
    whole = fetch_series(IWM, Store(tmp_path / "other"), at(f"{LAST} 23:59"), session=wire.session())
    assert parts.snapshot.content == whole.snapshot.content


def test_nothing_new_changes_nothing_but_the_time(get, store, history):
    first = get(IWM, THEN)
    second = get(IWM, "2024-01-13")
    assert (second.outcome, second.added, second.snapshot.content) == ("unchanged", 0, first.snapshot.content)
    assert store.head("yahoo", "IWM").fetched_at == "2024-01-13T23:59:00+00:00"


def test_a_revised_past_is_fetched_whole_and_both_snapshots_stay(get, store, wire, history):
    first = get(IWM, THEN)
    day = history.index[history.index <= THEN][-5]
    history.loc[day, "close"] -= 0.01
    history.loc[history.index[3], "close"] += 0.01  # an older one, out of the overlap's sight
    wire.asked.clear()
    second = get(IWM, LAST)
    assert len(wire.charts()) == 2
    assert (second.outcome, second.revised_since, second.added) == ("revised", history.index[3], 4)
    assert "the past was revised since 2023-06-06, fetched whole; the old snapshot stays" in second.text
    assert store.get(first.snapshot.content)["close"].tolist() != store.get(second.snapshot.content)["close"].tolist()
    assert StoredSource(store).load(IWM)["close"].tolist() == history["close"].tolist()
    assert len(store.get(first.snapshot.content)) == first.snapshot.rows


def test_a_split_between_two_fetches_rescales_the_whole_past(get, store, wire, history):
    first = get(IWM, THEN)
    halved = history.copy()
    halved[["open", "high", "low", "close"]] /= 2
    wire.quote("IWM", halved, splits={"2024-01-17": (2, 1)})
    second = get(IWM, LAST)
    assert (second.outcome, second.revised_since) == ("revised", history.index[0])
    before, after = store.get(first.snapshot.content), store.get(second.snapshot.content)
    assert after["split"].tolist() == [2.0 if day == pd.Timestamp("2024-01-17") else 1.0 for day in after["date"]]
    same = total_return(after)[: len(before)] / total_return(after)[0]
    np.testing.assert_allclose(same, total_return(before) / total_return(before)[0], rtol=1e-12)


def test_a_dividend_that_comes_late_is_a_revision(get, wire, history):
    get(IWM, THEN)
    wire.quote("IWM", history, dividends={"2024-01-10": 0.4})
    assert get(IWM, LAST).revised_since == pd.Timestamp("2024-01-10")


def test_a_dividend_among_the_new_rows_is_appended(get, store, wire, history):
    get(IWM, THEN)
    wire.quote("IWM", history, dividends={"2024-01-18": 0.4})
    assert get(IWM, LAST).outcome == "appended"
    table = StoredSource(store).load(IWM)
    eve, day = table["close"].to_numpy()[-3:-1]
    grown = total_return(table).to_numpy()
    assert grown[-2] / grown[-3] == pytest.approx(day / (eve - 0.4), rel=1e-12)


def test_a_volume_that_settles_later_is_no_revision(get, history):
    get(IWM, THEN)
    history.loc[THEN, "volume"] += 1
    assert get(IWM, LAST).outcome == "appended"


def test_an_observation_that_the_vendor_has_not_is_reported_with_its_date(get, wire, history):
    history.loc["2024-01-03", ["open", "high", "low", "close"]] = np.nan
    history.loc["2024-01-19", ["open", "high", "low", "close"]] = np.nan
    result = get(IWM, LAST)
    assert result.gaps == days("2024-01-03", "2024-01-19")
    assert result.snapshot.last == "2024-01-18"
    assert result.text.endswith("; 2 due dates without an observation, last 2024-01-03, 2024-01-19")


def test_a_day_is_missed_only_once_it_is_due(get, wire):
    wire.quote("IWM", bars(FIRST, "2024-01-18"))
    assert get(IWM, "2024-01-19 20:59").gaps == ()
    assert get(IWM, "2024-01-19 21:01").gaps == days("2024-01-19")
    assert get(IWM, "2024-01-21 12:00").gaps == days("2024-01-19"), "a weekend is not due"


def test_a_latest_bar_that_was_empty_comes_with_the_next_fetch(get, history):
    sound = history.copy()
    history.loc[THEN, ["open", "high", "low", "close"]] = np.nan
    assert get(IWM, THEN).gaps == days(THEN)
    history.loc[THEN] = sound.loc[THEN]
    result = get(IWM, LAST)
    assert (result.outcome, result.added, result.gaps) == ("appended", 5, ())


def test_a_hole_that_the_vendor_fills_later_is_a_revision(get, history):
    sound = history.copy()
    history.loc["2024-01-03", "close"] = np.nan
    get(IWM, THEN)
    history.loc["2024-01-03"] = sound.loc["2024-01-03"]
    result = get(IWM, LAST)
    assert (result.revised_since, result.gaps) == (pd.Timestamp("2024-01-03"), ())


def test_crypto_days_are_all_due(get, wire):
    served = bars("2024-01-01", "2024-01-20", crypto=True)
    wire.quote("ETH-USD", served.drop(pd.Timestamp("2024-01-13")))
    result = get(ETH, "2024-01-20 12:00")
    assert (result.gaps, result.snapshot.last) == (days("2024-01-13"), "2024-01-19")


def test_fred_goes_the_same_way(get, store, wire):
    days = due_dates(DGS2, pd.Timestamp("2024-01-02"), pd.Timestamp("2024-03-15"))
    values = [(f"{day:%Y-%m-%d}", "4.33") for day in days]
    wire.series("DGS2", values[:-2])
    assert get(DGS2, "2024-03-13").outcome == "new"
    wire.series("DGS2", values)
    second = get(DGS2, "2024-03-18 12:00")
    assert (second.outcome, second.added) == ("appended", 2)
    assert wire.asked[-1][2]["cosd"] == f"{days[-2 - OVERLAP]:%Y-%m-%d}"
    wire.series("DGS2", [(day, "4.30" if day == "2024-03-14" else value) for day, value in values])
    assert get(DGS2, "2024-03-18 12:00").revised_since == pd.Timestamp("2024-03-14")
    assert StoredSource(store).load(DGS2)["value"].tolist()[-2:] == [4.30, 4.33]


@pytest.mark.parametrize(
    ("cut", "spans"),
    [
        (lambda b: b["2023-09-01":], "the answer 2023-09-01..2024-01-19 (96 rows) lacks"),
        (lambda b: b[1:], "the answer 2023-06-02..2024-01-19 (159 rows) lacks"),
        (lambda b: b[:"2024-01-11"], "the answer 2023-06-01..2024-01-11 (155 rows) lacks"),
        (lambda b: b[np.arange(len(b)) % 21 != 3], "the answer 2023-06-01..2024-01-19 (152 rows) lacks"),
    ],
    ids=["beginning", "first", "end", "middle"],
)
def test_an_answer_that_lost_part_of_the_history_is_refused(get, store, wire, history, cut, spans):
    first = get(IWM, THEN)
    history.loc[THEN, "close"] -= 0.01
    wire.quote("IWM", cut(history))
    with pytest.raises(BadAnswer, match=r"it was not kept; fetch again later, or delete .*IWM\.json") as caught:
        get(IWM, LAST)
    assert f"{spans} part of what is stored, 2023-06-01..2024-01-12 (156 rows)" in str(caught.value)
    assert store.head("yahoo", "IWM") == first.snapshot


def test_an_answer_that_begins_after_the_stored_end_is_refused(get, store, wire, history):
    first = get(IWM, THEN)
    wire.quote("IWM", history["2024-01-17":])
    with pytest.raises(BadAnswer, match="lacks part of what is stored"):
        get(IWM, LAST)
    assert store.head("yahoo", "IWM") == first.snapshot


def test_the_remedy_of_that_refusal_works(get, store, wire, history):
    get(IWM, THEN)
    wire.quote("IWM", history["2023-09-01":])
    with pytest.raises(BadAnswer):
        get(IWM, LAST, whole=True)
    store.head_path("yahoo", "IWM").unlink()
    assert (get(IWM, LAST).outcome, store.head("yahoo", "IWM").first) == ("new", "2023-09-01")


def test_whole_finds_a_revision_older_than_the_overlap(get, history):
    get(IWM, THEN)
    history.loc[history.index[3], "close"] += 0.01
    assert get(IWM, "2024-01-16").outcome == "appended"
    assert get(IWM, "2024-01-16", whole=True).revised_since == history.index[3]


def test_a_series_that_begins_earlier_than_it_did_is_taken_whole(get, store, wire, history):
    wire.quote("IWM", history["2023-09-01":])
    get(IWM, THEN)
    wire.quote("IWM", history)
    assert get(IWM, LAST, whole=True).revised_since == history.index[0]
    assert store.head("yahoo", "IWM").first == FIRST


@pytest.mark.parametrize("what", ["table", "manifest", "head", "gone"])
def test_a_stored_table_that_cannot_be_trusted_is_fetched_anew(get, store, history, what):
    first = get(IWM, THEN).snapshot
    table = store.root / "tables" / f"{first.content}.parquet"
    path = {"manifest": table.with_suffix(".json"), "head": store.head_path("yahoo", "IWM")}.get(what, table)
    path.write_bytes(path.read_bytes()[:-7])
    if what == "gone":
        path.unlink()
    result = get(IWM, THEN)
    assert (result.outcome, result.snapshot.content) == ("new", first.content)
    assert path.name in result.note
    assert result.note in result.text
    assert len(StoredSource(store).load(IWM)) == first.rows


def test_one_that_fails_does_not_stop_the_others(wire, store):
    wire.quote("IWM", bars(FIRST, LAST))
    wire.series("DGS2", TWO_WEEKS)
    seen = []
    rows = [SPY, IWM, lookup("ETHUSDT-BINANCE"), DGS2]
    results = fetch_all(
        rows, store, at("2024-01-20"), session=wire.session(), progress=lambda row, done: seen.append((row.id, done))
    )
    assert [result.outcome for result in results] == ["failed", "new", "failed", "new"]
    assert [type(result.error) for result in results] == [UnknownSymbol, type(None), UsageError, type(None)]
    assert results[0].text.startswith("SPY: failed: Yahoo does not know SPY")
    assert "--source folder:PATH" in results[2].text
    assert seen == [pair for row, done in zip(rows, results, strict=True) for pair in ((row.id, None), (row.id, done))]
    assert (exit_status(results), exit_status(results[1:2]), exit_status([])) == (1, 0, 0)
    assert [snapshot.id for snapshot in store.heads()] == ["DGS2", "IWM"]


def test_a_vendor_that_does_not_answer_is_asked_patiently_only_once(wire, store):
    wire.always("chart", Reply(429))
    wire.series("DGS2", TWO_WEEKS)
    waits = []
    results = fetch_all([IWM, SPY, DGS2, ETH], store, at("2024-01-20"), session=wire.session(), sleep=waits.append)
    assert waits == [2.0, 4.0, 8.0, 16.0, 30.0]
    assert [type(result.error) for result in results] == [RateLimited, RateLimited, type(None), RateLimited]
    assert "(asked 6 times)" in results[0].text
    assert "(asked once)" in results[1].text


def test_offline_keeps_what_is_stored(get, store, wire, history):
    get(IWM, THEN)
    with Wire() as gone:
        session = gone.session()
    (result,) = fetch_all([IWM], store, at(LAST), session=session, sleep=lambda seconds: None)
    assert isinstance(result.error, Offline)
    assert StoredSource(store).load(IWM)["date"].iloc[-1] == pd.Timestamp(THEN)


def test_ctrl_c_keeps_what_was_whole_and_nothing_else(wire, store, monkeypatch):
    wire.quote("IWM", bars(FIRST, LAST))
    wire.quote("SPY", bars(FIRST, LAST, seed=8))
    real, calls = os.fsync, []

    def fsync(handle):
        calls.append(handle)
        if len(calls) == 5:  # table, manifest and head of IWM, table of SPY, then its manifest
            raise KeyboardInterrupt
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(KeyboardInterrupt):
        fetch_all([IWM, SPY], store, at("2024-01-20"), session=wire.session())
    assert [snapshot.id for snapshot in store.heads()] == ["IWM"]
    assert len(StoredSource(store).load(IWM)) == 160
    assert not list(store.root.rglob("*.tmp"))
    monkeypatch.setattr(os, "fsync", real)
    assert exit_status(fetch_all([IWM, SPY], store, at("2024-01-20"), session=wire.session())) == 0


def test_first_difference_of_tables():
    dates = pd.date_range("2024-01-01", periods=4)
    stored = pd.DataFrame({"date": dates, "value": [1.0, 2.0, 3.0, 4.0]})
    assert first_difference(stored, stored) is None
    assert first_difference(stored, stored[2:]) is None
    assert first_difference(stored, stored.assign(value=stored["value"] * (1 + 1e-7))) is None
    assert first_difference(stored, stored.assign(value=[1, 2, 3.001, 5])) == dates[2]
    assert first_difference(stored, stored.drop(index=1)) == dates[1]
    assert first_difference(stored.drop(index=1), stored) == dates[1]
    assert first_difference(stored[:2], stored[3:]) == dates[3]
    assert first_difference(stored, stored[1:3]) == dates[3]
    assert first_difference(stored, stored.assign(dividend=0.0)) == dates[0], "a column more is a difference"


def test_the_stored_source_says_what_to_run(store):
    source: Source = StoredSource(store)
    assert (source.name, source.simulated) == ("yahoo", False)
    with pytest.raises(
        MissingSeries, match=r"^IWM is not in the store; run: harbinger data fetch IWM \(without a network: "
    ):
        source.load(IWM)
    with pytest.raises(MissingSeries, match=r"ETHUSDT-BINANCE.*--source folder:PATH"):
        source.load(lookup("ETHUSDT-BINANCE"))


def test_the_stored_source_whose_table_is_gone_says_what_to_run(get, store, history):
    content = get(IWM, THEN).snapshot.content
    (store.root / "tables" / f"{content}.parquet").unlink()
    with pytest.raises(MissingSeries, match="the stored table of IWM is gone; run: harbinger data fetch IWM"):
        StoredSource(store).load(IWM)


def fetch_in_a_process(home, url, now, barrier):
    """Run by a spawned process: fetch two series at the same moment as its twin."""
    os.environ.update({"HARBINGER_HOME": home, VARIABLE: url})
    barrier.wait()
    results = fetch_all([IWM, DGS2], Store(), pd.Timestamp(now), sleep=lambda seconds: None)
    if exit_status(results):
        raise SystemExit("; ".join(result.text for result in results))


@pytest.mark.slow
def test_two_processes_fetching_at_once(wire, store, own_home, history):
    wire.series("DGS2", TWO_WEEKS)
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(2)
    arguments = (str(own_home), wire.url, f"{LAST} 23:59:00+00:00", barrier)
    twins = [context.Process(target=fetch_in_a_process, args=arguments, daemon=True) for _ in range(2)]
    for twin in twins:
        twin.start()
    for twin in twins:
        twin.join(60)
    assert [twin.exitcode for twin in twins] == [0, 0]
    assert {snapshot.id: store.get(snapshot.content).shape[0] for snapshot in store.heads()} == {
        "IWM": 160,
        "DGS2": len(TWO_WEEKS),
    }


FETCH_FOR_EVER = """
import itertools, pandas as pd
from data.catalogue import lookup
from data.fetch import fetch_all
from data.store import Store
print("ready", flush=True)
for day in itertools.cycle(pd.date_range("2024-01-12 23:59", periods=8, tz="UTC")):
    (result,) = fetch_all([lookup("IWM")], Store(), day, whole=True)
    if result.error and "lacks part" not in str(result.error):
        raise SystemExit(result.text)
    if day.day == 19:
        Store().head_path("yahoo", "IWM").unlink()
"""


@pytest.mark.slow
def test_kill_9_at_any_moment_leaves_only_whole_snapshots(wire, store, own_home, history):
    environment = {VARIABLE: wire.url, "HARBINGER_HOME": str(own_home), "HOME": str(own_home), "PATH": ""}
    command, pipe = [sys.executable, "-c", FETCH_FOR_EVER], subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=pipe, stderr=pipe) as process:
        try:
            assert process.stdout.readline() == b"ready\n"
            while not store.heads():
                assert process.poll() is None, process.stderr.read()
                time.sleep(0.01)
            for _ in range(200):
                for snapshot in store.heads():
                    assert len(store.get(snapshot.content)) == snapshot.rows, "whole for a reader at any moment"
            time.sleep(np.random.default_rng().uniform(0.0, 0.1))
        finally:  # also where something failed: it would fetch for ever, and the suite wait for it
            process.send_signal(signal.SIGKILL)
    for manifest in (store.root / "tables").glob("*.json"):
        assert len(store.get(manifest.stem)) >= 156
    assert fetch_all([IWM], store, at("2024-01-20"), session=wire.session())[0].snapshot.rows == 160


def harbinger(home, url, *words):
    code = "from backtests.cli import main; main()"
    environment = {VARIABLE: url, "HARBINGER_HOME": str(home), "HOME": str(home), "PATH": ""}
    return subprocess.run(
        [sys.executable, "-c", code, *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_the_whole_command(wire, store, own_home):
    now = pd.Timestamp.now("UTC")
    wire.quote("IWM", bars("2024-01-02", now.tz_localize(None).normalize() - pd.Timedelta(days=1)))
    wire.series("DFF", [(f"{day:%Y-%m-%d}", "4.33") for day in pd.date_range("2024-01-01", now.date())])
    first = harbinger(own_home, wire.url, "data", "fetch", "IWM", "DFF")
    assert (first.returncode, first.stderr) == (
        0,
        f"harbinger: {VARIABLE} is set: {wire.url} answered for Yahoo and FRED\n",
    )
    heads = {snapshot.id: snapshot for snapshot in store.heads()}
    assert heads["IWM"].rows == len(wire.quotes["IWM"].bars)
    lines = [line.split(" (")[0] for line in first.stdout.splitlines()]
    assert lines == ["IWM: new", "DFF: new"]
    second = harbinger(own_home, wire.url, "data", "fetch", "IWM", "SPY")
    assert second.returncode == 1
    assert "IWM: unchanged" in second.stdout
    assert "SPY: failed: Yahoo does not know SPY (HTTP 404)" in second.stdout
    assert "1 of 2 series failed" in second.stderr


@pytest.mark.slow
def test_the_whole_command_asks_no_other_machine(own_home):
    run = harbinger(own_home, "http://192.0.2.1:80", "data", "fetch", "IWM")
    assert run.returncode == 2
    assert run.stderr.count("\n") == 1
    assert "it may name a test server on this machine only" in run.stderr


def test_the_overlap_is_the_documented_one():
    assert (fetch.OVERLAP, fetch.NAME) == (30, "yahoo")
