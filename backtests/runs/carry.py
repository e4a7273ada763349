"""Carry: what cash earns and what a position pays by named series, at the close of each bar as it was known there.

A bill's yield is quoted as simple interest on 365 days; each bar accrues its own calendar days of it, so that interest
earns interest from the next bar on. The one place where an accruing series meets the clock of decisions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from backtests.engine.ledger import Floats
from backtests.experiments.costs import BILLS, Costs
from data.errors import DataError
from data.market import Market

FUNDING_HOURS = 8
SLACK = pd.Timedelta(hours=1)
Inside = np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True)
class KnownYield:
    """The yield of one series, percent a year, as known at each close; NaN where none was, or one that is too old."""

    series: str

    @property
    def needs(self) -> tuple[str, ...]:
        """The series."""
        return (self.series,)

    def compute(self, market: Market) -> pd.Series[float]:
        """Return the yield on `market.decisions`."""
        return market.asof(market[self.series].values)


@dataclass(frozen=True)
class KnownFunding:
    """The sum of the funding rates that fell due after the last close and by this one; NaN where there is none."""

    series: str

    @property
    def needs(self) -> tuple[str, ...]:
        """The series."""
        return (self.series,)

    def compute(self, market: Market) -> pd.Series[float]:
        """Return the funding of each bar, a fraction of the position's value, on `market.decisions`.

        The first bar's begins at its label.
        """
        rates, closes = market[self.series].values, market.decisions
        edges = pd.DatetimeIndex(market.bars.index[:1]).tz_localize("UTC").append(closes)
        bar = edges.searchsorted(pd.DatetimeIndex(rates.index), side="left") - 1
        within = (bar >= 0) & (bar < len(closes))
        due, values = bar[within], rates.to_numpy()[within]
        total = np.bincount(due, values, len(closes))
        return pd.Series(np.where(np.bincount(due, minlength=len(closes)) > 0, total, np.nan), index=closes)


Known = KnownYield | KnownFunding


def known(costs: Costs) -> dict[str, Known]:
    """Return what accrues by a named series, by the path of the parameter that names it."""
    found: dict[str, Known] = {}
    if isinstance(costs.cash_yield, str):
        found["costs.cash_yield"] = KnownYield(costs.cash_yield)
    if costs.funding:
        found["costs.funding"] = KnownFunding(costs.funding)
    return found


def cash_yield(costs: Costs, market: Market) -> Floats | None:
    """Return the yield of cash on every bar of the market, None where it is a number, or bills are not there.

    0 where no yield was known, and where one was below 0: nobody has to buy a bill. MissingSeries for another series.
    """
    if not isinstance(costs.cash_yield, str):
        return None
    if costs.cash_yield != BILLS:
        market[costs.cash_yield]  # bills alone may be missing
    return yields(costs.cash_yield, market)


def yields(series: str, market: Market) -> Floats | None:
    """Return a yield on every bar of the market as `cash_yield` does, None where the series is not there."""
    if series not in market.series:
        return None
    found = KnownYield(series).compute(market).to_numpy(dtype=np.float64)
    return np.where(found > 0, found, 0.0)


def bills(market: Market) -> Floats | None:
    """Return what bills yielded on every bar, None where the market does not know."""
    return yields(BILLS, market)


def funding(costs: Costs, market: Market, inside: Inside) -> Floats | None:
    """Return the funding of the bars `inside`, None where costs name none; DataError where a bar has no rate."""
    if not costs.funding:
        return None
    found = KnownFunding(costs.funding).compute(market).to_numpy(dtype=np.float64)[inside]
    if np.isnan(found).any():
        rates, first = market[costs.funding].values.index, market.bars.index[inside][int(np.argmax(np.isnan(found)))]
        raise DataError(
            f"costs.funding: {costs.funding} has no rate for the bar {first:%Y-%m-%d}; it runs "
            f"{rates[0]:%Y-%m-%d}..{rates[-1]:%Y-%m-%d}: choose a span inside (--start, --end), or a whole file"
        )
    return found


def notes(costs: Costs, market: Market, inside: Inside) -> list[str]:
    """Return what a reader must be told of what accrued on the bars `inside`."""
    told: list[str] = []
    if isinstance(costs.cash_yield, str):
        told += _yield_notes(costs.cash_yield, market, inside)
    if costs.funding:
        due = pd.DatetimeIndex(market[costs.funding].values.index)
        due = due[(due >= market.decisions[inside][0] - pd.Timedelta(days=1)) & (due <= market.decisions[inside][-1])]
        late = int((due[1:] - due[:-1] > pd.Timedelta(hours=FUNDING_HOURS) + SLACK).sum())
        if late:
            told.append(f"{late} gaps of more than {FUNDING_HOURS} hours in {costs.funding}: nothing was paid in them")
    return told


def _yield_notes(series: str, market: Market, inside: Inside) -> list[str]:
    if series not in market.series:
        return [f"{market.source} has no {series}: cash earns 0% (costs.cash_yield says {series})"]
    missing = np.isnan(KnownYield(series).compute(market).to_numpy(dtype=np.float64))[inside]
    if not missing.any():
        return []
    first = market.bars.index[inside][int(np.argmax(missing))]
    why = f"no {series} was known, or one older than {market.max_age_days:g} days"
    return [f"cash earned 0% on {missing.sum()} bars, the first {first:%Y-%m-%d}: {why}"]
