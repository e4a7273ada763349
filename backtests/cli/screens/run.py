"""harbinger run: the run, and its screen of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from backtests import record
from backtests.cli import screen
from backtests.cli.screen import OUT
from backtests.experiments.experiment import with_accepted, with_settings
from backtests.experiments.named import title
from backtests.experiments.studies import load
from backtests.runs.answer import answer
from backtests.runs.record import RunRecord
from backtests.runs.recorded import RecordedRun, run_and_record
from backtests.runs.summary import KNOWN_LABELS, REGIME_LABELS, facts, known_line, known_rows, number_rows, regime_rows
from backtests.runs.tearsheet import drawers


def run(
    study: str,
    settings: Sequence[str],
    *,
    source: str | None,
    out: Path | None,
    tearsheet: bool,
    fresh: bool,
    accept: Sequence[str],
    as_json: bool,
) -> None:
    """Run `study` with `settings`, save and register it, and print its screen or its run.json."""
    with drawers.begun(tearsheet), screen.progress(quiet=as_json) as progress:
        experiment = with_accepted(with_settings(load(study), settings), accept, source)
        recorded = run_and_record(experiment, source, out, tearsheet=tearsheet, fresh=fresh, progress=progress)
    if as_json:
        for note in recorded.notes:
            click.echo(f"harbinger: {note}", err=True)
        click.echo(record.as_text(recorded.record))
        screen.open_page(recorded.tearsheet)
    else:
        show(recorded)


def show(recorded: RecordedRun) -> None:
    """Print the screen of a run: facts, numbers, warnings, paths."""
    _title(recorded.record)
    screen.answer(answer(recorded.record))
    OUT.print()
    _facts(recorded.record)
    OUT.print()
    _numbers(recorded.record)
    OUT.print()
    _regimes(recorded.record)
    _known_inputs(recorded.record)
    OUT.print()
    _notes(recorded)
    screen.trials(recorded.trials)
    screen.files(recorded.folder)
    screen.report(recorded.tearsheet)


def _title(run: RunRecord) -> None:
    simulated = "SIMULATED  " if run.simulated else ""
    OUT.print(Text(f"{simulated}{title(run.study, run.params)}", style="bold magenta" if simulated else "bold"))
    if run.why:
        OUT.print(Text(run.why, style="italic"))


def _facts(run: RunRecord) -> None:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in facts(run).items():
        grid.add_row(name, Text(value))
    OUT.print(grid)


def _numbers(run: RunRecord) -> None:
    screen.table("", ["", *run.columns], number_rows(run), right=range(1, 1 + len(run.columns)))


def _regimes(run: RunRecord) -> None:
    rows = regime_rows(run)
    if rows:
        screen.table(f"by regime, {run.net}", ["", *REGIME_LABELS], rows, right=range(1, 6))
        OUT.print()


def _known_inputs(run: RunRecord) -> None:
    OUT.print(Text(known_line(run), style="bold"))
    screen.table("", KNOWN_LABELS, known_rows(run), right=(3,))


def _notes(recorded: RecordedRun) -> None:
    for warning in (*recorded.notes, *recorded.record.warnings):
        OUT.print(Text(f"note: {warning}", style="yellow"))
    if recorded.answered:
        when = recorded.answered[:16].replace("T", " ")
        OUT.print(
            Text(
                f"answered from the registry: run {when} UTC by the same experiment, data, code and libraries; "
                "--fresh computes it again",
                style="cyan",
            )
        )
