"""harbinger fedwatch: what it does and prints."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.text import Text

from backtests.cli import screen
from backtests.experiments.experiment import as_date
from backtests.fedwatch.page import answer, render
from backtests.pages.text import instant
from data.fed_funds.fedwatch import FedWatch, load
from data.files import check_file, write_atomic
from data.sources.open import default_source, open_source
from data.store import Store


def fedwatch(text: str | None, source: str | None, as_json: bool, out: Path | None) -> None:
    """Show the probability of each target range at each FOMC meeting to come."""
    if out:
        check_file(out)
    with screen.progress(quiet=as_json) as progress:
        progress("reading futures")

        day = as_date("--date", text or "")
        table = load(open_source(source or default_source(), Store()), day)
        if out:
            write_atomic(out, render(table))
    if as_json:
        click.echo(json.dumps(table.as_json(), indent=2, allow_nan=False))
        screen.open_page(out)
        return
    _print(table)
    screen.report(out, "page")


def _print(table: FedWatch) -> None:
    title = f"{'SIMULATED  ' if table.simulated else ''}FedWatch {table.date:%Y-%m-%d}"
    screen.OUT.print(Text(title, style="bold magenta" if table.simulated else "bold"))
    now = f"target range {table.range[0]}-{table.range[1]} bp; settles known at {instant(table.known_at)} UTC"
    screen.answer(answer(table))
    screen.OUT.print(Text(f"{now}; {table.source}"))
    screen.OUT.print()
    if any(meeting.probabilities for meeting in table.meetings):
        _print_odds(table)
    for why, dates in table.reasons().items():
        screen.OUT.print(Text(f"note: no probabilities for {', '.join(dates)}: {why}", style="yellow"))


def _print_odds(table: FedWatch) -> None:
    shown = table.shown_ranges()
    rows = [
        [f"{m.date:%Y-%m-%d}", "-" if m.expected_change_bp is None else f"{m.expected_change_bp:+.1f}"]
        + [f"{m.probabilities[r]:.1%}" if r in m.probabilities else "" for r in shown]
        for m in table.meetings
    ]
    columns = ["meeting", "change\nbp", *(f"{low}-\n{high}" for low, high in shown)]
    screen.table("", columns, rows, right=range(1, len(columns)))
    screen.OUT.print()
    screen.paragraph(
        "change: mean of the distribution minus the range in force. Probabilities are risk-neutral and split one mean "
        "into two neighbouring outcomes a meeting: docs/fedwatch.md."
    )
    screen.OUT.print()
