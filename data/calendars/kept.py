"""Calendars kept on disk, sealed: half a century is built once on a machine, and read by every command after that."""

from __future__ import annotations

import contextlib
import hashlib
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np

from data.errors import DataError
from data.files import home, write_atomic

Days = np.ndarray[tuple[int, ...], np.dtype[np.int64]]


def kept(name: str, build: Callable[[], Days]) -> Days:
    """Return what is kept under a name, which says all that it depends on; built where it is not there or not whole."""
    file = home() / "cache" / f"{name}.bin"
    found = _read(file)
    if found is None:
        found = build()
        with contextlib.suppress(OSError, DataError):  # a folder that cannot be written costs time, no more
            _write(file, found)
    return found


def _write(file: Path, days: Days) -> None:
    buffer = io.BytesIO()
    np.save(buffer, days, allow_pickle=False)
    payload = buffer.getvalue()
    write_atomic(file, hashlib.sha256(payload).digest() + payload)


def _read(file: Path) -> Days | None:
    try:
        content = file.read_bytes()
    except OSError:
        return None
    digest, payload = content[:32], content[32:]
    if hashlib.sha256(payload).digest() != digest:
        return None
    return np.asarray(np.load(io.BytesIO(payload), allow_pickle=False))
