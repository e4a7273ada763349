"""Does the declared history suffice? The last value, from more and more observations."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from backtests.checks import INSTANTS, SEED
from backtests.checks.attacks import History, cut
from backtests.checks.publication import published
from backtests.runs.subject import Target
from data.calendars.clock import Clock, bars_from_hours, clock_of
from data.errors import DataError, HarbingerError
from data.market import Market, held_as
from signals.base import Signal

Progress = Callable[[str], None]
TIMES = (1.0, 1.5, 2.0, 4.0)
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Drift:
    """How far the values of one length of history are from those of all of it.

    `observations` of each needed series, `times` the declared history; `drift` is the largest |short - all| over the
    instants, relative to |all| or, where that is smaller, to the median size of the values; `missing`: instants at
    which only one of the two has a value.
    """

    times: float
    observations: int
    drift: float
    missing: int

    def within(self, tolerance: float) -> bool:
        """Whether every value is there and near enough."""
        return self.missing == 0 and self.drift <= tolerance


@dataclass(frozen=True)
class Warmup:
    """The drift of one signal with the length of history, the declared one first."""

    name: str
    history: int
    instants: int
    drifts: tuple[Drift, ...]
    tolerance: float = TOLERANCE

    @property
    def suffices(self) -> bool:
        """Whether the declared history gives the value of the whole history."""
        return self.drifts[0].within(self.tolerance)

    @property
    def enough(self) -> int | None:
        """The first of the lengths tried that is within the tolerance; None where none is."""
        return next((drift.observations for drift in self.drifts if drift.within(self.tolerance)), None)

    def content(self) -> dict[str, Any]:
        """Return what `--json` prints of this signal; a drift that cannot be measured is null."""
        drifts = [vars(drift) | {"drift": drift.drift if math.isfinite(drift.drift) else None} for drift in self.drifts]
        return {
            "name": self.name,
            "history": self.history,
            "instants": self.instants,
            "suffices": self.suffices,
            "enough": self.enough,
            "drift": drifts,
        }


def check_warmup(
    target: Target,
    tables: Mapping[str, pd.DataFrame],
    *,
    source: str = "",
    instants: int = INSTANTS,
    seed: int = SEED,
    start: pd.Timestamp | None = None,
    end: pd.Timestamp | None = None,
    tolerance: float = TOLERANCE,
    progress: Progress = lambda _: None,
) -> tuple[Warmup, ...]:
    """Return the drift of each signal of `target` at `instants` drawn from those at which it has a value.

    Only rows published by then are used. Strategies declare no history: their weights are not measured. DataError where
    a signal has no value in the span.
    """
    history = History(tables, {id: published(table, id) for id, table in tables.items()})
    outcomes = []
    for part in target.parts:
        if isinstance(part.node, Signal):
            progress(f"{part.name}: the whole history")
            whole = part.compute(target.rebuilt(tables, source)).dropna()
            chosen = _instants(part.name, whole, instants, seed, start, end)
            progress(f"{part.name}: {len(TIMES)} lengths of history at {len(chosen)} instants")
            values = _values(target, part.node, history, chosen, source)
            counts = _counts(part.node)
            drifts = tuple(
                _drift(times, count, values[:, j], values[:, -1])
                for j, (times, count) in enumerate(zip(TIMES, counts, strict=True))
            )
            outcomes.append(Warmup(part.name, part.node.history, len(chosen), drifts, tolerance))
    return tuple(outcomes)


def _instants(
    name: str, whole: pd.Series[float], count: int, seed: int, start: pd.Timestamp | None, end: pd.Timestamp | None
) -> pd.DatetimeIndex:
    stands = pd.DatetimeIndex(whole.index)
    if start is not None:
        stands = stands[stands >= start.tz_localize("UTC")]
    if end is not None:
        stands = stands[stands < end.tz_localize("UTC") + pd.Timedelta(days=1)]
    if stands.empty:
        raise DataError(f"{name} has no value in the span; its history is too short, or choose another --start, --end")
    return stands[np.sort(np.random.default_rng(seed).permutation(len(stands))[:count])]


def _counts(signal: Signal) -> list[int]:
    return [math.ceil(signal.history * times) for times in TIMES]


def _values(
    target: Target, signal: Signal, history: History, instants: pd.DatetimeIndex, source: str
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return the value at each instant from each length of history, and in the last column from all of it."""
    clock = clock_of(target.market.bar)
    clocks = {target.market.table_of("traded"): clock} if clock else {}
    rows = np.full((len(instants), len(TIMES) + 1), np.nan)
    for i, instant in enumerate(instants):
        known = cut(history, instant)
        needs = {held_as(target.market.table_of(id), known) for id in signal.needs}
        for j, count in enumerate([*_counts(signal), None]):
            short = {id: _last(table, count if id in needs else None, clocks.get(id)) for id, table in known.items()}
            rows[i, j] = _value(signal, target.rebuilt(short, source), instant)
    return rows


def _last(table: pd.DataFrame, count: int | None, clock: Clock | None) -> pd.DataFrame:
    """Return the last `count` rows, or the hours of the last `count` bars where a clock cuts them; None: all."""
    if count is not None and clock:
        labels = bars_from_hours(table, clock).bars.index[-count:]
        table = table[table["date"] >= labels[0]] if len(labels) else table
    elif count is not None:
        table = table.tail(count)
    return table.reset_index(drop=True)


def _value(signal: Signal, market: Market, instant: pd.Timestamp) -> float:
    """Return the signal's last value at `instant`, NaN where it has none."""
    try:
        values = signal.compute(market)
    except (HarbingerError, IndexError, KeyError, ValueError):  # what short input makes of a signal: no value
        return math.nan
    seen = values[values.index <= instant]
    return float(seen.iloc[-1]) if len(seen) else math.nan


def _drift(
    times: float,
    count: int,
    short: np.ndarray[tuple[int], np.dtype[np.float64]],
    whole: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> Drift:
    both = np.isfinite(short) & np.isfinite(whole)
    sizes = np.abs(whole[np.isfinite(whole)])
    scale = np.maximum(np.abs(whole[both]), float(np.median(sizes)) if len(sizes) else 0.0)
    gap = np.abs(short[both] - whole[both])
    relative = np.divide(gap, scale, out=np.where(gap > 0, np.inf, 0.0), where=scale > 0)
    worst = float(relative.max()) if both.any() else math.nan
    return Drift(times, count, worst, int(np.sum(np.isfinite(short) != np.isfinite(whole))))
