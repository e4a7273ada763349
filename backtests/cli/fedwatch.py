"""harbinger fedwatch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from data.fed_funds.fedwatch import FedWatch

EXAMPLES = """\b
Examples:
  harbinger data fetch ZQ DFEDTARU DFEDTARL     # today's contracts from Yahoo, the target range from FRED
  harbinger fedwatch
  harbinger fedwatch --date 2022-09-12 --source folder:history --out fedwatch.html
"""
FIRST_COLUMN, COLUMN = 22, 8


@click.command(epilog=EXAMPLES)
@click.option(
    "--date", "text", metavar="DATE", help="Settles of this day, YYYY-MM-DD (default: the last in the source)."
)
@click.option("--source", default="yahoo", show_default=True, help="yahoo (what is stored) or folder:PATH.")
@click.option("--json", "as_json", is_flag=True, help="Print the table as JSON.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write an HTML page with a chart to FILE.")
def command(text: str | None, source: str, as_json: bool, out: Path | None) -> None:
    """Show the probability of each target range at each FOMC meeting to come.

    Computed from the settles of 30-day fed funds futures by the rule of CME's FedWatch page, on the meetings known by
    then.
    """
    from backtests.cli import screen

    with screen.progress(quiet=as_json) as progress:
        progress("reading futures")
        from backtests.experiments.experiment import as_date
        from data.fed_funds.fedwatch import load
        from data.sources.open import open_source
        from data.store import Store, write_atomic

        day = as_date("--date", text or "")
        table = load(open_source(source, Store()), day)
        if out:
            from backtests.fedwatch.page import render

            write_atomic(out, render(table))
    if as_json:
        click.echo(json.dumps(table.as_json(), indent=2, allow_nan=False))
        return
    _print(table)
    if out:
        click.echo(f"page: {out}")


def _print(table: FedWatch) -> None:
    from rich.text import Text

    from backtests.cli import screen

    title = f"{'SIMULATED  ' if table.simulated else ''}FedWatch {table.date:%Y-%m-%d}"
    screen.OUT.print(Text(title, style="bold magenta" if table.simulated else "bold"))
    now = f"target range {table.range[0]}-{table.range[1]} bp; settles known at {table.known_at:%Y-%m-%d %H:%M} UTC"
    click.echo(f"{now}; {table.source}\n")
    shown = table.shown_ranges()
    room = max(1, (screen.OUT.width - FIRST_COLUMN) // COLUMN)
    for start in range(0, len(shown), room):
        block = shown[start : start + room]
        rows = [
            [f"{m.date:%Y-%m-%d}", "-" if m.expected_change_bp is None else f"{m.expected_change_bp:+.1f}"]
            + [f"{m.probabilities[r]:.1%}" if r in m.probabilities else "" for r in block]
            for m in table.meetings
        ]
        columns = ["meeting", "change\nbp", *(f"{low}-\n{high}" for low, high in block)]
        screen.table("", columns, rows, right=range(1, len(columns)))
        click.echo()
    for why, dates in table.reasons().items():
        screen.OUT.print(Text(f"note: no probabilities for {', '.join(dates)}: {why}", style="yellow"))
    click.echo(
        "change: mean of the distribution minus the range in force. Probabilities are risk-neutral and split one\n"
        "mean into two neighbouring outcomes a meeting: docs/fedwatch.md."
    )
