"""Market: everything a strategy may look at, joined in time. The one place where calendars meet.

A decision is made at the close of each bar of the traded asset with what was known at that instant; nothing above this
module shifts, lags or forward-fills by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal, TypeVar, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.calendars.clock import DAILY, Clock, bars_from_hours, clock_of, holds_session
from data.calendars.publication import nyse_closes, sessions
from data.catalogue import SeriesInfo, lookup
from data.errors import DataError, MissingSeries, UnknownName
from data.series import Series
from data.sources.base import Source, load_or_stand_in
from data.store import content_hash, set_fingerprint
from data.table import to_bars, to_series, validate
from data.vintages import TodaysVintage, refused

T = TypeVar("T")
Join = Literal["hold", "flat", "us_sessions_only"]
JOINS: tuple[str, ...] = get_args(Join)
TRADED, LEADER = "traded", "leader"


def load_tables(source: Source, ids: Iterable[str]) -> dict[str, pd.DataFrame]:
    """Return the validated raw table of each series id, or of its stand-in where the source lacks it, sorted by id.

    MissingSeries names all that are missing, with one command where they can be fetched.
    """
    given: dict[str, pd.DataFrame] = {}
    missing: list[MissingSeries] = []
    for id in sorted(set(ids)):
        try:
            name, table = load_or_stand_in(source, lookup(id))
            given[name] = table
        except MissingSeries as error:
            missing.append(error)
    if missing:
        raise MissingSeries.of_all(missing)
    return {id: validate(given[id], lookup(id), source.name) for id in sorted(given)}


def held_as(id: str, tables: Container[str]) -> str | None:
    """Return the id under which `tables` hold a series: its own, else that of its stand-in; None where neither is."""
    return next((name for name in (id, lookup(id).stand_in) if name in tables), None)


def stand_in_notes(ids: Iterable[str], tables: Container[str], source: str) -> list[str]:
    """Return, for each series id that another stands in for among `tables`, what every report says of it."""
    pairs = {id: held_as(id, tables) for id in ids}
    return [
        f"{source} has no {id} ({lookup(id).title}): {other} ({lookup(other).title}) stands in"
        for id, other in pairs.items()
        if other and other == lookup(id).stand_in
    ]


@dataclass(frozen=True, eq=False)
class Market:
    """Series and bars as they could be known.

    `market["IWM"]`, `market["leader"]` and `market["traded"]` are Series; `bars` are the traded asset's
    open, high, low, close on naive labels (the start of each bar); `decisions` are the instants of their closes.
    Where `clock` cuts them they are built from the series `hours`, `market["traded"]` follows them, and `late` labels
    those whose first hour is missing. `refused` says of a series that is loaded why it may not be looked at
    (`data.vintages`).
    """

    series: Mapping[str, Series]
    bars: pd.DataFrame
    traded: str
    leader: str
    source: str
    fingerprint: str
    simulated: bool = False
    join: Join = "hold"
    max_age_days: float = 7.0
    refused: Mapping[str, str] = field(default_factory=dict)
    clock: Clock | None = None
    hours: str = ""
    late: pd.DatetimeIndex = field(default_factory=lambda: pd.DatetimeIndex([]))

    @classmethod
    def from_tables(
        cls,
        tables: Mapping[str, pd.DataFrame],
        *,
        traded: str,
        leader: str,
        source: str,
        simulated: bool = False,
        join: Join = "hold",
        max_age_days: float = 7.0,
        allow_revised: bool = False,
        bar: str = DAILY,
        hours: str = "",
    ) -> Market:
        """Return the market of validated raw tables (`load_tables`), keyed by series id.

        A table that is today's vintage of a revised series is refused, unless `allow_revised`. `bar` names the clock of
        the traded asset's bars (`calendars.clock`), `hours` the table that they are built from (default its own).
        """
        if join not in JOINS:
            raise UnknownName("join policy", join, JOINS)
        asset = lookup(traded)
        fingerprint = set_fingerprint({id: content_hash(table) for id, table in tables.items()})
        lacking = {} if allow_revised else refused(tables, source)
        series = {id: to_series(table, lookup(id), source) for id, table in tables.items() if id not in lacking}
        clock, hourly, late = clock_of(bar), "", pd.DatetimeIndex([])
        if clock is None:
            bars = to_bars(tables[asset.id], asset)
        else:
            named = lookup(hours or asset.hours).id
            hourly = held_as(named, tables) or named
            built = bars_from_hours(tables[hourly], clock)
            bars, late = built.bars, built.late
            series[asset.id] = Series(asset.id, built.observations, asset.unit, source)
        return cls(
            series=series,
            bars=bars,
            traded=asset.id,
            leader=lookup(leader).id,
            source=source,
            fingerprint=fingerprint,
            simulated=simulated,
            join=join,
            max_age_days=max_age_days,
            refused=lacking,
            clock=clock,
            hours=hourly,
            late=late,
        )

    def __getitem__(self, name: str) -> Series:
        id = {TRADED: self.traded, LEADER: self.leader}.get(name) or lookup(name).id
        if id in self.refused:
            raise DataError(self.refused[id])
        held = held_as(id, self.series)
        if held is None:
            raise MissingSeries(
                f"{id} was not loaded; name it in the signal's `needs` (loaded: {', '.join(self.series)})"
            )
        return self.series[held]

    @property
    def revised(self) -> tuple[str, ...]:
        """Ids of series that are today's vintage, allowed by the user: look-ahead, to be said in every report."""
        return tuple(id for id, series in self.series.items() if isinstance(series, TodaysVintage))

    def stand_ins(self, needs: Iterable[str]) -> list[str]:
        """Return, for each of `needs` that another series stands in for, what every report says of it."""
        return stand_in_notes([id for id in needs if id not in (TRADED, LEADER)], self.series, self.source)

    @property
    def asset(self) -> SeriesInfo:
        """The catalogue row of the traded asset."""
        return lookup(self.traded)

    @property
    def periods_per_year(self) -> int:
        """Bars a year of the traded asset: the one constant of every annualisation."""
        return self.asset.periods_per_year

    @cached_property
    def decisions(self) -> pd.DatetimeIndex:
        """UTC instants at which the bars close: one decision each, in the order of `bars`."""
        if self.clock is None:
            return self.asset.rule.known_at(pd.DatetimeIndex(self.bars.index))
        return pd.DatetimeIndex(self.series[self.traded].frame["known_at"])

    @property
    def closing(self) -> str:
        """When bars close and what they are made of, in words."""
        if self.clock is None:
            return self.asset.rule.text
        return f"{self.clock.text}, of bars built from {self.hours}: {lookup(self.hours).title}"

    def until(self, instant: pd.Timestamp) -> Market:
        """Return the market as it was known at `instant`: rows known, and bars closed, at or before it."""
        seen = {id: series.until(instant) for id, series in self.series.items()}
        return replace(self, series=seen, bars=self.bars[self.decisions <= instant])

    def asof(
        self, values: pd.Series[float], max_age_days: float | None = None, at: pd.DatetimeIndex | None = None
    ) -> pd.Series[float]:
        """Return the last of `values` with known_at <= each instant (default: every decision).

        NaN where there is none yet, where that last value is NaN, and where it became known more than
        `max_age_days` (default: the market's) before the instant: too old to hold an opinion.
        """
        instants = self.decisions if at is None else at
        limit = pd.Timedelta(days=self.max_age_days if max_age_days is None else max_age_days).to_timedelta64()
        now, known = _moments(instants, pd.DatetimeIndex(values.index))
        last = known.searchsorted(now, side="right") - 1
        found = values.to_numpy(dtype="float64")[last] if len(values) else np.full(len(now), np.nan)
        fresh = (last >= 0) & (now - known[last] <= limit) if len(values) else np.zeros(len(now), bool)
        return pd.Series(np.where(fresh, found, np.nan), index=instants, name=values.name)

    def once(self, key: Hashable, make: Callable[[], T]) -> T:  # noqa: ARG002  # part of the interface
        """Return `make()`; a market that many parameter sets share makes it once for each key.

        What is made is a Series, which everyone gets a copy of, or nothing that can be changed.
        """
        return make()

    def joined(self, weights: pd.Series[float], delay_bars: int = 0) -> pd.Series[float]:
        """Return weights on the decision clock under the join policy for days without a US session.

        `hold` keeps them. `flat` is 0 on every decision whose fill bar (the next but `delay_bars`) lies on a UTC day
        without a NYSE session: out at Saturday's open, in again at Monday's. `us_sessions_only` is NaN (keep the
        position) on every decision whose own UTC day had no session. With another clock the UTC day of a bar is its own
        span: it has a session where one closes after its start and by its end.
        """
        if self.join == "hold" or self.bars.empty:
            return weights
        if self.clock is not None:
            return self._joined_by_clock(self.clock, weights, delay_bars)
        if self.join == "flat":
            return weights.where(self._has_session(self._fill_labels(1 + delay_bars)), 0.0)
        return weights.where(self._has_session(pd.DatetimeIndex(self.bars.index)))

    def next_label(self, label: pd.Timestamp) -> pd.Timestamp:
        """Return the label of the bar that the calendar puts after `label`."""
        return self.label_from(label + pd.Timedelta(days=1) if self.clock is None else label + pd.Timedelta(1, "ns"))

    def label_from(self, date: pd.Timestamp) -> pd.Timestamp:
        """Return the first label at or after `date` that the calendar has."""
        if self.clock is not None:
            return self.clock.cuts[int(self.clock.cuts.searchsorted(date))]
        if self.asset.calendar == "nyse":
            return sessions(date, date + pd.Timedelta(days=13))[0]
        return date

    def end_of(self, label: pd.Timestamp) -> pd.Timestamp:
        """Return the naive instant at which the bar of `label` ends: where daily, the next label of the calendar."""
        if self.clock is None:
            return self.next_label(label)
        at = int(self.bars.index.searchsorted(label))
        return self.decisions[at].tz_localize(None)

    def _joined_by_clock(self, clock: Clock, weights: pd.Series[float], delay_bars: int) -> pd.Series[float]:
        ends = self.decisions.tz_localize(None)
        if self.join == "us_sessions_only":
            return weights.where(holds_session(pd.DatetimeIndex(self.bars.index), ends))
        at = clock.cuts.get_indexer(ends) + delay_bars  # by the calendar, whatever hours will be missing
        return weights.where(holds_session(clock.cuts[at], clock.cuts[at + 1]), 0.0)

    def _fill_labels(self, bars_ahead: int) -> pd.DatetimeIndex:
        labels = list(self.bars.index)
        for _ in range(bars_ahead):  # the last decisions are filled after the data end: their day is the calendar's
            labels.append(self.next_label(labels[-1]))
        return pd.DatetimeIndex(labels[bars_ahead:])

    def _has_session(self, labels: pd.DatetimeIndex) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        return np.asarray(labels.isin(pd.DatetimeIndex(nyse_closes().index)))


def _moments(instants: pd.DatetimeIndex, known: pd.DatetimeIndex) -> list[npt.NDArray[np.datetime64]]:
    """Return both as moments of UTC, or as dates that have no zone; TypeError where only one of them has.

    An index would take ten times as long over their arithmetic.
    """
    if (instants.tz is None) != (known.tz is None):
        raise TypeError("moments and dates without a time zone cannot be compared: give both in UTC")
    return [(times if times.tz is None else times.tz_convert(None)).to_numpy() for times in (instants, known)]
