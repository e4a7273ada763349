"""A signal's sheet, saved and registered. Each sheet of a distinct signal counts as a trial."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from backtests.registry import Entry, Registry, code_hash, text_hash, versions
from backtests.registry import as_json as compact
from backtests.runs.files import new_run_id
from backtests.runs.subject import Target
from backtests.signal_sheets.page import write
from backtests.signal_sheets.record import SignalSheetRecord
from backtests.signal_sheets.sheet import SignalSheet, profile
from data.files import check_folder, results_folder
from data.sources.base import Source


@dataclass(frozen=True, eq=False)
class RecordedSheet:
    """A sheet on disk: its id, its folder, its record, which signal.json holds, and the sheet in memory."""

    run_id: str
    folder: Path
    record: SignalSheetRecord
    result: SignalSheet

    @property
    def page(self) -> Path:
        """The page."""
        return self.folder / "signal.html"


def run_and_record(
    target: Target,
    source: Source,
    out: Path | None = None,
    *,
    start: pd.Timestamp | None = None,
    end: pd.Timestamp | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> RecordedSheet:
    """Look at a signal, write its sheet into `out` (default runs/<run id>) and append a row to the registry."""
    created = datetime.now(UTC)
    check_folder(out or Path("runs"))
    found = profile(target, source, start=start, end=end, progress=progress)
    run_id = new_run_id(f"signal-{found.name}", created)
    progress("drawing the sheet")
    folder = results_folder(out, run_id)
    sheet = found.record(run_id)
    write(found, sheet, folder)
    Registry().runs.add(_entry(found, run_id, created, folder))
    return RecordedSheet(run_id, folder, sheet, found)


def _entry(found: SignalSheet, run_id: str, created: datetime, folder: Path) -> Entry:
    first, last = found.span
    identity = text_hash(found.spec).hex()
    return Entry(
        run_id=run_id,
        created_at=created.isoformat(timespec="seconds"),
        study=found.name,
        source=found.market.source,
        traded=found.market.traded,
        start=f"{first:%Y-%m-%d}",
        end=f"{last:%Y-%m-%d}",
        spec_hash=identity,
        data_fingerprint=found.market.fingerprint,
        code_hash=code_hash(found.signal, "signal"),
        status="ok",
        reason="; ".join(found.warnings),
        metrics=compact(None),
        versions=compact(versions()),
        path=str(folder),
        spec=found.spec,
        kind="signal",
        trial_hash=identity,
    )
