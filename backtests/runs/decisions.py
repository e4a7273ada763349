"""From an experiment and a market to the decisions that an engine runs, and what a reader must be warned of."""

from __future__ import annotations

import numpy as np
import pandas as pd

from backtests.engine.ledger import Decisions, Floats
from backtests.experiments.experiment import Experiment, as_date
from backtests.experiments.user_strategy import Native
from backtests.runs import carry
from data.errors import DataError
from data.market import Market
from data.vintages import warning
from signals.inputs import shortcomings

DAY = pd.Timedelta(days=1)


def decisions_of(experiment: Experiment, market: Market) -> tuple[Decisions, list[str]]:
    """Return the bars from start to end with the decisions at their closes, and the warnings.

    Signals see the whole history before `start`; DataError where fewer than two bars are left. A native strategy trades
    by its own orders: its decisions are NaN, and `backtests.runs.native` warns of its lines.
    """
    inside = span(experiment, market)
    bars, native = market.bars[inside], isinstance(experiment.strategy, Native)
    decided = np.full(len(bars), np.nan) if native else decide(experiment, market)[inside]
    bound = experiment.execution.max_leverage
    earned = carry.cash_yield(experiment.costs, market)
    decisions = Decisions(
        bars,
        np.clip(decided, -bound, bound),
        days_ahead(bars, market),
        cash_yield=None if earned is None else earned[inside],
        funding=carry.funding(experiment.costs, market, inside),
    )
    revised = [*map(warning, market.revised), *market.stand_ins(experiment.strategy.needs)]
    notes = [] if native else _decision_warnings(experiment, decisions, decided, market)
    notes += carry.notes(experiment.costs, market, inside)
    return decisions, [*revised, *_span_warnings(experiment, decisions, market), *notes]


def decide(experiment: Experiment, market: Market) -> Floats:
    """Return the weight decided at every bar of the market under the join policy, before the bound on leverage."""
    return decided_by(experiment.strategy.weights(market), experiment, market)


def decided_by(weights: pd.Series[float], experiment: Experiment, market: Market) -> Floats:
    """Return what `decide` does, of the weights of the experiment's strategy; DataError where they are none."""
    joined = market.joined(weights, experiment.execution.delay_bars)
    if not joined.index.equals(market.decisions):
        raise DataError(
            f"{experiment.study.name}: weights must stand on market.decisions, one for every bar; use market.asof"
        )
    decided = joined.to_numpy(dtype=np.float64)
    if np.isinf(decided).any():
        instant = market.decisions[np.isinf(decided)][0]
        raise DataError(f"{experiment.study.name}: the weight decided at {instant:%Y-%m-%d %H:%M} UTC is infinite")
    return decided


def days_ahead(bars: pd.DataFrame, market: Market) -> Floats:
    """Return the days from each bar to the next, the last by the calendar: cash and borrow accrue by them."""
    following = np.append(bars.index.to_numpy()[1:], market.end_of(bars.index[-1]).to_datetime64())
    days = (following - bars.index.to_numpy()) / np.timedelta64(1, "D")
    return np.asarray(days, dtype="float64")


def span(experiment: Experiment, market: Market) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return which bars of the market the run takes; DataError where they are fewer than two."""
    inside, labels = bars_inside(experiment, market), pd.DatetimeIndex(market.bars.index)
    if inside.sum() < 2:
        raise DataError(
            f"{market.traded} has {inside.sum()} bars from {experiment.study.start or 'its first'} to "
            f"{experiment.study.end or 'its last'}; it runs {labels[0]:%Y-%m-%d}..{labels[-1]:%Y-%m-%d}: "
            "choose a span inside"
        )
    return inside


def bars_inside(experiment: Experiment, market: Market) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return which bars of the market lie from start to end."""
    labels = pd.DatetimeIndex(market.bars.index)
    if labels.empty:
        raise DataError(f"{market.source}: {market.hours or market.traded} has no whole bar; give a longer history")
    start, end = as_date("study.start", experiment.study.start), as_date("study.end", experiment.study.end)
    after = labels >= start if start is not None else np.ones(len(labels), dtype=bool)
    before = labels < end + DAY if end is not None else np.ones(len(labels), dtype=bool)
    return np.asarray(after & before)


def _span_warnings(experiment: Experiment, decisions: Decisions, market: Market) -> list[str]:
    labels, found = decisions.bars.index, []
    start, end = as_date("study.start", experiment.study.start), as_date("study.end", experiment.study.end)
    if start is not None and labels[0] > start and market.label_from(start) < labels[0]:
        found.append(f"the first bar is {labels[0]:%Y-%m-%d}, not {start:%Y-%m-%d}: {market.traded} has none before")
    if end is not None and market.end_of(labels[-1]) < end + DAY:
        found.append(f"the last bar is {labels[-1]:%Y-%m-%d}, not {end:%Y-%m-%d}: {market.traded} has none after")
    long = np.flatnonzero(decisions.days[:-1] > 1)
    holes = [i for i in long.tolist() if market.next_label(labels[i]) < labels[i + 1]]
    if holes:
        found.append(f"{len(holes)} gaps in the bars of {market.traded}, the first after {labels[holes[0]]:%Y-%m-%d}")
    late = labels.intersection(market.late)
    if len(late):
        what = f"{len(late)} bars of {market.traded} open after their cut, the first of {late[0]:%Y-%m-%d}"
        found.append(f"{what}: {market.hours} lacks hours")
    return found


def _decision_warnings(experiment: Experiment, decisions: Decisions, decided: Floats, market: Market) -> list[str]:
    labels, silent, found = decisions.bars.index, np.isnan(decided), []
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
        instant = market.decisions[int(market.bars.index.searchsorted(labels[later[0]]))]
        found += sorted(
            {line for signal in experiment.strategy.signals for line in shortcomings(signal, market, instant)}
        )
    bound = experiment.execution.max_leverage
    beyond = int(np.sum(np.abs(decided[~silent]) > bound * (1 + 1e-12)))
    if beyond:
        found.append(f"{beyond} decisions beyond execution.max_leverage = {bound:g} were bounded to it")
    return found
