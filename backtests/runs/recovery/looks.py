"""The row of what looks at a signal, a lead or at runs, made again from its JSON."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backtests import record
from backtests.registry import Entry, text_hash
from backtests.runs.recovery.columns import bare
from signals.earlier_names import as_first_named

EQUITIES = ("IWM", "SPY", "QQQ")  # held fixed in every examination: what was asked for is beyond them


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


def of_sheet(folder: Path) -> Entry:
    """Return the row of a signal's sheet."""
    sheet = record.read(SheetOnDisk, folder / "signal.json")
    identity = text_hash(as_first_named(sheet.spec)).hex()
    return Entry(
        **bare(sheet.run_id, folder, "signal"),
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


def of_lead(folder: Path) -> Entry:
    """Return the row of an examination of a lead."""
    lead = record.read(LeadOnDisk, folder / "lead.json")
    others = [id for id in lead.controls if id not in EQUITIES]
    asked = f"leader = {lead.leader}, traded = {lead.traded}, windows = {lead.windows.kind}"
    asked += f", controls = {', '.join(others)}" if others else ""
    return Entry(
        **bare(lead.run_id, folder, "lead"),
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


def of_comparison(folder: Path) -> Entry:
    """Return the row of a comparison."""
    found = record.read(ComparisonOnDisk, folder / "compare.json")
    first, *others = found.runs
    asked = " ".join(run.run_id for run in found.runs)
    return Entry(
        **bare(found.comparison_id, folder, "compare"),
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
