"""harbinger lead: what it does and prints."""

from __future__ import annotations

from pathlib import Path

import click
from rich.text import Text

from backtests.cli import screen
from backtests.experiments.experiment import as_span
from backtests.lead.answer import answer
from backtests.lead.examination import Examination
from backtests.lead.page_rule import LIMIT_COLUMNS, limits
from backtests.lead.recorded import run_and_record
from backtests.lead.wording import reading
from backtests.pages.text import interval, p_value
from backtests.record import as_text
from data.checks.accepted import in_order
from data.settings import settings
from data.sources.open import default_source, open_source
from data.store import Store


def lead(
    leader: str,
    traded: str,
    controls: str | None,
    source: str | None,
    start: str | None,
    end: str | None,
    out: Path | None,
    accept: tuple[str, ...],
    as_json: bool,
) -> None:
    """Ask whether LEADER leads TRADED, and give one verdict by a written rule."""
    with screen.progress(quiet=as_json) as progress:
        first, last = as_span(start, end)
        opened = open_source(source or default_source(), Store())
        others = tuple(id.strip() for id in (controls or "").split(",") if id.strip())
        accepted = in_order((*settings().accept, *accept))
        recorded = run_and_record(
            opened, leader, traded, out, start=first, end=last, others=others, accept=accepted, progress=progress
        )
    if as_json:
        click.echo(as_text(recorded.record))
        screen.open_page(recorded.page)
    else:
        _print(recorded.result, answer(recorded.record))
        screen.trials(recorded.trials)
        _print_paths(recorded.page)


def _print_paths(page: Path) -> None:
    screen.files(page.parent)
    screen.report(page)


def _print(found: Examination, said: str) -> None:
    windows = found.windows
    simulated = windows.market.simulated
    title = f"{'SIMULATED  ' if simulated else ''}{windows.leader} and {windows.traded}: {found.decision.verdict}"
    screen.OUT.print(Text(title, style="bold magenta" if simulated else "bold"))
    screen.answer(said)
    screen.OUT.print(Text(reading(windows, found.decision, found.after)))
    screen.OUT.print()
    screen.OUT.print(f"windows: {windows.text}; {windows.market.source}")
    _print_limits(found)
    _print_tests(found)
    _print_placebos(found)
    _print_trap(found)
    for note in windows.notes:
        screen.OUT.print(Text(f"note: {note}", style="yellow"))


def _print_limits(found: Examination) -> None:
    if not found.decision.bounds:
        return
    screen.OUT.print()
    screen.table("what it could have shown", LIMIT_COLUMNS, [[str(cell) for cell in row] for row in limits(found)])
    screen.OUT.print()
    screen.paragraph(
        "Shares of the next session's variance, and the yearly Sharpe ratio before costs of who knew it. Of equities: "
        "a lead through the whole of it is seen as one of equities."
    )
    screen.OUT.print()
    screen.OUT.print("blind spots")
    for spot in found.blind_spots:
        screen.paragraph(f"- {spot}")


def _print_tests(found: Examination) -> None:
    tests = (*found.rule_tests, *found.period_tests, *found.tests)
    rows = [
        [
            test.name,
            "" if test.effect is None else f"{test.effect:+.3f}",
            "" if test.interval is None else interval(*test.interval, between=" "),
            "too few" if test.missing else p_value(test.p_value),
        ]
        for test in tests
    ]
    if rows:
        screen.OUT.print()
        screen.table("tests", ["", "effect", "95%", "p"], rows, right=range(1, 4))
        screen.OUT.print()
        screen.paragraph(
            "Effect: % of the series that follows for 1% of the one before it; of the sign of a trend, % a session "
            "while it is up; in 4. a correlation; an R2 is a share of variance."
        )


def _print_placebos(found: Examination) -> None:
    rows = []
    for name, result in (found.placebos or {}).items():
        if isinstance(result, str):
            rows.append([name, "", result])
        else:
            p = result.p_value if not hasattr(result, "p_value_searched") else result.p_value_searched
            rows.append([name, f"{result.t:+.2f}", p_value(p)])
    if rows:
        screen.OUT.print()
        screen.table("placebos in the leader's seat", ["", "largest t", "p"], rows, right=(1,))


def _print_trap(found: Examination) -> None:
    if not found.trap:
        return
    rows = [
        [name, *(f"{value:+.3f}" for value in values), p_value(found.trap.p_value[name])]
        for name, values in found.trap.correlations.items()
    ]
    screen.OUT.print()
    columns = ["", "leader after", "same session", "leader before", "p of a lead"]
    screen.table(f"the trap of wrong labels (band +-{found.trap.half_width:.3f})", columns, rows, right=range(1, 5))
