"""A cut at the next meeting, by fed funds futures (S13b)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from data.fed_funds.fedwatch import ID, next_moves
from data.fed_funds.unknown_move import unknown_move
from data.futures import Contracts
from data.market import Market
from signals.base import Sign, Signal

SETTLES_A_DATE = 61  # CME lists 60 contracts; the expired one of the month before is read from its last day


@dataclass(frozen=True)
class FedWatch(Signal):
    """P(cut at the next meeting) by fed funds futures: min(1, max(0, -(end - start)/0.25)).

    `start` and `end` are the rates before and after the next meeting by the rule of CME's page (docs/fedwatch.md), on
    the calendar of meetings known then. The probability is risk-neutral, and 0 if no move or a hike is priced. Known
    after 15:00 New York of the settle's day. NaN if a month that it reads has no settle, and before 2015, where the
    calendar of meetings begins.
    Source: CME Group, Understanding the CME Group FedWatch tool methodology.
    """

    unit: ClassVar[str] = "probability"
    sign: ClassVar[Sign] = "+"

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
        """Return the probability at each instant at which the settles of a date become known."""
        contracts = market[ID]
        assert isinstance(contracts, Contracts)
        rates = contracts.rates
        value = np.full(len(rates.days), np.nan)
        for rows, move in next_moves(rates):
            value[rows] = np.clip(0.0 - move.steps, 0.0, 1.0)
        return pd.Series(value, index=rates.known_at.rename("known_at"), name="fed_watch")

    def gap(self, market: Market, instant: pd.Timestamp) -> str:
        """Return which contracts have no settle on the newest date known at `instant`."""
        contracts = market[ID]
        assert isinstance(contracts, Contracts)
        return unknown_move(contracts, instant)
