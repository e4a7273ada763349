"""Files of the user's own: what is read, and how each fault of a file is told."""

import gzip
import io
import re
import sys
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.calendars.publication import sessions
from data.catalogue import ROWS, lookup
from data.errors import BadFile, MissingSeries, UsageError
from data.files import shown
from data.sources.folder import table_file
from data.sources.folder.source import FolderSource
from data.sources.folder.table_file import read_file
from data.table import to_series, total_return, validate

IWM, RUT, ETH, DGS2, VIX = (lookup(id) for id in ("IWM", "RUT", "ETH-USD", "DGS2", "VIX"))
NOW = pd.Timestamp("2024-04-01 12:00", tz="UTC")
HEADER = "Date,Open,High,Low,Close,Adj Close,Volume"
BARS = (
    "2024-03-11,100,102,99,101,100.5,1000",
    "2024-03-12,101,103,100,102,101.5,1100",
    "2024-03-13,102,104,101,103,102.5,1200",
    "2024-03-14,103,105,102,104,103.5,1300",
    "2024-03-15,104,106,103,105,104.5,1400",
)
RATES = ("2024-03-11,4.51", "2024-03-12,4.58", "2024-03-13,4.61", "2024-03-14,4.68")
ZONED = tuple(line.replace(",", " 00:00:00-04:00,", 1) for line in BARS)


def text(header, *lines):
    return "\n".join((header, *lines)) + "\n"


@pytest.fixture
def folder(tmp_path):
    return FolderSource(tmp_path, now=lambda: NOW)


def write(folder, name, content):
    path = folder.path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def changed(at, line, lines=BARS):
    return text(HEADER, *lines[:at], line, *lines[at + 1 :])


def refused(folder, content, row=IWM, name="IWM.csv"):
    """Return the message with which a file is refused, after the checks that hold for every such message."""
    path = write(folder, name, content)
    with pytest.raises(BadFile) as caught:
        folder.load(row)
    message = str(caught.value)
    assert str(path) in message
    assert "\n" not in message
    assert caught.value.remedy
    return message


# What is read


def test_a_file_as_downloaded_from_yahoo(folder):
    write(folder, "IWM.csv", text(HEADER, *BARS))
    table = folder.load(IWM)
    assert list(table.columns) == ["date", "open", "high", "low", "close", "adj_close", "volume"]
    assert list(table["date"]) == list(pd.date_range("2024-03-11", "2024-03-15"))
    assert list(table["adj_close"]) == [100.5, 101.5, 102.5, 103.5, 104.5]
    assert (folder.name, folder.simulated) == (f"folder:{shown(folder.path)}", False)
    pd.testing.assert_frame_equal(validate(table, IWM, "again"), table)


@pytest.mark.parametrize(
    "content",
    [
        "\ufeff" + text(HEADER, *BARS),
        text(HEADER, *BARS).replace("\n", "\r\n"),
        text(HEADER.lower(), *BARS),
        text(HEADER.upper(), *BARS),
        text("\n" + HEADER, "", *BARS, ""),
        text(HEADER, *(f'"{line}"'.replace(",", '","') for line in BARS)),
        text(HEADER, *ZONED),
        text(HEADER, *(line.replace(",", "T00:00:00Z,", 1) for line in BARS)),
        text(HEADER + ",Source", *(line + ",a vendor" for line in BARS)),
        text(HEADER.replace("Adj Close", "AdjClose"), *BARS),
        text(HEADER, *(line.replace(",", " , ").replace(" ,", ",", 1) for line in BARS)),
        text(HEADER, *BARS).replace("\n", "\r"),
    ],
)
def test_spellings_of_the_same_file(folder, content):
    write(folder, "plain/IWM.csv", text(HEADER, *BARS))
    write(folder, "IWM.csv", content)
    plain = FolderSource(folder.path / "plain", folder.now).load(IWM)
    pd.testing.assert_frame_equal(folder.load(IWM), plain)


