"""harbinger report: what it does and prints."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text

from backtests.cli import screen
from backtests.reports.rebuilt import rebuild
from backtests.runs.tearsheet import drawers


def report(id: str, out: Path | None) -> None:
    """Draw a page again, and say where it is and what is not as it was."""
    with drawers.begun(), screen.progress() as progress:
        done = rebuild(id, out, progress)
    for line in done.notes:
        screen.OUT.print(Text(f"note: not as it was: {line}", style="yellow"))
    screen.report(done.page)
