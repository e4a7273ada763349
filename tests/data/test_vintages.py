"""Vintages: read from files in every form, known at their own instants, refused where there is one alone."""

import gzip

import numpy as np
import pandas as pd
import pytest

from data.catalogue import DEFAULT_FETCH, lookup
from data.errors import BadFile, DataError, MissingSeries, UsageError
from data.fetch import fetch_series
from data.market import Market, load_tables
from data.sources.downloaded import StoredSource
from data.sources.folder.source import FolderSource
from data.store import Store, content_hash
from data.table import to_series, validate
from data.vintages import TodaysVintage, Vintages, refusal, warning
from tests.contracts import make_tables

NFCI = lookup("NFCI")
ROWS = [  # date, vintage, value: each Wednesday the past again, on Thursday where Wednesday is a holiday
    ("2024-05-31", "2024-06-05", -0.50),
    ("2024-05-31", "2024-06-12", -0.40),
    ("2024-06-07", "2024-06-12", -0.45),
    ("2024-05-31", "2024-06-20", -0.60),
    ("2024-06-07", "2024-06-20", -0.65),
    ("2024-06-14", "2024-06-20", -0.71),
]
LONG = "date,vintage,value\n" + "".join(f"{d},{v},{x}\n" for d, v, x in ROWS)
WIDE = """\
observation_date,NFCI_20240605,NFCI_20240612,NFCI_20240620
2024-05-31,-0.50,-0.40,-0.60
2024-06-07,.,-0.45,-0.65
2024-06-14,,,-0.71
"""
TODAY = "observation_date,NFCI\n2024-05-31,-0.60\n2024-06-07,-0.65\n2024-06-14,-0.71\n"


def table(rows=ROWS):
    frame = pd.DataFrame(rows, columns=["date", "vintage", "value"])
    return validate(frame.astype({"date": "datetime64[ns]", "vintage": "datetime64[ns]"}), NFCI, "test")


def load(folder, text, name="NFCI.csv", now="2024-07-01 12:00"):
    (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return FolderSource(folder, now=lambda: pd.Timestamp(now, tz="UTC")).load(NFCI)


def utc(text):
    return pd.Timestamp(text, tz="UTC")


# Files


@pytest.mark.parametrize("text", [LONG, WIDE, WIDE.replace("\n", "\r\n"), WIDE.replace("NFCI_2024", "nfci_2024")])
def test_every_form_of_a_text_file_gives_one_table(tmp_path, text):
    pd.testing.assert_frame_equal(load(tmp_path, text), table())


def test_rows_in_any_order_with_empty_values_and_more_columns(tmp_path):
    lines = LONG.splitlines()
    mixed = "\n".join(["note," + lines[0], *(f"x,{line}" for line in reversed(lines[1:])), "x,2024-06-21,2024-06-26,."])
    pd.testing.assert_frame_equal(load(tmp_path, mixed + "\n"), table())


def test_gzip_and_parquet_give_the_same_table(tmp_path):
    pd.testing.assert_frame_equal(load(tmp_path, gzip.compress(LONG.encode()), "nfci.csv.gz"), table())
    (tmp_path / "nfci.csv.gz").unlink()
    frame = pd.DataFrame(ROWS, columns=["date", "vintage", "value"])
    for typed in (frame, frame.assign(date=pd.to_datetime(frame["date"]), vintage=pd.to_datetime(frame["vintage"]))):
        typed.to_parquet(tmp_path / "NFCI.parquet")
        pd.testing.assert_frame_equal(FolderSource(tmp_path).load(NFCI), table())
    wide = frame.assign(vintage="NFCI_" + frame["vintage"].str.replace("-", "")).pivot(
        index="date", columns="vintage", values="value"
    )
    wide.rename_axis("observation_date").reset_index().to_parquet(tmp_path / "NFCI.parquet")
    pd.testing.assert_frame_equal(FolderSource(tmp_path).load(NFCI), table())


def test_the_quick_reader_and_the_careful_one_agree(tmp_path, monkeypatch):
    quick = [load(tmp_path, text) for text in (LONG, WIDE)]
    monkeypatch.setattr("data.sources.folder.table_file._quick", lambda path, payload: None)
    for seen, text in zip(quick, (LONG, WIDE), strict=True):
        pd.testing.assert_frame_equal(load(tmp_path, text), seen)


def test_weeks_before_the_calendars_are_left_out_of_each_vintage(tmp_path):
    old = LONG + "1971-01-08,2024-06-05,0.6\n1971-01-08,2024-06-12,0.7\n"
    pd.testing.assert_frame_equal(load(tmp_path, old), table())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (LONG + "2024-06-14,2024-06-20,-0.7\n", ["line", "2024-06-14", "the date stands twice in its vintage"]),
        (LONG + "2024-06-21,2024-06-21,-0.7\n", ["line 8", "the vintage is not after the date"]),
        (LONG + "2024-06-28,2024-07-03,-0.7\n", ["line 8", "the vintage is in the future"]),
        (LONG + "2024-06-14,2024-06-27,71\n", ["line 8", "71 is outside -5..10", "index points"]),
        (LONG + "2024-06-14,2024-06-31,-0.7\n", ["line 8", "there is no day 2024-06-31"]),
        (LONG + "2024-06-14,June,-0.7\n", ["line 8", "'June'", "YYYY-MM-DD"]),
        (LONG + "2024-06-14,2024-06-27,low\n", ["line 8", "'low', not a plain number"]),
        (WIDE.replace("NFCI_20240612", "NFCI_20240605"), ["the vintage 2024-06-05 stands twice"]),
        (WIDE.replace("NFCI_20240612", "NFCI_20240632"), ["NFCI_20240632: there is no such day"]),
        (WIDE.replace("observation_date", "week"), ["not one column of dates"]),
        (WIDE.replace("-0.65", "x"), ["line 3", "'x', not a plain number"]),
        (WIDE.replace("NFCI", "ANFCI"), ["no column value for NFCI", "ID_YYYYMMDD"]),
        ("date,vintage\n2024-05-31,2024-06-05\n", ["no column value", "date,vintage,value"]),
    ],
)
def test_a_fault_is_named_with_its_place(tmp_path, text, words):
    with pytest.raises(BadFile) as error:
        load(tmp_path, text)
    assert all(word in str(error.value) for word in words), error.value
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda t: t.iloc[::-1], "not in order"),
        (lambda t: t.assign(vintage=pd.NaT), "missing"),
        (lambda t: t.assign(value=np.inf), "infinite"),
        (lambda t: t.assign(vintage=t["date"]), "not after the date"),
        (lambda t: pd.concat([t, t.tail(1)]), "twice in its vintage"),
    ],
)
def test_no_table_may_have_these(change, what):
    with pytest.raises(DataError, match=what):
        validate(change(table()), NFCI, "test")