@pytest.mark.parametrize("place", ["", "prices/", "fred/", "futures/", "intraday/"])
@pytest.mark.parametrize("name", ["RUT.csv", "^RUT.csv", "rut.CSV", "RUT.csv.gz", "RUT.parquet", "^rut.parquet"])
def test_where_a_file_may_lie_and_how_it_may_be_called(folder, place, name):
    content = text(HEADER, *BARS).encode()
    if name.endswith(".gz"):
        content = gzip.compress(content)
    elif name.endswith(".parquet"):
        buffer = io.BytesIO()
        pd.read_csv(io.BytesIO(content), parse_dates=["Date"]).to_parquet(buffer)
        content = buffer.getvalue()
    write(folder, place + name, content)
    assert list(folder.load(RUT)["close"]) == [101.0, 102.0, 103.0, 104.0, 105.0]


def test_parquet_as_yfinance_keeps_it(folder):
    index = pd.DatetimeIndex([line[:10] for line in BARS], name="Date").tz_localize("America/New_York")
    columns = {"Open": 101.0, "High": 103.0, "Low": 100.0, "Close": 102.0, "Volume": 7, "Dividends": 0.0}
    pd.DataFrame(columns, index=index).to_parquet(folder.path / "IWM.parquet")
    table = folder.load(IWM)
    assert list(table["date"]) == list(pd.date_range("2024-03-11", "2024-03-15"))
    assert list(table["dividend"]) == [0.0] * 5


def test_dates_with_a_zone_are_their_own_local_dates(folder):
    dates = sessions(pd.Timestamp("2023-01-03"), pd.Timestamp("2023-12-29"))
    lines = [f"{d},100,102,99,101" for d in dates.tz_localize("America/New_York")]
    assert {line[19:25] for line in lines} == {"-05:00", "-04:00"}
    write(folder, "IWM.csv", text("Date,Open,High,Low,Close", *lines))
    assert list(folder.load(IWM)["date"]) == list(dates)


def test_dividends_beside_an_unadjusted_close(folder):
    lines = [f"{line},{0.5 if '03-13' in line else 0},0" for line in BARS]
    write(folder, "IWM.csv", text(HEADER + ",Dividends,Stock Splits", *lines))
    table = folder.load(IWM)
    assert list(table["dividend"]) == [0.0, 0.0, 0.5, 0.0, 0.0]
    assert list(table["split"]) == [0.0] * 5
    assert list(total_return(table)) == [100.5, 101.5, 102.5, 103.5, 104.5]


def test_dividends_without_adj_close_are_in_the_close_already(folder):
    """yfinance's default (auto_adjust) drops Adj Close and adjusts Close: dividends must not be paid twice."""
    lines = [",".join(line.split(",")[:5]) + f",{0.5 if '03-13' in line else 0}" for line in BARS]
    write(folder, "IWM.csv", text("Date,Open,High,Low,Close,Dividends", *lines))
    assert list(total_return(folder.load(IWM))) == [101.0, 102.0, 103.0, 104.0, 105.0]


def test_dividends_in_our_own_spelling_belong_to_a_close_that_is_not_adjusted(folder):
    lines = [",".join(line.split(",")[:5]) + f",{0.5 if '03-13' in line else 0}" for line in BARS]
    write(folder, "IWM.csv", text("date,open,high,low,close,dividend", *lines))
    assert list(total_return(folder.load(IWM)))[2] == pytest.approx(102 * 103 / 101.5)


@pytest.mark.parametrize(
    "content",
    [
        text("DATE,DGS2", *RATES, "2024-03-15,."),
        text("observation_date,DGS2", *RATES, "2024-03-15,"),
        text("date,value", *RATES),
        text("observation_date,DGS10,dgs2", *(line.replace(",", ",9.99,") for line in RATES), "2024-03-15,9.99,"),
        text("observation_date,DGS2", "2024-03-08,.", *RATES),
    ],
)
def test_fred_and_its_missing_values(folder, content):
    write(folder, "DGS2.csv", content)
    table = folder.load(DGS2)
    assert list(table["value"]) == [4.51, 4.58, 4.61, 4.68]
    assert list(table["date"].dt.strftime("%Y-%m-%d")) == [line[:10] for line in RATES]


def test_a_rate_may_be_zero_and_negative(folder):
    write(folder, "DGS2.csv", text("date,value", "2024-03-11,0", "2024-03-12,-0.25", "2024-03-13,.5"))
    assert list(folder.load(DGS2)["value"]) == [0.0, -0.25, 0.5]


