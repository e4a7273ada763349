"""harbinger data."""

from __future__ import annotations

from types import ModuleType

import click

from backtests.cli import screen
from backtests.cli.run import ACCEPT

EXAMPLES = """\b
Examples:
  harbinger data fetch                      # every series of the catalogue, from Yahoo Finance and FRED
  harbinger data fetch IWM SOL-USD --whole
  harbinger data fetch --interval 1h        # hours of ETH-USD and BTC-USD, of the last 730 days
  harbinger data list
  harbinger data check --source folder:history
  harbinger data pull s3://bucket/sweeps/one      # what an uploaded sweep ran on
"""


@click.group(epilog=EXAMPLES)
def command() -> None:
    """Fetch, list and check the stored history."""


@command.command()
@click.argument("ids", nargs=-1)
@click.option("--whole", is_flag=True, help="Fetch the whole history again, not only what is new.")
@ACCEPT
@click.option(
    "--interval",
    type=click.Choice(["1d", "1h"]),
    default="1d",
    show_default=True,
    help="1h: hours of coins, of the last 730 days; older stored hours stay.",
)
def fetch(ids: tuple[str, ...], whole: bool, accept: tuple[str, ...], interval: str) -> None:
    """Fetch series from Yahoo Finance and FRED into the store.

    Without IDS: every series of the catalogue; with --interval 1h the hours of ETH-USD and BTC-USD.

    Appends what is new; a vendor that has revised its past is fetched whole, and the old snapshot stays.
    An answer is held to the rules of a file and to the errors of `data check`; what is refused leaves what is stored in
    use. Exits with 1 when a series failed; the others are kept.
    """
    _screens().fetch(ids=ids, whole=whole, accept=accept, hours=interval == "1h")


@command.command("list", short_help="List the series of a source, by default what is stored.")
@click.option("--source", help="yahoo (default: what is stored), folder:PATH or simulated.")
def list_(source: str | None) -> None:
    """List the series of a source, by default what is stored: span, rows, fetch, content."""
    _screens().list_(source=source)


@command.command()
@click.argument("ids", nargs=-1)
@click.option("--source", help="yahoo (default: what is stored), folder:PATH or simulated.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def check(ids: tuple[str, ...], source: str | None, as_json: bool) -> None:
    """Check series: gaps, doubles, outliers, age, units, dates.

    Without IDS: every series that the source has.

    Exits with 1 when a finding is an error.
    """
    _screens(as_json).check(ids=ids, source=source, as_json=as_json)


@command.command(short_help="Write frozen inputs below URL (s3://bucket/path).")
@click.argument("url")
@click.argument("fingerprints", nargs=-1, required=True)
def push(url: str, fingerprints: tuple[str, ...]) -> None:
    """Write frozen inputs below URL (s3://bucket/path): those that runs name by FINGERPRINTS (data_fingerprint)."""
    _screens().push(url, fingerprints)


@command.command(short_help="Bring frozen inputs from below URL into the store.")
@click.argument("url")
@click.argument("fingerprints", nargs=-1)
def pull(url: str, fingerprints: tuple[str, ...]) -> None:
    """Bring frozen inputs from below URL into the store, each verified by its hash.

    Without FINGERPRINTS: those of the sweep that was uploaded there. `harbinger run spec.toml` then finds them.
    """
    _screens().pull(url, fingerprints)


def _screens(quiet: bool = False) -> ModuleType:
    with screen.loading(quiet):
        from backtests.cli.screens import data  # noqa: PLC0415  # the one hop: loads pandas
    return data
