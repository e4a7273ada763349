"""The sentence of a card: the answer that stands first on the page and the screen of each kind of work."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from backtests.comparisons.answer import answer as of_comparison
from backtests.comparisons.record import ComparisonRecord
from backtests.evidence.answer import answer as of_evidence
from backtests.evidence.record import EvidenceRecord
from backtests.lead.answer import answer as of_lead
from backtests.lead.record import LeadRecord
from backtests.record import of_content
from backtests.runs.answer import answer as of_run
from backtests.runs.record import RunRecord
from backtests.signal_sheets.answer import answer as of_sheet
from backtests.signal_sheets.record import SignalSheetRecord
from backtests.stress.answer import answer as of_stress
from backtests.stress.record import StressRecord
from backtests.sweeps.answer import answer as of_sweep
from backtests.sweeps.record import SweepRecord
from data.errors import BadFile

RECORDS: Mapping[str, tuple[type, Callable[[Any], str]]] = {
    "sweep.json": (SweepRecord, of_sweep),
    "evidence.json": (EvidenceRecord, of_evidence),
    "stress.json": (StressRecord, of_stress),
    "lead.json": (LeadRecord, of_lead),
    "signal.json": (SignalSheetRecord, of_sheet),
    "compare.json": (ComparisonRecord, of_comparison),
    "run.json": (RunRecord, of_run),
}


def sentence(path: Path, payload: bytes) -> str:
    """Return the answer of a file of results; "" where it is of another time, and no whole record of today."""
    kind, answer = RECORDS[path.name]
    try:
        return answer(of_content(kind, json.loads(payload), path))
    except (BadFile, LookupError, TypeError, ValueError):
        return ""
