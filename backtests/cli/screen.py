"""What a person sees: tables and progress. Numbers go to standard output, progress and complaints to standard error."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from backtests.experiment import Finished
    from backtests.result import Result

OUT = Console(highlight=False, soft_wrap=False)
ERR = Console(stderr=True, highlight=False)


@contextmanager
def progress(quiet: bool = False) -> Iterator[Callable[[str], None]]:
    """Show what is being done, on standard error, while it lasts; nothing where that is no terminal."""
    if quiet or not ERR.is_terminal:
        yield lambda _: None
        return
    with ERR.status("starting") as status:
        yield lambda text: status.update(text)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> None:
    """Print a table; the columns at the positions `right` are aligned to the right."""
    grid = Table(
        title=title or None, title_justify="left", title_style="bold", header_style="bold", box=None, pad_edge=False
    )
    for position, name in enumerate(columns):
        grid.add_column(name, justify="right" if position in right else "left", overflow="fold", no_wrap=position == 0)
    for row in rows:
        grid.add_row(*(Text(cell) for cell in row))
    OUT.print(grid)


def paragraph(text: str) -> None:
    """Print a paragraph, indented."""
    OUT.print(Padding(Text(" ".join(text.split())), (0, 0, 0, 2)))


def facts(result: Result, run_id: str) -> None:
    """Print what a reader must know before the numbers."""
    from backtests.reports.front import facts as front_facts

    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in front_facts(result, run_id).items():
        grid.add_row(name, Text(value))
    OUT.print(grid)


def numbers(result: Result) -> None:
    """Print the metrics side by side: net, gross, benchmarks."""
    from backtests.metrics import NAMES
    from backtests.reports.front import LABELS, columns, number

    found = columns(result)
    rows = [[LABELS[name], *(number(name, m[name]) for m in found.values())] for name in NAMES]
    table("", ["", *found], rows, right=range(1, 1 + len(found)))


def regimes(result: Result) -> None:
    """Print what the run made in each regime that its strategy knows."""
    from backtests.reports.front import REGIME_LABELS, regime_rows

    rows = regime_rows(result)
    if rows:
        table("by regime, net", ["", *REGIME_LABELS], rows, right=range(1, 6))
        OUT.print()


def run(finished: Finished) -> None:
    """Print the screen of a run: facts, numbers, warnings, paths."""
    result = finished.result
    simulated = "SIMULATED  " if result.market.simulated else ""
    OUT.print(Text(f"{simulated}{result.spec.study.name}", style="bold magenta" if simulated else "bold"))
    if result.spec.study.why:
        OUT.print(Text(result.spec.study.why, style="italic"))
    OUT.print()
    facts(result, finished.run_id)
    OUT.print()
    numbers(result)
    OUT.print()
    regimes(result)
    for warning in result.warnings:
        OUT.print(Text(f"note: {warning}", style="yellow"))
    OUT.print(Text(f"files: {finished.folder}"), soft_wrap=True)
    if finished.tearsheet:
        OUT.print(Text(f"report: {finished.tearsheet}", style="bold"), soft_wrap=True)
