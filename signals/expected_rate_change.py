"""The path of the policy rate, by fed funds futures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
import pandas as pd

from data.fed_funds.fedwatch import ID, next_moves
from data.fed_funds.unknown_move import unknown_move
from data.futures import Contracts
from data.market import Market
from signals.base import Sign, Signal
from signals.parameters import Parameter

SETTLES_A_DATE = 61  # CME lists 60 contracts; the expired one of the month before is read from its last day


@dataclass(frozen=True)
class ExpectedRateChange(Signal):
    """The change of the policy rate priced by fed funds futures: rate of the contract `months` ahead minus `start`.

    Percentage points: below 0 cuts are priced, above 0 hikes. The contract is that of `months` after the month of the
    settle; `start` is the rate before the next meeting by the rule of CME's page (docs/fedwatch.md), on the calendar of
    meetings known then. Known after 15:00 New York of the settle's day. NaN if a month that it reads has no settle, and
    before 2015, where the calendar of meetings begins.
    Source: CME Group, Understanding the CME Group FedWatch tool methodology.
    """

    unit: ClassVar[str] = "percentage points"
    sign: ClassVar[Sign] = "-"
    months: Annotated[int, Parameter("months ahead", 1, 24, grid=(3, 6, 12))] = 6

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
        """Return the change at each instant at which the settles of a date become known."""
        contracts = market[ID]
        assert isinstance(contracts, Contracts)
        rates = contracts.rates
        value = np.full(len(rates.days), np.nan)
        for rows, move in next_moves(rates):
            value[rows] = rates.ahead(self.months)[rows] - move.start
        return pd.Series(value, index=rates.known_at.rename("known_at"), name="expected_rate_change")

    def gap(self, market: Market, instant: pd.Timestamp) -> str:
        """Return which contracts have no settle on the newest date known at `instant`."""
        contracts = market[ID]
        assert isinstance(contracts, Contracts)
        return unknown_move(contracts, instant, self.months)