def test_an_empty_volume_is_no_fault(folder):
    write(folder, "IWM.csv", changed(1, "2024-03-12,101,103,100,102,101.5,"))
    assert np.isnan(folder.load(IWM)["volume"][1])


def test_history_before_the_calendars_is_left_out(folder):
    write(folder, "DGS2.csv", text("DATE,DGS2", "1976-06-01,7.26", "1984-12-31,9.99", "1985-01-02,10.0"))
    table = folder.load(DGS2)
    assert list(table["date"]) == [pd.Timestamp("1985-01-02")]
    message = refused(folder, text("DATE,DGS2", "1976-06-01,7.26"), DGS2, "DGS2.csv")
    assert "no observation from 1985-01-01 on" in message


def test_a_bar_that_has_not_closed_is_left_out(folder):
    write(folder, "ETH-USD.csv", text(HEADER, *BARS))
    for now, last in (("2024-03-15 23:59", "2024-03-14"), ("2024-03-16 00:00", "2024-03-15")):
        source = FolderSource(folder.path, now=lambda now=now: pd.Timestamp(now, tz="UTC"))
        assert source.load(ETH)["date"].iloc[-1] == pd.Timestamp(last)
    write(folder, "IWM.csv", text(HEADER, *BARS))
    for now, last in (("2024-03-15 20:00", "2024-03-14"), ("2024-03-15 20:01", "2024-03-15")):
        source = FolderSource(folder.path, now=lambda now=now: pd.Timestamp(now, tz="UTC"))
        assert source.load(IWM)["date"].iloc[-1] == pd.Timestamp(last)
    write(folder, "ETH-USD.csv", text(HEADER, BARS[-1]))
    with pytest.raises(BadFile, match="its only bar has not closed yet; wait"):
        FolderSource(folder.path, now=lambda: pd.Timestamp("2024-03-15 10:00", tz="UTC")).load(ETH)


def test_two_sources_of_one_folder_are_equal(folder, tmp_path):
    assert FolderSource(tmp_path) == folder
    assert "now" not in repr(folder)
    assert FolderSource(tmp_path).now() > pd.Timestamp("2024-01-01", tz="UTC")


# What is not there


def test_a_folder_that_is_not_there(tmp_path):
    for path in (tmp_path / "nowhere", tmp_path / "file"):
        (tmp_path / "file").touch()
        with pytest.raises(UsageError, match=rf"{path} is not a folder; name one with files such as IWM.csv"):
            FolderSource(path).load(IWM)


def test_a_series_that_is_not_there(folder):
    write(folder, "prices/IWN.csv", text(HEADER, *BARS))
    write(folder, "DGS10.csv", text("date,value", *RATES))
    with pytest.raises(MissingSeries) as caught:
        folder.load(IWM)
    message = str(caught.value)
    for part in (folder.name, "IWM{.csv,.csv.gz,.parquet}", "prices, fred, futures, intraday", "near: IWN", "put the"):
        assert part in message
    assert "\n" not in message


def test_two_files_of_one_series(folder):
    first = write(folder, "IWM.csv", text(HEADER, *BARS))
    second = write(folder, "prices/iwm.csv.gz", gzip.compress(text(HEADER, *BARS).encode()))
    with pytest.raises(BadFile, match=rf"{re.escape(str(first))}: {re.escape(str(second))} is IWM too; keep one"):
        folder.load(IWM)


def test_a_folder_of_that_name_is_no_file(folder):
    (folder.path / "IWM.csv").mkdir()
    with pytest.raises(BadFile, match="a folder, not a file"):
        folder.load(IWM)


