"""Work: one thing that was done, as its card on the index says it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Tone = Literal["good", "bad", "unsure", "plain"]
Kind = Literal["run", "sweep", "walk-forward", "signal", "lead", "evidence", "stress", "compare"]


@dataclass(frozen=True)
class Thumbnail:
    """What a card draws: curves on one log scale (64 steps, a character a point, a blank for none), or 95% intervals.

    `own` and `beside` are curves; an interval is (low, value, high), `None` where an end is undefined.
    """

    own: str = ""
    beside: str = ""
    intervals: tuple[tuple[float | None, float | None, float | None], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the files of one piece of work say: the word of its verdict, one sentence, its numbers, what it is about.

    `sharpe`, `total_return` and `max_drawdown` are of its net curve (fractions); `trials` is how much had been tried.
    `settings` are its own parameters in words, `related` the ids of the work that it looked at or made.
    """

    id: str
    kind: Kind
    verdict: str = ""
    tone: Tone = "plain"
    sentence: str = ""
    sharpe: float | None = None
    total_return: float | None = None
    max_drawdown: float | None = None
    trials: int | None = None
    simulated: bool = False
    source: str = ""
    start: str = ""
    end: str = ""
    study: str = ""
    settings: str = ""
    related: tuple[str, ...] = ()
    thumbnail: Thumbnail = field(default_factory=Thumbnail)


@dataclass(frozen=True, kw_only=True)
class Work:
    """One card: what the registry says, what the files say, and the addresses of both, relative to the index.

    An address is empty where there is no file, or where naming its place would name a folder of the user's. Without a
    page, `numbers` is the address of its JSON, and `draw` the command that makes the page, where it can be made.
    """

    answer: Answer
    created_at: str
    status: str
    traded: str = ""
    tags: tuple[str, ...] = ()
    note: str = ""
    page: str = ""
    spec: str = ""
    numbers: str = ""
    draw: str = ""

    def content(self) -> dict[str, Any]:
        """Return what the page's script reads; what is empty is left out."""
        known = self.answer
        shown = {
            "id": known.id,
            "kind": known.kind,
            "study": known.study,
            "at": self.created_at[:16].replace("T", " "),
            "status": self.status,
            "verdict": known.verdict,
            "tone": known.tone,
            "says": known.sentence,
            "sharpe": _short(known.sharpe),
            "return": _short(known.total_return),
            "drawdown": _short(known.max_drawdown),
            "trials": known.trials,
            "span": f"{known.start} to {known.end}" if known.start and known.end else "",
            "traded": self.traded,
            "source": known.source,
            "simulated": known.simulated,
            "set": known.settings,
            "related": list(known.related),
            "tags": list(self.tags),
            "note": self.note,
            "page": self.page,
            "spec": self.spec,
            "numbers": self.numbers,
            "draw": self.draw,
            "own": known.thumbnail.own,
            "beside": known.thumbnail.beside,
            "intervals": [[_short(value) for value in row] for row in known.thumbnail.intervals],
        }
        return {name: value for name, value in shown.items() if value not in ("", None, [], False)}


def _short(value: float | None) -> float | None:
    """Return a number with more digits than a card shows: of a return of 100,000% as of any."""
    return None if value is None else round(value, 6)


def parted(work: Sequence[Work]) -> tuple[list[Work], list[Work]]:
    """Return the pieces of work, and apart from them the attempts that failed, which have no numbers."""
    failed = [one for one in work if one.status == "failed"]
    return [one for one in work if one.status != "failed"], failed
