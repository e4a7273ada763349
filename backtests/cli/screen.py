"""What a person sees: tables and progress. Numbers go to standard output, progress and complaints to standard error."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from rich.console import Console
from rich.padding import Padding
from rich.progress import (
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from backtests.registry import TrialCount

from backtests.cli.browser import opened
from backtests.cli.stretches import stretches
from backtests.engine.kernel import compiling
from data import settings
from data.files import shown
from signals import earlier_names, user_code

F = TypeVar("F", bound=Callable[..., Any])

OPENS = "harbinger.open"
OUT = Console(highlight=False, soft_wrap=False)
ALWAYS = Console(highlight=False)  # what --quiet leaves
ERR = Console(stderr=True, highlight=False)
LOUD = Console(stderr=True, highlight=False)  # also with --quiet: what runs as code


COUNTED = re.compile(r"(\d+) of (\d+)")
ANSWERING = ("demo", "run", "signal", "lead", "sweep", "evidence", "stress", "compare", "today")


class Rate(ProgressColumn):
    """How many a second: "1,200 sets/s"; nothing before that is known."""

    def __init__(self, noun: str) -> None:
        super().__init__()
        self.noun = noun

    def render(self, task: Task) -> Text:
        """Return the rate of a task that is counted."""
        speed = task.finished_speed or task.speed
        if not speed or task.total is None:
            return Text("")
        return Text(f"{speed:,.0f} {self.noun}/s" if speed >= 10 else f"{speed:.1f} {self.noun}/s")


class TimeLeft(TimeRemainingColumn):
    """What is left of a task that is counted; nothing beside one that is not."""

    def render(self, task: Task) -> Text:
        """Return what is left."""
        return Text("") if task.total is None else super().render(task)


@contextmanager
def progress(quiet: bool = False) -> Iterator[Callable[[str], None]]:
    """Show what is being done and for how long, on standard error, while it lasts; nothing if that is no terminal.

    A text with a count, "case 12 of 80", is shown with its rate and what is left.
    """
    if quiet or ERR.quiet or not ERR.is_terminal:
        yield lambda _: None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), Rate("cases"), TimeLeft())
    with Progress(*columns, console=ERR, transient=True) as bar:
        task = bar.add_task("starting", total=None)

        def show(text: str) -> None:
            counted = COUNTED.search(text)
            done, total = (int(counted[1]) - 1, int(counted[2])) if counted else (0, None)
            bar.update(task, description=text, completed=done, total=total)

        with compiling.told(show):
            yield show


@contextmanager
def loading(quiet: bool = False) -> Iterator[None]:
    """Show that modules are being loaded, while a verb makes its one hop; from then on code of the user's is said."""
    if say_code not in user_code.heard_by:
        user_code.heard_by.append(say_code)
    if say_settings not in settings.heard_by:
        settings.heard_by.append(say_settings)
    if say_earlier_name not in earlier_names.heard_by:
        earlier_names.heard_by.append(say_earlier_name)
    with progress(quiet) as show:
        show("loading")
        yield


def say_code(file: Path, digest: str) -> None:
    """Say, before it runs, which file of the user's runs as code."""
    LOUD.print(Text(f"code: {shown(file)} runs, SHA-256 {digest[:16]}"), soft_wrap=True)


def say_earlier_name(earlier: str, today: str) -> None:
    """Say what a signal that was asked for by its earlier name is called today."""
    ERR.print(Text(f"note: the signal {earlier} is called {today} today; both names are read"), soft_wrap=True)


def say_settings(text: str) -> None:
    """Say which settings of the current folder are in force."""
    LOUD.print(Text(f"settings: {text}"), soft_wrap=True)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> None:
    """Print a table; the columns at the positions `right` hold numbers: aligned to the right, never cut.

    Columns that do not fit beside the others stand below them, in a table with the same first column.
    """
    for number, kept in enumerate(stretches(columns, rows, right, OUT.width)):
        if number:
            OUT.print()
        grid = Table(
            title=title or None, title_justify="left", title_style="bold", header_style="bold", box=None, pad_edge=False
        )
        for at in kept:
            grid.add_column(
                columns[at],
                justify="right" if at in right else "left",
                overflow="fold",
                no_wrap=at == 0 or at in right,
            )
        for row in rows:
            grid.add_row(*(Text(row[at]) for at in kept))
        OUT.print(grid)


def set_quiet(quiet: bool, verb: str) -> None:
    """Show no progress; of verbs that answer a question print the answer and where the files are alone (--quiet)."""
    ERR.quiet = quiet
    OUT.quiet = quiet and verb in ANSWERING


def is_quiet() -> bool:
    """Whether --quiet was asked for."""
    return ERR.quiet


def answer(text: str) -> None:
    """Print what stands first: the answer, at the full width of the terminal."""
    ALWAYS.print(Text(text, style="bold"))


def files(folder: Path) -> None:
    """Print where the files are, in one line that can be copied."""
    ALWAYS.print(Text(f"files: {folder}"), soft_wrap=True)


def paragraph(text: str) -> None:
    """Print a paragraph, indented."""
    OUT.print(Padding(Text(" ".join(text.split())), (0, 0, 0, 2)))


def numbered(lines: Iterable[str]) -> None:
    """Print lines of which the first weighs most."""
    grid = Table.grid(padding=(0, 1))
    for place, line in enumerate(lines, 1):
        grid.add_row(f"  {place}.", Text(line))
    OUT.print(grid)


def _opens(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    ctx.meta[OPENS] = wanted


def _address(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    if value is not None and not (value.isprintable() and value.strip()):
        raise click.BadParameter(f"{value!r} is no address; write tcp://host:8786 or tls://host:8786")
    return value


def dask(what: str) -> Callable[[F], F]:
    """Return the option --dask; `what` is what the workers do."""
    said = f"Let the workers of a dask.distributed scheduler {what}: tcp://host:8786, tls://host:8786."
    return click.option("--dask", metavar="ADDRESS", callback=_address, help=said)


OPEN = click.option(
    "--open", is_flag=True, expose_value=False, callback=_opens, help="Open the page in the browser when it is made."
)


def report(page: Path | None, name: str = "report") -> None:
    """Print where a page is, as a link on a terminal that can follow one, and open it where --open asks for that.

    None: there is no page, and nothing is printed but what --open is answered.
    """
    open_page(page)
    if page is None:
        return
    link = f" link {page.resolve().as_uri()}" if OUT.is_terminal else ""
    ALWAYS.print(Text.assemble((f"{name}: ", "bold"), (str(page), f"bold{link}")), soft_wrap=True)


def wants_page() -> bool:
    """Whether --open was given to the verb that is run."""
    ctx = click.get_current_context(silent=True)
    return ctx is not None and bool(ctx.meta.get(OPENS))


def open_page(page: Path | None) -> None:
    """Open a page where --open asks for that; say so where there is no display, or no page."""
    open_address(None if page is None else page.resolve().as_uri())


def open_address(address: str | None) -> None:
    """Open an address, as `open_page` does a page."""
    if not wants_page():
        return
    if address is None or not opened(address):
        why = "no page to open" if address is None else f"no display: open {address} yourself"
        LOUD.print(Text(why), soft_wrap=True)


def trials(count: TrialCount | None) -> None:
    """Print how much was tried, where a screen of numbers ends."""
    if count is not None:
        OUT.print(Text(count.line, style="cyan"))