# What is refused


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (changed(2, BARS[1]), ["line 4 (2024-03-12)", "the date stands twice"]),
        (text(HEADER, *reversed(BARS)), ["line 3 (2024-03-14)", "the dates are not in order"]),
        (changed(2, "2024-03-13,102,104,101,nan,102.5,1"), ["line 4", "Close is 'nan', not a plain number"]),
        (changed(2, "2024-03-13,null,null,null,null,null,null"), ["line 4", "Open is 'null'"]),
        (changed(2, "2024-03-13,102,104,101,,102.5,1"), ["line 4", "Close is empty"]),
        (changed(2, "2024-03-13,102,104,101,103,,1"), ["line 4", "Adj Close is empty"]),
        (changed(2, "2024-03-13,102,inf,101,103,102.5,1"), ["line 4", "High is 'inf'"]),
        (changed(2, "2024-03-13,102,1e999,101,103,102.5,1"), ["line 4 (2024-03-13)", "missing or infinite"]),
        (changed(2, "2024-03-13,102,104,-101,103,102.5,1"), ["line 4 (2024-03-13)", "zero or negative"]),
        (changed(2, "2024-03-13,102,104,0,103,102.5,1"), ["line 4", "zero or negative"]),
        (changed(2, "2024-03-13,102,100,101,103,102.5,1"), ["line 4", "high is below the low"]),
        (changed(2, "2024-03-13,102,104,101,105,102.5,1"), ["line 4", "open or close is outside low..high"]),
        (changed(2, "2024-03-13,100,104,101,103,102.5,1"), ["line 4", "open or close is outside low..high"]),
        (changed(2, '2024-03-13,"1,102.5",104,101,103,102.5,1'), ["line 4", "Open is '1,102.5'", "1234.5"]),
        (changed(2, "2024-03-13,0x66,104,101,103,102.5,1"), ["line 4", "Open is '0x66'"]),
        (changed(2, "2024-03-13,1_02,104,101,103,102.5,1"), ["line 4", "Open is '1_02'"]),
        (changed(2, "2024-03-13,$102,104,101,103,102.5,1"), ["line 4", "Open is '$102'"]),
        (changed(2, "2024-03-13,102 USD,104,101,103,102.5,1"), ["line 4", "Open is '102 USD'"]),
        (changed(2, "2024-03-13,\u0661\u0660\u0662,104,101,103,102.5,1"), ["line 4", "not a plain number"]),
        (changed(2, "2024-03-13,1.0.2,104,101,103,102.5,1"), ["line 4", "Open is '1.0.2'"]),
        (changed(2, "2024-03-13,True,104,101,103,102.5,1"), ["line 4", "Open is 'True'"]),
        (changed(2, "03/13/2024,102,104,101,103,102.5,1"), ["line 4", "'03/13/2024' is not of the form YYYY-MM-DD"]),
        (changed(2, "03/04/2024,102,104,101,103,102.5,1"), ["line 4", "'03/04/2024' is not of the form"]),
        (changed(2, "20240313,102,104,101,103,102.5,1"), ["line 4", "'20240313'"]),
        (changed(2, "2024-3-13,102,104,101,103,102.5,1"), ["line 4", "'2024-3-13'"]),
        (changed(2, ",102,104,101,103,102.5,1"), ["line 4", "the date '' is not"]),
        (changed(2, "2024-02-30,102,104,101,103,102.5,1"), ["line 4", "there is no day 2024-02-30"]),
        (changed(2, "2024-03-13,102,104,101,103"), ["line 4", "5 fields where the header has 7"]),
        (changed(2, "2024-03-13,102,104,101,103,102.5,1,"), ["line 4", "8 fields where the header has 7"]),
        (changed(2, "2024-03-13,102,104,101,103,102.5,1200,2024-03-14"), ["line 4", "8 fields"]),
        (changed(4, "2024-03-15,104,10"), ["line 6", "3 fields"]),
        (changed(4, "2024-03-16,104,106,103,105,104.5,1"), ["line 6 (2024-03-16)", "Saturday is not a NYSE session"]),
        (changed(4, "2024-03-29,104,106,103,105,104.5,1"), ["line 6 (2024-03-29)", "Friday is not a NYSE session"]),
        (
            changed(4, "2024-04-02,104,106,103,105,104.5,1"),
            ["line 6 (2024-04-02)", "in the future (it is 2024-04-01 now)"],
        ),
        (changed(4, "2204-03-15,104,106,103,105,104.5,1"), ["line 6 (2204-03-15)", "in the future"]),
        (changed(4, "9999-03-15,104,106,103,105,104.5,1"), ["line 6 (9999-03-15)", "in the future"]),
        (changed(4, "2024-03-15,104e6,106e6,103e6,105e6,1,1"), ["line 6", "is outside 0.01..100000", "USD"]),
        ("a remark\r" + text(HEADER, *BARS), ["line 2: 7 fields where the header has 1"]),
        (text(HEADER), ["a header and no rows"]),
        ("", ["the file is empty"]),
        ("\n \n"[:1], ["the file is empty"]),
        (
            text(HEADER.replace("Close,Adj", "Last,Adj"), *BARS),
            ["no column close for IWM", "Date, Open, High, Low, Last"],
        ),
        (text(HEADER.replace(",", ";"), *(line.replace(",", ";") for line in BARS)), ["no column", "commas between"]),
        (
            text("Price,Close,High,Low,Open", "Ticker,IWM,IWM,IWM,IWM", "Date,,,,"),
            ["no column date", "one header line"],
        ),
        (text(HEADER.replace("High", "close"), *BARS), ["the column close stands twice"]),
        (text("date,value", *RATES), ["no column open, high, low, close for IWM"]),
        (text(HEADER, *BARS).encode("utf-16"), ["not a text file in UTF-8"]),
        (text(HEADER, *BARS).encode() + b"\0\0", ["not a text file in UTF-8"]),
        (text(HEADER, *BARS).encode() + b"\xff\xfe", ["not a text file in UTF-8"]),
        (b"\x1f\x8b\x08\x00" + b"\x9c" * 40, ["not a text file in UTF-8"]),
        (changed(2, '2024-03-13,"102,104,101,103,102.5,1'), ["not CSV"]),
    ],
)
def test_faults(folder, content, parts):
    message = refused(folder, content)
    for part in parts:
        assert part in message


