"""A signal's sheet carried out: looked at, written, remembered. Each sheet of a distinct signal counts as a trial."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from backtests.registry import Entry, Registry, code_hash, text_hash, versions
from backtests.registry import as_json as compact
from backtests.runs.files import new_run_id
from backtests.runs.subject import Target
from backtests.signal_sheets.page import write
from backtests.signal_sheets.sheet import SignalSheet, profile
from data.sources.base import Source


def run_and_record(
    target: Target,
    source: Source,
    out: Path | None = None,
    *,
    start: pd.Timestamp | None = None,
    end: pd.Timestamp | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[SignalSheet, str, Path]:
    """Look at a signal, write its sheet into `out` (default runs/<run id>) and append a row to the registry.

    Returns what was found, the run id and the path of the page.
    """
    created = datetime.now(UTC)
    found = profile(target, source, start=start, end=end, progress=progress)
    run_id = new_run_id(f"signal-{found.name}", created)
    progress("drawing the sheet")
    page = write(found, run_id, (out or Path("runs") / run_id).resolve())
    Registry().add(_entry(found, run_id, created, page.parent))
    return found, run_id, page


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
