"""The store: immutable, content-addressed snapshots under the user's data folder.

    tables/<content>.parquet   one table; <content> is the SHA-256 of its columns and numbers, whatever wrote the file
    tables/<content>.json      its manifest: series, source and time of its first fetch, rows, span, hash of the file
    heads/<source>/<id>.json   the newest fetch of a series: which table, fetched when; older tables stay
    sets/<fingerprint>.json    the frozen inputs of a run: source and {series: content}

Every write goes to a temporary name first and is renamed when whole, so that a killed process leaves nothing
half-written and two processes may write at once. Every JSON file carries the SHA-256 of the rest of itself (`seal`).
Every read checks the hashes; a file that fails is named and never used.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.errors import CorruptSnapshot, DataError, MissingSeries
from data.files import home, try_to_write, write_atomic


def content_hash(table: pd.DataFrame) -> str:
    """Return the SHA-256 of a table's column names and numbers: the same for the same data on every machine."""
    digest = hashlib.sha256()
    for name in table.columns:
        column = table[name].to_numpy()
        if column.dtype.kind == "M":
            bits = column.astype("datetime64[ns]").astype("<i8")
        else:
            bits = column.astype("<f8")
            bits[np.isnan(bits)] = np.nan  # NaN has many bit patterns, and Parquet brings back another one
        digest.update(f"{name}:{bits.dtype.str}:{len(bits)};".encode())
        digest.update(bits.tobytes())
    return digest.hexdigest()


