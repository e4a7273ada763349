"""Everything that was done: the rows of the registry with what their files say, and folders that no row knows."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from backtests.registry import Annotation, Entry, Registry, SweepEntry
from backtests.site.answers import FILES, answer_of, json_name, page_name
from backtests.site.work import Answer, Kind, Work
from data.files import resolved, shown, without_places

Progress = Callable[[str], None]
Address = Callable[[str, Path, str], str]  # of an id, its folder and the name of a file in it
EVERYTHING = 10**9
STAMP = re.compile(r"^\d{8}-\d{6}")
ABSOLUTE = re.compile(r"(?<![\w.:/])(?:[A-Za-z]:)?[/\\](?:[^\s/\\:,;'\"]+[/\\])+")
SAVED_NOWHERE = "Run without files, as part of another question or from Python."
FINISHED = ("ok", "ruin", "done")
COMPUTED_AGAIN = ("run", "signal", "lead", "compare")  # for their pages: without a file of theirs
SPECS = ("spec.toml", "plan.json")


def gather(
    root: Path,
    folders: Sequence[Path] = (),
    progress: Progress = lambda _: None,
    *,
    address: Address | None = None,
) -> list[Work]:
    """Return all work, newest first: of the registry, and of results in or below `root` and `folders`.

    `address` gives the address of a file of an id's folder; by default relative to `root`, where the index will stand.
    """
    root, registry = resolved(root), Registry()
    cards = _Cards(root, address or _relative_to(root), registry.annotations.all())
    work: list[Work] = []
    for at, entry in enumerate(registry.newest(EVERYTHING)):
        if at % 50 == 0:
            progress(f"reading what was run: {at:,}")
        work.append(cards.of_entry(entry))
    known = {one.answer.id for one in work}
    for folder in _results([root, *map(resolved, folders)]):
        answer = answer_of(folder)
        if answer is not None and answer.id not in known:
            known.add(answer.id)
            work.append(cards.of_folder(answer, folder))
    return sorted(work, key=lambda one: one.created_at, reverse=True)


def id_of(entry: Entry | SweepEntry) -> str:
    """Return the id of a row."""
    return entry.run_id if isinstance(entry, Entry) else entry.sweep_id


def kind_of(entry: Entry | SweepEntry) -> Kind:
    """Return what a row is of."""
    return entry.kind if isinstance(entry, Entry) else "sweep"  # type: ignore[return-value]  # the registry's kinds


@dataclass(frozen=True)
class _Cards:
    """What makes cards of rows and of folders: where the index stands, how files are addressed, what is said of ids."""

    root: Path
    address: Address
    said: Mapping[str, Annotation]

    def of_entry(self, entry: Entry | SweepEntry) -> Work:
        """Return the card of a row, by its files where they are its own."""
        folder, id = Path(entry.path), id_of(entry)
        answer = answer_of(folder) if entry.path else None
        there = answer is not None and answer.id == id  # a later run may have written into the same folder
        if answer is None or not there:
            answer = _of_row(entry)
        named = _anonymous(answer, entry, self.root)
        card = self._card(named, entry.created_at, entry.status, entry.traded, folder if there else None)
        can_be = entry.status in FINISHED and (there or answer.kind in COMPUTED_AGAIN)
        return card if card.page or not can_be else replace(card, draw=f"harbinger report {shlex.quote(id)}")

    def of_folder(self, answer: Answer, folder: Path) -> Work:
        """Return the card of a folder that no row knows."""
        at = STAMP.match(answer.id)
        when = (
            datetime.strptime(at.group(), "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
            if at
            else datetime.fromtimestamp(folder.stat().st_mtime, UTC)
        )
        return self._card(answer, when.isoformat(timespec="seconds"), "ok", "", folder)

    def _card(self, answer: Answer, created_at: str, status: str, traded: str, folder: Path | None) -> Work:
        own = self.said.get(answer.id, Annotation())
        page = spec = numbers = ""
        if folder is not None:
            page = self.address(answer.id, folder, page_name(answer.kind))
            numbers = "" if page else self.address(answer.id, folder, json_name(answer.kind))
            spec = next(filter(None, (self.address(answer.id, folder, name) for name in SPECS)), "")
        return Work(
            answer=answer,
            created_at=created_at,
            status=status,
            traded=traded,
            tags=own.tags,
            note=own.note,
            page=page,
            spec=spec,
            numbers=numbers,
        )


def _of_row(entry: Entry | SweepEntry) -> Answer:
    """Return what the registry alone says: of what failed, runs now, was not saved, or whose files are gone."""
    simulated = entry.source.startswith("simulated")
    bare = Answer(
        id=id_of(entry),
        kind=kind_of(entry),
        study=entry.study,
        simulated=simulated,
        source=entry.source,
        start=entry.start,
        end=entry.end,
    )
    if isinstance(entry, SweepEntry):
        return replace(bare, sentence=f"{int(entry.sets):,} sets.", trials=int(entry.sets))
    numbers = json.loads(entry.metrics) or {}
    sharpe, total_return, drawdown = (numbers.get(name) for name in ("sharpe", "total_return", "max_drawdown"))
    said = SAVED_NOWHERE if numbers and not entry.path else entry.reason
    return replace(bare, sentence=said, sharpe=sharpe, total_return=total_return, max_drawdown=drawdown)


def _anonymous(answer: Answer, entry: Entry | SweepEntry, root: Path) -> Answer:
    """Return an answer that names no place: a page may be passed on."""
    kind, _, rest = answer.source.partition(":")
    source = (
        f"folder:{shown(Path(rest), near=root)}" if kind == "folder" and Path(rest).is_absolute() else answer.source
    )
    said = ABSOLUTE.sub(".../", without_places(answer.sentence))
    return replace(answer, source=source, sentence=said, study=answer.study or entry.study)


def _relative_to(root: Path) -> Address:
    def address(_: str, folder: Path, name: str) -> str:
        """Return the address from `root`; empty where no file is, or where it would name a foreign folder."""
        path = folder / name
        if not path.is_file():
            return ""
        way = Path(os.path.relpath(path, root)).as_posix()
        return quote(way) if path.is_relative_to(root) or shown(path, near=root) == way else ""

    return address


def _results(roots: Sequence[Path]) -> Iterator[Path]:
    """Yield every folder in or below `roots` that holds a result, each once, links apart."""
    seen: set[Path] = set()
    for root in roots:
        for folder, below, names in os.walk(root):
            below[:] = sorted(name for name in below if not name.startswith("."))
            if not FILES.keys().isdisjoint(names) and Path(folder) not in seen:
                seen.add(Path(folder))
                yield Path(folder)
