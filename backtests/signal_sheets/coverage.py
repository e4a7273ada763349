"""Coverage: at how many decisions a signal has a value, how old that value and its inputs are, how often it moves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from backtests.runs.known_inputs import known_input, label, stamp
from backtests.runs.record import InputRecord
from backtests.signal_sheets.sample import Sample
from data.catalogue import lookup
from data.market import Market
from signals.base import Signal

DAY = pd.Timedelta(days=1)


@dataclass(frozen=True)
class Ages:
    """Days from the instant of knowing to the decision, over the decisions: median, 95th percentile, most."""

    median: float
    p95: float
    most: float


@dataclass(frozen=True)
class Input:
    """One series that the signal reads. `stale`: share of decisions at which its newest value was over the limit."""

    id: str
    title: str
    rule: str
    observations: int
    first: str
    last: str
    ages: Ages
    stale: float


@dataclass(frozen=True)
class Coverage:
    """Shares are of the decisions of the span. `updates`: decisions at which the value differed from the one before.

    `ladder`: what the last decision with a value, `sample_decision`, stood on (see `runs.record`).
    """

    decisions: int
    with_value: int
    share: float
    first_value: str
    last_value: str
    empty_after_first: int
    ages: Ages
    updates: int
    days_between_updates: float | None
    inputs: tuple[Input, ...]
    sample_decision: str
    ladder: tuple[InputRecord, ...]


def coverage(signal: Signal, market: Market, values: pd.Series[float], rows: Sample) -> Coverage:
    """Return the coverage of `values` at the decisions of `rows`; at least one of them has a value."""
    has = np.isfinite(rows.x)
    where = np.flatnonzero(has)
    moves = np.diff(rows.x[has]) != 0
    span = (rows.decisions[where[-1]] - rows.decisions[where[0]]) / DAY
    sample = rows.decisions[where[-1]]
    return Coverage(
        decisions=len(rows),
        with_value=int(has.sum()),
        share=float(has.mean()),
        first_value=stamp(rows.decisions[where[0]]),
        last_value=stamp(sample),
        empty_after_first=int(np.sum(~has[where[0] :])),
        ages=_summary(_ages(pd.DatetimeIndex(values.index), rows.decisions[has])),
        updates=int(moves.sum()),
        days_between_updates=float(span / moves.sum()) if moves.any() else None,
        inputs=tuple(_input(market, id, rows.decisions) for id in _ids(signal, market)),
        sample_decision=stamp(sample),
        ladder=tuple(known_input(market, id, sample).record() for id in _ids(signal, market)),
    )


def _ids(signal: Signal, market: Market) -> list[str]:
    return list(dict.fromkeys(market[id].id for id in signal.needs))


def _ages(known: pd.DatetimeIndex, decisions: pd.DatetimeIndex) -> pd.Series[float]:
    """Return the age in days of the newest of `known` at each decision; those with nothing known yet are left out."""
    last = known.searchsorted(decisions, side="right") - 1
    seen = last >= 0
    return pd.Series((decisions[seen] - known[last[seen]]) / DAY, dtype="float64")


def _summary(ages: pd.Series[float]) -> Ages:
    return Ages(*(round(float(v), 3) for v in (ages.median(), ages.quantile(0.95), ages.max())))


def _input(market: Market, id: str, decisions: pd.DatetimeIndex) -> Input:
    frame, row = market[id].frame, lookup(id)
    ages = _ages(pd.DatetimeIndex(frame["known_at"]).sort_values(), decisions)
    late = float((ages > market.max_age_days).sum() + len(decisions) - len(ages)) / len(decisions)
    own = id == market.traded
    return Input(
        id=id,
        title=row.title,
        rule=market.closing if own else row.rule.text,
        observations=len(frame),
        first=label(frame["observed"].min()),
        last=label(frame["observed"].max()),
        ages=_summary(ages),
        stale=late,
    )
