"""What a walk-forward says in sentences: the stitched curve, how sure, what choosing lost, where other cuts stand."""

from __future__ import annotations

from backtests.metrics.labels import LABELS, PERCENT
from backtests.pages.text import interval, many, number, signed, signed_percent
from backtests.runs.evidence import line
from backtests.sweeps.walk_forward_record import Variant, WalkForwardRecord

OF_THE_SPAN = ("total_return", "max_drawdown", "calmar", "orders", "costs_paid_usd")  # a longer window has more of it

RUIN = "ruin"


def answer(walk: WalkForwardRecord) -> str:
    """Return the sentence that stands first: what the stitched curve did beside the others."""
    beside = ", ".join(f"{name} {number('sharpe', numbers['sharpe'])}" for name, numbers in walk.beside.items())
    how = f"the {walk.choose} chosen on {'the whole past' if walk.anchored else walk.train}, traded for {walk.test}"
    if walk.status == RUIN:
        return (
            f"Ruin on {walk.end}, from {walk.start} with {how}: all was lost, and the later of the {len(walk.folds)} "
            f"folds were not traded; to the end of the last one: {beside}."
        )
    return (
        f"Sharpe ratio {number('sharpe', walk.metrics['sharpe'])}{sure(walk)} from {walk.start} to {walk.end} "
        f"with {how}, {len(walk.folds)} times; over the same bars: {beside}."
    )


def sure(walk: WalkForwardRecord) -> str:
    """Return the interval of the stitched run's Sharpe ratio in brackets, after a blank; empty where it has none."""
    return f" (95% {interval(*walk.sharpe_interval_95, '.2f')})" if walk.sharpe_interval_95 else ""


def luck(walk: WalkForwardRecord) -> str:
    """Return whether the stitched run is luck, after how many trials."""
    return f"Is it luck? {line(walk.evidence)}." if walk.evidence and walk.status != RUIN else ""


def decay(walk: WalkForwardRecord) -> str:
    """Return what became of the chosen sets' numbers after they were chosen, and how sure that is."""
    d, label = walk.decay, LABELS[walk.metric]
    if d.in_sample is None or d.out_of_sample is None or d.worse is None:
        return f"The {label} of what was chosen is undefined in every fold."
    n = len(walk.folds)
    folds = many(n, "fold") if d.folds == n else f"the {d.folds} of {n} folds that have it"
    before, after = number(walk.metric, d.in_sample), number(walk.metric, d.out_of_sample)
    change = f"{signed_change(walk.metric, d.out_of_sample - d.in_sample)}{_sure_change(walk)}"
    return (
        f"{label} of the chosen set, in the mean of {folds}: {before} where it was chosen, {after} where it was "
        f"traded, a change of {change}; it was worse in {round(d.worse * d.folds)} of {d.folds}."
        f"{_new_account(walk)}{_of_other_length(walk)}{_ranks(walk)}"
    )


def _sure_change(walk: WalkForwardRecord) -> str:
    if walk.decay.change_95 is None:
        return ""
    ends = " to ".join(signed_change(walk.metric, end) for end in walk.decay.change_95)
    return f" (95% {ends}, folds taken as independent)"


def _new_account(walk: WalkForwardRecord) -> str:
    return " Each fold, also after the ruin, begins with a new account." if walk.status == RUIN else ""


def _of_other_length(walk: WalkForwardRecord) -> str:
    if walk.metric not in OF_THE_SPAN:
        return ""
    return f" A longer window has another {LABELS[walk.metric]} by its length alone: this change is no decay."


def _ranks(walk: WalkForwardRecord) -> str:
    d = walk.decay
    if d.rank_correlation is None:
        return ""
    sure = f" (95% {interval(*d.rank_correlation_95)})" if d.rank_correlation_95 else ""
    return (
        f" The rank correlation of all sets between training and trading is {d.rank_correlation:+.2f}{sure} in the "
        "mean: 1 would say that the best stay the best, 0 that training says nothing."
    )


def signed_change(metric: str, value: float) -> str:
    """Return a change of a metric with its sign."""
    return signed_percent(value) if metric in PERCENT else signed(value)


def other_cuts(walk: WalkForwardRecord) -> str:
    """Return where the cut that was asked for stands among others of the same history."""
    o, known = walk.offsets, known_cuts(walk)
    if o.median is None or o.lower is None:
        why = "has a Sharpe ratio to compare" if o.variants else "has room for two folds"
        return f"No other cut of this history {why}: whether this one is lucky cannot be seen."
    without = len(o.variants) - len(known)
    new = " All begin there with a new account." if walk.status == RUIN else ""
    others = f", {without} more without a Sharpe ratio" if without else ""
    return (
        f"Cut otherwise ({len(known)} other offsets and lengths of training{others}), over {o.start} .. {o.end}, which "
        f"all of them trade in: Sharpe ratio {number('sharpe', o.low)} to {number('sharpe', o.high)}, median "
        f"{number('sharpe', o.median)}; the cut asked for has {number('sharpe', o.asked)}, above "
        f"{round(o.lower * len(known))} of {len(known)}.{new}"
    )


def known_cuts(walk: WalkForwardRecord) -> list[Variant]:
    """Return the other cuts that have a Sharpe ratio."""
    return [variant for variant in walk.offsets.variants if variant.sharpe is not None]
