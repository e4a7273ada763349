"""harbinger site, open and serve: what they do and print."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import click

from backtests.cli import screen
from backtests.cli.browser import opened
from backtests.pages.text import many
from backtests.site import written
from backtests.site.located import newest_page, page_of
from backtests.site.served import SiteServer
from backtests.site.work import parted
from backtests.site.written import RUNS
from data.errors import UsageError


def site(folders: Sequence[Path], out: Path) -> None:
    """Write the index of all work, and say where it is."""
    with screen.progress() as progress:
        done = written.write(out, folders, progress)
    standing, failed = parted(done.work)
    beside = f" and {many(len(failed), 'failed attempt')}" if failed else ""
    click.echo(f"{many(len(standing), 'piece')} of work{beside}")
    screen.report(done.page)


def serve(folders: Sequence[Path], port: int) -> None:
    """Serve the index until Ctrl-C, which is its ordinary end."""
    try:
        server = SiteServer(RUNS, folders, port)
    except OSError as error:
        raise UsageError(f"port {port} cannot be used ({error.strerror or error}); choose another (--port)") from error
    with server:
        click.echo(f"serving all work, read only, to this machine alone: {server.url}\nCtrl-C ends it")
        screen.open_address(server.url)
        with suppress(KeyboardInterrupt):
            server.serve_forever()


def open_(id: str | None) -> None:
    """Open the page of an id, or the newest one; print its path where there is no display."""
    page = newest_page() if id is None else page_of(id)
    if not opened(page.resolve().as_uri()):
        click.echo(str(page))
