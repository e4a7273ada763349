"""Event studies: the signal and the traded asset around FOMC decisions and Ethereum's own catalysts (T11, T15).

Day 0 is the bar in which the event falls. Bands come from as many random dates of the same span, drawn again 2,000
times: 95 of 100 such averages lie inside, at each day by itself. Only events whose date is verified count. Upgrades are
announced ahead: what happens before one is no prediction of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from backtests.signal_sheets.sample import Floats, Sample
from backtests.statistics.regression import forward_sums
from data.calendars.events import eth_events, fomc_decisions

BEFORE, AFTER = 10, 20
DRAWS, SEED, BATCH = 2000, 20251008, 250
LEAST_EVENTS = 5
HORIZONS = (1, 5, 10, 20)
Ints = np.ndarray[tuple[int, ...], np.dtype[np.int64]]


@dataclass(frozen=True)
class Path:
    """Averages on days -10..20 and the band of 95% of random dates; `outside`: on how many days it lies beyond it."""

    average: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    outside: int


@dataclass(frozen=True)
class EventStudy:
    """One kind of event. `signal`: the mean value at the decisions. `asset`: the mean log return, in percent, from the
    close of day -1. `left_out`: events of the span whose date is not verified or whose window is not whole.
    """

    name: str
    n: int
    left_out: int
    dates: tuple[str, ...]
    days: tuple[int, ...]
    signal: Path | None
    asset: Path | None
    missing: str | None = None


@dataclass(frozen=True)
class Conditional:
    """What the traded asset did after FOMC decisions, by the signal's side of its middle when the decision was known.

    Mean log returns in percent over `horizon` bars from the next open; `p_value` of the difference by shuffling sides.
    """

    horizon: int
    n_high: int
    n_low: int
    high_pct: float | None
    low_pct: float | None
    difference_pct: float | None
    p_value: float | None
    missing: str | None = None


def event_studies(rows: Sample) -> tuple[EventStudy, ...]:
    """Return the study of every kind of event."""
    log_close = np.log(rows.close)
    return tuple(_study(name, at, left_out, rows, log_close) for name, at, left_out in _events(rows))


def after_decisions(rows: Sample) -> tuple[Conditional, ...]:
    """Return what followed FOMC decisions by the signal's side, at every horizon."""
    decisions = fomc_decisions()
    at, _ = _positions(pd.DatetimeIndex(decisions.loc[decisions["verified"] == "yes", "announced_at"]), rows)
    return tuple(_conditional(rows, at, horizon) for horizon in HORIZONS)


def _events(rows: Sample) -> Iterator[tuple[str, Ints, int]]:
    """Yield name, rows of day 0, and how many unverified ones of the span are left out."""
    fomc, own = fomc_decisions(), eth_events()
    kinds = {
        "FOMC decisions": (fomc, fomc["announced_at"], fomc["change_bp"].notna()),
        "FOMC cuts": (fomc, fomc["announced_at"], fomc["change_bp"] < 0),
        "Ethereum upgrades": (own, _noon(own), own["kind"] == "upgrade"),
        "Ethereum regulation and access": (own, _noon(own), own["kind"].isin(["regulatory", "market"])),
    }
    for name, (table, instants, chosen) in kinds.items():
        sure = table["verified"] == "yes"
        at, outside = _positions(pd.DatetimeIndex(instants[chosen & sure]), rows)
        unsure, _ = _positions(pd.DatetimeIndex(instants[chosen & ~sure]), rows)
        yield name, at, len(unsure) + outside


def _noon(events: pd.DataFrame) -> pd.Series[pd.Timestamp]:
    """Return the instants of catalysts; noon UTC of the day where the table has no time of day."""
    timed = events["time_utc"].str.fullmatch(r"\d\d:\d\d(:\d\d)?").fillna(False).astype(bool)
    clock = events["time_utc"].where(timed, "12:00")
    text = events["date"].dt.strftime("%Y-%m-%d ") + clock
    return pd.Series(pd.to_datetime(text, format="mixed", utc=True))


def _positions(instants: pd.DatetimeIndex, rows: Sample) -> tuple[Ints, int]:
    """Return the rows of the bars in which instants fall, each once, and how many of the span have no whole window."""
    at = np.unique(rows.decisions.searchsorted(instants, side="right"))
    inside = at[(instants.min() <= rows.decisions[-1]) & (at > 0) & (at < len(rows))] if len(instants) else at
    whole = inside[(inside >= BEFORE + 1) & (inside < len(rows) - AFTER)]
    return whole.astype(np.int64), len(inside) - len(whole)


def _study(name: str, at: Ints, left_out: int, rows: Sample, log_close: Floats) -> EventStudy:
    days = tuple(range(-BEFORE, AFTER + 1))
    eligible = np.arange(BEFORE + 1, len(rows) - AFTER)
    windows = eligible[:, None] + np.arange(-BEFORE, AFTER + 1)
    signal = rows.x[windows]
    whole = np.isfinite(signal).all(axis=1)
    used = at[np.isin(at, eligible[whole])]
    left_out += len(at) - len(used)
    dates = tuple(f"{rows.labels[i]:%Y-%m-%d}" for i in used)
    if len(used) < LEAST_EVENTS:
        why = f"{len(used)} events with a value on every day of the window; {LEAST_EVENTS} are needed"
        return EventStudy(name, len(used), left_out, dates, days, None, None, why)
    asset = 100 * (log_close[windows] - log_close[eligible - 1][:, None])
    chosen, pool = np.searchsorted(eligible, used), np.flatnonzero(whole)
    own, price = (_path(matrix, chosen, pool) for matrix in (signal, asset))
    return EventStudy(name, len(used), left_out, dates, days, own, price)


def _path(matrix: Floats, chosen: Ints, pool: Ints) -> Path:
    """Return the average of the chosen windows and the band of averages of as many windows drawn from `pool`."""
    rng = np.random.default_rng(SEED)
    draws = [matrix[rng.choice(pool, size=(BATCH, len(chosen)))].mean(axis=1) for _ in range(DRAWS // BATCH)]
    low, high = np.quantile(np.concatenate(draws), [0.025, 0.975], axis=0)
    average = matrix[chosen].mean(axis=0)
    outside = int(np.sum((average < low) | (average > high)))
    return Path(tuple(map(float, average)), tuple(map(float, low)), tuple(map(float, high)), outside)


def _conditional(rows: Sample, at: Ints, horizon: int) -> Conditional:
    total, side = 100 * forward_sums(rows.y, horizon)[at], rows.state[at]
    known = np.isfinite(total) & np.isfinite(side)
    total, high = total[known], side[known] > 0.5
    n_high, n_low = int(high.sum()), int((~high).sum())
    if min(n_high, n_low) < LEAST_EVENTS:
        why = f"{n_high} decisions with a high signal and {n_low} with a low one; {LEAST_EVENTS} of each are needed"
        return Conditional(horizon, n_high, n_low, None, None, None, None, why)
    difference = float(total[high].mean() - total[~high].mean())
    rng = np.random.default_rng(SEED)
    shuffled = rng.permuted(np.tile(high, (DRAWS, 1)), axis=1)
    drawn = (shuffled @ total) / n_high - (~shuffled @ total) / n_low
    p_value = (1 + int(np.sum(np.abs(drawn) >= abs(difference) - 1e-12))) / (1 + DRAWS)
    return Conditional(
        horizon, n_high, n_low, float(total[high].mean()), float(total[~high].mean()), difference, p_value
    )
