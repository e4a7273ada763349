"""What stands after `--source`, and the source that it means."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from data.catalogue import lookup
from data.errors import MissingSeries, UnknownName
from data.files import is_elided, resolved
from data.settings import settings
from data.sources.base import Source, load_or_stand_in
from data.sources.downloaded import StoredSource
from data.sources.folder.source import FolderSource
from data.sources.simulated.source import SimulatedSource
from data.store import Store
from data.table import validate

DEFAULT = "yahoo"
KINDS = ("yahoo", "folder:PATH", "simulated[:lead=SESSIONS,strength=R2,seed=N]", "simulated:null")


def default_source() -> str:
    """Return what --source is where it is not given: that of harbinger.toml in the current folder, else DEFAULT."""
    return settings().source or DEFAULT


def open_source(text: str, store: Store) -> Source:
    """Return the source that `text` names; UnknownName lists the kinds."""
    kind, _, rest = text.partition(":")
    if kind == "yahoo" and not rest:
        return StoredSource(store)
    if kind == "folder":
        return FolderSource(Path(rest))
    if kind == "simulated":
        return SimulatedSource.parse(text)
    raise UnknownName("source", text, KINDS)


def placed(text: str, name: str) -> str:
    """Return the name of a source, where it is a folder with the whole path that `text`, as it was asked for, gives.

    For the registry, and for what else is asked of a run: files of results name no place.
    """
    kind, _, rest = text.partition(":")
    return f"folder:{resolved(Path(rest))}" if kind == "folder" and rest and not is_elided(rest) else name


def place_of(source: Source) -> str:
    """Return the name of a source for the registry: of a folder with its whole path, where that is known."""
    if isinstance(source, FolderSource):
        return placed(f"folder:{source.path}", source.name)
    return source.name


def load_some(source: Source, ids: Iterable[str]) -> tuple[dict[str, pd.DataFrame], dict[str, str]]:
    """Return the tables that the source has of `ids`, or of their stand-ins, and why it lacks the others."""
    tables, missing = {}, {}
    for row in sorted({lookup(id).id: lookup(id) for id in ids}.values(), key=lambda row: row.id):
        try:
            id, table = load_or_stand_in(source, row)
            tables[id] = validate(table, lookup(id), source.name)
        except MissingSeries as error:
            missing[row.id] = str(error)
    return tables, missing
