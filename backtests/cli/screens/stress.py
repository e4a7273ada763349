"""harbinger stress: what it does and prints."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
from rich.text import Text

from backtests import record
from backtests.cli import screen
from backtests.experiments.named import title
from backtests.experiments.user_strategy import is_native
from backtests.pages.text import number
from backtests.runs.question import RecordedAnswer
from backtests.runs.targets import pinned
from backtests.stress.answer import answer
from backtests.stress.page import break_even, on_these_days, reading
from backtests.stress.record import StressRecord
from backtests.stress.recorded import no_weights, run_and_record


def stress(target: str, settings: Sequence[str], *, source: str | None, out: Path | None, as_json: bool) -> None:
    """Stress a run or a study, and print what moves its result most."""
    if is_native(target):
        raise no_weights(target)  # before it is run
    with screen.progress(quiet=as_json) as progress:
        found = pinned(target, settings, source, progress=progress)
        recorded = run_and_record(found.experiment, out, of=found.run_id, progress=progress)
    if as_json:
        click.echo(record.as_text(recorded.record))
        screen.open_page(recorded.page)
    else:
        show(recorded)


def show(recorded: RecordedAnswer[StressRecord]) -> None:
    """Print the screen of a stress test."""
    found = recorded.record
    mark = "SIMULATED  " if found.simulated else ""
    screen.OUT.print(
        Text(f"{mark}stress of {title(found.study, found.params)}", style="bold magenta" if mark else "bold")
    )
    screen.answer(answer(found))
    screen.OUT.print()
    screen.table(
        "Sharpe ratio, net", ["assumption", "cases", "low", "median", "high"], _rows(found), right=(1, 2, 3, 4)
    )
    screen.OUT.print()
    for group in found.groups:
        if group.other_days:
            screen.paragraph(f"{group.group}:{on_these_days(group)}")
    screen.paragraph(f"{reading(found)} No row is a reason to change a setting: the best of these is luck.")
    even = "; ".join(f"until {what}: {cost}" for what, cost in break_even(found).items())
    screen.paragraph(f"A fill may cost, of its value, {even}." if found.metrics.get("orders") else "It has no orders.")
    for name, why in found.missing.items():
        screen.OUT.print(Text(f"not asked: {name}: {why}", style="dim"))
    screen.paragraph(recorded.trials.line)
    screen.files(recorded.folder)
    screen.report(recorded.page)


def _rows(found: StressRecord) -> list[list[str]]:
    return [
        [
            group.group,
            str(len(group.cases)),
            *(number("sharpe", value) for value in (group.low, group.median, group.high)),
        ]
        for group in found.groups
    ]
