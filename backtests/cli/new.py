"""harbinger new."""

from __future__ import annotations

from pathlib import Path

import click

from backtests.cli import screen

EXAMPLES = """\b
Examples:
  harbinger new signal leader_vs_spy
  harbinger new strategy half_and_half --out mine
  harbinger new study my_claim
"""


@click.command(epilog=EXAMPLES)
@click.argument("kind", type=click.Choice(["signal", "strategy", "study"]))
@click.argument("name")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default=Path(), help="Folder (default: the current one)."
)
def command(kind: str, name: str, out: Path) -> None:
    """Write a signal, a strategy or a study that works, with its test, to begin your own with. Replaces nothing.

    NAME in small letters, digits and _: NAME.py (a study: NAME.toml) and test_NAME.py, which is green as it stands.
    """
    with screen.loading():
        from backtests.cli.screens import new  # noqa: PLC0415  # the one hop: loads pandas
    new.new(kind, name, out)
