"""What stands after `--source`, and the source that it means."""

from __future__ import annotations

from pathlib import Path

from data.errors import UnknownName
from data.source import Source
from data.store import Store

DEFAULT = "yahoo"
KINDS = ("yahoo", "folder:PATH", "simulated[:lead=SESSIONS,strength=R2,seed=N]", "simulated:null")


def open_source(text: str, store: Store) -> Source:
    """Return the source that `text` names; UnknownName lists the kinds."""
    kind, _, rest = text.partition(":")
    if kind == "yahoo" and not rest:
        from data.stored import StoredSource

        return StoredSource(store)
    if kind == "folder":
        from data.folder import FolderSource

        return FolderSource(Path(rest))
    if kind == "simulated":
        from data.simulated import SimulatedSource

        return SimulatedSource.parse(text)
    raise UnknownName("source", text, KINDS)