@pytest.mark.parametrize(
    ("lines", "parts"),
    [
        ((*ZONED[:2], BARS[2], *ZONED[3:]), ["line 4", "dates with a time zone and dates without are mixed"]),
        ((*BARS[:4], ZONED[4]), ["line 6", "mixed"]),
        (
            [line.replace("-04:00", "-07:00") if "03-13" in line else line for line in ZONED],
            ["line 4", "zones are mixed"],
        ),
        (
            [line.replace("-04:00", "-05:00") if "03-13" in line else line for line in ZONED],
            ["line 4", "zones are mixed"],
        ),
        (
            [line.replace("-04:00", "+00:00") if "03-15" in line else line for line in ZONED],
            ["line 6", "+00:00, -04:00"],
        ),
        ([line.replace("00:00:00", "16:00:00") for line in ZONED], ["line 2", "a time of day: the file is not daily"]),
    ],
)
def test_zones(folder, lines, parts):
    message = refused(folder, text(HEADER, *lines))
    for part in parts:
        assert part in message


def test_an_hourly_file_for_a_daily_series(folder):
    hours = [f"2024-03-{d:02} {h:02}:30:00,100,102,99,101,100,5" for d in (11, 12) for h in range(13, 20)]
    message = refused(folder, text(HEADER.replace("Date", "Datetime"), *hours))
    assert "line 2: several rows on one date (2024-03-11 13:30:00): an hourly or intraday file" in message
    midnight = [f"2024-03-11 {h:02}:00:00+00:00,100,102,99,101,100,5" for h in range(24)]
    assert "line 3: several rows on one date" in refused(folder, text(HEADER, *midnight), ETH, "ETH-USD.csv")


def test_a_coins_days_must_be_utc_days(folder):
    message = refused(folder, text(HEADER, *ZONED), ETH, "ETH-USD.csv")
    assert "line 2: the days are of zone -04:00, where UTC days are due; date every row at midnight" in message


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (text("DATE,DGS10", *RATES), ["no column value for DGS2; the columns are DATE, DGS10", "observation_date"]),
        (text("date,value,DGS2", *(line + ",1" for line in RATES)), ["the column value stands twice"]),
        (text("DATE,DGS2", *RATES[:2], "2024-03-13", *RATES[3:]), ["line 4: 1 fields where the header has 2"]),
        (text("DATE,DGS2", *RATES[:2], "2024-03-13,ND"), ["line 4", "DGS2 is 'ND'"]),
        (text("DATE,DGS2", *RATES[:2], "2024-03-13,NaN"), ["line 4", "DGS2 is 'NaN'"]),
        (text("DATE,DGS2", *RATES[:2], "2024-03-13,461"), ["line 4 (2024-03-13)", "461 is outside -5..30", "percent"]),
        (text("DATE,DGS2", *RATES[:2], "2024-03-12,4.61"), ["line 4 (2024-03-12)", "stands twice"]),
        (text("DATE,DGS2", "2024-03-12,.", "2024-03-11,."), ["no observation"]),
        ("<!DOCTYPE html>\n<html><body>503</body></html>\n", ["no column date, value for DGS2"]),
    ],
)
def test_faults_of_rates(folder, content, parts):
    message = refused(folder, content, DGS2, "DGS2.csv")
    for part in parts:
        assert part in message


