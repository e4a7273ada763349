"""Ledger: what an engine is given, decisions on bars, and what it gives back: every fill, cash and equity."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from backtests.experiments.costs import Costs

Floats = npt.NDArray[np.floating[Any]]
DUST = 1e-9


@dataclass(frozen=True, eq=False)
class Decisions:
    """The bars of one run and the decisions made at their closes.

    `bars`: open, high, low, close on naive labels. `decided`: weight decided at each bar's close, NaN for no opinion,
    within +-max_leverage. `days`: calendar days from each bar to the next. `cash_yield` (percent a year, as known at
    each close) where costs name a series of it, None elsewhere; `funding`: the fraction of its value that a long
    position pays in each bar, and a short one receives, None where there is none.
    """

    bars: pd.DataFrame
    decided: Floats
    days: Floats
    cash_yield: Floats | None = None
    funding: Floats | None = None

    def part(self, first: int, end: int) -> Decisions:
        """Return the bars from position `first` to before `end`."""
        some = slice(first, end)
        parts = (None if values is None else values[some] for values in (self.cash_yield, self.funding))
        return Decisions(self.bars.iloc[some], self.decided[some], self.days[some], *parts)

    def yields(self, costs: Costs) -> Floats:
        """Return what cash yields at each close in percent a year: the series that was known, else that of `costs`."""
        return np.full(len(self.days), costs.fixed_yield_pct) if self.cash_yield is None else self.cash_yield

    def funded(self, costs: Costs) -> Floats:
        """Return the funding of each bar as a fraction of the position's value; 0 where `costs` name none."""
        return self.funding if costs.funding and self.funding is not None else np.zeros(len(self.days))

    def accruing(self, costs: Costs) -> list[tuple[float, float, float]]:
        """Return (days, cash yield, funding) of each bar: what accrues at its close."""
        return list(zip(*(x.tolist() for x in (self.days, self.yields(costs), self.funded(costs))), strict=True))

    def targets(self, delay_bars: int) -> Floats:
        """Return the decision applied at each bar's open: that of bar t-1-delay_bars, NaN where there is none.

        Within dust of 0 it is 0: an order to 1e-38 leaves a float residue whose sign would decide what comes next.
        """
        lag = 1 + delay_bars
        whole = np.where(np.abs(self.decided) <= DUST, 0.0, self.decided)
        return np.concatenate([np.full(min(lag, len(whole)), np.nan), whole[:-lag]])


def added(values: Iterable[float]) -> float:
    """Return the sum, one after the other as the kernel adds: Python's own rounds otherwise from 3.12 on."""
    total = 0.0
    for value in values:
        total += value
    return total


def held_targets(decided: Floats, delay_bars: int) -> Floats:
    """Return the weight asked for in each bar (n,) by decisions (n,): the last applied at its open, 0 before any."""
    lag = 1 + delay_bars
    applied = np.concatenate([np.full(min(lag, len(decided)), np.nan), decided[:-lag]])
    at = np.maximum.accumulate(np.where(np.isnan(applied), -1, np.arange(len(applied))))
    return np.where(at >= 0, applied[at], 0.0)


@dataclass(frozen=True)
class Fill:
    """One order and how it was filled; `bar` is its position among the bars."""

    bar: int
    size: float
    price_usd: float
    commission_usd: float
    slippage_usd: float
    weight_before: float
    weight_after: float
    equity_before_usd: float


@dataclass(frozen=True, eq=False)
class Ledger:
    """A finished run: position after each bar's fill, cash and equity at its close after accruals, and every fill.

    Shorter than the decisions only after ruin, whose bar is the last; `ruined` says so.
    """

    decisions: Decisions
    targets: Floats
    position: Floats
    cash_usd: Floats
    equity_usd: Floats
    fills: list[Fill]
    start_cash_usd: float
    ruined: bool

    def cash_return(self, costs: Costs) -> Floats:
        """Return what cash returned in each bar by the yield that the account earned, a fraction."""
        n = self.bars
        return np.asarray(self.decisions.days[:n] / 36500 * self.decisions.yields(costs)[:n])

    @property
    def bars(self) -> int:
        """Number of bars that were run."""
        return len(self.equity_usd)

    @property
    def traded(self) -> float:
        """The value of all orders, each as a share of the equity before it."""
        return added(abs(fill.size * fill.price_usd) / fill.equity_before_usd for fill in self.fills)

    @property
    def costs_usd(self) -> float:
        """Commissions and slippage of all orders."""
        return added(fill.commission_usd + fill.slippage_usd for fill in self.fills)

    @property
    def short_bars(self) -> int:
        """Number of bars that ended with a short position."""
        return int(np.sum(self.position < 0))

    def equity_table(self) -> pd.DataFrame:
        """Return the rows of equity.csv, on naive labels; the yield of cash where it is that of a series."""
        n = self.bars
        bars = self.decisions.bars.iloc[:n]
        columns = {
            "open": bars["open"],
            "close": bars["close"],
            "weight_decided": self.decisions.decided[:n],
            "weight_target": self.targets[:n],
            "position": self.position,
            "cash_usd": self.cash_usd,
            "equity_usd": self.equity_usd,
        }
        if self.decisions.cash_yield is not None:
            columns["cash_yield_pct"] = self.decisions.cash_yield[:n]
        return pd.DataFrame(columns, index=bars.index.rename("date"))

    def orders_table(self) -> pd.DataFrame:
        """Return the rows of orders.csv, on the naive label of the bar of each fill."""
        labels = self.decisions.bars.index
        rows = [
            {
                "date": labels[fill.bar],
                "side": "buy" if fill.size > 0 else "sell",
                "size": abs(fill.size),
                "price_usd": fill.price_usd,
                "commission_usd": fill.commission_usd,
                "slippage_usd": fill.slippage_usd,
                "weight_before": fill.weight_before,
                "weight_after": fill.weight_after,
            }
            for fill in self.fills
        ]
        columns = [
            "date",
            "side",
            "size",
            "price_usd",
            "commission_usd",
            "slippage_usd",
            "weight_before",
            "weight_after",
        ]
        return pd.DataFrame(rows, columns=columns).set_index("date")
