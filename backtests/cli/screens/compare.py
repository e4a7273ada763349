"""harbinger compare: what it does and prints."""

from __future__ import annotations

from pathlib import Path

import click
from rich.text import Text

from backtests import record
from backtests.cli import screen
from backtests.comparisons import differences
from backtests.comparisons.answer import answer
from backtests.comparisons.comparison import Comparison, sentence
from backtests.comparisons.recorded import RecordedComparison, run_and_record
from backtests.metrics.labels import LABELS, NET
from backtests.metrics.performance import NAMES
from backtests.pages.text import UNDEFINED, interval, number
from backtests.runs.evidence import line
from backtests.runs.files import DATE
from backtests.statistics.paired import SEED


def compare(
    runs: tuple[str, ...],
    source: str | None,
    seed: int | None,
    out: Path | None,
    accept: tuple[str, ...],
    settings: tuple[str, ...],
    as_json: bool,
) -> None:
    """Hold runs against the first one: what differs between them, then their numbers on the bars that they share."""
    if not runs or (len(runs) < 2 and not settings):
        raise click.UsageError("name two runs or more: ids (`harbinger runs list` shows them), folders or studies")
    with screen.progress(quiet=as_json) as progress:
        chosen = SEED if seed is None else seed
        written = run_and_record(runs, source, out, settings=settings, seed=chosen, accept=accept, progress=progress)
    if as_json:
        click.echo(record.as_text(written.record))
        screen.open_page(written.page)
    else:
        _show(written)


def _show(written: RecordedComparison) -> None:
    """Print the screen of a comparison: what differs, the numbers, the differences in return, notes, paths."""
    comparison = written.comparison
    simulated = "SIMULATED  " if comparison.simulated else ""
    screen.OUT.print(Text(f"{simulated}{comparison.title}", style="bold magenta" if simulated else "bold"))
    screen.answer(answer(written.record))
    span = f"{comparison.span[0]:{DATE}} to {comparison.span[1]:{DATE}}"
    screen.OUT.print(Text(f"common span {span}, {len(comparison.curves):,} bars", style="dim"))
    screen.OUT.print()
    _differences(comparison)
    _numbers(comparison)
    for name, apart in zip(comparison.names[1:], comparison.paired, strict=True):
        screen.OUT.print(Text(sentence(name, apart)))
    for name, side in zip(comparison.names, comparison.sides, strict=True):
        if side.record.evidence:
            screen.OUT.print(Text(f"{name}, is it luck? {line(side.record.evidence)}"))
    screen.OUT.print()
    for warning in comparison.warnings:
        screen.OUT.print(Text(f"note: {warning}", style="yellow"))
    for count in written.trials:
        screen.trials(count)
    screen.files(written.folder)
    screen.report(written.page)


def _differences(comparison: Comparison) -> None:
    rows = [[name, *map(differences.as_text, row)] for name, row in (comparison.parameters | comparison.facts).items()]
    screen.table("what differs", ["", *comparison.studies], rows)
    for letter, side in zip(comparison.letters, comparison.sides, strict=True):  # whole: they are there to be copied
        screen.OUT.print(Text(f"run {letter}: {side.record.run_id}", style="dim"), soft_wrap=True)
    screen.OUT.print()


def _numbers(comparison: Comparison) -> None:
    paid = zip(comparison.letters, comparison.net_names, strict=True)
    unpaid = ", ".join(f"{letter}: {name}" for letter, name in paid if name != NET)
    for kind, sides in ((unpaid or NET, comparison.net), ("gross: the same decisions at no cost", comparison.gross)):
        rows = [[LABELS[name], *("-" if m is None else number(name, m[name]) for m in sides)] for name in NAMES]
        if sides is comparison.net:
            ends = [interval(*found, form=".2f") if found else UNDEFINED for found in comparison.sharpe_intervals]
            rows.insert(NAMES.index("sharpe") + 1, ["Sharpe ratio, 95%", *ends])
        screen.table(kind, ["", *comparison.letters], rows, right=range(1, 1 + len(sides)))
        screen.OUT.print()
