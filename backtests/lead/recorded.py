"""An examination of a lead, saved and registered.

It tests a hypothesis and is no attempt at a strategy: its row has no `trial_hash`, and it counts as a family of tests.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pandas as pd

from backtests.lead.examination import Examination, examine
from backtests.lead.page import write
from backtests.lead.record import LeadRecord
from backtests.lead.windows import Kind
from backtests.registry import Entry, Registry, TrialCount, attempt, text_hash, versions
from backtests.registry import as_json as compact
from backtests.runs.files import new_run_id
from data.catalogue import lookup
from data.files import check_free, results_folder
from data.sources.base import Source
from data.sources.open import place_of


@dataclass(frozen=True, eq=False)
class RecordedLead:
    """An examination on disk: its id, its folder, its record, which lead.json holds, what it found in memory,
    and what had been tried on the traded asset by then."""

    run_id: str
    folder: Path
    record: LeadRecord
    result: Examination
    trials: TrialCount

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
    others: Sequence[str] = (),
    accept: Sequence[str] = (),
    progress: Callable[[str], None] = lambda _: None,
) -> RecordedLead:
    """Examine a lead, write its page into `out` (default runs/<run id>) and register it.

    `others`: further series to hold fixed, beside the other equities.
    """
    registry, created = Registry(), datetime.now(UTC)
    name = f"lead-{lookup(leader).id}-{lookup(traded).id}"
    run_id = new_run_id(name, created)
    folder = results_folder(out, run_id)
    entry = Entry(
        run_id=run_id,
        created_at=created.isoformat(timespec="seconds"),
        study=name,
        source=place_of(source),
        traded=lookup(traded).id,
        start=f"{start:%Y-%m-%d}" if start is not None else "",
        end=f"{end:%Y-%m-%d}" if end is not None else "",
        data_fingerprint="",
        code_hash="",  # it tells runs with the same numbers apart; no examination is answered from an earlier one
        status="",
        reason="",
        metrics=compact(None),
        versions=compact(versions()),
        path=str(folder),
        kind="lead",
        **_identity(lookup(leader).id, lookup(traded).id, kind or "whichever the source has", others),
    )
    with attempt(registry.runs, entry, partial(check_free, folder)) as row:
        found = examine(
            source, leader, traded, start=start, end=end, kind=kind, others=others, accept=accept, progress=progress
        )
        days = pd.DatetimeIndex(found.windows.table.index)
        first, last = (f"{days[0]:%Y-%m-%d}", f"{days[-1]:%Y-%m-%d}") if len(days) else (entry.start, entry.end)
        row.has(
            reason=f"{found.decision.verdict}: {found.decision.reason}",
            start=first,
            end=last,
            data_fingerprint=found.windows.market.fingerprint,
            **_identity(found.windows.leader, found.windows.traded, found.windows.kind, others),
        )
        simulated = found.windows.market.simulated
        trials = registry.count(entry.traded, first, last, simulated=simulated)
        lead = replace(found.record(run_id), asked=(entry.start, entry.end))
        progress("drawing the page")
        write(found, lead, folder, trials)
        row.end(status="ok")
    return RecordedLead(run_id, folder, lead, found, trials)


def _identity(leader: str, traded: str, kind: str, others: Sequence[str]) -> dict[str, str]:
    """Return what tells one look at a lead from another: the columns `spec` and `spec_hash`."""
    asked = f"leader = {leader}, traded = {traded}, windows = {kind}"
    if others:
        asked += f", controls = {', '.join(others)}"
    return {"spec": asked, "spec_hash": text_hash(asked).hex()}
