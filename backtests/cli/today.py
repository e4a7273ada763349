"""harbinger today."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import click

from backtests.cli import screen
from backtests.cli.run import ACCEPT, study_names

EXAMPLES = """\b
Examples:
  harbinger today
  harbinger today small_cap_trend own_trend
  harbinger today --as-of 2025-10-08 --source folder:history
  harbinger today --out boards --html          # a page, and what changed since the last board there
  harbinger today --out boards --open          # the same, and the browser shows it
  harbinger today --since 2025-10-01 --json    # what changed since a day, for a program to read
"""


@click.command(epilog=EXAMPLES)
@click.argument("studies", nargs=-1, shell_complete=study_names)
@click.option("--source", help="yahoo (default: what is stored), folder:PATH or simulated.")
@click.option("--as-of", metavar="DATE", help="As it was known at the end of this UTC day (default: now).")
@click.option(
    "--since",
    metavar="DATE|FILE",
    help="Say what changed since the end of this UTC day, or since a today.json (default: the last in --out).",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep the board in DIR: today.json, and every earlier one below boards.",
)
@click.option("--html", "as_page", is_flag=True, help="With --out: draw the page too, today.html.")
@ACCEPT
@screen.OPEN
@click.option("--json", "as_json", is_flag=True, help="Print the board as JSON.")
def command(
    studies: tuple[str, ...],
    source: str | None,
    as_of: str | None,
    since: str | None,
    out: Path | None,
    accept: tuple[str, ...],
    as_json: bool,
    as_page: bool,
) -> None:
    """Show each signal now and the position each study wants. Nothing is traded.

    For every signal: value, change over 1, 5 and 20 of its observations, percentile rank in its own past, age of its
    inputs. For every study (default: all): the weight decided at the newest close, and what would flip it.

    Exits with 3 where a position is not what it was on the board that it is held against (--since, --out), with 4 where
    none changed and the newest bar is of another day.
    """
    as_page = as_page or screen.wants_page()
    if as_page and out is None:
        option = "--open" if screen.wants_page() else "--html"
        raise click.UsageError(f"{option} goes with --out DIR, the folder of the page")
    _screens(as_json).today(
        studies=studies,
        source=source,
        as_of=as_of,
        since=since,
        out=out,
        accept=accept,
        as_json=as_json,
        as_page=as_page,
    )


def _screens(quiet: bool = False) -> ModuleType:
    with screen.loading(quiet):
        from backtests.cli.screens import today  # noqa: PLC0415  # the one hop: loads pandas
    return today
