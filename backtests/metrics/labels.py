"""How a metric is named for a person, which metrics are fractions, and what each column of a table is called."""

from __future__ import annotations

from backtests.experiments.costs import Costs

PERCENT = ("total_return", "cagr", "volatility", "max_drawdown", "time_in_market")
LABELS = {
    "total_return": "Total return",
    "cagr": "Growth a year (CAGR)",
    "volatility": "Volatility a year",
    "sharpe": "Sharpe ratio",
    "sortino": "Sortino ratio",
    "max_drawdown": "Worst drawdown",
    "calmar": "Calmar ratio",
    "time_in_market": "Time in the market",
    "turnover_per_year": "Turnover a year (times equity)",
    "orders": "Orders",
    "costs_paid_usd": "Costs paid (USD)",
}
# Columns of tables in Python: a fraction says so, ratios and counts have no unit.
COLUMNS = {name: f"{name}_fraction" if name in PERCENT else name for name in LABELS}
NET, NOT_NET = "net", "before borrow"


def net(costs: Costs, short_bars: int) -> str:
    """Return what a run's own numbers are called, everywhere: NOT_NET where it was short and that cost nothing.

    The one place that decides it: a short position is borrowed, or is a perpetual's, and neither is free.
    """
    return NOT_NET if short_bars and not costs.charges_shorts else NET
