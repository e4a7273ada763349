"""What a person says of a row of the registry: a note and tags. It decides no number and counts no trial."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from backtests.registry.database import Database
from data.errors import UsageError

LONGEST_NOTE, LONGEST_TAG, MOST_TAGS = 2_000, 40, 20
UPSERT = (
    "INSERT INTO annotations VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET note = excluded.note, tags = excluded.tags"
)


@dataclass(frozen=True)
class Annotation:
    """A note (one line, empty for none) and tags (in the order in which they were given)."""

    note: str = ""
    tags: tuple[str, ...] = ()


class Annotations:
    """The notes and tags of runs and sweeps, by id."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def of(self, id: str) -> Annotation:
        """Return what is said of one id; empty where nothing is."""
        return self.all().get(id, Annotation())

    def all(self) -> dict[str, Annotation]:
        """Return everything that is said, by id."""
        with self.database.open() as database:
            rows = database.execute("SELECT id, note, tags FROM annotations").fetchall()
        return {id: Annotation(note, tuple(json.loads(tags))) for id, note, tags in rows}

    def change(
        self, id: str, note: str | None = None, *, add: Iterable[str] = (), remove: Iterable[str] = ()
    ) -> Annotation:
        """Write a note (None: as it was, empty: none any more), add and remove tags; return what is said now.

        `id` is whole. UsageError for what is longer than a list can show.
        """
        gone, words = {tag_of(tag) for tag in remove}, [tag_of(tag) for tag in add]
        with self.database.open(write=True) as database:
            row = database.execute("SELECT note, tags FROM annotations WHERE id = ?", (id,)).fetchone()
            before, kept = (row[0], json.loads(row[1])) if row else ("", [])
            tags = tuple(tag for tag in dict.fromkeys([*kept, *words]) if tag not in gone)
            if len(tags) > MOST_TAGS:
                raise UsageError(f"{len(tags)} tags: at most {MOST_TAGS} on one run; remove some with --untag")
            changed = Annotation(before if note is None else _line(note), tags)
            database.execute(UPSERT, (id, changed.note, json.dumps(tags)))
        return changed


def tag_of(text: str) -> str:
    """Return a tag as it is kept: without blanks around it; UsageError for one that is no single word."""
    tag = text.strip().lstrip("#")
    if not tag or len(tag) > LONGEST_TAG or not all(c.isalnum() or c in "-_.:/+" for c in tag):
        raise UsageError(f"tag {text!r}: one word of 1 to {LONGEST_TAG} letters, digits and - _ . : / +")
    return tag


def _line(note: str) -> str:
    line = " ".join(note.split())
    if len(line) > LONGEST_NOTE:
        raise UsageError(f"a note of {len(line):,} characters: at most {LONGEST_NOTE:,}; keep the rest in a file")
    return line
