"""The answer of a sweep in one paragraph: what the best region gives, over which span, how sure, after how many trials.

The region stands first: the best of many sets is the luckiest of them too.
"""

from __future__ import annotations

from backtests.metrics.labels import LABELS
from backtests.pages.text import many, number
from backtests.runs.answer import certainty
from backtests.sweeps.record import SweepRecord


def answer(sweep: SweepRecord) -> str:
    """Return the answer of a sweep."""
    sets = many(sweep.sets, "parameter set")
    if sweep.best is None or sweep.best_region is None:
        return f"None of {sets} of {sweep.study}{_span(sweep)} may be called best."
    metric, region = sweep.metric, sweep.best_region
    low, high = number(metric, region.worst), number(metric, region.top)
    said = (
        f"Of {sets} of {sweep.study}{_span(sweep)} the best region has a median {LABELS[metric]} of "
        f"{number(metric, region.score)} ({low} to {high} in {many(region.neighbours, 'set')}); the best set, the "
        f"luckiest of them too, has {number(metric, sweep.best.metrics[metric])}."
    )
    luck = f" Is the best set luck? {certainty(sweep.evidence)}" if sweep.evidence else ""
    return said + luck


def _span(sweep: SweepRecord) -> str:
    return f" from {sweep.start} to {sweep.end}" if sweep.start else ""
