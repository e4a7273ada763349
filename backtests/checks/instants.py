"""At which instants a history is cut: spread over the whole of it, and dense where calendars go wrong."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from backtests.checks.publication import NEW_YORK, fomc_announcements, nyse_closes
from data.errors import BadSpec, DataError

Published = Mapping[str, pd.DatetimeIndex]
SECOND, DAY = pd.Timedelta(seconds=1), pd.Timedelta(days=1)
WARMING = 400


def choose(
    published: Published,
    bars: str,
    closes: pd.DatetimeIndex,
    *,
    count: int,
    seed: int,
    start: pd.Timestamp | None,
    end: pd.Timestamp | None,
) -> pd.DatetimeIndex:
    """Return `count` UTC instants, rising and unique (fewer where the history is short).

    `published` holds the instants of each table's rows, `bars` names the traded one, `closes` are those of its bars.
    Drawn from the pools of `_pools` in turn. BadSpec or DataError where there is none to draw from.
    """
    some = {id: instants.dropna() for id, instants in published.items() if instants.notna().any()}
    first, last = closes.min(), max(i.max() for i in some.values())
    if start is not None:
        first = max(first, start.tz_localize("UTC"))
    if end is not None:
        last = min(last, end.tz_localize("UTC") + DAY)
    if first >= last:
        where = f"from {first:%Y-%m-%d} to {last:%Y-%m-%d}"
        kind = BadSpec if start is not None or end is not None else DataError
        raise kind(f"no instant to cut at {where}: {bars} has none there; choose a longer span")
    pools = [pool[(pool >= first) & (pool < last)].unique() for pool in _pools(some, bars, closes, first, last, seed)]
    rng = np.random.default_rng(seed)
    drawn = [_some(pool, count, rng) for pool in pools]
    # The first of every pool, then the second of every pool: a short draw still has some of each kind.
    turn = np.concatenate([np.arange(len(pool)) for pool in drawn])
    together = pd.DatetimeIndex(drawn[0].append(drawn[1:]))
    chosen = together[np.argsort(turn, kind="stable")].unique()
    return pd.DatetimeIndex(chosen[:count]).sort_values()


def _some(pool: pd.DatetimeIndex, most: int, rng: np.random.Generator) -> pd.DatetimeIndex:
    return pool[rng.permutation(len(pool))[:most]]


def _pools(
    published: Published,
    bars: str,
    closes: pd.DatetimeIndex,
    first: pd.Timestamp,
    last: pd.Timestamp,
    seed: int,
) -> list[pd.DatetimeIndex]:
    """Return kinds of instants; the last is every decision."""
    decisions = closes.dropna().as_unit("ns")
    labels = (decisions - SECOND).tz_convert(NEW_YORK).tz_localize(None).normalize()
    sessions = {pd.Timestamp(day): close for day, close in nyse_closes().items()}
    early = {day for day, close in sessions.items() if close.hour < 19}
    decided = pd.DatetimeIndex(list(fomc_announcements()))
    session = np.array([label in sessions for label in labels])
    weekend = np.asarray(labels.day_of_week >= 5)
    around = [decided + pd.Timedelta(days=shift) for shift in (-2, -1, 0, 1)]
    built = len(decisions) != len(published[bars])  # from hours, which are rows of their own then
    rows = [instants.as_unit("ns") for id, instants in published.items() if id != bars or built]
    clock = pd.DatetimeIndex(np.concatenate([r.asi8.view("M8[ns]") for r in rows or [decisions]]), tz="UTC")
    begun = pd.DatetimeIndex([instants.min() for instants in published.values()]).as_unit("ns") - SECOND
    span = (last - first).total_seconds()
    random = first.floor("s") + pd.to_timedelta(
        np.random.default_rng([seed, 1]).integers(1, max(2, int(span)), 1000), "s"
    )
    return [
        decisions[weekend],
        decisions[~session & ~weekend],
        decisions[np.array([label in early for label in labels])],
        decisions[np.asarray(labels.is_month_end)],
        decisions[np.logical_or.reduce([labels.isin(days) for days in around])],
        *(r - SECOND for r in rows),
        begun[begun >= decisions[0]],
        pd.DatetimeIndex(np.concatenate([decisions[decisions >= at][:WARMING] for at in begun])),
        clock,
        decisions - SECOND,
        pd.DatetimeIndex(random).as_unit("ns"),
        decisions,
    ]