def set_fingerprint(contents: Mapping[str, str]) -> str:
    """Return the fingerprint of a set of tables: 16 hex digits over the sorted series ids and their content hashes."""
    return hashlib.sha256(json.dumps(dict(sorted(contents.items()))).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Snapshot:
    """One stored table: which series from which source it was fetched as, and when (`fetched_at`, ISO 8601 UTC)."""

    id: str
    source: str
    content: str
    sha256: str
    fetched_at: str
    rows: int
    first: str
    last: str


class Store:
    """Snapshots below one folder; safe for several processes at once."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = (root or home()) / "store"

    def check(self) -> None:
        """Raise UsageError where nothing can be kept, before a vendor is asked for it."""
        try_to_write(self.root, "choose another folder (HARBINGER_HOME)", keep=True)

    def put(self, table: pd.DataFrame, *, id: str, source: str, fetched_at: str) -> Snapshot:
        """Keep a canonical table (`data.table.validate`) and return its snapshot; the same content is kept once."""
        content = content_hash(table)
        kept = self._whole(content)
        if kept:
            return replace(kept, id=id, source=source, fetched_at=fetched_at)
        buffer = io.BytesIO()
        table.to_parquet(buffer, index=False)
        payload = buffer.getvalue()
        first, last = (f"{table['date'].iloc[i]:%Y-%m-%d}" for i in (0, -1))
        digest = hashlib.sha256(payload).hexdigest()
        snapshot = Snapshot(id, source, content, digest, fetched_at, len(table), first, last)
        path = self._table(content)
        write_atomic(path, payload)
        write_atomic(path.with_suffix(".json"), _sealed(asdict(snapshot)))
        return snapshot

    def get(self, content: str) -> pd.DataFrame:
        """Return a stored table; CorruptSnapshot names a file that is not what its name says."""
        table = table_of(self.payload(content))
        if content_hash(table) != content:
            raise CorruptSnapshot(f"{self._table(content)}: its numbers do not hash to its name; {REMEDY}")
        return table

    def payload(self, content: str) -> bytes:
        """Return the bytes of a stored table's file, which are those that its manifest names."""
        path = self._table(content)
        try:
            payload = _read(path)
        except FileNotFoundError as error:
            raise MissingSeries(
                f"{path}: this snapshot is not in the store; run on the original source again"
            ) from error
        if hashlib.sha256(payload).hexdigest() != self._manifest(content).sha256:
            raise CorruptSnapshot(f"{path}: its SHA-256 is not the one in its manifest; {REMEDY}")
        return payload

    def set_head(self, snapshot: Snapshot) -> None:
        """Make `snapshot` the newest of its series and source."""
        write_atomic(self.head_path(snapshot.source, snapshot.id), _sealed(asdict(snapshot)))

    def head(self, source: str, id: str) -> Snapshot | None:
        """Return the newest snapshot of a series, or None when it was never fetched."""
        try:
            return _snapshot(self.head_path(source, id))
        except FileNotFoundError:  # asked, not looked for first: another process may remove it in between
            return None

    def heads(self) -> list[Snapshot]:
        """Return the newest snapshot of every stored series."""
        found = (self.head(path.parent.name, path.stem) for path in sorted((self.root / "heads").glob("*/*.json")))
        return [snapshot for snapshot in found if snapshot is not None]

    def freeze(self, tables: Mapping[str, pd.DataFrame], *, source: str, fetched_at: str) -> str:
        """Keep the inputs of a run by content and return their fingerprint."""
        contents = {
            id: self.put(table, id=id, source=source, fetched_at=fetched_at).content for id, table in tables.items()
        }
        fingerprint = set_fingerprint(contents)
        path = self._set(fingerprint)
        if not _is_sealed(path):
            write_atomic(path, _sealed({"source": source, "series": contents}))
        return fingerprint

    def has(self, fingerprint: str) -> bool:
        """Whether the frozen inputs of a run are in this store."""
        return self._set(fingerprint).exists()

    def thaw(self, fingerprint: str) -> tuple[str, dict[str, pd.DataFrame]] | None:
        """Return (source, {series: table}) of a frozen set, or None when this store does not have it."""
        found = self.contents(fingerprint)
        return found and (found[0], {id: self.get(content) for id, content in found[1].items()})

    def contents(self, fingerprint: str) -> tuple[str, dict[str, str]] | None:
        """Return (source, {series: content}) of a frozen set, or None when this store does not have it."""
        path = self._set(fingerprint)
        if not path.exists():
            return None
        frozen = _unsealed(path)
        if set_fingerprint(frozen["series"]) != fingerprint:
            raise CorruptSnapshot(f"{path}: its list does not hash to its name; {REMEDY}")
        return str(frozen["source"]), dict(frozen["series"])

    def _table(self, content: str) -> Path:
        return self.root / "tables" / f"{content}.parquet"

    def head_path(self, source: str, id: str) -> Path:
        """Return the file that names the newest table of a series; without it the series counts as never fetched."""
        return self.root / "heads" / source / f"{id}.json"

    def _set(self, fingerprint: str) -> Path:
        return self.root / "sets" / f"{fingerprint}.json"

    def _manifest(self, content: str) -> Snapshot:
        path = self._table(content).with_suffix(".json")
        try:
            return _snapshot(path)
        except FileNotFoundError as error:
            raise CorruptSnapshot(f"{path}: missing; {REMEDY}") from error

    def _whole(self, content: str) -> Snapshot | None:
        """Return the manifest of a table whose two files are whole, else None: such a table is written again."""
        try:
            manifest = self._manifest(content)
            payload = _read(self._table(content))
        except (DataError, FileNotFoundError):
            return None
        return manifest if hashlib.sha256(payload).hexdigest() == manifest.sha256 else None


REMEDY = "delete it and fetch or run again"


def table_of(payload: bytes) -> pd.DataFrame:
    """Return the table of a Parquet file's bytes."""
    import pyarrow  # noqa: PLC0415  # heavy: loaded when it is needed
    import pyarrow.parquet  # noqa: PLC0415  # heavy: loaded when it is needed

    # Arrow's reading threads may still run when Python ends, and then one process in a hundred aborts (arrow #34314).
    file = pyarrow.parquet.ParquetFile(pyarrow.BufferReader(payload))
    table: pd.DataFrame = file.read(use_threads=False).to_pandas(use_threads=False)
    return table


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error}); check its permissions") from error


def _seal(value: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _sealed(value: Mapping[str, Any]) -> bytes:
    return (json.dumps({**value, "seal": _seal(value)}, indent=1, sort_keys=True) + "\n").encode()


def _unsealed(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(_read(path))
        seal = value.pop("seal")
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise CorruptSnapshot(f"{path}: not one of this store's JSON files; {REMEDY}") from error
    if not isinstance(value, dict) or seal != _seal(value):
        raise CorruptSnapshot(f"{path}: changed since it was written; {REMEDY}")
    return value


def _is_sealed(path: Path) -> bool:
    try:
        _unsealed(path)
    except (CorruptSnapshot, FileNotFoundError):
        return False
    return True


def _snapshot(path: Path) -> Snapshot:
    try:
        return Snapshot(**_unsealed(path))
    except TypeError as error:
        raise CorruptSnapshot(f"{path}: not a manifest; {REMEDY}") from error
