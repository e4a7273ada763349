"""The store's frozen inputs elsewhere: pushed below a URL by content, pulled by hash and believed only when they match.

Below the URL they lie as in the store itself: store/sets/<fingerprint>.json and store/tables/<content>.parquet.
"""

from __future__ import annotations

import json
import re

from data.errors import CorruptSnapshot, DataError, MissingSeries
from data.objects import Objects
from data.store import Store, content_hash, set_fingerprint, table_of

FINGERPRINT = re.compile(r"[0-9a-f]{16}")
CONTENT = re.compile(r"[0-9a-f]{64}")


def push(store: Store, fingerprint: str, objects: Objects) -> None:
    """Write the frozen inputs of a run below a URL, its list last. DataError where this store does not have them."""
    frozen = store.contents(fingerprint)
    if frozen is None:
        raise DataError(f"the inputs {fingerprint} are not in this store; there is nothing to push")
    source, contents = frozen
    for content in sorted(set(contents.values())):
        objects.write(f"store/tables/{content}.parquet", store.payload(content))
    told = json.dumps({"source": source, "series": contents}, indent=1, sort_keys=True)
    objects.write(f"store/sets/{fingerprint}.json", f"{told}\n".encode())


def pull(store: Store, fingerprint: str, objects: Objects, fetched_at: str) -> tuple[str, int]:
    """Bring frozen inputs from below a URL into the store and return (source, tables).

    MissingSeries where they are not there, CorruptSnapshot where anything is not what its name says: then nothing of it
    is kept.
    """
    name = f"store/sets/{fingerprint}.json"
    payload = objects.read(name) if FINGERPRINT.fullmatch(fingerprint) else None
    if payload is None:
        raise MissingSeries(f"{objects.url}/{name}: there are no such inputs; name their fingerprint (16 hex digits)")
    source, contents = _read(payload, f"{objects.url}/{name}", fingerprint)
    tables = {}
    for id, content in contents.items():
        place = f"{objects.url}/store/tables/{content}.parquet"
        found = objects.read(f"store/tables/{content}.parquet")
        if found is None:
            raise MissingSeries(f"{place}: missing; push the inputs again")
        try:
            tables[id] = table_of(found)
            same = content_hash(tables[id]) == content
        except Exception as error:
            raise CorruptSnapshot(f"{place}: no table ({type(error).__name__}); push the inputs again") from error
        if not same:
            raise CorruptSnapshot(f"{place}: its numbers do not hash to its name; push the inputs again")
    store.freeze(tables, source=source, fetched_at=fetched_at)
    return source, len(tables)


def _read(payload: bytes, place: str, fingerprint: str) -> tuple[str, dict[str, str]]:
    try:
        frozen = json.loads(payload)
        source, contents = frozen["source"], frozen["series"]
        known = isinstance(source, str) and all(CONTENT.fullmatch(content) for content in contents.values())
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CorruptSnapshot(f"{place}: no list of inputs; push them again") from error
    if not known or set_fingerprint(contents) != fingerprint:
        raise CorruptSnapshot(f"{place}: its list does not hash to its name; push the inputs again")
    return source, contents
