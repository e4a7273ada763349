"""How many ideas there are among attempts: few that are read one by one, and the sets of sweeps in large pieces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from backtests.registry.packed import Trials, number_of

Span = tuple[str, str]
Row = tuple[str, bytes, str, str]


@dataclass(frozen=True)
class Tried:
    """Distinct ideas, of runs and of sweeps, distinct pairs of an idea and its span, and all attempts."""

    ideas: int
    from_runs: int
    from_sweeps: int
    ideas_by_span: int
    evaluations: int

    @classmethod
    def of(cls, rows: Sequence[Row], sets: Mapping[Span, Sequence[Trials]]) -> Tried:
        """Count `rows` (run, evidence or sweep; idea; first and last day) and the trials of sweeps by their span."""
        by_span = {span: _distinct(pieces) for span, pieces in sets.items()}
        every = _distinct(list(by_span.values()))
        ideas = {idea for _, idea, _, _ in rows}
        swept = {idea for kind, idea, _, _ in rows if kind == "sweep"}
        pairs = {(idea, (start, end)) for _, idea, start, end in rows}
        return cls(
            ideas=len(every) + sum(not _holds(every, idea) for idea in ideas),
            from_runs=len({idea for kind, idea, _, _ in rows if kind == "run"}),
            from_sweeps=len(every) + sum(not _holds(every, idea) for idea in swept),
            ideas_by_span=sum(map(len, by_span.values()))
            + sum(span not in by_span or not _holds(by_span[span], idea) for idea, span in pairs),
            evaluations=len(rows) + sum(len(piece) for pieces in sets.values() for piece in pieces),
        )


def _distinct(pieces: Sequence[Trials]) -> Trials:
    """Return the distinct trials of sorted pieces, sorted: by a sort that takes what is sorted already as it is."""
    merged = np.sort(np.concatenate([*pieces, np.empty(0, np.uint64)]), kind="stable")
    first = np.ones(len(merged), np.bool_)
    np.not_equal(merged[1:], merged[:-1], out=first[1:])
    return merged[first]


def _holds(trials: Trials, idea: bytes) -> bool:
    """Whether an idea is among trials, which are sorted."""
    number = number_of(idea)
    if number is None:
        return False
    at = int(np.searchsorted(trials, np.uint64(number)))
    return at < len(trials) and int(trials[at]) == number
