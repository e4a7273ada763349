"""An examination of a lead, saved and registered.

It tests a hypothesis and is no attempt at a strategy: its row has no `trial_hash`, so that no Sharpe ratio is deflated
for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from backtests.lead.examination import Examination, examine
from backtests.lead.page import write
from backtests.lead.record import LeadRecord
from backtests.lead.windows import Kind
from backtests.registry import Entry, Registry, text_hash, versions
from backtests.registry import as_json as compact
from backtests.runs.files import new_run_id
from data.files import check_folder, results_folder
from data.sources.base import Source


@dataclass(frozen=True, eq=False)
class RecordedLead:
    """An examination on disk: its id, its folder, its record, which lead.json holds, and what it found in memory."""

    run_id: str
    folder: Path
    record: LeadRecord
    result: Examination

    @property
    def page(self) -> Path:
        """The page."""
        return self.folder / "lead.html"


def run_and_record(
    source: Source,
    leader: str = "IWM",
    traded: str = "ETH-USD",
    out: Path | None = None,
    *,
    start: pd.Timestamp | None = None,
    end: pd.Timestamp | None = None,
    kind: Kind | None = None,
    accept: Sequence[str] = (),
    progress: Callable[[str], None] = lambda _: None,
) -> RecordedLead:
    """Examine a lead, write its page into `out` (default runs/<run id>) and append a row to the registry."""
    created = datetime.now(UTC)
    check_folder(out or Path("runs"))
    found = examine(source, leader, traded, start=start, end=end, kind=kind, accept=accept, progress=progress)
    run_id = new_run_id(f"lead-{found.windows.leader}-{found.windows.traded}", created)
    progress("drawing the page")
    folder = results_folder(out, run_id)
    lead = found.record(run_id)
    write(found, lead, folder)
    Registry().runs.add(_entry(found, run_id, created, folder))
    return RecordedLead(run_id, folder, lead, found)


def _entry(found: Examination, run_id: str, created: datetime, folder: Path) -> Entry:
    windows, days = found.windows, pd.DatetimeIndex(found.windows.table.index)
    asked = f"leader = {windows.leader}, traded = {windows.traded}, windows = {windows.kind}"
    return Entry(
        run_id=run_id,
        created_at=created.isoformat(timespec="seconds"),
        study=f"lead-{windows.leader}-{windows.traded}",
        source=windows.market.source,
        traded=windows.market.traded,
        start=f"{days[0]:%Y-%m-%d}" if len(days) else "",
        end=f"{days[-1]:%Y-%m-%d}" if len(days) else "",
        spec_hash=text_hash(asked).hex(),
        data_fingerprint=windows.market.fingerprint,
        code_hash="",  # it tells runs with the same numbers apart; no examination is answered from an earlier one
        status="ok",
        reason=f"{found.decision.verdict}: {found.decision.reason}",
        metrics=compact(None),
        versions=compact(versions()),
        path=str(folder),
        spec=asked,
        kind="lead",
    )
