"""A page drawn again: of any row of the registry, from what it ran on. Its numbers must be those of then.

Where code, libraries or data have changed, the page would say something else under the same id: it is refused, unless
it goes into another folder.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from backtests.pages.places import with_places
from backtests.registry import Entry, Registry, SweepEntry
from backtests.reports.drawn import DRAW, Drawn
from backtests.site.answers import answer_of, page_name
from backtests.site.gathered import id_of, kind_of
from data.errors import BadSpec, DataError, UnknownName
from data.files import check_folder, shown, write_atomic

Progress = Callable[[str], None]
UNFINISHED = ("running", "failed", "interrupted")


@dataclass(frozen=True)
class Rebuilt:
    """A page that was drawn again, and what to say of it."""

    page: Path
    notes: tuple[str, ...] = ()


def rebuild(target: str, out: Path | None = None, progress: Progress = lambda _: None) -> Rebuilt:
    """Draw the page of an id, of its beginning or of what a folder holds again, into its own folder or into `out`.

    UnknownName for an unknown id; BadSpec for what was removed or never ended, and for a folder that holds nothing that
    the registry knows; DataError where what it ran on is gone, and where its numbers are no longer those of then and no
    `out` is named.
    """
    entry = _in_folder(Path(target)) if Path(target).is_dir() else Registry().find(target)
    _check(entry)
    folder = out if out is not None else _own_folder(entry)
    check_folder(folder)
    drawn = DRAW[kind_of(entry)](entry, progress)
    if drawn.differs and out is None:
        what = f"{id_of(entry)} would say something else now ({'; '.join(drawn.differs[:3])})"
        raise DataError(f"{what}: code, libraries or data have changed; name another folder (--out) to see it")
    return Rebuilt(_written(entry, drawn, folder.resolve(), keeps=out is None), tuple(drawn.differs))


def _in_folder(folder: Path) -> Entry | SweepEntry:
    """Return the row of what a folder holds, as of that folder: it may have been moved since."""
    answer = answer_of(folder)
    if answer is None:
        raise BadSpec(f"{folder} holds no result of harbinger's; name the folder of a run, a sweep, ..., or an id")
    try:
        return replace(Registry().find(answer.id), path=str(folder.resolve()))
    except UnknownName as error:
        remedy = f"harbinger runs recover {shlex.quote(str(folder))}"
        raise BadSpec(f"the registry does not know {answer.id} of {folder}: {remedy}") from error


def _check(entry: Entry | SweepEntry) -> None:
    if entry.removed_at:
        raise BadSpec(f"{id_of(entry)} was removed from the registry: there is nothing to draw")
    if entry.status in UNFINISHED:
        why = "is still running" if entry.status == "running" else f"{entry.status} ({entry.reason})" if isinstance(
            entry, Entry
        ) else "was interrupted: go on with harbinger sweep --resume"  # fmt: skip
        raise BadSpec(f"{id_of(entry)} {why}: it has no page")


def _own_folder(entry: Entry | SweepEntry) -> Path:
    """Return the folder of a row; BadSpec where a later one has written into it."""
    if not entry.path:
        return Path("runs") / id_of(entry)
    answer = answer_of(Path(entry.path))
    if answer is not None and answer.id != id_of(entry):
        place = shown(Path(entry.path))
        raise BadSpec(f"{place} holds {answer.id} by now; name another folder for {id_of(entry)} (--out)")
    return Path(entry.path)


def _written(entry: Entry | SweepEntry, drawn: Drawn, folder: Path, *, keeps: bool) -> Path:
    page = folder / page_name(kind_of(entry))
    if drawn.write is not None and keeps:
        Registry().runs.move(id_of(entry), str(folder), drawn.write(folder))
    else:
        beside = tuple(name for name in drawn.beside if (folder / name).is_file())
        write_atomic(page, with_places(drawn.page, folder, beside))
    return page
