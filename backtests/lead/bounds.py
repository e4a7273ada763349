"""What a sample could have shown, and what it still leaves possible: shares of next-session variance.

A lead that explains the share r2 of the traded asset's next session through a term z has the slope
sqrt(r2 var(traded) / var(z)), and a t that is normal around that slope over its robust error. z is the leader's own
part, or the whole of its return: "own" and "whole".
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from backtests.lead import horizon
from backtests.lead.deciding import TERMS, Lead, Terms, residual
from backtests.lead.family import Z_POWER, Array
from backtests.lead.horizon import Trend, TrendTerms
from backtests.lead.sample import Sample
from data.catalogue import PERIODS_PER_YEAR

USEFUL_R2 = 0.001
"""Smallest share of next-session variance that would be of use: a Sharpe ratio of 0.5 before costs. Only where no lead
of that size is left possible does the verdict say that there is none."""
Z_UPPER = 1.6448536269514722
"""Standard normal quantile of 95%, one-sided."""
TRADED_TREND = horizon.TERMS.index(("sign", 60))
"""The trend that the rules of the project trade by default."""
SPANS: Array = np.array([last - first + 1.0 for first, last in TERMS])


@dataclass(frozen=True)
class Power:
    """What this sample could have found.

    `smallest_r2`: the share of next-session variance of the traded asset, explained by the part of the leader that the
    controls do not share, that the deciding test finds in 80% of samples; `sharpe` = sqrt(252 * smallest_r2).
    """

    smallest_r2: float
    sharpe: float
    sensitivity: float
    critical: float

    def at(self, r2: float) -> float:
        """Return the power against a lead of one session that explains `r2`."""
        return 0.5 * math.erfc((self.critical - self.sensitivity * math.sqrt(r2)) / math.sqrt(2))


@dataclass(frozen=True)
class Bounds:
    """What is left possible and what would have been found with 80%, as shares of next-session variance.

    `upper_own`, `upper_whole`: no lead of the shapes asked (lags 1 to 10, their sums, trends) through the leader's own
    part, or through the whole of it, explains more (95%, for whichever shape is true). `smallest_whole`: found through
    the leader's whole last session, as `leads` or as a lead of equities. `trend_own`, `trend_whole`: found through the
    sign of the 60-session trend, by its part beyond the other equities' trends, or by the whole of it; None where too
    short.
    """

    upper_own: float
    upper_whole: float
    smallest_own: float
    smallest_whole: float
    trend_own: float | None
    trend_whole: float | None
    trend_upper: float | None

    @property
    def excluded(self) -> bool:
        """Whether no lead of a useful size is left possible."""
        return max(self.upper_own, self.upper_whole) < USEFUL_R2


def sharpe(r2: float) -> float:
    """Return the annual Sharpe ratio, before costs, that a share of next-session variance implies."""
    return math.sqrt(PERIODS_PER_YEAR["nyse"] * r2)


def power(sample: Sample, partial: Lead) -> Power:
    """Return the power of the deciding test against a lead of one session through the leader's own part."""
    own = residual(sample.leader, sample.beside)
    sensitivity = float(sample.traded.std() / own.std()) / partial.se_next
    smallest = ((partial.critical + Z_POWER) / sensitivity) ** 2
    return Power(smallest, sharpe(smallest), sensitivity, partial.critical)


def bounds(
    sample: Sample,
    own: Terms,
    raw: Terms,
    trends: tuple[TrendTerms, TrendTerms] | None,
    found: tuple[Lead, Trend | None, Lead],
) -> Bounds:
    """Return the bounds from the terms of the leader's own part and of its whole return; `trends`: of both alike.

    `found`: the strongest short lag, trend and equity, for what each had to pass.
    """
    partial, trend, equities = found
    own_ratio = float(residual(sample.leader, sample.beside).var() / sample.traded.var())
    raw_ratio = float(sample.leader.var() / sample.traded.var())
    upper_own, upper_whole = _upper(own, own_ratio), _upper(raw, raw_ratio)
    trend_own = trend_whole = trend_upper = None
    if trends and trend:
        trend_upper = _upper_trend(trends[0])
        upper_own, upper_whole = max(upper_own, trend_upper), max(upper_whole, _upper_trend(trends[1]))
        spread, share = (float(x[TRADED_TREND]) for x in (trends[0].spread, trends[0].share))
        trend_own = ((trend.critical + Z_POWER) * spread) ** 2
        trend_whole = trend_own / share if share > 0 else None
    return Bounds(
        upper_own=upper_own,
        upper_whole=upper_whole,
        smallest_own=power(sample, partial).smallest_r2,
        smallest_whole=((equities.critical + Z_POWER) * raw.se_next) ** 2 * raw_ratio,
        trend_own=trend_own,
        trend_whole=trend_whole,
        trend_upper=trend_upper,
    )


def _upper(terms: Terms, ratio: float) -> float:
    """Return the largest upper bound of all terms: each covers its own shape in 95%, and the true one is among them."""
    slopes = np.maximum(terms.plain + Z_UPPER * terms.plain_se, 0.0)
    return float((slopes**2 * ratio / SPANS).max())


def _upper_trend(terms: TrendTerms) -> float:
    reach = np.maximum(terms.plain_t + Z_UPPER, 0.0) * terms.spread
    return float((reach**2).max())
