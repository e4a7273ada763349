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
    from backtests.runs.recorded import RecordedRun
    from backtests.runs.summary import Content

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


def facts(run: Content) -> None:
    """Print what a reader must know before the numbers."""
    from backtests.runs.summary import facts as front_facts

    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in front_facts(run).items():
        grid.add_row(name, Text(value))
    OUT.print(grid)


def numbers(run: Content) -> None:
    """Print the metrics side by side: net, gross, benchmarks."""
    from backtests.metrics.performance import NAMES
    from backtests.runs.summary import LABELS, columns, number

    found = columns(run)
    rows = [[LABELS[name], *(number(name, m[name]) for m in found.values())] for name in NAMES]
    table("", ["", *found], rows, right=range(1, 1 + len(found)))


def regimes(run: Content) -> None:
    """Print what the run made in each regime that its strategy knows."""
    from backtests.runs.summary import REGIME_LABELS, regime_rows

    rows = regime_rows(run)
    if rows:
        table("by regime, net", ["", *REGIME_LABELS], rows, right=range(1, 6))
        OUT.print()


def ladder(run: Content) -> None:
    """Print what the last decision of the run had to look at."""
    from backtests.runs.summary import LADDER_LABELS, ladder_line, ladder_rows

    OUT.print(Text(ladder_line(run), style="bold"))
    table("", LADDER_LABELS, ladder_rows(run), right=(3,))


def run(finished: RecordedRun) -> None:
    """Print the screen of a run: facts, numbers, warnings, paths."""
    content = finished.content
    simulated = "SIMULATED  " if content["simulated"] else ""
    OUT.print(Text(f"{simulated}{content['study']}", style="bold magenta" if simulated else "bold"))
    if content["params"]["study.why"]:
        OUT.print(Text(content["params"]["study.why"], style="italic"))
    OUT.print()
    facts(content)
    OUT.print()
    numbers(content)
    OUT.print()
    regimes(content)
    ladder(content)
    OUT.print()
    for warning in content["warnings"]:
        OUT.print(Text(f"note: {warning}", style="yellow"))
    if finished.answered:
        told = f"answered from the registry: made {finished.answered[:16].replace('T', ' ')} UTC by the same experiment"
        OUT.print(Text(f"{told}, data, code and libraries; --fresh computes it anew", style="cyan"))
    OUT.print(Text(f"files: {finished.folder}"), soft_wrap=True)
    if finished.tearsheet:
        OUT.print(Text(f"report: {finished.tearsheet}", style="bold"), soft_wrap=True)
