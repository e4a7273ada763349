"""The path of the policy rate that fed funds futures imply: the arithmetic of CME's FedWatch page.

R, the implied average of a month, is (M*start + D*end)/N for a meeting on day d of a month of N days: M = d-1 days at
the old rate, D = N-M at the new one (the day of the decision counts as new; the rate takes effect a day later). The
months over-determine the path; which of them are read, and which are not, follows the live page (docs/fedwatch.md).
Source: CME Group, Understanding the CME Group FedWatch tool methodology; the displayed values in docs/fedwatch.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.calendars.meetings import Agenda, days_in, month_text, ordinal

STEP = 0.25  # percentage points: the width of a range and the size of a move
STEP_BP = 25

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
RateOf = Callable[[int], Floats]


def end_from_month(rate: Floats, start: Floats, day: int, days: int) -> Floats:
    """Return the rate after a decision on `day` of a month of `days` days, from the month's average and the start."""
    before = day - 1
    return (rate * days - start * before) / (days - before)


def start_from_month(rate: Floats, end: Floats, day: int, days: int) -> Floats:
    """Return the rate before a decision, from the month's average and the end; NaN for a decision on the 1st."""
    before = day - 1
    if before == 0:
        return np.full_like(np.asarray(end, dtype="float64"), np.nan)
    return (rate * days - end * (days - before)) / before


@dataclass(frozen=True, eq=False)
class Move:
    """The rate before and after one meeting on each date (percent; NaN where a month is missing).

    `months` are the contracts that the two rates are read from, the live page's own; `unknown` is the first month of
    which no schedule was published, where the chain of months runs into one.
    """

    meeting: pd.Timestamp
    start: Floats
    end: Floats
    months: tuple[int, ...]
    unknown: int | None = None

    @property
    def steps(self) -> Floats:
        """The expected change in steps of 25 bp."""
        return np.round((self.end - self.start) / STEP, 9)


@dataclass(frozen=True, eq=False)
class RatePath:
    """The moves of all meetings to come on one calendar (`agenda`), on dates that lie in it.

    `rate_of` gives the implied rate of a month on each date, `expired` whether a month has ended on each date.
    """

    agenda: Agenda
    rate_of: RateOf
    expired: Callable[[int], np.ndarray[tuple[int, ...], np.dtype[np.bool_]]]

    def moves(self, most: int | None = None) -> list[Move]:
        """Return the moves of the first `most` meetings (default: all), in order."""
        return [self._move(meeting, front=at == 0) for at, meeting in enumerate(self.agenda.upcoming[:most])]

    def _move(self, meeting: pd.Timestamp, *, front: bool) -> Move:
        month = ordinal(meeting)
        end, after = self._end(month), self._chain(month)
        moved = any(at == month for at, _, _ in self.agenda.moved)
        if not self.agenda.is_free(month - 1) or moved:
            start, months = self._back_solved(meeting), (month, *after)
        else:
            start, months = self.rate_of(month - 1), (month - 1, *after)
            if front:
                own = end_from_month(self.rate_of(month), start, meeting.day, days_in(month))
                gone = np.isnan(start) & self.expired(month - 1)
                start, end = np.where(gone, self._back_solved(meeting), start), np.where(np.isnan(end), own, end)
                months = (month, *after) if gone.all() else months
        last = after[-1] if after else month
        return Move(meeting, start, end, months, None if self.agenda.is_free(last) else last + 1)

    def _chain(self, month: int) -> tuple[int, ...]:
        """Return the months after a meeting's from which its end is read: up to the first without a meeting."""
        chain = [month + 1]
        while self.agenda.is_known(chain[-1]) and not self.agenda.is_free(chain[-1]):
            chain.append(chain[-1] + 1)
        return tuple(at for at in chain if self.agenda.is_known(at))

    def _end(self, month: int) -> Floats:
        """Return the rate after the meeting of `month`: the next month's, back-solved where that has a meeting."""
        following = month + 1
        if self.agenda.is_free(following):
            return self.rate_of(following)
        coming = [meeting for meeting in self.agenda.upcoming if ordinal(meeting) == following]
        return self._back_solved(coming[0]) if coming else np.full_like(self.rate_of(month), np.nan)

    def _back_solved(self, meeting: pd.Timestamp) -> Floats:
        """Return the rate before a meeting from its own month and its end.

        A move outside the schedule earlier in that month is known, and its days at the older rate are taken out.
        """
        month = ordinal(meeting)
        days = days_in(month)
        older = sum((day - 1) * change / days for at, day, change in self.agenda.moved if at == month)
        return start_from_month(self.rate_of(month) + older, self._end(month), meeting.day, days)


def distribution(steps: float) -> dict[int, float]:
    """Return {moves of 25 bp: probability} of one meeting: the two whole numbers next to `steps` share it.

    P(k moves) = 1 - r and P(k + 1) = r in the direction of the change, k and r the whole and broken part of |steps|.
    """
    whole, part = divmod(abs(steps), 1)
    sign = int(math.copysign(1, steps))
    found = {sign * int(whole): 1 - part, sign * (int(whole) + 1): part}
    return {moves: p for moves, p in sorted(found.items()) if p > 0}


def convolve(first: Mapping[int, float], second: Mapping[int, float]) -> dict[int, float]:
    """Return the distribution of the sum of two independent numbers of moves."""
    found: dict[int, float] = {}
    for a, p in first.items():
        for b, q in second.items():
            found[a + b] = found.get(a + b, 0.0) + p * q
    return dict(sorted(found.items()))


def missing(move: Move, at: int, rate_of: RateOf) -> str | None:
    """Return why the move is NaN on the date at position `at`, or None."""
    if not (np.isnan(move.start[at]) or np.isnan(move.end[at])):
        return None
    gone = [month_text(month) for month in move.months if np.isnan(rate_of(month)[at])]
    why = [f"no settle of {' and '.join(gone)}"] if gone else []
    if move.unknown is not None:
        why.append(f"the schedule for {month_text(move.unknown)} was not published by then")
    return "; ".join(why) or "a decision on the 1st, and the month before it is not in the data"


def cumulative(moves: Sequence[Move], at: int) -> list[dict[int, float]]:
    """Return the distribution of all moves up to each meeting on the date at `at`; ends before the first NaN."""
    found: list[dict[int, float]] = []
    for move in moves:
        steps = float(move.steps[at])
        if math.isnan(steps):
            break
        found.append(convolve(found[-1], distribution(steps)) if found else distribution(steps))
    return found
