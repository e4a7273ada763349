"""plan.json: what a sweep set out to do. Read again, nothing that it names runs before the registry has vouched for it.

A plan.json may come from anywhere. The registry, in the user's own folder, has the experiment that the sweep began with
and the hash of all code that decides its numbers, the user's files included: both are compared first.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from backtests.experiments.toml import uses
from backtests.registry import Registry, SweepEntry, as_json, code_hash
from backtests.registry.identity import project_hash
from backtests.sweeps.folder.table import sets_in
from backtests.sweeps.plans.plan import Plan
from data.errors import BadSpec, UnknownName
from data.files import write_atomic
from signals.discovery import names, user_files

CHANGED = "harbinger's code or a file of yours has changed since the sweep began; sweep again"

OTHER = "plan.json is not what {} began with, so nothing of it runs; sweep again"


@dataclass(frozen=True)
class Note:
    """What a sweep needs to know of itself to go on: the content of plan.json.

    `lacking`: why a series that only some sets need is missing; `notes`: what the check says of the others; `beside`:
    for each file that the base names, those of the user's files that lie below its folder; `plan`: `Plan.as_json`.
    """

    sweep_id: str
    created_at: str
    code_hash: str
    lacking: dict[str, str]
    notes: tuple[str, ...] = ()
    beside: list[list[str]] = field(default_factory=list)
    plan: str = ""


def write(plan: Plan, note: Note, folder: Path) -> None:
    """Write plan.json."""
    content = vars(note) | {"beside": _beside(plan), "plan": plan.as_json()}
    write_atomic(folder / "plan.json", (json.dumps(content, indent=1) + "\n").encode())


def read(folder: Path) -> tuple[Plan, Note]:
    """Return the plan and the note of an interrupted sweep; BadSpec, before anything runs, for any other plan.json."""
    path = folder / "plan.json"
    if not path.is_file():
        raise BadSpec(f"{folder} has no plan.json: name the folder of an interrupted sweep (it says so when it starts)")
    try:
        note = msgspec.convert(json.loads(path.read_text(encoding="utf-8")), Note)
        content = json.loads(note.plan)
        row = _row(note.sweep_id)
        plan = Plan.of_content({**content, "base": _vouched(content["base"], note, row, folder)}, str(path))
        datetime.fromisoformat(note.created_at)
        plan = with_drawn(plan, folder)
        sets = plan.count
    except (msgspec.ValidationError, ValueError, KeyError, AttributeError, TypeError, RecursionError, OSError) as error:
        why = " ".join(str(error).split())
        raise BadSpec(
            f"{path}: not the plan of a sweep ({type(error).__name__}: {why}); start the sweep again"
        ) from error
    if row is not None and (row.axes, row.sets) != (as_json(list(plan.paths)), str(sets)):
        raise BadSpec(f"{folder}: {OTHER.format(row.sweep_id)}")
    if note.code_hash != code_hash(plan.base.strategy, "sweep"):
        raise BadSpec(f"{folder}: {CHANGED}")
    return plan, note


def with_drawn(plan: Plan, folder: Path) -> Plan:
    """Return a plan with the sets that its search, if it has one, has run: those of the table in `folder`."""
    return replace(plan, drawn=tuple(sets_in(folder, plan.axes))) if plan.method == "tpe" else plan


def _vouched(base: str, note: Note, row: SweepEntry | None, folder: Path) -> str:
    """Return the TOML of the base as the registry has it; BadSpec where it knows another, or none that names code."""
    if row is None:
        code = [use for use in uses(base) if use not in (*names("signals"), *names("strategies"))]
        if code:
            raise BadSpec(f"{folder}: the registry does not know this sweep, so {code[0]} is not run; sweep again")
        return base
    if _without_folders(row.spec) != _without_folders(base):
        raise BadSpec(f"{folder}: {OTHER.format(row.sweep_id)}")
    if project_hash("sweep", _files(row.spec, note.beside)) != row.code_hash:
        raise BadSpec(f"{folder}: {CHANGED}")
    return row.spec


def _row(sweep_id: str) -> SweepEntry | None:
    try:
        row = Registry().sweeps.show(sweep_id)
    except UnknownName:
        return None
    return row if row.sweep_id == sweep_id and not row.removed_at else None


def _without_folders(text: str) -> Any:
    def bare(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: bare(item, name) for name, item in value.items()}
        return Path(value).name if key == "use" and isinstance(value, str) else value

    return bare(tomllib.loads(text))


def _mains(text: str) -> list[Path]:
    """Return the files that the `use` of an experiment's TOML name, in order."""
    paths = (use.rpartition(".py") for use in uses(text))
    return [Path(f"{path}.py") for path, suffix, _ in paths if suffix]


def _beside(plan: Plan) -> list[list[str]]:
    """Return, for each file that the base names, those of the user's files that lie below its folder."""
    files, mains = user_files(plan.base.strategy), _mains(plan.base_text)
    return [[f.relative_to(m.parent).as_posix() for f in files if f != m and f.is_relative_to(m.parent)] for m in mains]


def _files(text: str, beside: list[list[str]]) -> list[Path]:
    mains = _mains(text)
    others = [main.parent / name for main, names in zip(mains, beside, strict=True) for name in names]
    return sorted({*mains, *others})
