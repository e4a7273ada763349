"""One rule until a day, another from that day on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import pandas as pd

from data.errors import BadSpec
from data.market import Market
from signals.parameters import Parameter
from strategies.base import Strategy


@dataclass(frozen=True)
class Handover(Strategy):
    """w = the weight of `after` in decisions made on the day `on` (UTC) or later, else that of `before`.

    NaN (no opinion) where the rule in force has none. A chain of handovers is what a walk-forward is: parameters that
    were chosen on the past of each day. The same chain with parameters chosen on the whole past is no evidence.
    """

    before: Strategy
    after: Strategy
    on: Annotated[str, Parameter("YYYY-MM-DD")] = "2020-01-01"

    def __post_init__(self) -> None:
        super().__post_init__()
        self.day  # noqa: B018  # read at once, so that a mistake is said before any work

    @property
    def day(self) -> pd.Timestamp:
        """The instant from which `after` decides, UTC; BadSpec where `on` is no date."""
        try:
            return pd.Timestamp(pd.to_datetime(self.on, format="%Y-%m-%d")).tz_localize("UTC")
        except ValueError:
            raise BadSpec(f"on = {self.on!r} is not a date; write YYYY-MM-DD") from None

    def weights(self, market: Market) -> pd.Series[float]:
        """Return the weights of the rule in force on every decision."""
        return self.after.weights(market).where(market.decisions >= self.day, self.before.weights(market))
