"""harbinger report."""

from __future__ import annotations

from pathlib import Path

import click

from backtests.cli import screen

EXAMPLES = """\b
Examples:
  harbinger report 20261122-183000
  harbinger report runs/mine --open
  harbinger report 20261122-183000 --out again
"""


@click.command(epilog=EXAMPLES)
@click.argument("id")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder of the page (default: its own).")
@screen.OPEN
def command(id: str, out: Path | None) -> None:
    """Draw the page of ID (a run, a sweep, a sheet, ..., its beginning or its folder) again, from registry and store.

    A run whose files are gone gets all of them again. Where its numbers are no longer those of then, --out is needed.
    """
    with screen.loading():
        from backtests.cli.screens import report  # noqa: PLC0415  # the one hop: loads pandas
    report.report(id, out)
