"""The answer of a board in one paragraph: what moved since the last one, who wants the asset, which input is oldest."""

from __future__ import annotations

from backtests.pages.text import age, instant, many
from backtests.today.board import Board, PositionMoved


def answer(board: Board) -> str:
    """Return the answer of a board: read in ten seconds."""
    return " ".join(filter(None, (_old(board), _changes(board), _positions(board), _oldest(board))))


def moved(change: PositionMoved) -> str:
    """Return a change of position in words: "small_cap_trend 0 -> 1"."""
    before, now = (weight_text(weight) for weight in (change.before, change.now))
    return f"{change.study} {before} -> {now}"


def weight_text(weight: float | None) -> str:
    """Return a weight, in words where there is none."""
    return "no opinion" if weight is None else f"{weight:.3g}"


def _old(board: Board) -> str:
    if not board.is_old:
        return ""
    behind = age(24 * board.behind_days)
    return f"These are positions of another day: the newest bar closed {behind} before; newer data are needed."


def _changes(board: Board) -> str:
    at = f"As known at {instant(board.as_of)} UTC"
    if board.since is None:
        return f"{at}."
    since = f"since the board of {instant(board.since)}"
    if not board.changes:
        return f"{at} no position changed {since}."
    return f"{at} {many(len(board.changes), 'position')} changed {since}: {', '.join(map(moved, board.changes))}."


def _positions(board: Board) -> str:
    weights = [wanted.weight for wanted in board.studies]
    known = [weight for weight in weights if weight is not None]
    parts = {
        "long": sum(weight > 0 for weight in known),
        "out": sum(weight == 0 for weight in known),
        "short": sum(weight < 0 for weight in known),
        "without an opinion": len(weights) - len(known),
    }
    counted = ", ".join(f"{count} {word}" for word, count in parts.items() if count)
    return f"Of {many(len(weights), 'study').replace('studys', 'studies')}: {counted}."


def _oldest(board: Board) -> str:
    inputs = [one for reading in board.signals for one in reading.inputs]
    if not inputs:
        return ""
    oldest = max(inputs, key=lambda one: one.age_days)
    return f"The oldest input is {oldest.id}, known for {age(24 * oldest.age_days)}."
