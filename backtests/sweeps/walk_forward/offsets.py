"""The same procedure, cut otherwise: other offsets of the windows and other lengths of training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from backtests.metrics.performance import NAMES
from backtests.sweeps.schedule import Fold, Schedule
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


def offsets(rules: Rules, asked: Stitched, others: Sequence[tuple[Cut, Stitched]]) -> Offsets:
    """Return the Sharpe ratios of all cuts over the bars that each of them trades in."""
    spans = [asked.span, *(stitched.span for _, stitched in others)]
    span = max(first for first, _ in spans), min(last for _, last in spans)
    series = np.stack([asked.decided, *(stitched.decided for _, stitched in others)])
    batch = rules.batch(series, span)
    at = NAMES.index("sharpe")
    sharpes = [None if why else float(value) for value, why in zip(batch.metrics[:, at], batch.why[:, at], strict=True)]
    own, rest = sharpes[0], [value for value in sharpes[1:] if value is not None]
    return Offsets(
        start=f"{rules.labels[span[0]]:%Y-%m-%d}",
        end=f"{rules.labels[span[1] - 1]:%Y-%m-%d}",
        asked=own,
        low=min(rest, default=None),
        median=float(np.median(rest)) if rest else None,
        high=max(rest, default=None),
        lower=None if own is None or not rest else float(np.mean([value < own for value in rest])),
        variants=tuple(
            Variant(schedule.train, days, len(folds), value)
            for ((schedule, days, folds), _), value in zip(others, sharpes[1:], strict=True)
        ),
    )
