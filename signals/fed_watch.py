"""Fed funds futures, meeting by meeting (S13b)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
import pandas as pd

from data.calendars.meetings import spans
from data.fed_funds.fedwatch import ID, path_of
from data.fed_funds.rate_path import Move
from data.futures import Contracts, Rates
from data.market import Market
from signals.base import Sign, Signal
from signals.parameters import Parameter

MONTHS_AHEAD = {"expected_change_6m": 6, "expected_change_12m": 12}
CHOICES = ("p_cut_next", *MONTHS_AHEAD)
SETTLES_A_DATE = 61  # CME lists 60 contracts; the expired one of the month before is read from its last day


@dataclass(frozen=True)
class FedWatch(Signal):
    """Rate moves priced by fed funds futures: P(cut at the next meeting) = min(1, max(0, -(end - start)/0.25)).

    `start` and `end` are the rates before and after the next meeting by the rule of CME's page (docs/fedwatch.md), on
    the calendar of meetings known then. The probability is risk-neutral, and 0 where no move or a hike is priced.
    `expected_change_6m` and `_12m` are the rate of the contract 6 or 12 months after the month of the settle, minus
    `start`, percentage points: below 0 cuts are priced, above 0 hikes. Known at 15:00 New York of the settle's day. NaN
    where a month that it reads has no settle, and before 2015, where the calendar of meetings begins.
    Source: CME Group, Understanding the CME Group FedWatch tool methodology.
    """

    unit: ClassVar[str] = "probability"
    sign: ClassVar[Sign] = "+"
    measure: Annotated[str, Parameter("choice", choices=CHOICES)] = "p_cut_next"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.measure in MONTHS_AHEAD:
            object.__setattr__(self, "unit", "percentage points")
            object.__setattr__(self, "sign", "-")

    @property
    def needs(self) -> tuple[str, ...]:
        """The settles of fed funds futures by contract."""
        return (ID,)

    @property
    def history(self) -> int:
        """The settles of a month and a half: the month before is read from its final settle."""
        return SETTLES_A_DATE * 31

    @property
    def pace(self) -> int:
        """The settles of one date."""
        return SETTLES_A_DATE

    def compute(self, market: Market) -> pd.Series[float]:
        """Return the measure at each instant at which the settles of a date become known."""
        contracts = market[ID]
        assert isinstance(contracts, Contracts)
        rates = contracts.rates
        value = np.full(len(rates.days), np.nan)
        for rows, move in _next_moves(rates):
            value[rows] = self._of(move, rates, rows)
        return pd.Series(value, index=rates.known_at.rename("known_at"), name="fed_watch")

    def _of(self, move: Move, rates: Rates, rows: slice) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        if self.measure in MONTHS_AHEAD:
            return rates.ahead(MONTHS_AHEAD[self.measure])[rows] - move.start
        return np.clip(0.0 - move.steps, 0.0, 1.0)


def _next_moves(rates: Rates) -> list[tuple[slice, Move]]:
    """Return the move of the next meeting over each run of dates with one calendar."""
    found = [(rows, path_of(rates, rows, rates.days[rows.start]).moves(most=1)) for rows, _ in spans(rates.days)]
    return [(rows, moves[0]) for rows, moves in found if moves]
