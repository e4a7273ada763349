"""A registry made again from folders of results: `runs recover`."""

from __future__ import annotations

import csv
import json
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backtests.metrics.performance import NAMES
from backtests.registry import Entry, Registry, SweepEntry, TrialRow, as_json, text_hash
from backtests.registry.database import RUNNING
from backtests.runs.recovery.answers import run_behind
from backtests.runs.recovery.columns import created_at, idea_of, names_code
from backtests.runs.recovery.folders import folders, row_of
from backtests.sweeps.folder import trials_parquet
from backtests.sweeps.folder.planned import with_drawn
from backtests.sweeps.plans.plan import Plan
from backtests.sweeps.plans.sets import Settings
from backtests.sweeps.work.runner import OWN
from data.errors import HarbingerError
from data.files import shown

UNREADABLE = (HarbingerError, OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError)
Progress = Callable[[str], None]
KINDS = ("run", "sweep", "signal", "lead", "compare", "evidence", "stress")


@dataclass
class Recovered:
    """How many rows were made, of what kind; how many were there already; and which folders cannot be read, and why."""

    rows: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    sets: int = 0
    known: int = 0
    unread: list[str] = field(default_factory=list)


def recover(roots: Iterable[Path], progress: Progress = lambda _: None) -> Recovered:
    """Make the rows of every folder of results in or below `roots` that the registry does not know.

    What a folder says is taken as it stands, and no code that it names is run. A row that is there, of a removed run
    too, is left as it is.
    """
    registry, found = Registry(), Recovered()
    behind: list[Entry] = []
    for folder in folders(roots):
        progress(f"reading {shown(folder)}")
        try:
            _one(folder, registry, found)
            behind += filter(None, [run_behind(folder)])
        except UNREADABLE as error:
            found.unread.append(f"{shown(folder)}: {' '.join(f'{type(error).__name__}: {error}'.split())}")
    found.rows["run"] += sum(map(registry.runs.restore, behind))  # after all folders: most have one of their own
    if found.known or any(found.rows.values()):
        registry.runs.forget_loss()
    return found


def _one(folder: Path, registry: Registry, found: Recovered) -> None:
    if (folder / "plan.json").is_file():
        sweep, rows = sweep_of(folder)
        new = registry.sweeps.restore(sweep, rows)
        kind, sets = "sweep", len(rows)
    else:
        entry = row_of(folder)
        new = not registry.runs.in_folder(entry) and registry.runs.restore(entry)
        kind, sets = entry.kind, 0
    found.rows[kind] += new
    found.sets += sets * new
    found.known += not new


def sweep_of(folder: Path) -> tuple[SweepEntry, list[TrialRow]]:
    """Return the rows of a sweep, finished or not, from plan.json, sweep.json and the table of its sets."""
    note = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    plan = json.loads(note["plan"])
    base, paths = plan["base"], [axis["path"] for axis in plan["axes"]]
    whole = folder / "sweep.json"
    done: dict[str, Any] = json.loads(whole.read_text(encoding="utf-8")) if whole.is_file() else {}
    rows, planned = _of_code(folder, base, paths) if names_code(base) else _of_plan(folder, plan)
    experiment = _plain(base)
    sweep = SweepEntry(
        sweep_id=note["sweep_id"],
        created_at=note.get("created_at") or created_at(note["sweep_id"], folder),
        data_fingerprint=experiment.pop("fingerprint"),
        code_hash=note["code_hash"],
        status="done" if done else RUNNING,
        versions=as_json(done.get("versions", {})),
        path=str(folder),
        spec=base,
        axes=as_json(paths),
        sets=str(planned),
        **(experiment | ({"start": done["start"], "end": done["end"]} if done else {})),
    )
    return sweep, rows


def _plain(base: str) -> dict[str, str]:
    """Return what the TOML of an experiment says of its study, market and data."""
    table = tomllib.loads(base)
    study, data = table.get("study", {}), table.get("data", {})
    return {
        "study": study.get("name", ""),
        "source": data.get("source", ""),
        "traded": table["market"]["traded"],
        "start": study.get("start", ""),
        "end": study.get("end", ""),
        "fingerprint": data.get("fingerprint", ""),
    }


def _of_plan(folder: Path, content: Any) -> tuple[list[TrialRow], int]:
    plan = with_drawn(Plan.of_content(content, str(folder / "plan.json")), folder)
    own = {name: plan.paths.index(path) for name, path in OWN.items() if path in plan.paths}
    hashed = Settings(plan).trial_hash
    found: list[TrialRow] = []
    for values, row in zip(plan.sets, _table(folder, list(plan.paths)), strict=False):
        kept = {name: str(values[at]) for name, at in own.items()}
        found.append(TrialRow(hashed(values), values, row[-2], row[-1], _metrics(row), **kept))
    return found, plan.count


def _of_code(folder: Path, base: str, paths: list[str]) -> tuple[list[TrialRow], int]:
    """Return the rows of a sweep over the user's code: an idea is known by the texts of the base and of its values."""
    found: list[TrialRow] = []
    for row in _table(folder, paths):
        values = tuple(row[: len(paths)])
        trial = text_hash(f"{idea_of(base)} {json.dumps(values)}")
        found.append(TrialRow(trial, values, row[-2], row[-1], _metrics(row)))
    return found, len(found)


def _metrics(row: list[str]) -> tuple[float | None, ...]:
    return tuple(float(cell) if cell else None for cell in row[-2 - len(NAMES) : -2])


def _table(folder: Path, paths: list[str]) -> list[list[str]]:
    """Return the rows of trials.csv, or of what was written of it, that end with their line; else of trials.parquet."""
    file = next((folder / name for name in ("trials.csv", "trials.csv.part") if (folder / name).is_file()), None)
    if file is None:
        return list(trials_parquet.rows(folder, paths))
    text = file.read_text(encoding="utf-8")
    rows = list(csv.reader(text[: text.rfind("\n") + 1].splitlines()))
    header = [*paths, *NAMES, "status", "reason"]
    if rows and rows[0] != header:
        raise ValueError("trials.csv has not the columns of its plan")
    return [row for row in rows[1:] if len(row) == len(header)]
