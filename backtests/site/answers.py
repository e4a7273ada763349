"""What the files of one piece of work answer: of each kind what its JSON is called, and how that is read.

A file is read twice: tolerantly for the numbers of its card, which one of another time has too, and as the whole record
of today for the sentence that stands first on its page and its screen.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

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
from backtests.site import cards, files
from backtests.site.work import Answer
from backtests.stress.answer import answer as of_stress
from backtests.stress.record import StressRecord
from backtests.sweeps.answer import answer as of_sweep
from backtests.sweeps.record import SweepRecord
from data.errors import BadFile


class Kind(NamedTuple):
    """How a JSON is read: as `file` for its `card`, as `record` for its `sentence`."""

    file: type
    card: Callable[[Any, Path], Answer]
    record: type
    sentence: Callable[[Any], str]


FILES: Mapping[str, Kind] = {
    "sweep.json": Kind(files.SweepFile, cards.of_sweep, SweepRecord, of_sweep),
    "evidence.json": Kind(files.EvidenceFile, cards.of_evidence, EvidenceRecord, of_evidence),
    "stress.json": Kind(files.StressFile, cards.of_stress, StressRecord, of_stress),
    "lead.json": Kind(files.LeadFile, cards.of_lead, LeadRecord, of_lead),
    "signal.json": Kind(files.SignalFile, cards.of_signal, SignalSheetRecord, of_sheet),
    "compare.json": Kind(files.CompareFile, cards.of_compare, ComparisonRecord, of_comparison),
    "run.json": Kind(files.RunFile, cards.of_run, RunRecord, of_run),
}
PAGES: Mapping[str, str] = {"run": "tearsheet.html", "walk-forward": "sweep.html"}  # else by their kind


def answer_of(folder: Path) -> Answer | None:
    """Return what the files in `folder` answer; None where they hold no finished work, or cannot be read."""
    for name, kind in FILES.items():
        path = folder / name
        if path.is_file():
            try:
                payload = path.read_bytes()
                found = kind.card(msgspec.json.decode(payload, type=kind.file), folder)
                return replace(found, sentence=_sentence(kind, path, payload))
            except (OSError, msgspec.MsgspecError, ValueError, TypeError, RecursionError):
                return None
    return None


def page_name(kind: str) -> str:
    """Return the name of the page of a kind of work."""
    return PAGES.get(kind, f"{kind}.html")


def json_name(kind: str) -> str:
    """Return the name of the JSON of a kind of work."""
    return "sweep.json" if kind == "walk-forward" else f"{kind}.json"


def _sentence(kind: Kind, path: Path, payload: bytes) -> str:
    """Return the answer of a file of results; "" where it is of another time, and no whole record of today."""
    try:
        return kind.sentence(of_content(kind.record, json.loads(payload), path))
    except (BadFile, LookupError, TypeError, ValueError, RecursionError):
        return ""
