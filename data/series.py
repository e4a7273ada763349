"""Series: observations, each with the moment at which it could be known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from data.errors import DataError

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

    @cached_property
    def by_date(self) -> pd.Series[float]:
        """Values on the dates that they are about, unique and rising: what differences and lookbacks are taken on.

        Two dates may become known at one instant, and `values` has one row there. DataError where a date stands twice:
        a difference over revisions takes both ends from one vintage (`data.vintages`).
        """
        rows = self._in_order
        twice = rows["observed"].duplicated()
        if twice.any():
            day = rows["observed"][twice].iloc[0]
            raise DataError(f"{self.id}: {day:%Y-%m-%d} stands twice, revised; take differences within one vintage")
        return pd.Series(rows["value"].to_numpy(), index=pd.DatetimeIndex(rows["observed"]), name=self.id)

    def when_known(self, by_date: pd.Series[float]) -> pd.Series[float]:
        """Return what was computed of `by_date`, a row a date, on the instants at which it could be known.

        That of a date is known when the date and every one before it are; of several at one instant the latest counts.
        """
        known = pd.Series(by_date.to_numpy(), index=pd.DatetimeIndex(self._in_order["known_at"].cummax()), name=self.id)
        return known[~known.index.duplicated(keep="last")].rename_axis("known_at")

    @cached_property
    def _in_order(self) -> pd.DataFrame:
        """Rows by observation date."""
        return self.frame.sort_values("observed", kind="stable")

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