def test_the_line_is_the_files_own_after_missing_values_and_blank_lines(folder):
    lines = ("2024-03-11,.", "", "2024-03-12,4.5", "2024-03-13,.", "2024-03-12,4.6")
    message = refused(folder, text("DATE,DGS2", *lines), DGS2, "DGS2.csv")
    assert "line 6 (2024-03-12): the date stands twice" in message
    old = text("DATE,DGS2", "1976-06-01,7.26", "2024-03-12,4.5", "2024-03-12,4.6")
    assert "line 4 (2024-03-12): the date stands twice" in refused(folder, old, DGS2, "DGS2.csv")


def test_a_long_gap_in_bars(folder):
    dates = sessions(pd.Timestamp("2023-06-01"), pd.Timestamp("2024-03-15"))
    lines = [f"{d:%Y-%m-%d},100,102,99,101" for d in dates]
    write(folder, "IWM.csv", text("Date,Open,High,Low,Close", *lines[:50], *lines[60:]))
    assert len(folder.load(IWM)) == len(dates) - 10
    message = refused(folder, text("Date,Open,High,Low,Close", *lines[:50], *lines[61:]))
    assert (
        f"line 52 ({dates[61]:%Y-%m-%d}): 11 due dates are missing before it, from {dates[50]:%Y-%m-%d} on" in message
    )


def test_a_cut_gzip(folder):
    whole = gzip.compress(text(HEADER, *BARS * 50).encode())
    for payload in (whole[:-20], whole[:30], whole[:5], b"", b"Date,Open\n", whole[:40] + b"\x00" * 20 + whole[60:]):
        message = refused(folder, payload, name="IWM.csv.gz")
        assert "not a whole gzip file" in message or "the file is empty" in message


def test_a_parquet_that_is_none(folder):
    buffer = io.BytesIO()
    pd.read_csv(io.StringIO(text(HEADER, *BARS))).to_parquet(buffer)
    whole = buffer.getvalue()
    for payload in (b"", b"PAR1", text(HEADER, *BARS).encode(), whole[: len(whole) // 2], whole[:-3]):
        assert "not a Parquet file" in refused(folder, payload, name="IWM.parquet")


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"Close": [101.0, np.nan, 103, 104, 105]}, "2024-03-12: a number is missing or infinite"),
        ({"Close": ["101", "x", "103", "104", "105"]}, "row 2: Close is 'x', not a plain number"),
        ({"Close": True}, "row 1: Close is 'True'"),
        (
            {"Date": [20240311, 20240312, 20240313, 20240314, 20240315]},
            "row 1: the date '20240311.0' is not of the form",
        ),
        ({"Date": ["2024-03-11", "2024-03-12", "2024-03-13", None, "2024-03-15"]}, "row 4: the date"),
    ],
)
def test_faults_of_parquet(folder, change, part):
    frame = pd.read_csv(io.StringIO(text(HEADER, *BARS))).assign(**change)
    frame.to_parquet(folder.path / "IWM.parquet")
    with pytest.raises(BadFile, match=re.escape(part)):
        folder.load(IWM)
    frame.iloc[:0].to_parquet(folder.path / "IWM.parquet")
    with pytest.raises(BadFile, match="the file has no rows"):
        folder.load(IWM)


def test_a_file_that_may_not_be_read(folder, monkeypatch):
    path = write(folder, "IWM.csv", text(HEADER, *BARS))

    def denied(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "read_bytes", denied)
    with pytest.raises(BadFile, match=r"cannot be read \(Permission denied\)"):
        folder.load(IWM)


