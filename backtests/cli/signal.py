"""harbinger signal."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import click

from backtests.cli import screen
from backtests.cli.run import ACCEPT, SOURCE_HELP

EXAMPLES = """\b
Examples:
  harbinger signal small_cap_momentum
  harbinger signal small_cap_momentum -s lookback=90 --source folder:history --start 2018-01-01 --end 2026-05-31
  harbinger signal my_signal.py --source simulated --out sheet
  harbinger signal own_momentum --traded BTC-USD --json
  harbinger signal "zscore(ease_level, window=120)"
  harbinger signal composed.toml
"""


@click.command(epilog=EXAMPLES)
@click.argument("name", metavar="NAME|NAME(PART,...)|FILE.py|FILE.toml")
@click.option("--source", help=SOURCE_HELP)
@click.option("-s", "settings", multiple=True, metavar="PATH=VALUE", help="Set a parameter; repeat for more.")
@click.option("--traded", metavar="ID", help="Whose returns to look at, as -s market.traded=ID (default ETH-USD).")
@click.option(
    "--start", default="", metavar="DATE", help="First bar, YYYY-MM-DD; history before it warms the signal up."
)
@click.option("--end", default="", metavar="DATE", help="Last bar, YYYY-MM-DD; nothing after it is looked at.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Folder of the sheet (default runs/<run id>)."
)
@ACCEPT
@screen.OPEN
@click.option("--json", "as_json", is_flag=True, help="Print signal.json alone on standard output.")
def command(
    name: str,
    source: str | None,
    settings: tuple[str, ...],
    traded: str | None,
    start: str,
    end: str,
    out: Path | None,
    accept: tuple[str, ...],
    as_json: bool,
) -> None:
    """Look at one signal before any strategy: what it is, how fresh it is, and what followed it.

    A signal made of others is said in one line, zscore(ease_level, window=120), or by a table [signal] in a .toml.

    Correlation with the returns to come, with bands that overlap does not spoil; quantiles, hit rate, decay, periods,
    events, the other signals. Writes signal.html, signal.json and signal.csv.
    """
    _screens(as_json).signal(
        name=name,
        source=source,
        settings=settings,
        traded=traded,
        start=start,
        end=end,
        out=out,
        accept=accept,
        as_json=as_json,
    )


def _screens(quiet: bool = False) -> ModuleType:
    with screen.loading(quiet):
        from backtests.cli.screens import signal  # noqa: PLC0415  # the one hop: loads pandas
    return signal
