"""Boards on disk: one folder keeps the newest board, its page, and every board that was there before.

A board is no result of a run: nothing of it stands in the registry, and the newest takes the place of the last.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from backtests import record
from backtests.pages.places import with_places
from backtests.today.board import Board, EarlierBoard
from backtests.today.history import History
from backtests.today.page import render
from data.files import check_free, results_folder, write_atomic

NEWEST, PAGE, BOARDS = "today.json", "today.html", "boards"


def folder_of(out: Path) -> Path:
    """Return the folder of boards; UsageError, before anything is read, where it cannot be one."""
    check_free(out, but=NEWEST)
    return results_folder(out, "", replace=True)


def last(folder: Path) -> EarlierBoard | None:
    """Return the newest board in a folder, None where there is none yet."""
    return read(folder / NEWEST) if (folder / NEWEST).is_file() else None


def read(path: Path) -> EarlierBoard:
    """Return the board in a file, or in the folder of boards."""
    return record.read(EarlierBoard, path / NEWEST if path.is_dir() else path)


def write(board: Board, past: Sequence[History] | None, folder: Path) -> Path | None:
    """Write the board, with its page where its `past` is given, and keep it below `boards`; return the page."""
    text = (record.as_text(board) + "\n").encode()
    if past is not None:
        write_atomic(folder / PAGE, with_places(render(board, past), folder, (NEWEST,)))
    else:
        (folder / PAGE).unlink(missing_ok=True)  # it would be of an earlier board
    write_atomic(folder / BOARDS / f"{board.as_of.replace(':', '')}.json", text)
    write_atomic(folder / NEWEST, text)
    return folder / PAGE if past is not None else None
