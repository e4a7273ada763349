"""Known inputs: what one decision had to look at, since when it was known, and how old it was by then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from backtests.experiments.experiment import Experiment
from backtests.runs.record import DecisionRecord, InputRecord
from data.market import Market

NOTHING = "nothing was known by then"


@dataclass(frozen=True)
class KnownInput:
    """The newest observation of one series at an instant: its date, when it became known, hours from then on.

    All None where nothing of the series was known by then.
    """

    id: str
    observed: pd.Timestamp | None
    known_at: pd.Timestamp | None
    age_hours: float | None

    def record(self) -> InputRecord:
        """Return what run.json holds of it."""
        if self.observed is None or self.known_at is None:
            return InputRecord(self.id, None, None, None, missing=NOTHING)
        return InputRecord(self.id, label(self.observed), stamp(self.known_at), self.age_hours)


@dataclass(frozen=True)
class KnownInputs:
    """One decision (UTC instant), the label of the bar at whose open it was filled, and its inputs, newest first.

    `fill` is None where the run ended before any decision was filled.
    """

    decision: pd.Timestamp
    fill: pd.Timestamp | None
    inputs: tuple[KnownInput, ...]

    def record(self) -> DecisionRecord:
        """Return what run.json holds of it."""
        fill = label(self.fill) if self.fill is not None else None
        return DecisionRecord(stamp(self.decision), fill, tuple(known.record() for known in self.inputs))


def known_inputs(experiment: Experiment, market: Market, bars: pd.Index[Any]) -> KnownInputs:
    """Return what the last decision knew that was filled within `bars`, the labels of the bars that were run.

    Its inputs are the traded asset, whose close it is, every series that the strategy reads, and those by which cash
    earns and a position pays.
    """
    lag = 1 + experiment.execution.delay_bars
    last = max(len(bars) - 1 - lag, 0)
    decision = market.decisions[int(market.bars.index.searchsorted(bars[last]))]
    accruing = (id for id in experiment.costs.needs if id in market.series)
    ids = {market[id].id: id for id in ("traded", *experiment.strategy.needs, *accruing)}
    inputs = sorted((known_input(market, id, decision) for id in ids.values()), key=_age)
    return KnownInputs(decision, bars[last + lag] if last + lag < len(bars) else None, tuple(inputs))


def known_input(market: Market, id: str, instant: pd.Timestamp) -> KnownInput:
    """Return the newest observation of a series known at `instant`, in its newest version."""
    series = market[id]
    known = series.frame[series.frame["known_at"] <= instant]
    if known.empty:
        return KnownInput(series.id, None, None, None)
    observed = known["observed"].max()
    known_at = known.loc[known["observed"] == observed, "known_at"].max()
    return KnownInput(series.id, observed, known_at, round((instant - known_at) / pd.Timedelta(hours=1), 2))


def stamp(instant: pd.Timestamp) -> str:
    """Return a UTC instant as the reports write it: 2024-07-16T00:00Z."""
    return f"{instant:%Y-%m-%dT%H:%MZ}"


def label(at: pd.Timestamp) -> str:
    """Return a date, with its time of day where it has one."""
    return f"{at:%Y-%m-%d}" if at == at.normalize() else f"{at:%Y-%m-%d %H:%M}"


def _age(known: KnownInput) -> tuple[float, str]:
    return (float("inf") if known.age_hours is None else known.age_hours, known.id)
