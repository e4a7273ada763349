"""The ledger of a native strategy: its lines, its run, the same at no cost, and what a reader must be warned of."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, TextIO

import numpy as np
import pandas as pd

from backtests.engine.ledger import Decisions, Floats, Ledger
from backtests.experiments.costs import Costs
from backtests.experiments.experiment import Experiment
from backtests.experiments.user_strategy import Native
from backtests.runs.decisions import bars_inside, days_ahead, span
from data.market import Market
from signals.inputs import shortcomings

if TYPE_CHECKING:
    from backtests.engine.native import NativeRun


def ledgers(experiment: Experiment, market: Market, decisions: Decisions) -> tuple[Ledger, Ledger, list[str]]:
    """Return the run, the same class run again at no cost, and warnings. What it prints goes to standard error."""
    strategy = _native(experiment)
    lines = _lines(experiment, market, span(experiment, market))
    done = _run(experiment, decisions, lines, experiment.costs, sys.stderr)
    net, silent = done.ledger, done.silent_bars
    gross = _run(experiment, decisions, lines, experiment.costs.gross, None).ledger
    notes = [line for name, values in lines.items() for line in _gaps(name, values, strategy, decisions, market)]
    if silent:
        until = f"before {decisions.bars.index[silent]:%Y-%m-%d}" if silent < len(decisions.bars) else "in this span"
        notes.append(f"no call of next {until} ({silent} bars): indicators of its own warm up inside the span")
    if not net.fills:
        notes.append("no order was filled: the run holds cash throughout")
    return net, gross, notes


def asked(experiment: Experiment, market: Market, until: pd.Timestamp | None = None) -> pd.Series[float]:
    """Return what was asked for at each close of the span (`NativeRun.asked_usd`), on `market.decisions`: for a check.

    The run stops at the last close at or before `until`, with all of the market there that there is. Without borrow and
    cash yield: how many days they run is known only at the next bar.
    """
    inside = bars_inside(experiment, market)
    bars, instants = market.bars[inside], market.decisions[inside]
    count = len(bars) if until is None else int(instants.searchsorted(until, side="right"))
    if count == 0:
        return pd.Series(dtype="float64", index=instants[:0])
    decisions = Decisions(bars, np.full(len(bars), np.nan), days_ahead(bars, market))
    costs = replace(experiment.costs, borrow_pct_per_year=0.0, cash_yield=0.0, funding="")
    done = _run(experiment, decisions, _lines(experiment, market, inside), costs, None, count)
    return pd.Series(done.asked_usd, index=instants[: done.ledger.bars])


def _native(experiment: Experiment) -> Native:
    assert isinstance(experiment.strategy, Native)
    return experiment.strategy


def _lines(
    experiment: Experiment, market: Market, inside: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> dict[str, Floats]:
    return {name: values.to_numpy()[inside] for name, values in _native(experiment).lines(market).items()}


def _run(
    experiment: Experiment,
    decisions: Decisions,
    lines: dict[str, Floats],
    costs: Costs,
    talk: TextIO | None,
    bars: int | None = None,
) -> NativeRun:
    from backtests.engine import native as engine  # noqa: PLC0415  # loads backtrader

    strategy, bound, cash = _native(experiment), experiment.execution.max_leverage, experiment.study.cash_usd
    return engine.run(decisions, strategy.native, strategy.params, lines, costs, bound, cash, talk=talk, bars=bars)


def _gaps(name: str, values: Floats, strategy: Native, decisions: Decisions, market: Market) -> list[str]:
    missing, labels = np.isnan(values), decisions.bars.index
    if not missing.any():
        return []
    lead = len(missing) if missing.all() else int(np.argmin(missing))
    later = np.flatnonzero(missing[lead:]) + lead
    if lead == len(missing):
        found = [f"the line {name} has no value on any bar; is the history long and fresh enough?"]
    else:
        found = [f"the line {name} is NaN before {labels[lead]:%Y-%m-%d} ({lead} bars)"] if lead else []
    if len(later):
        found.append(f"the line {name} is NaN on {len(later)} later bars, the first {labels[later[0]]:%Y-%m-%d}")
    if len(later) or lead == len(missing):
        at = market.decisions[int(market.bars.index.searchsorted(labels[later[0] if len(later) else -1]))]
        found += shortcomings(strategy.line_signals[name], market, at)
    return found
