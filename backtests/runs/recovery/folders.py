"""The row of anything but a sweep, made again from its folder; no code that a specification names runs."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from backtests import record
from backtests.registry import Entry, as_json, text_hash
from backtests.registry.database import INTERRUPTED
from backtests.runs.question import SPEC
from backtests.runs.record import RunRecord
from backtests.runs.recovery.answers import QUESTIONS
from backtests.runs.recovery.columns import bare, created_at, idea_of, spec_hash
from backtests.runs.recovery.looks import of_comparison, of_lead, of_sheet
from data.errors import BadFile

KINDS = {"signal": of_sheet, "lead": of_lead, "compare": of_comparison, **QUESTIONS}
RESULTS = ("plan.json", "run.json", *(f"{name}.json" for name in KINDS), SPEC)


def folders(roots: Iterable[Path]) -> Iterator[Path]:
    """Yield every folder of results in or below `roots`, links apart; BadFile for a root that is no folder."""
    for root in roots:
        if not root.is_dir():
            raise BadFile(root, "", "is no folder", "name the folders that hold results, such as runs")
        for folder in sorted({root, *(path.parent for path in root.rglob("*") if path.name in RESULTS)}):
            if any((folder / name).is_file() for name in RESULTS):
                yield folder.resolve()


def row_of(folder: Path) -> Entry:
    """Return the row that a folder without a sweep is of; one without its JSON was interrupted.

    BadFile, OSError, ValueError or KeyError where the files are not those of a run, a sheet or an examination. The row
    has no hashes, so that it answers for no other run.
    """
    for name, row_of_kind in KINDS.items():
        if (folder / f"{name}.json").is_file():
            return row_of_kind(folder)
    spec = (folder / SPEC).read_text(encoding="utf-8")
    row = _stopped(tomllib.loads(spec), folder)
    if (folder / "run.json").is_file():
        run = record.read(RunRecord, folder / "run.json")
        row = replace(
            row,
            run_id=run.run_id,
            created_at=created_at(run.run_id, folder),
            source=run.source,
            start=run.start,
            end=run.end,
            status=run.status,
            reason="; ".join(run.warnings),
            metrics=as_json(run.metrics),
            versions=as_json(run.versions),
        )
    return replace(row, spec=spec, spec_hash=spec_hash(spec), trial_hash=idea_of(spec))


def _stopped(spec: dict[str, Any], folder: Path) -> Entry:
    """Return the row of what was stopped before its JSON; its id, which is lost, is made of its folder."""
    kind = next((question for question in QUESTIONS if (folder / f"{question}.html").is_file()), "run")
    study, data = spec.get("study", {}), spec.get("data", {})
    at = datetime.fromisoformat(created_at("", folder))
    run_id = f"{at:%Y%m%d-%H%M%S}-interrupted-{text_hash(str(folder)).hex()[:6]}"
    return Entry(
        **bare(run_id, folder, kind) | {"status": INTERRUPTED},
        study=study.get("name", ""),
        source=data.get("source", ""),
        traded=spec.get("market", {})["traded"],
        start=study.get("start", ""),
        end=study.get("end", ""),
        data_fingerprint=data.get("fingerprint", ""),
        reason=f"recovered from a folder without {kind}.json",
        spec="",
        spec_hash="",
    )
