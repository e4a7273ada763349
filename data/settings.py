"""harbinger.toml: what a folder of work says once instead of on every command line. Data, never code.

    source = "folder:history"              # what --source is where it is not given
    accept = ["ETH-USD:2020-03-12"]        # errors of `data check` that you looked at, beside those of --accept

    [columns]                              # of CSV and Parquet files in folders: their name = ours
    Datum = "date"
    Schluss = "close"

It is read from the current folder alone, never from one above it: what a command does depends on nothing that the
folder in which it is typed does not show. Nothing in it is run. What it changes stands in spec.toml and run.json of
every run, which need the file no more.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from data.errors import BadSpec, UnknownName, quoted

FILE = "harbinger.toml"
MOST_BYTES = 2**16
KEYS = ("source", "accept", "columns")
OURS = ("date", "open", "high", "low", "close", "adj_close", "volume", "dividend", "split", "value", "vintage",
        "contract", "settle")  # fmt: skip

heard_by: list[Callable[[str], None]] = []
"""Who is told, once a process and file, that a file of settings is in force."""
_told: set[tuple[Path, bytes]] = set()


@dataclass(frozen=True)
class Settings:
    """What the file says; empty where there is none. `columns`: names of columns in files, in lower case, to ours."""

    source: str = ""
    accept: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)


def settings() -> Settings:
    """Return what harbinger.toml in the current folder says; BadSpec or UnknownName for what cannot be meant."""
    path = Path(FILE)
    if not path.is_file():
        return Settings()
    try:
        payload = path.read_bytes()[: MOST_BYTES + 1]
        table = tomllib.loads(payload.decode("utf-8-sig")) if len(payload) <= MOST_BYTES else None
    except (OSError, ValueError) as error:
        raise BadSpec(f"{FILE}: cannot be read ({' '.join(str(error).split())}); mend it, or remove it") from error
    if table is None:
        raise BadSpec(f"{FILE}: more than {MOST_BYTES:,} bytes; it holds {', '.join(KEYS)} alone")
    for key in table:
        if key not in KEYS:
            raise UnknownName(f"key of {FILE}", key, KEYS)
    found = Settings(_source(table), _accept(table), _columns(table))
    _tell(path.resolve(), payload, table)
    return found


def plain_name(label: str) -> str:
    """Return the name of a column as names are compared: "Adj Close" is adj_close."""
    return label.strip().lower().replace(" ", "_")


def _source(table: Mapping[str, Any]) -> str:
    source = table.get("source", "")
    if not isinstance(source, str):
        raise BadSpec(f"{FILE}: source = {quoted(source)}; write it as after --source, in quotes")
    return source


def _accept(table: Mapping[str, Any]) -> tuple[str, ...]:
    accept = table.get("accept", [])
    if not isinstance(accept, list) or not all(isinstance(one, str) for one in accept):
        raise BadSpec(f'{FILE}: accept = {quoted(accept)}; write a list, ["ETH-USD:2020-03-12"]')
    return tuple(accept)


def _columns(table: Mapping[str, Any]) -> dict[str, str]:
    columns = table.get("columns", {})
    if not isinstance(columns, Mapping):
        raise BadSpec(f"{FILE}: columns = {quoted(columns)}; write a table [columns] of their name = ours")
    for theirs, ours in columns.items():
        if ours not in OURS:
            raise UnknownName(f"column in {FILE} for {quoted(theirs)}", str(ours), OURS)
    return {plain_name(theirs): ours for theirs, ours in columns.items()}


def _tell(path: Path, payload: bytes, table: Mapping[str, Any]) -> None:
    if (path, payload) in _told or not table:
        return
    _told.add((path, payload))
    for hear in heard_by:
        hear(f"{FILE} of this folder is in force: {', '.join(table)}")
