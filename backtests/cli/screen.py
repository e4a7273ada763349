"""What a person sees: tables and progress. Numbers go to standard output, progress and complaints to standard error."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from backtests.registry import TrialCount

from data.files import shown
from signals import user_code

OUT = Console(highlight=False, soft_wrap=False)
ERR = Console(stderr=True, highlight=False)


@contextmanager
def progress(quiet: bool = False) -> Iterator[Callable[[str], None]]:
    """Show what is being done, on standard error, while it lasts; nothing if that is no terminal."""
    if quiet or not ERR.is_terminal:
        yield lambda _: None
        return
    with ERR.status("starting") as status:
        yield lambda text: status.update(text)


@contextmanager
def loading(quiet: bool = False) -> Iterator[None]:
    """Show that modules are being loaded, while a verb makes its one hop; from then on code of the user's is said."""
    if say_code not in user_code.heard_by:
        user_code.heard_by.append(say_code)
    with progress(quiet) as show:
        show("loading")
        yield


def say_code(file: Path, digest: str) -> None:
    """Say, before it runs, which file of the user's runs as code."""
    ERR.print(Text(f"code: {shown(file)} runs, SHA-256 {digest[:16]}"), soft_wrap=True)


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


def answer(text: str) -> None:
    """Print what stands first: the answer, at the full width of the terminal."""
    OUT.print(Text(text, style="bold"))


def paragraph(text: str) -> None:
    """Print a paragraph, indented."""
    OUT.print(Padding(Text(" ".join(text.split())), (0, 0, 0, 2)))


def trials(count: TrialCount | None) -> None:
    """Print how much was tried, where a screen of numbers ends."""
    if count is not None:
        OUT.print(Text(count.line, style="cyan"))
