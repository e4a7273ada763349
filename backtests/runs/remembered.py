"""An earlier run that answers: only one whose files are, to the byte, what was written then."""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import dataclass
from pathlib import Path

from backtests import record
from backtests.registry import Entry, Registry
from backtests.runs.record import RunRecord
from data.errors import BadFile
from data.files import shown

PAGE = "tearsheet.html"


@dataclass(frozen=True)
class Remembered:
    """The row and the record of an earlier run that answers, None where none does, and what to say of others' files."""

    entry: Entry | None = None
    run: RunRecord | None = None
    notes: tuple[str, ...] = ()


def remembered(asked: Entry, out: Path | None, *, tearsheet: bool) -> Remembered:
    """Return the newest run of the same experiment, data, code and libraries whose files stand (in `out`, if named).

    `asked` is the row that the run would have; what was made under another name or reason says those, and answers for
    its own question alone. A run without a page answers only where no `tearsheet` is wanted.
    """
    notes: list[str] = []
    for known in Registry().runs.same(asked):
        folder, hashes = Path(known.path), json.loads(known.hashes or "{}")
        if not hashes or not folder.is_dir() or (out is not None and out.resolve() != folder):
            continue
        if _named(known) != _named(asked):
            continue
        if (tearsheet and PAGE not in hashes) or _is_of_another(folder, known.run_id):
            continue
        changed = _changed(folder, hashes, tearsheet=tearsheet)
        if not changed:
            return Remembered(known, record.read(RunRecord, folder / "run.json"), tuple(notes))
        notes.append(f"{shown(folder)}: {', '.join(changed)} since run {known.run_id} wrote it; computed again")
    return Remembered(notes=tuple(notes))


def _named(entry: Entry) -> tuple[str, str]:
    """Return the name and the reason of a run, which decide none of its numbers."""
    study = tomllib.loads(entry.spec).get("study", {})
    return study.get("name", ""), study.get("why", "")


def _is_of_another(folder: Path, run_id: str) -> bool:
    """Whether a later run wrote its files into the same folder."""
    try:
        return record.read(RunRecord, folder / "run.json").run_id != run_id
    except BadFile:
        return False


def _changed(folder: Path, hashes: dict[str, str], *, tearsheet: bool) -> list[str]:
    """Return what is not as it was written; a page that nobody wants may be gone, but not be another."""
    found = []
    for name, digest in hashes.items():
        path = folder / name
        if not path.is_file():
            found += [] if name == PAGE and not tearsheet else [f"{name} is gone"]
        elif hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            found.append(f"{name} was changed")
    if PAGE not in hashes and (folder / PAGE).exists():
        found.append(f"{PAGE} was put there")
    return found
