"""The page of a word on the command line: of an id or its beginning, of a folder, of the newest work."""

from __future__ import annotations

import shlex
from pathlib import Path

from backtests.pages.places import INDEX, is_index
from backtests.registry import Entry, Registry, SweepEntry
from backtests.site.answers import answer_of, page_name
from backtests.site.gathered import id_of, kind_of
from backtests.site.written import RUNS
from data.errors import BadSpec, UsageError

ALL = ("site", "index")
LATEST = 1_000  # rows that are looked through for the newest page


def page_of(target: str) -> Path:
    """Return the page of an id, of its beginning, of a folder or of the whole site.

    BadSpec, with the command that makes it, where there is no page; UnknownName, with close ids, for an unknown one.
    """
    if target in ALL:
        index = RUNS / INDEX
        if not is_index(index):
            raise BadSpec(f"{index} is not there yet: harbinger site writes it")
        return index.resolve()
    if Path(target).is_dir():
        return _of_folder(Path(target))
    entry = Registry().find(target)
    page = _page(entry)
    if page is None:
        raise BadSpec(f"{id_of(entry)} has no page on the disk: harbinger report {id_of(entry)} makes it")
    return page


def newest_page() -> Path:
    """Return the newest page that is on the disk; UsageError where there is none."""
    for entry in Registry().newest(LATEST):
        page = _page(entry)
        if page is not None:
            return page
    raise UsageError("no page yet; `harbinger demo` makes two")


def _page(entry: Entry | SweepEntry) -> Path | None:
    """Return the page of a row, where its folder holds one of its own."""
    folder = Path(entry.path)
    answer = answer_of(folder) if entry.path else None
    if answer is None or answer.id != id_of(entry):  # a later run may have written into the same folder
        return None
    page = folder / page_name(kind_of(entry))
    return page if page.is_file() else None


def _of_folder(folder: Path) -> Path:
    if is_index(folder / INDEX):
        return (folder / INDEX).resolve()
    answer = answer_of(folder)
    if answer is None:
        raise BadSpec(f"{folder} holds no page of harbinger's; name the folder of a run, a sweep, ..., or an id")
    page = folder / page_name(answer.kind)
    if not page.is_file():
        raise BadSpec(f"{folder} holds {answer.id} without a page: harbinger report {shlex.quote(answer.id)} makes it")
    return page.resolve()
