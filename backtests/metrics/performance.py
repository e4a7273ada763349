"""The numbers of a run, each by the formula that its line states.

P is bars a year (365 for crypto), n the number of bars, E_t equity at the close of bar t, cash the starting cash:

    r_0 = E_0/cash - 1, r_t = E_t/E_{t-1} - 1;  x = r - days/36500 * the yield of cash in that bar
    total_return = E_end/cash - 1                    cagr = (E_end/cash)^(P/n) - 1
    volatility = sd(r)*sqrt(P), ddof 1               sharpe = mean(x)/sd(x)*sqrt(P)
    sortino = mean(x)/sqrt(mean(min(x,0)^2))*sqrt(P) max_drawdown = min(E/running max including cash) - 1, at closes
    calmar = cagr/|max_drawdown|                     time_in_market = share of bars with a position at the close
    turnover_per_year = sum(|dq*p|/e)*P/n, one-way   costs_paid_usd = commissions + slippage

A number that is undefined (no variance, no drawdown, under two bars) is None with a reason, never 0 or infinite.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from backtests.engine.ledger import Floats, Ledger
from backtests.experiments.costs import Costs

NAMES = (
    "total_return",
    "cagr",
    "volatility",
    "sharpe",
    "sortino",
    "max_drawdown",
    "calmar",
    "time_in_market",
    "turnover_per_year",
    "orders",
    "costs_paid_usd",
)
NO_ROOM = 1e-15


@dataclass(frozen=True)
class Metrics:
    """Numbers by name (fractions, not percents; None where undefined) and the reason of every None."""

    values: dict[str, float | int | None]
    reasons: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> float | int | None:
        return self.values[name]


def returns(equity: Floats, start: float) -> Floats:
    """Return r: each bar's return, the first from the starting cash."""
    before = np.concatenate([[start], equity[:-1]])
    return np.asarray(equity / before - 1)


def of_curve(equity: Floats, start: float, periods_per_year: int, cash_return: Floats | float = 0.0) -> Metrics:
    """Return the metrics that need only an equity curve at closes; those about orders are None."""
    r = returns(equity, start)
    x = r - cash_return
    n, scale = len(r), math.sqrt(periods_per_year)
    values: dict[str, float | int | None] = dict.fromkeys(NAMES)
    reasons = dict.fromkeys(NAMES[7:], "a price series has no orders")
    growth = float(equity[-1] / start)
    peak = np.maximum.accumulate(np.concatenate([[start], equity]))[1:]
    values["total_return"] = growth - 1
    values["max_drawdown"] = drawdown = float(np.min(np.minimum(equity / peak, 1.0))) - 1
    values["cagr"] = _cagr(growth, periods_per_year / n)
    if values["cagr"] is None:
        reasons["cagr"] = "equity ended below zero" if growth < 0 else "too large: the span is too short"
    ratio = sharpe(x, periods_per_year)
    downside = math.sqrt(float(np.mean(np.minimum(x, 0) ** 2)))
    values["volatility"] = float(np.std(r, ddof=1)) * scale if n > 1 else None
    values["sharpe"] = None if math.isnan(ratio) else ratio
    values["sortino"] = float(np.mean(x)) / downside * scale if downside > NO_ROOM and n > 1 else None
    values["calmar"] = values["cagr"] / -drawdown if drawdown < 0 and values["cagr"] is not None else None
    why = {"sharpe": "no variance", "sortino": "no loss", "calmar": "no drawdown", "volatility": ""}
    for name, reason in why.items():
        if values[name] is None:
            reasons[name] = "under two bars" if n < 2 else reasons.get("cagr", reason) if name == "calmar" else reason
    return Metrics(values, reasons)


def sharpe(x: Floats, periods_per_year: int) -> float:
    """Return the annual Sharpe ratio of returns in excess of cash; NaN where it is undefined."""
    spread = float(np.std(x, ddof=1)) if len(x) > 1 else 0.0
    return float(np.mean(x)) / spread * math.sqrt(periods_per_year) if spread > NO_ROOM else math.nan


def _cagr(growth: float, power: float) -> float | None:
    try:
        return growth**power - 1 if growth >= 0 else None
    except OverflowError:
        return None


def excess(ledger: Ledger, costs: Costs) -> Floats:
    """Return x: each bar's return less what cash returned in it by the yield that the account earned."""
    return np.asarray(returns(ledger.equity_usd, ledger.start_cash_usd) - ledger.cash_return(costs))


def of_ledger(ledger: Ledger, periods_per_year: int, costs: Costs) -> Metrics:
    """Return every metric of a run; `costs` say what its cash earned."""
    n = ledger.bars
    curve = of_curve(ledger.equity_usd, ledger.start_cash_usd, periods_per_year, ledger.cash_return(costs))
    orders: dict[str, float | int | None] = {
        "time_in_market": float(np.mean(ledger.position != 0)),
        "turnover_per_year": ledger.traded * periods_per_year / n,
        "orders": len(ledger.fills),
        "costs_paid_usd": ledger.costs_usd,
    }
    reasons = {name: why for name, why in curve.reasons.items() if name not in orders}
    return Metrics(curve.values | orders, reasons)
