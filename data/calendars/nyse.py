"""NYSE closes by exchange_calendars, kept on disk: building half a century takes 0.3 s, reading it none."""

from __future__ import annotations

import contextlib
import hashlib
import io
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from data.errors import DataError
from data.files import home, write_atomic


def closes(first: pd.Timestamp, last: pd.Timestamp) -> pd.Series[pd.Timestamp]:
    """Return real closes (half days too) as UTC instants, indexed by session date, from `first` to `last`."""
    file = _file(first, last)
    kept = _read(file)
    if kept is None:
        kept = _build(first, last)
        with contextlib.suppress(OSError, DataError):  # a folder that cannot be written costs 0.3 s a call, no more
            _write(file, kept)
    days, instants = (column.astype("datetime64[ns]") for column in kept)
    return pd.Series(pd.DatetimeIndex(instants, tz="UTC"), index=pd.DatetimeIndex(days))


def _file(first: pd.Timestamp, last: pd.Timestamp) -> Path:
    name = f"nyse-{version('exchange_calendars')}-{first:%Y%m%d}-{last:%Y%m%d}.bin"
    return home() / "cache" / name


def _build(first: pd.Timestamp, last: pd.Timestamp) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    with warnings.catch_warnings():
        # exchange_calendars 4.13 uses what pandas 3.1 deprecates; its numbers are right either way.
        warnings.simplefilter("ignore", DeprecationWarning)
        import exchange_calendars  # noqa: PLC0415  # heavy: loaded when it is needed

        found = exchange_calendars.get_calendar("XNYS", start=first, end=last).closes
    days = found.index.to_numpy().astype("datetime64[ns]").astype(np.int64)
    instants = found.dt.tz_localize(None).to_numpy().astype("datetime64[ns]").astype(np.int64)
    return np.stack([days, instants])


def _write(file: Path, kept: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> None:
    buffer = io.BytesIO()
    np.save(buffer, kept, allow_pickle=False)
    payload = buffer.getvalue()
    write_atomic(file, hashlib.sha256(payload).digest() + payload)


def _read(file: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]] | None:
    try:
        content = file.read_bytes()
    except OSError:
        return None
    digest, payload = content[:32], content[32:]
    if hashlib.sha256(payload).digest() != digest:
        return None
    return np.asarray(np.load(io.BytesIO(payload), allow_pickle=False))
