"""What each drawing of quantstats' chapter shows, in a line made from the returns that it draws.

Its definitions: windows of half a year of bars, ratios over 0%, drawdowns from the highest close so far.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from backtests.engine.ledger import Floats
from backtests.pages.text import many

WORST = 5
IN_CASH = 0.01  # a year's volatility below which nothing was held


def claims(returns: pd.Series[float], benchmark: pd.Series[float], periods_per_year: int, net: str) -> dict[str, str]:
    """Return a line for each drawing by its place in the template; `net` is what the returns are called."""
    r, held, name = returns.to_numpy(), benchmark.to_numpy(), str(benchmark.name)
    window = math.ceil(periods_per_year / 2)
    year = math.sqrt(periods_per_year)
    ratio = _rolling(r, window).mean() / _rolling(r, window).std() * year
    downside = _rolling(np.minimum(r, 0.0) ** 2, window).mean() ** 0.5
    with np.errstate(all="ignore"):
        sortino = _rolling(r, window).mean() / downside * year
    both = pd.DataFrame({"r": r, "held": held}).rolling(window)
    beta = both.cov().unstack()["r"]["held"] / both.var()["held"]
    volatility, beside = (_rolling(one, window).std().to_numpy() * year for one in (r, held))
    still = _still(volatility)
    return {
        "vol_returns": _matched(r, held, net, name),
        "monthly_dist": _months(returns),
        "daily_returns": f"All bars add up to {r.sum():+z.1%} before compounding; {np.mean(r > 0):.0%} of them gained, "
        "those in cash by its yield.",
        "rolling_beta": _range("Beta to " + name, beta.to_numpy(), "+z.2f"),
        "rolling_vol": _range("Annual volatility", volatility, ".0%", also=f" ({name} {_last(beside, '.0%')})"),
        "rolling_sharpe": _range("Sharpe ratio over 0%", ratio.to_numpy(), "+z.2f", also=still, below=True),
        "rolling_sortino": _range("Sortino ratio over 0%", sortino.to_numpy(), "+z.2f", below=True),
        "dd_periods": _falls(r),
        "dd_plot": _under_water(returns),
        "returns_dist": _halves(returns),
    }


def _rolling(values: Floats, window: int) -> Any:
    return pd.Series(values).rolling(window)


def _compounded(values: Floats) -> float:
    return float(np.prod(1 + values) - 1)


def _matched(r: Floats, held: Floats, net: str, name: str) -> str:
    own, other = (float(np.std(one, ddof=1)) if len(one) > 1 else 0.0 for one in (r, held))
    if not own or not other:
        return "One of the two never moves: there is no volatility to match."
    scaled, beside = _compounded(r / own * other), _compounded(held)
    return f"Scaled to the volatility of {name}: {net} {scaled:+z,.1%}, {name} {beside:+z,.1%}."


def _months(returns: pd.Series[float]) -> str:
    months = _by(returns, "ME")
    low, high = np.quantile(months, (0.25, 0.75))
    return (
        f"{many(len(months), 'month')}, {int((months > 0).sum())} of them gains; half of them between {low:+z.1%} and "
        f"{high:+z.1%}, the worst {months.min():+z.1%}, the best {months.max():+z.1%}."
    )


def _halves(returns: pd.Series[float]) -> str:
    ends = [np.quantile(one, (0.25, 0.75)) for one in (returns.to_numpy(), _by(returns, "W"), _by(returns, "QE"))]
    bars, weeks, quarters = (f"{low:+z.1%} to {high:+z.1%}" for low, high in ends)
    return f"The middle half of bars returned {bars}, of weeks {weeks}, of quarters {quarters}."


def _by(returns: pd.Series[float], rule: str) -> Floats:
    return ((1 + returns).resample(rule).prod() - 1).to_numpy()


def _range(what: str, values: Floats, form: str, *, also: str = "", below: bool = False) -> str:
    known = values[np.isfinite(values)]
    if not len(known):
        return f"{what} over half a year: no window of the run has one."
    share = f"; below zero in {np.mean(known < 0):.0%} of the windows" if below else ""
    low, high, last = (f"{value:{form}}" for value in (known.min(), known.max(), known[-1]))
    return f"{what} over half a year: {low} to {high}, {last} at the end{also}{share}."


def _still(volatility: Floats) -> str:
    """Return what a ratio over 0% is of a window in cash alone, where there is one: large, and no merit of the rule."""
    in_cash = bool((volatility < IN_CASH).any())
    return "; a window in cash alone has the ratio of its yield, which hardly moves" if in_cash else ""


def _last(values: Floats, form: str) -> str:
    known = values[np.isfinite(values)]
    return f"{known[-1]:{form}}" if len(known) else "-"


def _drawdown(r: Floats) -> Floats:
    equity = np.cumprod(1 + r)
    drawn: Floats = equity / np.maximum(np.maximum.accumulate(equity), 1.0) - 1
    return drawn


def _falls(r: Floats) -> str:
    drawn = _drawdown(r)
    below = drawn < 0
    spells = np.cumsum(np.diff(below, prepend=False) & below)[below]
    deepest = np.sort(pd.Series(drawn[below]).groupby(spells).min().to_numpy())[:WORST]
    if not len(deepest):
        return "It never stood below its highest close."
    depths = ", ".join(f"{depth:.1%}" for depth in deepest)
    ends = f"; it ends {-drawn[-1]:.1%} below it" if below[-1] else ""
    return f"Below its highest close on {below.mean():.0%} of the bars; the worst falls: {depths}{ends}."


def _under_water(returns: pd.Series[float]) -> str:
    drawn = _drawdown(returns.to_numpy())
    at = int(drawn.argmin())
    return f"Deepest {drawn[at]:.1%} on {returns.index[at]:%Y-%m-%d}; dashed: the mean, {drawn.mean():.1%}."