# Two ways of reading that must agree


NUMBERS = st.one_of(
    st.floats(0.01, 1e5).map(repr), st.floats(0.01, 1e5).map("{:.4f}".format), st.integers(1, 10**18).map(str)
)
ODD = ("", ".", "nan", "1e5", "1e-320", "0x10", "1_0", " 5", "5 ", "-0.0", "+7", "1.", ".5", "e", "--1", "1e999", "1,2")


@settings(max_examples=150, deadline=None)
@given(st.data(), st.integers(2, 4), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_the_quick_reader_agrees_with_the_slow_one(data, width, newline, odd):
    header = ["Date", *"ABC"][:width]
    cells = st.one_of(NUMBERS, st.sampled_from(ODD)) if odd else NUMBERS
    rows = data.draw(st.lists(st.lists(cells, min_size=width - 1, max_size=width - 1), min_size=1, max_size=6))
    lines = [",".join(("2024-03-11", *row)) for row in rows]
    payload = newline.join((",".join(header), *lines, "")).encode()
    quick = table_file._quick("file", payload)
    assert odd or quick is not None
    if quick is None:
        return
    slow = table_file._slow("file", payload)
    for ours, theirs in zip(quick, slow, strict=True):
        assert (ours.label, list(ours.lines)) == (theirs.label, list(theirs.lines))
        if ours.label != "Date":
            absent = width == 2
            np.testing.assert_array_equal(ours.floats(absent=absent), theirs.floats(absent=absent))


@pytest.mark.parametrize(
    "name", ["prices/IWM.csv", "prices/VIX.csv", "prices/ETH-USD.csv", "fred/DGS2.csv", "fred/DFF.csv"]
)
def test_real_files_are_read_quickly_and_alike(shared_market, name, monkeypatch):
    path = shared_market / name
    row = lookup(path.stem)
    assert table_file._quick(path, path.read_bytes()) is not None
    quick = read_file(path, row).table
    monkeypatch.setattr(table_file, "_quick", lambda path, payload: None)
    pd.testing.assert_frame_equal(quick, read_file(path, row).table, check_exact=True)


def test_reading_a_clean_file_calls_one_function_a_row_at_most(folder):
    dates = sessions(pd.Timestamp("2000-01-03"), pd.Timestamp("2024-03-15"))[-6000:]
    lines = [
        f"{d:%Y-%m-%d},{c:.2f},{c + 1:.2f},{c - 1:.2f},{c:.2f},{c:.2f},1000"
        for d, c in zip(dates, np.linspace(100, 200, 6000), strict=True)
    ]

    def calls(rows):
        """Return how often a function is called; seconds would tell of the machine's other work too."""
        write(folder, "IWM.csv", text(HEADER, *lines[-rows:]))
        folder.load(IWM)
        counted = Counter()
        sys.setprofile(lambda frame, event, what: counted.update([event]))
        try:
            folder.load(IWM)
        finally:
            sys.setprofile(None)
        return counted["call"] + counted["c_call"]

    assert calls(6000) < calls(600) + 1.1 * 5400  # the date is stripped; numbers are read by pandas


@pytest.mark.uncounted
@pytest.mark.slow
@pytest.mark.parametrize(
    "id",
    [
        row.id
        for row in ROWS
        if row.id not in ("BAA10Y", "VIX3M", "FNG", "WDTGAL", "ETHUSDT-FUNDING")
        and row.vendor != "treasury"
        and (row.vendor, row.kind) != ("yahoo", "hours")
    ],
)
def test_the_shared_history_simply_works(shared_market, id):
    row = lookup(id)
    source = FolderSource(shared_market)
    table = source.load(row)
    assert len(table) > 1000
    pd.testing.assert_frame_equal(validate(table, row, source.name), table)
    series = to_series(table, row, source.name)
    assert len(series.frame) == len(table)


def test_the_shared_history_says_what_the_press_said(shared_market):
    close = FolderSource(shared_market).load(RUT).set_index("date")["close"]
    assert close["2025-04-08"] == pytest.approx(1760.71)
    assert close["2025-10-06"] / close["2025-04-08"] - 1 == pytest.approx(0.412, abs=5e-4)
