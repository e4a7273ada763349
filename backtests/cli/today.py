"""harbinger today."""

from __future__ import annotations

from types import ModuleType

import click

from backtests.cli import screen
from backtests.cli.run import ACCEPT

EXAMPLES = """\b
Examples:
  harbinger today
  harbinger today small_cap_trend own_trend
  harbinger today --as-of 2025-10-08 --source folder:history
"""


@click.command(epilog=EXAMPLES)
@click.argument("studies", nargs=-1)
@click.option("--source", default="yahoo", show_default=True, help="yahoo (what is stored), folder:PATH or simulated.")
@click.option("--as-of", metavar="DATE", help="As it was known at the end of this UTC day (default: now).")
@ACCEPT
@click.option("--json", "as_json", is_flag=True, help="Print the board as JSON.")
def command(studies: tuple[str, ...], source: str, as_of: str | None, accept: tuple[str, ...], as_json: bool) -> None:
    """Show each signal now and the position each study wants.

    For every signal: value, change over 1, 5 and 20 of its observations, percentile in its own past, age of its inputs.
    For every study (default: all): the weight decided at the newest close, and what would flip it.
    """
    _screens(as_json).today(studies=studies, source=source, as_of=as_of, accept=accept, as_json=as_json)


def _screens(quiet: bool = False) -> ModuleType:
    with screen.loading(quiet):
        from backtests.cli.screens import today  # noqa: PLC0415  # the one hop: loads pandas
    return today
