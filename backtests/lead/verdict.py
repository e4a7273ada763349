"""The verdict: one rule of questions, asked in order. docs/lead.md says it in words, and how often it errs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from backtests.lead import horizon, stretches
from backtests.lead.bounds import USEFUL_R2, Bounds, Power, bounds, power
from backtests.lead.deciding import Lead, Terms, both_forms, search, searched
from backtests.lead.enough import insufficient
from backtests.lead.family import ALPHA, Strongest, draws, family
from backtests.lead.horizon import Trend, TrendTerms, trend_terms
from backtests.lead.sample import Correlation, Sample, correlation
from backtests.lead.stretches import Stretch, stretch_terms

Verdict = Literal[
    "leads",
    "equities lead, small caps add nothing",
    "is led",
    "moves together, does not lead",
    "moves together, no lead shown",
    "no relation",
    "no relation shown",
    "not enough data",
]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
LEADS, EQUITIES, IS_LED, TOGETHER, NOT_SHOWN, NO_RELATION, NONE_SHOWN, NOT_ENOUGH = VERDICTS


@dataclass(frozen=True)
class Decision:
    """The verdict, why, and the numbers that the rule looked at (None where there was not enough data).

    Question 1 has three statistics of the leader's own: `partial` (short lags), `horizon` (trends) and `stretch` (short
    lags within a part of the sample). Question 2 has two of every equity by itself: `equities` and `equities_horizon`.
    """

    verdict: Verdict
    reason: str
    partial: Lead | None = None
    horizon: Trend | None = None
    stretch: Stretch | None = None
    equities: Lead | None = None
    equities_horizon: Trend | None = None
    reverse: Lead | None = None
    correlation: Correlation | None = None
    power: Power | None = None
    bounds: Bounds | None = None

    @property
    def late(self) -> bool:
        """Whether a first lag was left out as what late labels would show."""
        return any(lead is not None and lead.late for lead in (self.partial, self.equities))

    @property
    def own(self) -> tuple[Strongest, ...]:
        """The statistics of question 1 that were asked."""
        return tuple(x for x in (self.partial, self.horizon, self.stretch) if x)

    @property
    def of_equities(self) -> tuple[Strongest, ...]:
        """The statistics of question 2 that were asked."""
        return tuple(x for x in (self.equities, self.equities_horizon) if x)


def decide(sample: Sample) -> Decision:
    """Return the verdict of the rule on a sample."""
    missing = insufficient(sample)
    if missing:
        return Decision(NOT_ENOUGH, missing)
    own = both_forms(sample.traded, sample.leader, sample.beside, sample.beside)
    raw = {id: both_forms(sample.traded, x, []) for id, x in sample.equities.items()}
    own_trend = raw_trends = None
    if sample.n >= horizon.LEAST_SESSIONS:
        every = list(sample.equities.values())
        (own_trend,) = trend_terms(sample.traded, [sample.leader], sample.beside, [sample.leader, *sample.beside])
        raw_trends = dict(zip(sample.equities, trend_terms(sample.traded, every, [], every), strict=True))
    partial, trend, stretch = _of_leader(sample, own, own_trend)
    equities, equity_trend = _of_equities(raw, raw_trends)
    trends = (own_trend, raw_trends["leader"]) if own_trend and raw_trends else None
    found = Decision(
        verdict=NOT_ENOUGH,
        reason="",
        partial=partial,
        horizon=trend,
        stretch=stretch,
        equities=equities,
        equities_horizon=equity_trend,
        reverse=led(sample),
        correlation=correlation(sample.leader, sample.traded),
        power=power(sample, partial),
        bounds=bounds(sample, own, raw["leader"], trends, (partial, trend, equities)),
    )
    verdict, reason = _rule(found)
    return replace(found, verdict=verdict, reason=reason)


def _of_leader(sample: Sample, own: Terms, trend: TrendTerms | None) -> tuple[Lead, Trend | None, Stretch | None]:
    """Return the three statistics of question 1, corrected for one another."""
    if not trend:
        return search({"": own}), None, None
    part = stretch_terms(sample.traded, sample.leader, sample.beside, late=own.late)
    short, long, blocks = draws(own.scaled, trend.scaled, part.scores, blocks=stretches.BLOCKS)
    return family(
        searched({"": own}, short.sum(axis=0)),
        horizon.searched({"": trend}, long.sum(axis=0)),
        stretches.searched(part, blocks),
    )


def _of_equities(raw: dict[str, Terms], trends: dict[str, TrendTerms] | None) -> tuple[Lead, Trend | None]:
    """Return the two statistics of question 2, corrected for one another."""
    if not trends:
        return search(raw), None
    short, long = draws(*(np.concatenate([x.scaled for x in kind.values()], axis=1) for kind in (raw, trends)))
    return family(searched(raw, short[0]), horizon.searched(trends, long[0]))


def led(sample: Sample) -> Lead:
    """Return the short lags of the traded asset for the leader's next session, beyond the other equities' lags."""
    terms = both_forms(sample.leader_next, sample.traded, sample.beside, past=sample.leader)
    return search({"": terms})


def _rule(found: Decision) -> tuple[Verdict, str]:
    same, limits = found.correlation, found.bounds
    assert found.reverse is not None
    assert same is not None
    assert limits is not None
    if any(x.found for x in found.own):
        names = ", ".join(x.where for x in found.own if x.found)
        return LEADS, f"the leader's past says more of the next sessions than the other equities' does ({names})"
    if any(x.found for x in found.of_equities):
        return (
            EQUITIES,
            "an equity's past says something of the next sessions, no more is shown of the leader's own part",
        )
    if found.reverse.found:
        return IS_LED, "the traded asset's lags say something of the leader's next sessions"
    if same.p_value <= ALPHA:
        if limits.excluded:
            return TOGETHER, f"the two move in the same session, and a lead of {USEFUL_R2:.1%} of variance is excluded"
        return NOT_SHOWN, "the two move in the same session, and no lead beyond that is shown"
    if limits.excluded and max(same.low**2, same.high**2) < USEFUL_R2:
        return NO_RELATION, f"a relation of {USEFUL_R2:.1%} of variance, in the same session or later, is excluded"
    return NONE_SHOWN, "neither the same session nor a lag is shown to bind the two"
