"""harbinger today: what it does and prints."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click
import pandas as pd
from rich.text import Text

from backtests import record
from backtests.cli import screen
from backtests.experiments.experiment import Experiment, as_date
from backtests.experiments.studies import load, study_names
from backtests.today import recorded
from backtests.today.answer import answer
from backtests.today.board import Board, EarlierBoard, board, desk_of, held_against, read_off
from backtests.today.history import histories
from backtests.today.page import FLIP_COLUMNS, flip_rows, missing, signal_row
from data.calendars.publication import LAST
from data.checks.accepted import in_order
from data.errors import OutOfBounds, UsageError
from data.settings import settings
from data.sources.base import Source
from data.sources.open import default_source, open_source
from data.store import Store

WIDE = 96
MOVED = 3  # the exit code where a position is not what it was
OLD = 4  # where none changed that could have: the newest bar is of another day
Studies = Sequence[tuple[str, Experiment]]


def today(
    studies: tuple[str, ...],
    source: str | None,
    as_of: str | None,
    since: str | None,
    out: Path | None,
    accept: tuple[str, ...],
    *,
    as_json: bool,
    as_page: bool,
) -> None:
    """Show each signal now and the position each study wants.

    Exit with MOVED where one changed since an earlier board, with OLD where the newest bar is of another day (of a
    simulated market never: it has an end).

    The earlier board is that of `since` (a day, or a file of one), else the last in `out`.
    """
    folder = recorded.folder_of(out) if out is not None else None
    with screen.progress(quiet=as_json) as progress:
        instant = _end_of("--as-of", as_of) or pd.Timestamp.now("UTC").floor("min")
        specs = [(name, load(name)) for name in studies or study_names()]
        opened, accepted = open_source(source or default_source(), Store()), in_order((*settings().accept, *accept))
        progress("reading signals")
        desk = desk_of(opened, specs, instant, accepted)
        now = read_off(desk)
        progress("looking for what changed")
        before = _earlier(since, folder, opened, specs, accepted, instant)
        bands = {name: experiment.execution.rebalance_band for name, experiment in specs}
        now = held_against(now, before, bands) if before else now
        page = None
        if folder is not None:
            progress("drawing the page")
            page = recorded.write(now, histories(desk, now) if as_page else None, folder)
    if as_json:
        click.echo(record.as_text(now))
        screen.open_page(page)
    else:
        _print(now, folder, page)
    if now.changes:
        sys.exit(MOVED)
    if now.is_old and not now.simulated:
        sys.exit(OLD)


def _end_of(option: str, text: str | None) -> pd.Timestamp | None:
    """Return the end of a UTC day; OutOfBounds after the calendars."""
    day = as_date(option, text or "")
    if day is not None and day > LAST:
        raise OutOfBounds(option, text, f"the calendars end on {LAST:%Y-%m-%d}; name an earlier day")
    return None if day is None else (day + pd.Timedelta(days=1)).tz_localize("UTC")


def _earlier(
    since: str | None, folder: Path | None, source: Source, specs: Studies, accept: Sequence[str], now: pd.Timestamp
) -> EarlierBoard | Board | None:
    """Return the board to hold the new one against: of a day, made now from the same source; of a file; or the last."""
    if since is None:
        return recorded.last(folder) if folder is not None else None
    if Path(since).exists():
        return recorded.read(Path(since))
    instant = _end_of("--since", since)
    if instant is not None and instant >= now:
        raise UsageError(f"--since {since} is not before the board's own day; name an earlier one")
    return board(source, specs, instant, accept) if instant is not None else None


def _print(now: Board, folder: Path | None, page: Path | None) -> None:
    simulated = "SIMULATED  " if now.simulated else ""
    screen.OUT.print(Text(f"{simulated}the board, {now.source}", style="bold magenta" if simulated else "bold"))
    screen.answer(answer(now))
    screen.OUT.print()
    rows = [list(map(str, row)) for row in flip_rows(now)]
    screen.table("what each study wants, and what would flip it", FLIP_COLUMNS, rows, right=(1, 3, 4, 5))
    screen.OUT.print()
    kept = (0, 1, 3, 4, 5, 6, 7, 8) if screen.OUT.width >= WIDE else (0, 1, 3, 5, 6, 7, 8)  # over 5 stands in --json
    header = ["signal", "now", "unit", "over 1", "over 5", "over 20", "rank", "oldest", "age"]
    rows = [list(map(str, signal_row(reading))) for reading in now.signals if reading.value is not None]
    rows = [[row[at] for at in kept] for row in rows]
    numeric = [place for place, at in enumerate(kept) if at not in (0, 7)]
    title = "signals, their change over so many observations, rank in own past"
    screen.table(title, [header[at] for at in kept], rows, right=numeric)
    screen.OUT.print()
    screen.paragraph(_units(now))
    said = missing(now)
    if said or now.notes:
        screen.OUT.print()
    for note in (*now.notes, *(f"{name}: {why}" for name, why in said)):
        screen.OUT.print(Text(f"note: {note}", style="yellow"))
    if folder is not None:
        screen.files(folder)
    if page is not None:
        screen.report(page)


def _units(now: Board) -> str:
    """Return the units of the signals that have a value: a column of them has no room at 80 columns."""
    names: dict[str, list[str]] = {}
    for reading in now.signals:
        if reading.value is not None:
            names.setdefault(reading.unit, []).append(reading.name)
    return f"Units: {'; '.join(', '.join(own) + f' ({unit})' for unit, own in names.items())}."
