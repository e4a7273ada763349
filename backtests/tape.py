"""From an experiment and a market to the tape that an engine runs, and what a reader must be warned of."""

from __future__ import annotations

import numpy as np
import pandas as pd

from backtests.engine.ledger import Floats, Tape
from backtests.spec import Spec, as_date
from data.errors import DataError
from data.market import Market
from signals.inputs import shortcomings


def make_tape(spec: Spec, market: Market) -> tuple[Tape, list[str]]:
    """Return the bars from start to end with the decisions at their closes, and the warnings.

    Signals see the whole history before `start`; DataError where fewer than two bars are left.
    """
    inside = _inside(spec, market)
    weights = market.joined(spec.strategy.weights(market), spec.execution.delay_bars)
    decided = _on_clock(spec, weights, market)[inside]
    bars, bound = market.bars[inside], spec.execution.max_leverage
    following = np.append(bars.index.to_numpy()[1:], market.next_label(bars.index[-1]).to_datetime64())
    days = (following - bars.index.to_numpy()) / np.timedelta64(1, "D")
    tape = Tape(bars, np.clip(decided, -bound, bound), np.asarray(days, dtype="float64"))
    return tape, [*_span_warnings(spec, tape, market), *_decision_warnings(spec, tape, decided, market)]


def _inside(spec: Spec, market: Market) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    labels = pd.DatetimeIndex(market.bars.index)
    start, end = as_date("study.start", spec.study.start), as_date("study.end", spec.study.end)
    inside = np.asarray((labels >= (start or labels[0])) & (labels <= (end or labels[-1])))
    if inside.sum() < 2:
        raise DataError(
            f"{market.traded} has {inside.sum()} bars from {spec.study.start or 'its first'} to "
            f"{spec.study.end or 'its last'}; it runs {labels[0]:%Y-%m-%d}..{labels[-1]:%Y-%m-%d}: choose a span inside"
        )
    return inside


def _on_clock(spec: Spec, weights: pd.Series[float], market: Market) -> Floats:
    if not weights.index.equals(market.decisions):
        raise DataError(
            f"{spec.study.name}: weights must stand on market.decisions, one for every bar; use market.asof"
        )
    decided = weights.to_numpy(dtype=np.float64)
    if np.isinf(decided).any():
        instant = market.decisions[np.isinf(decided)][0]
        raise DataError(f"{spec.study.name}: the weight decided at {instant:%Y-%m-%d %H:%M} UTC is infinite")
    return decided


def _span_warnings(spec: Spec, tape: Tape, market: Market) -> list[str]:
    labels, found = tape.bars.index, []
    start, end = as_date("study.start", spec.study.start), as_date("study.end", spec.study.end)
    if start is not None and labels[0] > start and market.next_label(start - pd.Timedelta(days=1)) < labels[0]:
        found.append(f"the first bar is {labels[0]:%Y-%m-%d}, not {start:%Y-%m-%d}: {market.traded} has none before")
    if end is not None and market.next_label(labels[-1]) <= end:
        found.append(f"the last bar is {labels[-1]:%Y-%m-%d}, not {end:%Y-%m-%d}: {market.traded} has none after")
    holes = [i for i, label in enumerate(labels[:-1]) if tape.days[i] > 1 and market.next_label(label) < labels[i + 1]]
    if holes:
        found.append(f"{len(holes)} gaps in the bars of {market.traded}, the first after {labels[holes[0]]:%Y-%m-%d}")
    return found


def _decision_warnings(spec: Spec, tape: Tape, decided: Floats, market: Market) -> list[str]:
    labels, silent, found = tape.bars.index, np.isnan(decided), []
    if silent.all():
        return ["no decision has an opinion: the run holds cash throughout; is the history long and fresh enough?"]
    lead = int(np.argmin(silent))
    later = np.flatnonzero(silent[lead:]) + lead
    if lead:
        found.append(f"no opinion before {labels[lead]:%Y-%m-%d} ({lead} bars): the signals are warming up")
    if len(later) and market.join != "us_sessions_only":
        found.append(
            f"{len(later)} decisions without an opinion ({labels[later[0]]:%Y-%m-%d} to {labels[later[-1]]:%Y-%m-%d}): "
            f"an input is missing or older than {market.max_age_days:g} days; the position is kept"
        )
        instant = market.asset.rule.known_at(pd.DatetimeIndex(labels[later[:1]]))[0]
        found += sorted({line for signal in spec.strategy.signals for line in shortcomings(signal, market, instant)})
    bound = spec.execution.max_leverage
    beyond = int(np.sum(np.abs(decided[~silent]) > bound * (1 + 1e-12)))
    if beyond:
        found.append(f"{beyond} decisions beyond execution.max_leverage = {bound:g} were bounded to it")
    return found
