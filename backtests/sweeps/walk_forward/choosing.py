"""Which set is traded after each window, by that window alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from backtests.engine.ledger import Floats
from backtests.pages.text import many
from backtests.sweeps import ranking
from backtests.sweeps.plans.plan import Plan
from backtests.sweeps.plans.schedule import Choose, Fold
from backtests.sweeps.plateau import Neighbours
from backtests.sweeps.walk_forward.scores import Rules, Scores
from data.errors import RunError


def choose(neighbours: Neighbours, scores: Scores, fold: Fold, how: Choose) -> int | None:
    """Return the set that is traded in a fold; None where no set may be called best in its training window."""
    plan = neighbours.plan
    metrics, status = scores.over(fold.train)
    allowed = ranking.eligible(plan, metrics, status)
    if how == "region":
        found = neighbours.plateau(ranking.target(plan, metrics), allowed)
        return None if found is None else found.representative(ranking.target(plan, metrics), allowed)
    return next(iter(ranking.ranked(plan, metrics, allowed)), None)


def choices(neighbours: Neighbours, scores: Scores, folds: Sequence[Fold], how: Choose) -> list[int] | Fold:
    """Return the set of each fold; the first fold that has none."""
    found: list[int] = []
    for fold in folds:
        chosen = choose(neighbours, scores, fold, how)
        if chosen is None:
            return fold
        found.append(chosen)
    return found


class NothingToChoose(RunError):
    """In a window to choose in no set may be called best: the sweep is whole, a walk-forward of it there is none."""


def none_to_choose(rules: Rules, scores: Scores, fold: Fold) -> NothingToChoose:
    """Return what to say of a fold in whose training window no set may be called best."""
    plan, (first, end) = rules.plan, fold.train
    metrics, status = scores.over(fold.train)
    ended = scores.ended[scores.spans.index(fold.train)]
    known = int(np.sum(~np.isnan(ranking.target(plan, metrics)) & ended))
    why = f"of {many(len(status), 'set')} {int(ended.sum()):,} ran to its end, {known:,} with a {plan.metric}"
    why += f", none of them as {plan.constraint}" if known and plan.condition else ""
    loosen = ", or loosen the constraint" if known and plan.condition else ""
    days = f"{rules.labels[first]:%Y-%m-%d}..{rules.labels[end - 1]:%Y-%m-%d}"
    return NothingToChoose(f"walk-forward: no set can be chosen on {days}: {why}; begin later or train longer{loosen}")


@dataclass(frozen=True, eq=False)
class Stitched:
    """The sets that folds trade, joined: `decided` is the weight at each bar's close by the fold that fills it."""

    folds: tuple[Fold, ...]
    chosen: tuple[int, ...]
    decided: Floats

    @property
    def span(self) -> tuple[int, int]:
        """The bars that are traded."""
        return self.folds[0].test[0], self.folds[-1].test[1]


def stitch(rules: Rules, folds: Sequence[Fold], chosen: Sequence[int]) -> Stitched:
    """Join what folds trade: a decision belongs to the fold in whose window it is filled, 1 + delay_bars later."""
    lag = 1 + rules.plan.base.execution.delay_bars
    decided = np.full(len(rules.labels), np.nan)
    for fold, position in zip(folds, chosen, strict=True):
        first = max(fold.test[0] - lag, 0)
        decided[first:] = rules.decided(position)[first:]
    return Stitched(tuple(folds), tuple(chosen), decided)


def rank_correlation(plan: Plan, scores: Scores, fold: Fold) -> float | None:
    """Return Spearman's correlation of the metric of all sets in training and in trading; None where undefined."""
    both = pd.DataFrame({name: ranking.target(plan, scores.over(getattr(fold, name))[0]) for name in ("train", "test")})
    if min(both.dropna().nunique(), default=0) < 2:
        return None
    value = float(both.corr(method="spearman", min_periods=3).to_numpy()[0, 1])
    return None if np.isnan(value) else value
