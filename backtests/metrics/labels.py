"""How a metric is named for a person, which metrics are fractions, and what each column of a table is called."""

from __future__ import annotations

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
