"""Whether small caps and the traded asset move together (S14)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
import pandas as pd

from data.catalogue import lookup
from data.market import Market
from signals.base import Sign, Signal
from signals.parameters import Parameter


@dataclass(frozen=True)
class Coupling(Signal):
    """corr(x, y) of the last `lookback` pairs of log returns on matched windows: x the leader's, y the traded asset's.

    A correlation, -1 to 1. One pair a session of the leader: x runs from one close of the leader to the next, y is the
    traded asset compounded between the first closes of its own bars at or after those two. With bars of the UTC day y
    trails x by the 3 to 7 hours from the NYSE's close to 00:00 UTC. The leader is never carried into a weekend: from
    Friday's to Monday's close it meets ETH from Saturday's 00:00 UTC to Tuesday's.
    Known at the close of that bar or when the leader's is, whichever is later: so nothing in a pair is later than its
    instant. Sessions that fall into one bar count as one. NaN until lookback + 1 pairs.
    Source: the article's "decoupling" (2025); matched windows as in docs/timing.md.
    """

    unit: ClassVar[str] = "correlation"
    sign: ClassVar[Sign] = "gate"
    lookback: Annotated[int, Parameter("sessions", 10, 504, grid=(20, 60, 120))] = 60

    @property
    def needs(self) -> tuple[str, ...]:
        """The leader and the traded asset."""
        return ("leader", "traded")

    @property
    def history(self) -> int:
        """The pairs in bars of a calendar that never rests, and a long weekend."""
        return self.pace * (self.lookback + 1) + 5

    @property
    def pace(self) -> int:
        """Bars for each session: 365 for 252, rounded up."""
        return 2

    def compute(self, market: Market) -> pd.Series[float]:
        """Return the correlation at the close of the first bar that ends at or after each session of the leader."""
        leader, traded = market["leader"], market["traded"].values
        known, closes = pd.DatetimeIndex(leader.values.index), pd.DatetimeIndex(traded.index)
        made = known - lookup(leader.id).rule.after
        bar = pd.Series(closes.searchsorted(made))  # the first that closes at or after the session
        seen = ((bar < len(closes)) & ~bar.duplicated(keep="last")).to_numpy()
        known, bars = known[seen], bar[seen].to_numpy()
        pairs = pd.DataFrame({"x": leader.values.to_numpy()[seen], "y": traded.to_numpy()[bars]}, closes[bars])
        fresh = closes[bars] - known <= pd.Timedelta(days=market.max_age_days)
        instants = closes[bars].where(closes[bars] >= known, known)[fresh].rename("known_at")
        returns = pairs[fresh].apply(np.log).diff().set_axis(instants)
        found: pd.Series[float] = returns["x"].rolling(self.lookback).corr(returns["y"])
        return found
