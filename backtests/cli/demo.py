"""harbinger demo."""

from __future__ import annotations

from pathlib import Path

import click

from backtests.cli import screen


@click.command()
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0), help="Which pair of simulated markets.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the two reports (default runs/demo, then runs/demo-2 and so on).",
)  # fmt: skip
@screen.OPEN
def command(seed: int, out: Path | None) -> None:
    """Run "small caps lead ETH" on two SIMULATED markets: one with a planted lead, one without.

    The two share every shock and differ only in whether small caps lead. Needs no network.
    """
    with screen.loading():
        from backtests.cli.screens import demo  # noqa: PLC0415  # the one hop: loads pandas
    demo.demo(seed, out)
