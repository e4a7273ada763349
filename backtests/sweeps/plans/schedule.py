"""Schedule: how a history is cut into windows to choose in and windows to trade in."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

import pandas as pd

from backtests.pages.text import many
from data.errors import BadSpec

Choose = Literal["region", "point"]
UNITS = {"y": "years", "m": "months", "w": "weeks", "d": "days"}
LEAST_DAYS = {"y": 365, "m": 28, "w": 7, "d": 1}
LEAST_TRAIN, LEAST_TEST = 30, 20
MOST_FOLDS = 120


@dataclass(frozen=True)
class Fold:
    """Positions of bars: training is [train[0], train[1]), trading [test[0], test[1]). Between them lies the purge."""

    train: tuple[int, int]
    test: tuple[int, int]


@dataclass(frozen=True)
class Schedule:
    """Windows as `--walk-forward TRAIN/TEST` writes them: 2y/6m, 18m/3m, 104w/13w, 500d/100d.

    `anchored`: every training window begins with the history. `choose`: the set that stands for the best region, or the
    best point.
    """

    train: str
    test: str
    anchored: bool = False
    choose: Choose = "region"

    def __post_init__(self) -> None:
        for name in ("train", "test"):
            _offset(getattr(self, name))

    @classmethod
    def parse(cls, text: str, *, anchored: bool = False, choose: Choose = "region") -> Schedule:
        """Return the schedule of TRAIN/TEST; BadSpec says what was expected."""
        train, slash, test = (part.strip() for part in text.partition("/"))
        if not slash:
            raise BadSpec(f"--walk-forward {text}: write TRAIN/TEST, such as 2y/6m (y, m, w or d)")
        return cls(train, test, anchored, choose)

    @property
    def text(self) -> str:
        """TRAIN/TEST."""
        return f"{self.train}/{self.test}"

    def scaled(self, factor: float) -> Schedule:
        """Return the schedule with another length of training, in whole days."""
        start = pd.Timestamp("2001-01-01")
        days = (start + _offset(self.train) - start).days
        return replace(self, train=f"{max(round(days * factor), 1)}d")

    def folds(self, labels: pd.DatetimeIndex, purge: int, late_days: int = 0) -> list[Fold]:
        """Return the folds of bars with these labels; the first training window begins `late_days` after the first bar.

        `purge` bars before each window to trade in are left out of training: the delay and the bar whose profit is the
        label. Features look back only, so that no longer gap is needed. A last window of under LEAST_TEST bars is left
        out. BadSpec where a window is too short, or the history for two folds.
        """
        first = labels[0].normalize() + pd.Timedelta(days=late_days)
        train, test = _offset(self.train), _offset(self.test)
        self._check_lengths(labels)
        found: list[Fold] = []
        for k in range(MOST_FOLDS + 1):
            # Counted from the first each time: months have no one length, and a 31st that is clipped must not stay so.
            begin, end = (first + train + many * test if many else first + train for many in (k, k + 1))
            opening = first if self.anchored or not k else first + k * test
            a, b, c = labels.searchsorted([opening, begin, end])
            if b >= len(labels) or c - b < LEAST_TEST:
                break
            found.append(Fold((int(a), int(b) - purge), (int(b), int(c))))
        if len(found) > MOST_FOLDS:
            raise self._refused(f"more than {MOST_FOLDS} folds; take a longer window to trade in")
        if len(found) < 2:
            raise self._refused(f"{_span(labels)} holds {many(len(found), 'fold')}, 2 are needed: take shorter windows")
        if (bars := min(fold.train[1] - fold.train[0] for fold in found)) < LEAST_TRAIN:
            raise self._refused(f"{many(bars, 'bar')} to choose in, {LEAST_TRAIN} are needed: take a longer TRAIN")
        return found

    def _check_lengths(self, labels: pd.DatetimeIndex) -> None:
        """Raise BadSpec where a window is longer than the history, or too short to trade in."""
        for length in (self.train, self.test):
            if _least_days(length) > (labels[-1] - labels[0]).days:
                raise self._refused(f"{length} is longer than {_span(labels)}: take shorter windows")
        bars = int(labels.searchsorted(labels[0] + _offset(self.test)))
        if bars < LEAST_TEST:
            raise self._refused(f"{many(bars, 'bar')} to trade in, {LEAST_TEST} are needed: take a longer TEST")

    def _refused(self, why: str) -> BadSpec:
        return BadSpec(f"--walk-forward {self.text}: {why}")

    @property
    def quarter(self) -> int:
        """A quarter of the window to trade in, in days."""
        start = pd.Timestamp("2001-01-01")
        return round((start + _offset(self.test) - start).days / 4)


def _span(labels: pd.DatetimeIndex) -> str:
    return f"{labels[0]:%Y-%m-%d}..{labels[-1]:%Y-%m-%d}"


def _least_days(text: str) -> int:
    """Return the fewest days that a length may have: no calendar reaches to the end of 99999y."""
    return LEAST_DAYS[text[-1]] * int(text[:-1])


def _offset(text: str) -> pd.DateOffset:
    match = re.fullmatch(r"(\d{1,5})([ymwd])", text)
    if match is None or int(match[1]) == 0:
        raise BadSpec(f"--walk-forward: {text!r} is no length; write a whole number and y, m, w or d, such as 2y or 6m")
    return pd.DateOffset(**{UNITS[match[2]]: int(match[1])})  # type: ignore[arg-type]  # stubs know no names from outside
