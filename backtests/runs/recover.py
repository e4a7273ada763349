"""The row of a run, a sheet or an examination, made again from its folder; no code that a specification names runs."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from backtests import record
from backtests.experiments.toml import parse, uses
from backtests.registry import Entry, as_json, experiment_hash, text_hash, trial_hash
from backtests.registry.database import INTERRUPTED
from backtests.runs.record import RunRecord
from data.errors import BadFile
from signals.discovery import names
from signals.earlier_names import as_first_named

EQUITIES = ("IWM", "SPY", "QQQ")  # held fixed in every examination: what was asked for is beyond them
LOOKS = {"signal": "signal.json", "lead": "lead.json", "compare": "compare.json"}
RESULTS = ("plan.json", "run.json", *LOOKS.values(), "spec.toml")


@dataclass(frozen=True)
class SheetOnDisk:
    """What a row needs of signal.json."""

    run_id: str
    signal: str
    source: str
    data_fingerprint: str
    spec: str
    traded: str
    start: str
    end: str
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class WindowsOnDisk:
    """What a row needs of the windows in lead.json."""

    kind: str
    source: str
    fingerprint: str


@dataclass(frozen=True)
class LeadOnDisk:
    """What a row needs of lead.json."""

    run_id: str
    verdict: str
    leader: str
    traded: str
    windows: WindowsOnDisk
    start: str | None
    end: str | None
    controls: tuple[str, ...] = ()


@dataclass(frozen=True)
class ComparedOnDisk:
    """What a row needs of one run of a comparison."""

    name: str
    run_id: str
    source: str
    params: dict[str, Any]


@dataclass(frozen=True)
class ComparisonOnDisk:
    """What a row needs of compare.json."""

    comparison_id: str
    start: str
    end: str
    runs: tuple[ComparedOnDisk, ...]


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
    if (folder / LOOKS["signal"]).is_file():
        return _sheet(record.read(SheetOnDisk, folder / LOOKS["signal"]), folder)
    if (folder / LOOKS["lead"]).is_file():
        return _lead(record.read(LeadOnDisk, folder / LOOKS["lead"]), folder)
    if (folder / LOOKS["compare"]).is_file():
        return _comparison(record.read(ComparisonOnDisk, folder / LOOKS["compare"]), folder)
    spec = (folder / "spec.toml").read_text(encoding="utf-8")
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
    return replace(row, spec=spec, spec_hash=_spec_hash(spec), trial_hash=idea_of(spec))


def created_at(run_id: str, folder: Path) -> str:
    """Return the instant that an id begins with, in ISO 8601 UTC; that of the folder's files where it has none."""
    try:
        at = datetime.strptime(run_id[:15], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        at = datetime.fromtimestamp(folder.stat().st_mtime, UTC)
    return at.isoformat(timespec="seconds")


def names_code(spec: str) -> bool:
    """Whether a specification names a file of the user's: it is not read as an experiment, for that would run it."""
    return any(use not in {*names("signals"), *names("strategies")} for use in uses(spec))


def idea_of(spec: str) -> str:
    """Return the identity of the idea of a specification; of its text, where it names files of the user's."""
    if not names_code(spec):
        return trial_hash(parse(spec.encode(), "spec.toml")).hex()
    bare = {name: table for name, table in tomllib.loads(as_first_named(spec)).items() if name not in ("study", "data")}
    return text_hash(json.dumps(bare, sort_keys=True, default=str)).hex()


def _spec_hash(spec: str) -> str:
    return text_hash(spec).hex() if names_code(spec) else experiment_hash(parse(spec.encode(), "spec.toml"))


def _sheet(sheet: SheetOnDisk, folder: Path) -> Entry:
    identity = text_hash(as_first_named(sheet.spec)).hex()
    return Entry(
        **_bare(sheet.run_id, folder, "signal"),
        study=sheet.signal,
        source=sheet.source,
        traded=sheet.traded,
        start=sheet.start,
        end=sheet.end,
        data_fingerprint=sheet.data_fingerprint,
        reason="; ".join(sheet.warnings),
        spec=sheet.spec,
        spec_hash=identity,
        trial_hash=identity,
    )


def _lead(lead: LeadOnDisk, folder: Path) -> Entry:
    others = [id for id in lead.controls if id not in EQUITIES]
    asked = f"leader = {lead.leader}, traded = {lead.traded}, windows = {lead.windows.kind}"
    asked += f", controls = {', '.join(others)}" if others else ""
    return Entry(
        **_bare(lead.run_id, folder, "lead"),
        study=f"lead-{lead.leader}-{lead.traded}",
        source=lead.windows.source,
        traded=lead.traded,
        start=lead.start or "",
        end=lead.end or "",
        data_fingerprint=lead.windows.fingerprint,
        reason=lead.verdict,
        spec=asked,
        spec_hash=text_hash(asked).hex(),
    )


def _comparison(found: ComparisonOnDisk, folder: Path) -> Entry:
    first, *others = found.runs
    asked = " ".join(run.run_id for run in found.runs)
    return Entry(
        **_bare(found.comparison_id, folder, "compare"),
        study=f"{', '.join(run.name for run in others)} against {first.name}",
        source=", ".join(dict.fromkeys(run.source for run in found.runs)),
        traded=str(first.params["market.traded"]),
        start=found.start,
        end=found.end,
        data_fingerprint="",
        reason="",
        spec=asked,
        spec_hash=text_hash(asked).hex(),
    )


def _stopped(spec: dict[str, Any], folder: Path) -> Entry:
    """Return the row of a run that was stopped before its run.json; its id, which is lost, is made of its folder."""
    study, data = spec.get("study", {}), spec.get("data", {})
    at = datetime.fromisoformat(created_at("", folder))
    run_id = f"{at:%Y%m%d-%H%M%S}-interrupted-{text_hash(str(folder)).hex()[:6]}"
    return Entry(
        **_bare(run_id, folder, "run") | {"status": INTERRUPTED},
        study=study.get("name", ""),
        source=data.get("source", ""),
        traded=spec.get("market", {})["traded"],
        start=study.get("start", ""),
        end=study.get("end", ""),
        data_fingerprint=data.get("fingerprint", ""),
        reason="recovered from a folder without run.json",
        spec="",
        spec_hash="",
    )


def _bare(run_id: str, folder: Path, kind: str) -> dict[str, str]:
    """Return what the rows of all kinds say alike; the code of then is not known."""
    return {
        "run_id": run_id,
        "created_at": created_at(run_id, folder),
        "path": str(folder),
        "kind": kind,
        "status": "ok",
        "code_hash": "",
        "metrics": as_json(None),
        "versions": "{}",
    }
