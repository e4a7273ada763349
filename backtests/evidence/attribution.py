"""Where the money came from: being long the asset, timing, costs; by regime, year, weekday, and stress apart.

Arithmetic means of returns in excess of cash times bars a year, so that parts add up: net = mean weight * asset +
active, and active = timing before costs - costs. Beta is the slope of net on the asset, with an HC3 error.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from backtests.engine.ledger import Floats, Ledger, added
from backtests.metrics.regimes import Names
from backtests.runs.timing import Timing
from backtests.statistics import hc3

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
STRESS = 0.05  # the share of bars with the largest moves, up or down


@dataclass(frozen=True)
class Part:
    """Some bars of a run. Per year of all bars, so that the parts of one split add up to the whole: fractions a year.

    `mean_weight` is over these bars; `long` is what the run's mean weight, held all along, earned in them; `active` is
    the rest, costs paid.
    """

    name: str
    bars: int
    mean_weight: float
    asset: float
    net: float
    long: float
    active: float


@dataclass(frozen=True, kw_only=True)
class Attribution:
    """A run taken apart: fractions a year of returns in excess of cash, costs apart; beta and alpha with 95% errors."""

    mean_weight: float
    net_per_year: float
    long_per_year: float
    timing_per_year: float
    costs_per_year: float
    beta: float
    beta_95: tuple[float, float]
    alpha_per_year: float
    by_regime: tuple[Part, ...]
    by_year: tuple[Part, ...]
    by_weekday: tuple[Part, ...]
    stress: tuple[Part, ...]


def attribution(ledger: Ledger, parts: Timing, regimes: Names | None, periods_per_year: int) -> Attribution:
    """Return a run taken apart; `regimes` are the names in force on its bars, if the strategy knows any."""
    n, labels = len(parts.net), pd.DatetimeIndex(ledger.decisions.bars.index[: ledger.bars])
    paid = added((fill.commission_usd + fill.slippage_usd) / fill.equity_before_usd for fill in ledger.fills)
    mean, year = float(np.mean(parts.weights)), periods_per_year
    active, costs = float(np.mean(parts.active)) * year, paid / n * year
    asset, net = (np.asarray(x, dtype=np.float64) for x in (parts.asset, parts.net))
    slope, error = hc3.slope(asset, net) if np.ptp(parts.asset) > 0 else (0.0, 0.0)
    groups = {
        "by_regime": regimes,
        "by_year": labels.year.astype(str).to_numpy(dtype=object),
        "by_weekday": np.array(WEEKDAYS, dtype=object)[labels.day_of_week],
        "stress": _stress(parts.asset),
    }
    return Attribution(
        mean_weight=mean,
        net_per_year=float(np.mean(parts.net)) * year,
        long_per_year=mean * float(np.mean(parts.asset)) * year,
        timing_per_year=active + costs,
        costs_per_year=costs,
        beta=slope,
        beta_95=(slope - 1.96 * error, slope + 1.96 * error),
        alpha_per_year=float(np.mean(parts.net) - slope * np.mean(parts.asset)) * year,
        **{name: tuple(_parts(group, parts, year)) for name, group in groups.items()},
    )


def _stress(asset: Floats) -> Names:
    size = np.abs(asset)
    wild = size >= np.quantile(size, 1 - STRESS)
    return np.where(wild, "stress: the largest 5% of moves", "all other bars").astype(object)


def _parts(groups: Names | None, parts: Timing, periods_per_year: int) -> Iterator[Part]:
    if groups is None:
        return
    n, mean = len(parts.net), float(np.mean(parts.weights))
    for name in _ordered(groups):
        own = groups == name
        share = periods_per_year / n
        asset, net = float(parts.asset[own].sum()) * share, float(parts.net[own].sum()) * share
        yield Part(name, int(own.sum()), float(parts.weights[own].mean()), asset, net, mean * asset, net - mean * asset)


def _ordered(groups: Names) -> list[str]:
    names = set(groups.tolist())
    return [day for day in WEEKDAYS if day in names] if names <= set(WEEKDAYS) else sorted(names)
