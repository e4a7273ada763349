"""An examination of a lead carried out: looked at, written, remembered.

It tests a hypothesis and is no attempt at a strategy: its row has no `trial_hash`, so that no Sharpe ratio is deflated
for it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from backtests.lead.examination import Examination, examine
from backtests.lead.page import write
from backtests.lead.windows import Kind
from backtests.registry import Entry, Registry, text_hash, versions
from backtests.registry import as_json as compact
from backtests.runs.files import new_run_id
from data.sources.base import Source


def run_and_record(
    source: Source,
    leader: str = "IWM",
    traded: str = "ETH-USD",
    out: Path | None = None,
    *,
    start: pd.Timestamp | None = None,
    end: pd.Timestamp | None = None,
    kind: Kind | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[Examination, str, Path]:
    """Examine a lead, write its page into `out` (default runs/<run id>) and append a row to the registry.

    Returns what was found, the run id and the path of the page.
    """
    created = datetime.now(UTC)
    found = examine(source, leader, traded, start=start, end=end, kind=kind, progress=progress)
    run_id = new_run_id(f"lead-{found.windows.leader}-{found.windows.traded}", created)
    progress("drawing the page")
    page = write(found, run_id, (out or Path("runs") / run_id).resolve())
    Registry().add(_entry(found, run_id, created, page.parent))
    return found, run_id, page


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