def test_the_store_keeps_vintages(tmp_path):
    store, kept = Store(tmp_path), table()
    fingerprint = store.freeze({"NFCI": kept}, source="test", fetched_at="2024-07-01T00:00:00+00:00")
    _, thawed = Store(tmp_path).thaw(fingerprint)
    pd.testing.assert_frame_equal(thawed["NFCI"], kept)
    assert content_hash(kept) != content_hash(kept.assign(vintage=kept["vintage"] + pd.Timedelta(days=1)))


def test_no_vendor_is_asked_without_being_named(tmp_path):
    assert not {"NFCI", "FNG"} & set(DEFAULT_FETCH)
    with pytest.raises(UsageError, match="a file of your own"):
        fetch_series(lookup("FNG"), Store(tmp_path), utc("2024-07-01"))
    for id, remedy in (("NFCI", "harbinger data fetch NFCI, or .* ALFRED as NFCI.csv"), ("FNG", "a file of your own")):
        with pytest.raises(MissingSeries, match=remedy):
            StoredSource(Store(tmp_path)).load(lookup(id))


# The series


def test_each_vintage_is_known_at_0830_new_york_of_its_date():
    series = to_series(table(), NFCI, "test")
    assert isinstance(series, Vintages)
    assert list(series.frame["known_at"].unique()) == [
        utc("2024-06-05 12:31"),
        utc("2024-06-12 12:31"),
        utc("2024-06-20 12:31"),
    ]
    assert list(series.values) == [-0.50, -0.45, -0.71]
    winter = to_series(table([("2024-01-05", "2024-01-10", 0.0)]), NFCI, "test")
    assert winter.frame["known_at"].iloc[0] == utc("2024-01-10 13:31")


def test_both_ends_of_a_change_are_of_the_newest_vintage():
    change = to_series(table(), NFCI, "test").change(1)
    assert list(change.index) == [utc("2024-06-05 12:31"), utc("2024-06-12 12:31"), utc("2024-06-20 12:31")]
    assert np.isnan(change.iloc[0])
    assert change.iloc[1:].tolist() == pytest.approx([-0.45 - -0.40, -0.71 - -0.65])
    assert to_series(table(), NFCI, "test").change(2).iloc[-1] == pytest.approx(-0.71 - -0.60)
    assert to_series(table(), NFCI, "test").change(3).isna().all()


def test_a_week_that_a_vintage_lacks_is_nan_and_not_the_week_before():
    lacking = [row for row in ROWS if row[:2] != ("2024-06-07", "2024-06-20")]
    series = to_series(table(lacking), NFCI, "test")
    assert np.isnan(series.change(1).iloc[-1])
    assert series.change(2).iloc[-1] == pytest.approx(-0.11)


