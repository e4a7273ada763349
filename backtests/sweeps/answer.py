"""The answer of a sweep: what the best region gives beside holding, over which span, how sure, after how many trials.

The region stands first, by the set that stands for it: the best of many sets is the luckiest of them too.
"""

from __future__ import annotations

from collections.abc import Mapping

from backtests.experiments.named import title
from backtests.metrics.labels import LABELS
from backtests.pages.text import many, number
from backtests.runs.answer import certainty
from backtests.runs.controls import HOLDING, OWN_TREND
from backtests.sweeps.plans.swept_costs import ROOT
from backtests.sweeps.record import SweepRecord
from signals.parameters import Value


def answer(sweep: SweepRecord) -> str:
    """Return the answer of a sweep."""
    sets = many(sweep.sets, "parameter set")
    if sweep.failed == sweep.sets:
        return f"None of {sets} of {title(sweep.study, sweep.params)} could be run."
    if sweep.best is None:
        why = f"none has a {LABELS[sweep.metric]}" + (", or the constraint leaves none" if sweep.constraint else "")
        return f"None of {sets} of {_named(sweep)} may be called best: {why}."
    if sweep.best_region is None:
        alone = f"{words(sweep.best.params)}, {number(sweep.metric, sweep.best.metrics[sweep.metric])}"
        return (
            f"No region of {sets} of {_named(sweep)} may be called best: in each, half of the sets have no "
            f"{LABELS[sweep.metric]}. The best set is {alone}."
        )
    if all(path.startswith(ROOT) for path in sweep.axes):
        return f"{_of_costs(sweep)}{_luck(sweep, title(sweep.study, sweep.params))}"
    metric, region = sweep.metric, sweep.best_region
    said = (
        f"The best region of {sets} of {_named(sweep)} has a median {LABELS[metric]} of "
        f"{number(metric, region.score)}; {words(chosen(region.params))} stands for it with "
        f"{number(metric, region.metrics[metric])}{_beside(sweep)}.{_walked(sweep)}"
    )
    return f"{said}{_luck(sweep, f'the best set, {number(metric, sweep.best.metrics[metric])},')}"


def _walked(sweep: SweepRecord) -> str:
    """Return what choosing ahead of time earned, where that was asked, beside the traded asset over the same bars."""
    walk = sweep.walk_forward
    if walk is None:
        return ""
    name, held = next(iter(walk.beside.items()))
    if walk.status == "ruin":
        return f" Chosen ahead of time, {len(walk.folds)} times from {walk.start} on, it ended in ruin on {walk.end}."
    return (
        f" Chosen ahead of time, {len(walk.folds)} times from {walk.start} on, it earned a Sharpe ratio of "
        f"{number('sharpe', walk.metrics['sharpe'])}, where {name} had {number('sharpe', held['sharpe'])} then."
    )


def chosen(params: Mapping[str, Value]) -> dict[str, Value]:
    """Return the parameters of a set that were chosen: costs are none."""
    return {path: value for path, value in params.items() if not path.startswith(ROOT)}


def words(params: Mapping[str, Value]) -> str:
    """Return the parameters of a set in words: "trend.lookback 90, threshold 0.02"."""
    return ", ".join(f"{path} {value}" for path, value in params.items())


def _of_costs(sweep: SweepRecord) -> str:
    """Return what a sweep of costs alone says: how it ends at each, no set being better than another."""
    metric, region = sweep.metric, sweep.best_region
    value = "-" if region is None else number(metric, region.metrics[metric])
    at = "" if region is None else words(region.params)
    return (
        f"{_named(sweep)} under {many(sweep.sets, 'level')} of costs, which are no choice: "
        f"{LABELS[metric]} {value} at {at}{_beside(sweep)}."
    )


def _beside(sweep: SweepRecord) -> str:
    known = [(name, sweep.controls[name][sweep.metric]) for name in (HOLDING, OWN_TREND) if name in sweep.controls]
    shown = [f"{name} {number(sweep.metric, value)}" for name, value in known if value is not None]
    return f" beside {', '.join(shown)}" if shown else ""


def _luck(sweep: SweepRecord, what: str) -> str:
    return f" Is {what} luck? {certainty(sweep.evidence)}" if sweep.evidence else ""


def _named(sweep: SweepRecord) -> str:
    span = f", {sweep.start} to {sweep.end}," if sweep.start else ""
    return f"{title(sweep.study, sweep.params)}{span}"
