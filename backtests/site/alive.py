"""What a server tells of all work: the cards as they are now, and how far the sweeps under way have come."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import quote

from backtests.registry import Registry, SweepEntry
from backtests.registry.database import RUNNING
from backtests.site.gathered import EVERYTHING, gather, id_of
from backtests.site.work import Work

FRESH_SECONDS = 0.5  # a page and its neighbours ask at once: one look at the registry is enough for all of them


@dataclass(frozen=True)
class Seen:
    """What was known at one moment: a stamp that changes with any row or note, the cards, the folder of each id."""

    stamp: str
    work: tuple[Work, ...]
    folders: dict[str, Path]


class Alive:
    """All work of the registry and of some folders, read again when the registry has changed. Safe between threads."""

    def __init__(self, root: Path, folders: Sequence[Path] = ()) -> None:
        self._root, self._more, self._lock = root, folders, Lock()
        self._seen: Seen | None = None
        self._looked = 0.0
        self._began: dict[str, tuple[float, int]] = {}

    def work(self) -> tuple[Work, ...]:
        """Return the cards, newest first, with addresses below work/ID."""
        return self._now().work

    def folder_of(self, id: str) -> Path | None:
        """Return the folder of results of an id that stands on the index; None for any other."""
        return self._now().folders.get(id)

    def neighbours(self, id: str) -> dict[str, str]:
        """Return the addresses of the newer and of the older work that has a page, by their words."""
        paged = [one for one in self.work() if one.page]
        at = next((at for at, one in enumerate(paged) if one.answer.id == id), None)
        if at is None:
            return {}
        beside = {"Newer": at - 1, "Older": at + 1}
        there = {word: paged[other] for word, other in beside.items() if 0 <= other < len(paged)}
        return {word: one.page.removeprefix("work/") for word, one in there.items()}

    def state(self) -> dict[str, Any]:
        """Return what a page asks for every second: the stamp, and each sweep under way."""
        sweeps = [sweep for sweep in Registry().sweeps.newest(EVERYTHING) if sweep.status == RUNNING]
        return {"stamp": self._now().stamp, "running": [self._progress(sweep) for sweep in sweeps]}

    def _progress(self, sweep: SweepEntry) -> dict[str, Any]:
        done, sets, now = Registry().sweeps.written(sweep.sweep_id), int(sweep.sets), time.monotonic()
        began, first = self._began.setdefault(sweep.sweep_id, (now, done))
        left = (now - began) / (done - first) * (sets - done) if done > first else None
        return {"id": sweep.sweep_id, "study": sweep.study, "done": done, "sets": sets, "seconds_left": left}

    def _now(self) -> Seen:
        with self._lock:
            if self._seen is None or time.monotonic() - self._looked > FRESH_SECONDS:
                stamp = _stamp()
                if self._seen is None or self._seen.stamp != stamp:
                    self._seen = self._read(stamp)
                self._looked = time.monotonic()
            return self._seen

    def _read(self, stamp: str) -> Seen:
        folders: dict[str, Path] = {}

        def address(id: str, folder: Path, name: str) -> str:
            if not (folder / name).is_file():
                return ""
            folders[id] = folder
            return f"work/{quote(id, safe='')}/{name}"

        return Seen(stamp, tuple(gather(self._root, self._more, address=address)), folders)


def _stamp() -> str:
    registry = Registry()
    rows = [(id_of(entry), entry.status) for entry in registry.newest(EVERYTHING)]
    return hashlib.sha256(repr((rows, sorted(registry.annotations.all().items()))).encode()).hexdigest()[:16]
