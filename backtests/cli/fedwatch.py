"""harbinger fedwatch."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import click

from backtests.cli import screen

EXAMPLES = """\b
Examples:
  harbinger data fetch ZQ DFEDTARU DFEDTARL     # today's contracts from Yahoo, the target range from FRED
  harbinger fedwatch
  harbinger fedwatch --date 2022-09-12 --source folder:history --out fedwatch.html
"""


@click.command(epilog=EXAMPLES)
@click.option(
    "--date", "text", metavar="DATE", help="Settles of this day, YYYY-MM-DD (default: the last in the source)."
)
@click.option("--source", help="yahoo (default: what is stored) or folder:PATH.")
@screen.OPEN
@click.option("--json", "as_json", is_flag=True, help="Print the table as JSON.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write an HTML page with a chart to FILE.")
def command(text: str | None, source: str | None, as_json: bool, out: Path | None) -> None:
    """Show the probability of each target range at each FOMC meeting to come.

    Computed from the settles of 30-day fed funds futures by the rule of CME's FedWatch page, on the meetings known by
    then.
    """
    _screens(as_json).fedwatch(text=text, source=source, as_json=as_json, out=out)


def _screens(quiet: bool = False) -> ModuleType:
    with screen.loading(quiet):
        from backtests.cli.screens import fedwatch  # noqa: PLC0415  # the one hop: loads pandas
    return fedwatch
