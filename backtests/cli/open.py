"""harbinger open."""

from __future__ import annotations

import click

from backtests.cli import screen

EXAMPLES = """\b
Examples:
  harbinger open                      # the newest page
  harbinger open 20261122-183000
  harbinger open runs/mine
  harbinger open site
"""


@click.command(epilog=EXAMPLES)
@click.argument("id", required=False)
def command(id: str | None) -> None:
    """Open a page in the browser: of ID (a run, a sweep, ..., or its beginning), of a folder, or the newest one.

    `site` opens the index of all work. Without a display its path is printed alone.
    """
    with screen.loading():
        from backtests.cli.screens import site  # noqa: PLC0415  # the one hop: loads pandas
    site.open_(id)
