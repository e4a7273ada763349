"""The index on disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from backtests.pages.places import INDEX, is_index
from backtests.site.gathered import Progress, gather
from backtests.site.page import render
from backtests.site.work import Work
from data.errors import UsageError
from data.files import check_folder, write_atomic

RUNS = Path("runs")


@dataclass(frozen=True)
class Site:
    """An index as it was written: its file, and the work on it, newest first."""

    page: Path
    work: tuple[Work, ...]


def write(out: Path = RUNS, folders: Sequence[Path] = (), progress: Progress = lambda _: None) -> Site:
    """Write index.html into `out`: of all work of the registry, and of results in or below `out` and `folders`.

    UsageError where `out` holds an index.html that harbinger did not write, or cannot be written into.
    """
    check_folder(out)
    page = out.resolve() / INDEX
    if page.exists() and not is_index(page):
        raise UsageError(f"{out / INDEX} is another page, which the index would replace; name another folder (--out)")
    work = gather(out, folders, progress)
    progress("drawing")
    write_atomic(page, render(work))
    return Site(page, tuple(work))
