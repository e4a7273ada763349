"""How a metric is named and written for a person, and what unit its column has in a table."""

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


def number(name: str, value: float | int | None) -> str:
    """Return one metric as a person reads it; a dash where it is undefined."""
    if value is None:
        return "-"
    if name in PERCENT:
        return f"{value:,.1%}"
    if name in ("orders", "costs_paid_usd"):
        return f"{value:,.0f}"
    return f"{value:,.2f}"
