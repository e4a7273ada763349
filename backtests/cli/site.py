"""harbinger site."""

from __future__ import annotations

from pathlib import Path

import click

from backtests.cli import screen

EXAMPLES = """\b
Examples:
  harbinger site
  harbinger site results/2025 --out runs
"""


@click.command(epilog=EXAMPLES)
@click.argument("folders", nargs=-1, type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default=Path("runs"), show_default=True,
    help="Folder in which index.html will stand; links are relative to it.",
)  # fmt: skip
@screen.OPEN
def command(folders: tuple[Path, ...], out: Path) -> None:
    """Write one page of all work: every run, sweep, sheet, examination, judgement and comparison of the registry.

    Results in or below --out and FOLDERS are on it too, those that no registry knows included. It opens from the disk:
    search, filter, sort, two to compare.
    """
    with screen.loading():
        from backtests.cli.screens import site  # noqa: PLC0415  # the one hop: loads pandas
    site.site(folders, out)
