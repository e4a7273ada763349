"""harbinger export."""

from __future__ import annotations

from pathlib import Path

import click

from backtests.cli import screen

EXAMPLES = """\b
Examples:
  harbinger export 20261122-183000 --format xlsx
  harbinger export runs/mine --format parquet --out tables
"""


@click.command(epilog=EXAMPLES)
@click.argument("id")
@click.option("--format", type=click.Choice(["csv", "parquet", "xlsx", "ipynb"]), default="csv", show_default=True,
              help="What to write.")  # fmt: skip
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder (csv, parquet) or file; default: ID and format, here."
)
def command(id: str, format: str, out: Path | None) -> None:
    """Write the tables of ID (a run, a sweep, a sheet, ..., its beginning or its folder) for other programs.

    csv and parquet: a folder of tables; xlsx: a workbook; ipynb: a notebook that loads it. Nothing is replaced.
    """
    with screen.loading():
        from backtests.cli.screens import export  # noqa: PLC0415  # the one hop: loads pandas
    export.export(id, format, out)
