"""The page of a board: what moved, what each study wants and what would flip it, then every signal's past."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from backtests.pages import html
from backtests.pages.figures import level, line, titled
from backtests.pages.html import PALETTE, Cell
from backtests.pages.text import age, in_short, instant
from backtests.today.answer import answer, weight_text
from backtests.today.board import Board, Reading
from backtests.today.history import History
from backtests.today.what_would_change import PositionChange

BLUE = PALETTE[0]
GAP = 15  # times the usual step: no holiday is as long
FOOTER = (
    "Nothing here trades, and nothing later than the instant above is used. A flip is the nearest value of one signal, "
    "all else as it is, at which the study wants another position. Percentile rank: share of the signal's own past at "
    "or below its value now. today.json holds what this page says."
)


def render(board: Board, past: Sequence[History]) -> bytes:
    """Return the page as UTF-8."""
    notes = [*board.notes, *(f"{name}: {why}" for name, why in missing(board))]
    parts = [
        html.verdict(answer(board)),
        f'<div class="first">{html.table(FLIP_COLUMNS, flip_rows(board), words=(2,))}</div>',
        html.claim("What each study wants, and the nearest value of one signal that would flip it."),
        html.tiles(_tiles(board)),
        _moved(board),
        html.section(
            "The signals now", html.table(SIGNAL_COLUMNS, [signal_row(one) for one in board.signals], words=(2, 7))
        ),
        html.section("Their past, and where they would flip a study", *map(_figure, past)),
        html.section("Age of each input", html.table(AGE_COLUMNS, _ages(board))),
        html.section("Notes", html.warnings(notes)) if notes else "",
        html.method(html.paragraph(FOOTER)),
    ]
    made = board.source if board.simulated else ""
    title = f"Today's board of {instant(board.as_of)} UTC"
    return html.page(title, *parts, simulated=made, footer=f"Source: {board.source}.")


def _tiles(board: Board) -> dict[str, str | tuple[str, str]]:
    known = [one.weight for one in board.studies if one.weight is not None]
    oldest = max(
        (one for reading in board.signals for one in reading.inputs), key=lambda one: one.age_days, default=None
    )
    return {
        "Studies in the market": (f"{sum(weight != 0 for weight in known)}", f"of {len(board.studies)}"),
        "Positions changed": (
            "-" if board.since is None else f"{len(board.changes)}",
            "no earlier board" if board.since is None else f"since {instant(board.since)} UTC",
        ),
        "Flips in reach": (f"{sum(len(one.flips) for one in board.studies)}", "of one signal, all else as it is"),
        "Signals with a value": (
            f"{sum(one.value is not None for one in board.signals)}",
            f"of {len(board.signals)}",
        ),
        "Oldest input": ("-", "") if oldest is None else (age(24 * oldest.age_days), oldest.id),
    }


AGE_COLUMNS = ("input", "observation of", "known at (UTC)", "age")
FLIP_COLUMNS = ("study", "weight", "signal", "now", "flips at", "then")
SIGNAL_COLUMNS = ("signal", "now", "unit", "over 1", "over 5", "over 20", "percentile rank", "oldest input", "age")


def flip_rows(board: Board) -> list[list[Cell]]:
    """Return a row for each flip of each study, under FLIP_COLUMNS; one of dashes where nothing in reach flips it."""
    rows: list[list[Cell]] = []
    for wanted in board.studies:
        if wanted.missing and wanted.weight is None:
            continue
        own: list[Cell] = [wanted.study, weight_text(wanted.weight)]
        flips: list[list[Cell]] = [
            [flip.signal, f"{flip.now:.3g}", near(flip), f"{flip.weight:.3g}"] for flip in wanted.flips
        ]
        first, *others = flips or [["-"] * 4]
        rows += [[*own, *first], *(["", "", *other] for other in others)]
    return rows


def signal_row(reading: Reading) -> list[Cell]:
    """Return one signal under SIGNAL_COLUMNS; dashes where it has no value."""
    oldest = max(reading.inputs, key=lambda one: one.age_days, default=None)
    fresh = ("-", "-") if oldest is None else (oldest.id, age(24 * oldest.age_days))
    if reading.value is None:
        return [reading.name, "-", reading.unit, *"----", *fresh]
    changes = [f"{change + 0.0:+.3g}" if change is not None else "-" for change in reading.changes.values()]
    return [reading.name, f"{reading.value:.3g}", reading.unit, *changes, f"{reading.percentile:.0%}", *fresh]


def near(flip: PositionChange) -> str:
    """Return the value at which a study flips; what bisection leaves of a zero is a zero."""
    return f"{0.0 if abs(flip.at) < 1e-6 * abs(flip.now) else flip.at:.3g}"


def missing(board: Board) -> list[tuple[str, str]]:
    """Return why a signal or a study says nothing, or what warns of it, by name."""
    named = [(one.name, one.missing or one.note) for one in board.signals]
    named += [(one.study, one.missing or one.note) for one in board.studies]
    return [(name, in_short(why)) for name, why in named if why]


def _moved(board: Board) -> str:
    if board.since is None:
        return ""
    rows: list[list[Cell]] = [
        [change.study, weight_text(change.before), weight_text(change.now)] for change in board.changes
    ]
    if not rows:
        return ""
    return html.section(
        f"What changed since {instant(board.since)} UTC", html.table(("study", "weight then", "now"), rows)
    )


def _ages(board: Board) -> list[list[Cell]]:
    inputs = {one.id: one for reading in board.signals for one in reading.inputs}
    ordered = sorted(inputs.values(), key=lambda one: -one.age_days)
    return [[one.id, one.observed, instant(one.known_at), age(24 * one.age_days)] for one in ordered]


def _figure(past: History) -> str:
    values = _with_gaps(past.values)
    drawn = [line([f"{at:%Y-%m-%d}" for at in values.index], values.to_numpy(), past.name, BLUE, width=1.4)]
    flips = {round(flip.at, 12): study for study, flip in past.flips.items()}
    shapes = [level(at) for at in flips]
    layout = {
        **titled(f"{past.name} ({past.unit})", legend=False),
        "shapes": shapes,
    }
    return html.figure(
        drawn, layout, height=190, says=f"{past.name} over its last {len(past.values)} observations"
    ) + html.paragraph(_claim(past))


def _with_gaps(values: pd.Series[float]) -> pd.Series[float]:
    """Return the values with a NaN where far more time than usual passed: no line leads over days without a value."""
    steps = values.index.to_series().diff()
    after = pd.DatetimeIndex(values.index[(steps > GAP * steps.median()).to_numpy()])
    gaps = pd.Series(np.nan, index=after - pd.Timedelta(seconds=1))
    return pd.concat([values, gaps]).sort_index()


def _claim(past: History) -> str:
    """Return what the picture shows, from its numbers: where the signal stands, and how far a flip is."""
    values = past.values
    now, share = float(values.iloc[-1]), float((values <= values.iloc[-1]).mean())
    if past.silent:
        return f"{past.name} has no value now; its last, {now:.3g}, was that of {values.index[-1]:%Y-%m-%d}."
    said = f"{past.name} is {now:.3g}, at or above {share:.0%} of its last {len(values):,} observations."
    if not past.flips:
        return f"{said} No study that reads it flips by it alone."
    spread = float(values.std()) or 1.0
    study, flip = min(past.flips.items(), key=lambda pair: abs(pair[1].at - pair[1].now))
    far = abs(flip.at - flip.now) / spread
    count = len(past.flips)
    others = f" (and {count - 1} more)" if count > 1 else ""
    return f"{said} The nearest flip, of {study}{others}, is at {near(flip)}: {far:.1f} standard deviations away."
