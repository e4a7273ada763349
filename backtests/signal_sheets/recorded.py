"""A signal's sheet, saved and registered. Each sheet of a distinct signal counts as a trial."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pandas as pd

from backtests.experiments.toml import signal_toml
from backtests.registry import Entry, Registry, TrialCount, attempt, code_hash, look_hash, versions
from backtests.registry import as_json as compact
from backtests.runs.files import new_run_id
from backtests.runs.subject import Target
from backtests.signal_sheets.page import write
from backtests.signal_sheets.record import SignalSheetRecord
from backtests.signal_sheets.sheet import SignalSheet, profile
from data.files import check_free, results_folder
from data.sources.base import Source
from data.sources.open import place_of
from signals.base import Signal


@dataclass(frozen=True, eq=False)
class RecordedSheet:
    """A sheet on disk: its id, its folder, its record, which signal.json holds, the sheet in memory,
    and what had been tried on the traded asset by then."""

    run_id: str
    folder: Path
    record: SignalSheetRecord
    result: SignalSheet
    trials: TrialCount

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
    """Look at a signal, write its sheet into `out` (default runs/<run id>) and register it.

    Its row stands, "running", before anything is computed.
    """
    registry, created = Registry(), datetime.now(UTC)
    run_id = new_run_id(f"signal-{target.name}", created)
    folder = results_folder(out, run_id)
    entry = _entry(target, source, run_id, created, folder, (start, end))
    with attempt(registry.runs, entry, partial(check_free, folder)) as row:
        found = profile(target, source, start=start, end=end, progress=progress)
        first, last = (f"{label:%Y-%m-%d}" for label in found.span)
        row.has(start=first, end=last, data_fingerprint=found.market.fingerprint)
        trials = registry.count(found.market.traded, first, last, simulated=found.market.simulated)
        sheet = replace(found.record(run_id), asked=(entry.start, entry.end))
        progress("drawing the sheet")
        write(found, sheet, folder, trials)
        row.end(status="ok", reason="; ".join(found.warnings))
    return RecordedSheet(run_id, folder, sheet, found, trials)


def _entry(
    target: Target,
    source: Source,
    run_id: str,
    created: datetime,
    folder: Path,
    span: tuple[pd.Timestamp | None, pd.Timestamp | None],
) -> Entry:
    """Return the row of a look as it starts."""
    signal = target.parts[-1].node
    assert isinstance(signal, Signal)
    identity = look_hash(signal, target.market).hex()
    start, end = (f"{day:%Y-%m-%d}" if day is not None else "" for day in span)
    return Entry(
        run_id=run_id,
        created_at=created.isoformat(timespec="seconds"),
        study=target.name,
        source=place_of(source),
        traded=target.market.traded,
        start=start,
        end=end,
        spec_hash=identity,
        data_fingerprint="",
        code_hash=code_hash(signal, "signal"),
        status="",
        reason="",
        metrics=compact(None),
        versions=compact(versions()),
        path=str(folder),
        spec=signal_toml(signal, target.market),
        kind="signal",
        trial_hash=identity,
    )
