"""Series: observations, each with the moment at which it could be known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

COLUMNS = ("observed", "known_at", "value")
PRICES = ("open", "high", "low", "close")  # of a bar


@dataclass(frozen=True, eq=False)
class Series:
    """One series of numbers.

    `frame` has the columns `observed` (naive date the number is about), `known_at` (UTC instant from which it
    could be used) and `value` (float64, never NaN: a missing observation is an absent row).
    """

    id: str
    frame: pd.DataFrame
    unit: str
    source: str

    def __post_init__(self) -> None:
        if tuple(self.frame.columns) != COLUMNS:
            raise ValueError(f"{self.id}: columns {list(self.frame.columns)} are not {list(COLUMNS)}")
        if self.frame["value"].isna().any():
            raise ValueError(f"{self.id}: a value is NaN; leave the row out")

    @cached_property
    def values(self) -> pd.Series[float]:
        """Values on `known_at`, unique and rising: at each instant the latest observed of all that was known.

        An older observation that arrives after a newer one changes nothing; one with the same `observed` date
        that arrives later is a revision and wins from then on.
        """
        rows = self.frame.sort_values(["known_at", "observed"], kind="stable")
        rows = rows[rows["observed"] >= rows["observed"].cummax()]
        rows = rows.drop_duplicates("known_at", keep="last")
        return pd.Series(
            rows["value"].to_numpy(), index=pd.DatetimeIndex(rows["known_at"], name="known_at"), name=self.id
        )

    def until(self, instant: pd.Timestamp) -> Series:
        """Return the series as it was known at `instant` (rows with known_at <= instant)."""
        return Series(self.id, self.frame[self.frame["known_at"] <= instant], self.unit, self.source)

    def __repr__(self) -> str:
        span = (
            "empty"
            if self.frame.empty
            else f"{self.frame['observed'].iloc[0]:%Y-%m-%d}..{self.frame['observed'].iloc[-1]:%Y-%m-%d}"
        )
        return f"Series({self.id!r}, {len(self.frame)} observations, {span}, {self.unit}, {self.source})"
