"""The board of a morning: each signal now, and the position each study wants, from nothing known later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from backtests.experiments.experiment import Experiment, market_of
from backtests.experiments.user_strategy import Native
from backtests.runs.known_inputs import known_input, label, stamp
from backtests.runs.subject import built_in_signals
from backtests.today.what_would_change import PositionChange, last_weight, what_would_change
from data.checks.in_use import inspect
from data.errors import DataError, MissingSeries
from data.market import Market, load_tables
from data.sources.base import Source
from data.sources.open import load_some
from data.vintages import warning
from signals.base import Signal
from signals.inputs import shortcomings
from strategies.base import Strategy

CHANGES = (1, 5, 20)
OLD_DAYS = 2.0  # a bar of a day is a day old when the next one closes


@dataclass(frozen=True)
class Input:
    """One series that a signal reads: its newest observation, when it became known, and how many days ago."""

    id: str
    observed: str
    known_at: str
    age_days: float


@dataclass(frozen=True)
class Reading:
    """One signal now: value, changes over 1, 5 and 20 of its own observations, percentile (0..1) in its own past.

    `value` is None with the reason in `missing` where there is none. `note` warns of an input that is look-ahead.
    """

    name: str
    unit: str
    value: float | None
    changes: dict[int, float | None]
    percentile: float | None
    known_at: str | None
    age_days: float | None
    inputs: tuple[Input, ...]
    missing: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class PositionWanted:
    """What a study wants: the weight decided at the newest close (None: no opinion) and what would flip it.

    `note` warns of an input that is look-ahead.
    """

    study: str
    decided_at: str | None
    weight: float | None
    flips: tuple[PositionChange, ...]
    missing: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class PositionMoved:
    """A study whose weight is not what it was; None for no opinion."""

    study: str
    before: float | None
    now: float | None


Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True, kw_only=True)
class Board:
    """What was known at one instant (`as_of`, UTC): each signal, and the position that each study wants.

    `notes` is what `data.checks` has to say of the series in use. `changes` are the positions that are not what they
    were on the board known at `since`; it is None where there was none to hold this one against. `behind_days`: how
    long before `as_of` the newest bar of any study closed.
    """

    as_of: str
    source: str
    simulated: bool
    signals: tuple[Reading, ...]
    studies: tuple[PositionWanted, ...]
    notes: tuple[str, ...] = ()
    since: str | None = None
    changes: tuple[PositionMoved, ...] = ()
    behind_days: float = 0.0

    @property
    def is_old(self) -> bool:
        """Whether the newest bar is so old that these are positions of another day: a fetch fails, or history ended."""
        return self.behind_days > OLD_DAYS


def market_at(
    experiment: Experiment, source: Source, tables: Tables, missing: Mapping[str, str], instant: pd.Timestamp
) -> Market:
    """Return the market of an experiment as known at `instant`; MissingSeries without its traded asset and leader."""
    for id in map(experiment.market.table_of, ("traded", "leader")):
        if id in missing:
            raise MissingSeries(missing[id])
    whole = market_of(experiment.market, tables, source.name, simulated=source.simulated)
    market = whole.until(instant)
    if market.bars.empty:
        first = f"its first closed at {stamp(whole.decisions[0])}: choose that day or a later one"
        raise DataError(f"{market.traded} has no bar closed by {stamp(instant)}; {first}")
    return market


def read(name: str, signal: Signal, market: Market, instant: pd.Timestamp, missing: dict[str, str]) -> Reading:
    """Return one signal at `instant`, of a market cut there."""
    lacks = _lacks(signal.needs, market, missing)
    if lacks:
        return Reading(name, signal.unit, None, dict.fromkeys(CHANGES), None, None, None, (), "; ".join(lacks))
    inputs = tuple(_input(market, id, instant) for id in signal.needs)
    values = signal.compute(market)
    known = values.dropna()
    if known.empty or np.isnan(values.iloc[-1]):
        short = f"too little or too old history: {signal.history} observations of {', '.join(signal.needs)} are needed"
        why = "; ".join(shortcomings(signal, market, instant)) or short
        return Reading(name, signal.unit, None, dict.fromkeys(CHANGES), None, None, None, inputs, why)
    now, known_at = float(known.iloc[-1]), known.index[-1]
    changes = {n: float(now - known.iloc[-1 - n]) if len(known) > n else None for n in CHANGES}
    percentile = float((known <= now).mean())
    note = _note(signal.needs, market)
    return Reading(
        name, signal.unit, now, changes, percentile, stamp(known_at), _age(known_at, instant), inputs, note=note
    )


def position_wanted(name: str, strategy: Strategy, market: Market, missing: dict[str, str]) -> PositionWanted:
    """Return what a strategy wants at the newest close of a market, and what would flip it."""
    lacks = _lacks(strategy.needs, market, missing)
    if lacks:
        return PositionWanted(name, None, None, (), "; ".join(lacks))
    decided_at = stamp(market.decisions[-1])
    if isinstance(strategy, Native):
        return PositionWanted(
            name, decided_at, None, (), "it trades by its own orders and has no weight; run it to see them"
        )
    weight = last_weight(strategy, market)
    if weight is None:
        return PositionWanted(name, decided_at, None, (), "no opinion: an input is missing or too old")
    changes = tuple(what_would_change(strategy, market, weight))
    return PositionWanted(name, decided_at, weight, changes, note=_note(strategy.needs, market))


def _lacks(needs: Iterable[str], market: Market, missing: Mapping[str, str]) -> list[str]:
    """Return why the series of `needs` that are missing, or refused by the market, are."""
    return [why for id in needs if (why := missing.get(id) or market.refused.get(id))]


def _note(needs: Iterable[str], market: Market) -> str | None:
    notes = [*(warning(id) for id in market.revised if id in needs), *market.stand_ins(needs)]
    return "; ".join(notes) or None


def _input(market: Market, id: str, instant: pd.Timestamp) -> Input:
    newest = known_input(market, id, instant)
    if newest.observed is None or newest.known_at is None:
        raise DataError(f"{id} has no observation known at {stamp(instant)}; choose a later date")
    return Input(newest.id, label(newest.observed), stamp(newest.known_at), _age(newest.known_at, instant))


def _age(known_at: pd.Timestamp, instant: pd.Timestamp) -> float:
    return float(round((instant - known_at) / pd.Timedelta(days=1), 2))


@dataclass(frozen=True, eq=False)
class Desk:
    """What a board is read from: each study on its own market as known at `instant`, and why series are missing."""

    instant: pd.Timestamp
    studies: Sequence[tuple[str, Experiment]]
    markets: Sequence[Market]
    missing: dict[str, str]
    notes: tuple[str, ...]


def board(
    source: Source, studies: Sequence[tuple[str, Experiment]], instant: pd.Timestamp, accept: Sequence[str] = ()
) -> Board:
    """Return every signal, read on the market of the first study as known at `instant`, and every study's position.

    SuspectData as `desk_of`.
    """
    return read_off(desk_of(source, studies, instant, accept))


def desk_of(
    source: Source, studies: Sequence[tuple[str, Experiment]], instant: pd.Timestamp, accept: Sequence[str] = ()
) -> Desk:
    """Return what was known at `instant` to every study.

    SuspectData where a series that a study needs has an error that neither it nor `accept` (ID:DATE) names; a series
    that other signals need is missing to them then.
    """
    signals = built_in_signals()
    ids = {id for _, experiment in studies for id in experiment.needs}
    first = studies[0][1].market
    tables, missing = load_some(source, ids | {first.table_of(id) for s in signals.values() for id in s.needs})
    wanted = {experiment.market.table_of(id) for _, experiment in studies for id in ("traded", "leader")}
    if wanted & set(missing):
        load_tables(source, ids)  # which names all that are missing at once
    found = inspect(
        tables,
        simulated=source.simulated,
        accept=(*accept, *(one for _, experiment in studies for one in experiment.accept)),
        end=instant.tz_localize(None).normalize(),
        needed=ids,
    )
    tables = {id: table for id, table in tables.items() if id not in found.refused}
    missing = {**missing, **found.refused}
    markets = [market_at(experiment, source, tables, missing, instant) for _, experiment in studies]
    return Desk(instant, studies, markets, missing, found.notes)


def read_off(desk: Desk) -> Board:
    """Return the board of a desk."""
    first = desk.markets[0]
    readings = [read(name, signal, first, desk.instant, desk.missing) for name, signal in built_in_signals().items()]
    positions = [
        position_wanted(name, experiment.strategy, market, desk.missing)
        for (name, experiment), market in zip(desk.studies, desk.markets, strict=True)
    ]
    return Board(
        as_of=stamp(desk.instant),
        source=first.source,
        simulated=first.simulated,
        signals=tuple(readings),
        studies=tuple(positions),
        notes=desk.notes,
        behind_days=min(_age(market.decisions[-1], desk.instant) for market in desk.markets),
    )


def _differ(now: float | None, before: float | None, band: float) -> bool:
    if now is None or before is None or (now == 0) != (before == 0):
        return now != before
    return abs(now - before) > band


@dataclass(frozen=True)
class EarlierPosition:
    """What a study wanted on an earlier board."""

    study: str
    weight: float | None


@dataclass(frozen=True)
class EarlierBoard:
    """As much of an earlier board, or of its today.json, as a later one is held against."""

    as_of: str
    studies: tuple[EarlierPosition, ...]


def held_against(now: Board, before: EarlierBoard | Board, bands: Mapping[str, float]) -> Board:
    """Return `now` with what changed since `before`: a study that only one of them has is no change.

    `bands`: the rebalance band of each study, within which a weight that drifts asks for no order.
    """
    known = {wanted.study: wanted.weight for wanted in before.studies}
    moved = [
        PositionMoved(wanted.study, known[wanted.study], wanted.weight)
        for wanted in now.studies
        if wanted.study in known and _differ(wanted.weight, known[wanted.study], bands.get(wanted.study, 0.0))
    ]
    return replace(now, since=before.as_of, changes=tuple(moved))
