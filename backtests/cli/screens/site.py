"""harbinger site and harbinger open: what they do and print."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from backtests.cli import screen
from backtests.cli.browser import opened
from backtests.site import written
from backtests.site.located import newest_page, page_of


def site(folders: Sequence[Path], out: Path) -> None:
    """Write the index of all work, and say where it is."""
    with screen.progress() as progress:
        done = written.write(out, folders, progress)
    click.echo(f"{len(done.work):,} pieces of work")
    screen.report(done.page)


def open_(id: str | None) -> None:
    """Open the page of an id, or the newest one; print its path where there is no display."""
    page = newest_page() if id is None else page_of(id)
    if not opened(page):
        click.echo(str(page))
