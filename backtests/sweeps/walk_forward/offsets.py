"""The same procedure, cut otherwise: other offsets of the windows and other lengths of training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from backtests.metrics.performance import NAMES
from backtests.sweeps.plans.schedule import Fold, Schedule
from backtests.sweeps.walk_forward.choosing import Stitched
from backtests.sweeps.walk_forward.scores import Rules
from backtests.sweeps.walk_forward_record import Offsets, Variant
from data.errors import BadSpec

FACTORS = (0.5, 1.5)
Cut = tuple[Schedule, int, list[Fold]]


def other_cuts(schedule: Schedule, rules: Rules, purge: int) -> list[Cut]:
    """Return the cuts (schedule, days late, folds) to compare with: three offsets, two lengths; those that fit."""
    late = [(schedule, schedule.quarter * quarters) for quarters in (1, 2, 3)]
    found: list[Cut] = []
    for cut, days in (*late, *((schedule.scaled(factor), 0) for factor in FACTORS)):
        try:
            found.append((cut, days, cut.folds(rules.labels, purge, days)))
        except BadSpec:
            continue  # too long for this history, or too short
    return found


def offsets(rules: Rules, asked: Stitched, others: Sequence[tuple[Cut, Stitched | None]]) -> Offsets:
    """Return the Sharpe ratios of all cuts over the bars that each of them trades in; None: not traded."""
    traded = [asked, *(stitched for _, stitched in others if stitched is not None)]
    span = max(stitched.span[0] for stitched in traded), min(stitched.span[1] for stitched in traded)
    batch = rules.batch(np.stack([stitched.decided for stitched in traded]), span)
    at = NAMES.index("sharpe")
    own, *rest = (
        None if why else float(value) for value, why in zip(batch.metrics[:, at], batch.why[:, at], strict=True)
    )
    known = [value for value in rest if value is not None]
    found = iter(rest)
    return Offsets(
        start=f"{rules.labels[span[0]]:%Y-%m-%d}",
        end=f"{rules.labels[span[1] - 1]:%Y-%m-%d}",
        asked=own,
        low=min(known, default=None),
        median=float(np.median(known)) if known else None,
        high=max(known, default=None),
        lower=None if own is None or not known else float(np.mean([value < own for value in known])),
        variants=tuple(
            Variant(schedule.train, days, len(folds), None if stitched is None else next(found))
            for (schedule, days, folds), stitched in others
        ),
    )
