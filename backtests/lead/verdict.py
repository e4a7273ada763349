"""The verdict: one rule of five questions, asked in order. Written down before any number was seen: docs/lead.md."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from backtests.lead.deciding import ALPHA, Z_POWER, Array, Lead, fit, partial_lead, residual, search
from backtests.statistics import hc3
from data.catalogue import PERIODS_PER_YEAR

Verdict = Literal[
    "leads",
    "equities lead, small caps add nothing",
    "is led",
    "moves together, does not lead",
    "no relation",
    "not enough data",
]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
LEADS, EQUITIES, IS_LED, TOGETHER, NO_RELATION, NOT_ENOUGH = VERDICTS

LEAST_SESSIONS = 250
"""Fewer joint sessions than this decide nothing: 40 lags are estimated, and only a lead above 6% could be seen."""
LEAST_OWN = 1e-3
"""Least share of the leader's variance that the other equities must leave (23% for IWM beside SPY and QQQ)."""
MOST_NEXT_R2 = 0.03
"""A share of next-session variance above this (a Sharpe ratio of 2.7) beside half as strong a correlation in the same
session, or less, is what shifted dates look like."""


@dataclass(frozen=True, eq=False)
class Sample:
    """Returns of one row a session, all of one length and without NaN.

    `traded` and `leader` on matched windows; `controls` the other equities by id; `leader_next` is the leader's return
    over the part of each session's window that begins after `traded`'s previous window has ended: all of it where the
    windows match to the hour, open to close with daily bars.
    """

    traded: Array
    leader: Array
    controls: Mapping[str, Array]
    leader_next: Array

    @property
    def n(self) -> int:
        """Sessions."""
        return len(self.traded)


@dataclass(frozen=True)
class Correlation:
    """Correlation of the same session with its 95% interval and one-sided p-value (HC3, so robust to volatility)."""

    value: float
    low: float
    high: float
    p_value: float


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
class Decision:
    """The verdict, why, and the numbers that the rule looked at (None where there was not enough data)."""

    verdict: Verdict
    reason: str
    partial: Lead | None = None
    equities: Lead | None = None
    reverse: Lead | None = None
    correlation: Correlation | None = None
    power: Power | None = None


def decide(sample: Sample) -> Decision:
    """Return the verdict of the rule on a sample."""
    missing = insufficient(sample)
    if missing:
        return Decision(NOT_ENOUGH, missing)
    controls = list(sample.controls.values())
    partial = partial_lead(sample.traded, sample.leader, controls)
    equities = search({id: fit(sample.traded, x, [sample.traded]) for id, x in _equities(sample).items()})
    reverse = search({"": fit(sample.leader_next, sample.traded, [sample.leader, *controls])})
    same = correlation(sample.leader, sample.traded)
    verdict, reason = _rule(partial, equities, reverse, same)
    return Decision(verdict, reason, partial, equities, reverse, same, power(sample, partial))


def _equities(sample: Sample) -> dict[str, Array]:
    return {"leader": sample.leader, **sample.controls}


def _rule(partial: Lead, equities: Lead, reverse: Lead, same: Correlation) -> tuple[Verdict, str]:
    if partial.found:
        return LEADS, "the leader's lags say more of the next sessions than the other equities' lags do"
    if equities.found:
        return EQUITIES, "an equity's lags say something of the next sessions, the leader's own part nothing more"
    if reverse.found:
        return IS_LED, "the traded asset's lags say something of the leader's next sessions"
    if same.p_value <= ALPHA:
        return TOGETHER, "the two move in the same session, and no lag adds to that"
    return NO_RELATION, "neither the same session nor a lag binds the two"


def insufficient(sample: Sample) -> str:
    """Return why no verdict can be given, or nothing."""
    if sample.n < LEAST_SESSIONS:
        return f"{sample.n} joint sessions; at least {LEAST_SESSIONS} are needed"
    for name, x in {"traded": sample.traded, **_equities(sample)}.items():
        if float(np.ptp(x)) == 0:
            return f"the returns of {name} never change"
    own = residual(sample.leader, list(sample.controls.values())).var() / sample.leader.var()
    if own < LEAST_OWN:
        return f"the other equities explain {1 - own:.4%} of the leader: nothing of its own is left to look at"
    return shifted_dates(sample)


def shifted_dates(sample: Sample) -> str:
    """Return what looks like labels a day off, or nothing.

    A common move that stands under the wrong date appears one session off and leaves the session itself: the
    correlation there is more than twice that of the same session, and stronger than any market would leave.
    """
    x, y = sample.leader, sample.traded
    here = abs(float(np.corrcoef(x, y)[0, 1]))
    before, after = (abs(float(np.corrcoef(*pair)[0, 1])) for pair in ((x[:-1], y[1:]), (x[1:], y[:-1])))
    for there, when in ((before, "next"), (after, "last")):
        if there > 2 * here and there**2 > MOST_NEXT_R2:
            return (
                f"the dates look shifted: the leader's correlation is {there:.2f} with the {when} session of the "
                f"traded asset and {here:.2f} with the same one (bound: twice that, or {math.sqrt(MOST_NEXT_R2):.2f}); "
                "look at both with `harbinger data check`"
            )
    return ""


def correlation(x: Array, y: Array) -> Correlation:
    """Return the correlation of two series of returns, with an HC3 standard error."""
    u, v = ((z - z.mean()) / z.std() for z in (x, y))
    r = float((u * v).mean())
    se = hc3.slope(u, v)[1]
    low, high = (max(-1.0, min(1.0, r + side * 1.959963984540054 * se)) for side in (-1, 1))
    return Correlation(r, low, high, 0.5 * math.erfc(r / se / math.sqrt(2)) if se > 0 else float(r <= 0))


def power(sample: Sample, partial: Lead) -> Power:
    """Return the power of the deciding test against a lead of one session through the leader's own part.

    A lead that explains r2 has the slope sqrt(r2 * var(traded) / var(own part)); its t is normal around that slope over
    the robust standard error of lag 1, and is found where it exceeds the searched critical value.
    """
    own = residual(sample.leader, list(sample.controls.values()))
    sensitivity = float(sample.traded.std() / own.std()) / partial.se_next
    smallest = ((partial.critical + Z_POWER) / sensitivity) ** 2
    return Power(smallest, math.sqrt(PERIODS_PER_YEAR["nyse"] * smallest), sensitivity, partial.critical)
