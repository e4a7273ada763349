"""Runs and sweeps in a list: two lines each, the numbers with the id, then what it was and what was changed.

Ids stay whole: they are there to be copied. Nothing is left out at 80 columns; long lines are the terminal's to break.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from rich.text import Text

from backtests.cli import screen
from backtests.pages.text import number
from backtests.registry import Entry, Registry, SweepEntry
from backtests.registry.annotations import Annotation
from backtests.runs.defaults import as_words, changed
from data.sources.folder.source import FolderSource

SHOWN = {"sharpe": ("Sharpe", 7), "total_return": ("return", 13), "max_drawdown": ("drawdown", 10)}
INDENT = " " * 4


def print_list(entries: Sequence[Entry | SweepEntry], *, failed: bool) -> None:
    """Print entries, the newest first; those that failed in one line below unless `failed` asks for them."""
    broken = [entry for entry in entries if entry.status == "failed"]
    shown = entries if failed else [entry for entry in entries if entry.status != "failed"]
    if shown:
        heads = "".join(f"{name:>{width}}" for name, width in SHOWN.values())
        screen.OUT.print(Text(f"{heads}  run", style="bold"))
    notes = Registry().annotations.all()
    for entry in shown:
        _print(entry, notes.get(_id(entry), Annotation()))
    if broken and not failed:
        newest = broken[0]
        why = f": {_reason(newest)}" if isinstance(newest, Entry) and newest.reason else ""
        said = f"{len(broken)} failed, the last of them {_id(newest)}{why}; all: harbinger runs list --status failed"
        screen.OUT.print(Text(said, style="red"), soft_wrap=True)


def _print(entry: Entry | SweepEntry, said: Annotation) -> None:
    screen.OUT.print(Text(f"{_figures(entry)}  {_id(entry)}"), soft_wrap=True)
    details = Text(INDENT)
    if entry.source.startswith("simulated"):
        details.append("SIMULATED ", style="magenta")
    details.append("; ".join(part for part in _details(entry) if part), style="dim")
    screen.OUT.print(details, soft_wrap=True)
    if said.note or said.tags:
        marks = " ".join(f"#{tag}" for tag in said.tags)
        screen.OUT.print(Text(f"{INDENT}{f'{said.note} {marks}'.strip()}", style="cyan"), soft_wrap=True)
    if entry.status == "failed" and isinstance(entry, Entry) and entry.reason:
        screen.OUT.print(Text(f"{INDENT}failed: {_reason(entry)}", style="red"), soft_wrap=True)


def _figures(entry: Entry | SweepEntry) -> str:
    found = (json.loads(entry.metrics) or {}) if isinstance(entry, Entry) else {}
    width = sum(width for _, width in SHOWN.values())
    if "sharpe" not in found:
        what = f"{int(entry.sets or 0):,} parameter sets" if isinstance(entry, SweepEntry) else entry.kind
        return f"{what if entry.status != 'failed' else '-':>{width}}"
    return "".join(f"{number(name, found.get(name)):>{width}}" for name, (_, width) in SHOWN.items())


def _details(entry: Entry | SweepEntry) -> list[str]:
    status = "" if entry.status in ("ok", "done", "failed") else entry.status
    span = f"{entry.start or 'the start'} to {entry.end or 'the end'}"
    what = ", ".join(part for part in (_source(entry.source), entry.traded, span) if part)
    if not isinstance(entry, Entry):
        return [status, what, f"over {', '.join(json.loads(entry.axes or '[]'))}"]
    return [status, what, as_words(changed(entry.study, entry.spec)) if entry.kind == "run" else ""]


def _source(text: str) -> str:
    """Return a source in short, in the same words whoever wrote the row: `runs show` has the place of a folder."""
    kind, _, place = text.partition(":")
    return FolderSource(Path(place)).name if kind == "folder" and place else text


def _reason(entry: Entry) -> str:
    return entry.reason.partition(": ")[2] or entry.reason


def _id(entry: Entry | SweepEntry) -> str:
    return entry.run_id if isinstance(entry, Entry) else entry.sweep_id
