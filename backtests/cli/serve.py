"""harbinger serve."""

from __future__ import annotations

from pathlib import Path

import click

from backtests.cli import screen

EXAMPLES = """\b
Examples:
  harbinger serve
  harbinger serve results/2025 --port 8765 --open
"""


@click.command(epilog=EXAMPLES)
@click.argument("folders", nargs=-1, type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port on 127.0.0.1; default: any that is free.")
@screen.OPEN
def command(folders: tuple[Path, ...], port: int) -> None:
    """Serve the page of all work on this machine alone, until Ctrl-C: with the progress of sweeps under way.

    Read only: files of results and nothing else. The address holds a token that no other user of the machine knows.
    """
    with screen.loading():
        from backtests.cli.screens import site  # noqa: PLC0415  # the one hop: loads pandas
    site.serve(folders, port)
