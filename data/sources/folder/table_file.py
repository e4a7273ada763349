"""One file of a user's folder, read as Yahoo, yfinance and FRED write it."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import stat
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from data.catalogue import SeriesInfo
from data.errors import BadFile
from data.settings import plain_name as _plain
from data.settings import settings
from data.sources.folder.column import Column, Floats
from data.sources.folder.vintages import days_of, from_wide, in_columns, is_wide
from data.table import DATES, OPTIONAL, REQUIRED

ALIASES = {
    "observation_date": "date",
    "datetime": "date",
    "timeutc": "date",
    "adjclose": "adj_close",
    "dividends": "dividend",
    "stock_splits": "split",
}
PLAIN = b"0123456789+-.eE:TZ ,\r\n"
AGAIN = "download the file again"
LESS = "cut it to the series and the span that you need"
MOST_BYTES = 2**28
# Days since 1985 are 19,000 until 2035; some files go back to 1900.
MOST_ROWS = {
    **{"bars": 10**5, "rate": 10**5, "hours": 10**6, "funding": 10**6},
    **{"contracts": 3 * 10**6, "vintages": 4 * 10**6},
}
FORMS = {
    "bars": "give Yahoo's columns Date,Open,High,Low,Close (one header line, commas between)",
    "rate": "give FRED's columns observation_date and the series' id, or date,value",
    "contracts": "give the columns date,contract,settle (contract as YYYY-MM, one header line)",
    "hours": "give the columns TimeUTC,Open,High,Low,Close (one header line, each hour by its start in UTC)",
    "funding": "give the columns date,value (one header line, each instant in UTC as YYYY-MM-DD HH:00)",
    "vintages": "give the columns date,vintage,value (one header line), or ALFRED's observation_date and ID_YYYYMMDD",
}


@dataclass(frozen=True, eq=False)
class FolderFile:
    """A file as read: `table` in the columns of `data.table`, `lines` the line number of each row (None in Parquet)."""

    path: Path
    table: pd.DataFrame
    lines: Sequence[int] | None

    def bad(self, at: int, what: str, remedy: str) -> BadFile:
        """Return the error for the row at position `at`, ready to be raised."""
        stamp = self.table["date"].iloc[at]
        date = f"{stamp:%Y-%m-%d}" if stamp == stamp.normalize() else f"{stamp:%Y-%m-%d %H:%M}"
        return BadFile(self.path, f"line {self.lines[at]} ({date})" if self.lines else date, what, remedy)

    def sorted(self, *by: str) -> FolderFile:
        """Return the rows in the order of the columns `by`, equal ones as they stand."""
        order = np.lexsort([self.table[name].to_numpy() for name in reversed(by)])
        lines = [self.lines[at] for at in order.tolist()] if self.lines else None
        return FolderFile(self.path, self.table.iloc[order].reset_index(drop=True), lines)

    def keep(self, mask: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> FolderFile:
        """Return the rows where `mask` holds."""
        if mask.all():
            return self
        lines = [line for line, kept in zip(self.lines, mask, strict=True) if kept] if self.lines else None
        return FolderFile(self.path, self.table[mask].reset_index(drop=True), lines)


def read_file(path: Path, row: SeriesInfo) -> FolderFile:
    """Return the rows of `path` for a series, dates in datetime64[s]; BadFile when it is not what its name says.

    Only the form is judged here: columns, dates, zones, numbers. A rate's empty or "." value is an absent row; an empty
    volume is NaN. Columns that no series of this kind has are left out. Vintages may stand in any order.
    """
    _hold_to_size(path)
    columns = _parquet(path, row) if path.suffix.lower() == ".parquet" else _csv(path, row)
    wide = from_wide(path, columns, row) if row.kind == "vintages" else None
    if wide:
        table, place = wide
        lines = columns[0].lines
        return FolderFile(path, table, [lines[at] for at in place.tolist()] if lines else None)
    picked = _pick(path, columns, row)
    dates = picked.pop("date")
    if "vintage" in picked:
        return _long(path, dates, picked)
    days = dates.hours() if row.is_hourly else dates.days(utc=row.calendar == "utc_day")
    months = {"contract": picked.pop("contract").months()} if "contract" in picked else {}
    numbers = {name: column.floats(absent=name in ("value", "volume")) for name, column in picked.items()}
    if "dividend" in picked and "adj_close" not in picked and _plain(picked["dividend"].label) == "dividends":
        numbers["adj_close"] = numbers["close"]  # yfinance leaves Adj Close out where it has adjusted Close itself
    file = FolderFile(
        path, pd.DataFrame({"date": days.astype("datetime64[s]"), **months, **numbers}), picked.popitem()[1].lines
    )
    return file.keep(~np.isnan(numbers["value"])) if row.kind in ("rate", "vintages", "funding") else file


def _long(path: Path, dates: Column, picked: Mapping[str, Column]) -> FolderFile:
    """Return the vintages of a file `date,vintage,value`, in order."""
    value = picked["value"].floats(absent=True)
    file = FolderFile(path, in_columns(days_of(dates), value, days_of(picked["vintage"])), dates.lines)
    return file.keep(~np.isnan(value)).sorted("vintage", "date")


def _hold_to_size(path: Path) -> None:
    """Raise BadFile for what is no file (a pipe would be waited for, a device never ends), or too large a one."""
    try:
        status = path.stat()
    except OSError as error:
        raise BadFile(path, "", f"cannot be read ({error.strerror})", "give yourself the right to read it") from error
    if not stat.S_ISREG(status.st_mode):
        what = "a folder" if stat.S_ISDIR(status.st_mode) else "a pipe, socket or device"
        raise BadFile(path, "", f"{what}, not a file", "put a file there, or give it another name")
    if status.st_size > MOST_BYTES:
        raise BadFile(path, "", f"{status.st_size:,} bytes; {MOST_BYTES:,} are the most", LESS)


def _payload(path: Path) -> bytes:
    try:
        if path.suffix.lower() != ".gz":
            return path.read_bytes()
        with gzip.open(path) as file:
            payload = file.read(MOST_BYTES + 1)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise BadFile(path, "", f"not a whole gzip file ({error})", AGAIN) from error
    except OSError as error:
        raise BadFile(path, "", f"cannot be read ({error.strerror})", "give yourself the right to read it") from error
    if len(payload) > MOST_BYTES:
        raise BadFile(path, "", f"it unfolds to more than {MOST_BYTES:,} bytes", LESS)
    return payload


def _hold_to_rows(path: Path, rows: int, row: SeriesInfo) -> None:
    most = MOST_ROWS[row.kind]
    if rows > most:
        raise BadFile(path, "", f"{rows:,} rows; a file of {row.id} has {most:,} at most", LESS)


def _text(path: Path, payload: bytes) -> str:
    try:
        if b"\0" not in payload:
            return payload.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    raise BadFile(path, "", "not a text file in UTF-8", "save it as plain CSV in UTF-8, or give it its true suffix")


def _csv(path: Path, row: SeriesInfo) -> list[Column]:
    payload = _payload(path)
    lines = payload.count(b"\n")
    _hold_to_rows(path, lines, row)
    if payload and not payload.endswith((b"\n", b"\r")) and _text(path, payload):
        what = "the line does not end: the file may be cut inside its last number"
        raise BadFile(path, f"line {lines + 1}", what, f"{AGAIN}, or end the line with a line feed")
    return _quick(path, payload) or _slow(path, payload)


def _quick(path: Path, payload: bytes) -> list[Column] | None:
    """Return the columns by pandas' parser where it must agree with `_slow`; None where there is anything to look at.

    No letters, no quotes, no blank lines; fields as many as the header says (pandas refuses a longer line, so that by
    the count none is shorter); nothing but numbers beside the date and a contract or vintage; nothing empty but in a
    file of `date,value`, of contracts or of vintages.
    """
    head, _, body = payload.removeprefix(codecs.BOM_UTF8).partition(b"\n")
    if not head.isascii() or b'"' in head or body.translate(None, PLAIN) or not _lines_are_regular(head, body):
        return None
    labels = head.decode().rstrip("\r").split(",")
    ends = body.count(b"\n") + (not body.endswith(b"\n"))
    if body.count(b",") != ends * (len(labels) - 1):
        return None
    texts = [0, *(at for at, label in enumerate(labels) if _plain(label) in DATES)]
    try:
        frame = pd.read_csv(
            io.BytesIO(body),
            header=None,
            dtype=dict.fromkeys(texts, str),
            keep_default_na=False,
            na_values=["", "."],
            low_memory=False,
        )
    except ValueError:
        return None
    if frame.shape[1] != len(labels):
        return None  # one line has a field too many, another one too few
    numbers = frame.drop(columns=texts)
    if len(frame) != ends or any(kind.kind not in "if" for kind in numbers.dtypes):
        return None
    whole = len(labels) == 2 or len(texts) == 2 or is_wide(labels) or not numbers.isna().to_numpy().any()
    if frame[texts].isna().to_numpy().any() or not whole:
        return None
    lines = range(2, ends + 2)
    cells: list[Sequence[str] | Floats]
    cells = [frame[at].tolist() if at in texts else frame[at].to_numpy(dtype="float64") for at in frame]
    return [Column(path, label, column, lines) for label, column in zip(labels, cells, strict=True)]


def _lines_are_regular(head: bytes, body: bytes) -> bool:
    """Whether every line has content and ends alike, in LF or CRLF: then the n-th row stands on line n + 1."""
    returns = b"\r" if head.endswith(b"\r") else b""
    blank = body[:1] in (b"", b"\n", b"\r") or b"\n\n" in body or b"\n\r" in body
    even = body.count(b"\r") == body.count(b"\r\n") * len(returns)
    return not blank and even and head.count(b"\r") == len(returns)


def _slow(path: Path, payload: bytes) -> list[Column]:
    reader = csv.reader(io.StringIO(_text(path, payload), newline=""), strict=True)
    try:
        found = [(reader.line_num, fields) for fields in reader if fields]
    except csv.Error as error:
        raise BadFile(path, f"line {reader.line_num}", f"not CSV ({error})", AGAIN) from error
    if len(found) < 2:
        raise BadFile(path, "", "the file has a header and no rows" if found else "the file is empty", AGAIN)
    header = found[0][1]
    for line, fields in found:
        if len(fields) != len(header):
            what = f"{len(fields)} fields where the header has {len(header)}"
            raise BadFile(path, f"line {line}", what, f"{AGAIN}, or complete the line")
    lines, rows = zip(*found[1:], strict=True)
    return [Column(path, label, cells, lines) for label, cells in zip(header, zip(*rows, strict=True), strict=True)]


def _parquet(path: Path, row: SeriesInfo) -> list[Column]:
    import pyarrow  # noqa: PLC0415  # heavy: loaded when it is needed
    import pyarrow.parquet  # noqa: PLC0415  # heavy: loaded when it is needed

    try:
        _hold_to_rows(path, pyarrow.parquet.read_metadata(path).num_rows, row)
        frame = pd.read_parquet(path)
        if isinstance(frame.index, pd.DatetimeIndex):
            frame = frame.rename_axis("date").reset_index()
        columns = [Column(path, str(label), _cells(series), None) for label, series in frame.items()]
    except (OSError, ValueError, TypeError, KeyError, AttributeError, pyarrow.ArrowException) as error:
        why = (str(error).splitlines() or [type(error).__name__])[0]
        raise BadFile(path, "", f"not a Parquet file of one table ({why})", AGAIN) from error
    if frame.empty:
        raise BadFile(path, "", "the file has no rows", AGAIN)
    return columns


def _cells(series: pd.Series) -> list[str] | Floats:
    if pd.api.types.is_numeric_dtype(series) and not pd.api.types.is_bool_dtype(series):
        return series.to_numpy(dtype="float64", na_value=np.nan)
    if isinstance(series.dtype, np.dtype) and series.dtype.kind == "M" and (series == series.dt.normalize()).all():
        return [str(day) for day in np.datetime_as_string(series.to_numpy(), unit="D")]
    return [str(value) for value in series]


def _pick(path: Path, columns: list[Column], row: SeriesInfo) -> dict[str, Column]:
    """Return the columns of the series by their canonical names."""
    own = dict.fromkeys((row.id.lower(), row.symbol.lower()), "value") if row.kind in ("rate", "vintages") else {}
    if row.kind == "rate" and not {"date", "observation_date"} & {_plain(column.label) for column in columns}:
        own["timestamp"] = "date"  # as public files of the fear and greed index name it
    if row.kind == "funding":
        own |= dict.fromkeys(("funding_rate", "fundingrate", "rate"), "value")
    known = {**own, **ALIASES, **settings().columns}
    names = [known.get(_plain(column.label), _plain(column.label)) for column in columns]
    wanted = (*REQUIRED[row.kind], *OPTIONAL[row.kind])
    where = "" if columns[0].lines is None else "the header"
    for name in wanted:
        if names.count(name) > 1:
            raise BadFile(path, where, f"the column {name} stands twice", "keep one of them")
    missing = [name for name in REQUIRED[row.kind] if name not in names]
    if missing:
        what = f"no column {', '.join(missing)} for {row.id}; the columns are {', '.join(c.label for c in columns)}"
        raise BadFile(path, where, what, FORMS[row.kind])
    return {name: columns[names.index(name)] for name in wanted if name in names}
