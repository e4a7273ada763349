"""harbinger export: what it does and prints."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import click

from backtests.exports import written
from backtests.exports.saved import load


def export(id: str, format: str, out: Path | None) -> None:
    """Write the files, and say where they are."""
    work = load(id)
    place = written.export(work, cast("written.Format", format), out)
    mark = "SIMULATED  " if work.answer.simulated else ""
    click.echo(f"{mark}{work.kind} {work.id}: {place}")
