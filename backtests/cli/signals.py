"""harbinger signals."""

from __future__ import annotations

import click

from backtests.cli import screen


@click.command()
def command() -> None:
    """List the signals with parameters, units and bounds."""
    with screen.loading():
        from backtests.cli.screens import lists  # noqa: PLC0415  # the one hop: loads pandas

    lists.signals()