def test_a_newer_vintage_that_ends_earlier_counts_all_the_same():
    again = [*ROWS, ("2024-05-31", "2024-06-21", 0.1), ("2024-06-07", "2024-06-21", 0.3)]
    assert to_series(table(again), NFCI, "test").change(1).iloc[-1] == pytest.approx(0.2)


def test_until_keeps_whole_vintages():
    series = to_series(table(), NFCI, "test")
    early, late = series.until(utc("2024-06-20 12:30")), series.until(utc("2024-06-20 12:31"))
    assert isinstance(early, Vintages)
    assert len(early.frame) == 3
    assert late.frame.equals(series.frame)
    assert early.change(1).equals(series.change(1).iloc[:2])
    assert series.until(utc("2000-01-01")).change(1).empty


def test_a_frame_of_another_form_is_refused():
    frame = to_series(table(), NFCI, "test").frame
    with pytest.raises(ValueError, match="columns"):
        Vintages("NFCI", frame.drop(columns="vintage"), "index points", "test")
    with pytest.raises(ValueError, match="NaN"):
        Vintages("NFCI", frame.assign(value=np.nan), "index points", "test")


# Today's vintage


def market(nfci, **more):
    tables = make_tables({"ETH-USD", "IWM"}) | {"NFCI": nfci}
    return Market.from_tables(tables, traded="ETH-USD", leader="IWM", source="folder:mine", **more)


def test_todays_vintage_is_read_and_refused(tmp_path):
    today = load(tmp_path, TODAY)
    assert list(today.columns) == ["date", "value"]
    refusing = market(today)
    for seen in (refusing, refusing.until(utc("2024-06-01"))):
        with pytest.raises(DataError) as error:
            seen["NFCI"]
        assert str(error.value) == refusal("NFCI", "folder:mine")
        assert "NFCI" not in seen.series
        assert seen.revised == ()
    assert all(word in str(error.value) for word in ("look-ahead", "NFCI_YYYYMMDD", "market.allow_revised=true"))


def test_the_users_word_lets_it_in_and_it_says_what_it_is(tmp_path):
    allowed = market(load(tmp_path, TODAY), allow_revised=True)
    series = allowed["NFCI"]
    assert isinstance(series, TodaysVintage)
    assert isinstance(series.until(utc("2024-06-15")), TodaysVintage)
    assert (allowed.revised, allowed.until(utc("2024-06-15")).revised) == (("NFCI",), ("NFCI",))
    assert list(series.frame["known_at"]) == [utc("2024-06-05 12:31"), utc("2024-06-12 12:31"), utc("2024-06-20 12:31")]
    assert series.change(1).iloc[1:].tolist() == pytest.approx([-0.05, -0.06])
    assert "look-ahead" in warning("NFCI")


def test_vintages_need_no_word():
    for more in ({}, {"allow_revised": True}):
        seen = market(table(), **more)
        assert isinstance(seen["NFCI"], Vintages)
        assert seen.revised == ()


def test_one_vintage_with_its_date_is_known_from_then_on(tmp_path):
    one = load(tmp_path, TODAY.replace("NFCI", "NFCI_20240620"))
    assert market(one)["NFCI"].change(1).to_dict() == {utc("2024-06-20 12:31"): pytest.approx(-0.06)}


def test_the_shared_file_is_todays_vintage(shared_market):
    tables = load_tables(FolderSource(shared_market), ["NFCI"])
    assert len(tables["NFCI"]) > 2000
    with pytest.raises(DataError, match="is today's vintage"):
        market(tables["NFCI"])["NFCI"]


# Sentiment


@pytest.mark.parametrize("head", ["date,value", "timestamp,value,value_classification", "Date,FNG"])
def test_sentiment_files(tmp_path, head):
    tail = ",Extreme Fear" if "class" in head else ""
    (tmp_path / "FNG.csv").write_text(f"{head}\n2024-06-01,25{tail}\n2024-06-02,74{tail}\n")
    row = lookup("FNG")
    frame = FolderSource(tmp_path, now=lambda: utc("2024-07-01")).load(row)
    assert frame["value"].tolist() == [25, 74]
    assert list(to_series(frame, row, "test").values.index) == [utc("2024-06-02"), utc("2024-06-03")]


def test_sentiment_beyond_its_scale_is_refused(tmp_path):
    (tmp_path / "FNG.csv").write_text("date,value\n2024-06-01,101\n")
    with pytest.raises(BadFile, match=r"101 is outside 0\.\.100"):
        FolderSource(tmp_path).load(lookup("FNG"))
