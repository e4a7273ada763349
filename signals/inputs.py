"""Why a signal has no value: which input is too short or too old, since when, and what to fetch."""

from __future__ import annotations

import pandas as pd

from data.catalogue import lookup
from data.market import Market
from data.series import Series
from data.sources.downloaded import NAME, remedy
from signals.base import ALL, Signal


def shortcomings(signal: Signal, market: Market, at: pd.Timestamp | None = None) -> list[str]:
    """Return one line for each input that can explain a missing value at `at` (UTC; default: the last decision).

    Inputs that are not there or too old first; then what the signal itself says of its gap; then inputs that are short.

    Ask where the value IS missing: a declared history is an upper bound, and a shorter input may do. A series that the
    source does not have at all is a MissingSeries before any market is made. Empty where every input is long and fresh.
    """
    instant = market.decisions[-1] if at is None else at
    inputs = [market[id] for id in signal.needs]
    old = [line for series in inputs if (line := _not_there(series, market, instant))]
    if old:
        return old
    why = signal.gap(market, instant)
    return [why] if why else [line for series in inputs if (line := _short(signal, series, instant))]


def _not_there(series: Series, market: Market, instant: pd.Timestamp) -> str:
    known = series.until(instant).frame
    if known.empty:
        since = f"it begins {series.frame['observed'].iloc[0]:%Y-%m-%d}" if len(series.frame) else "it is empty"
        return f"{series.id} has nothing known by {instant:%Y-%m-%d %H:%M} UTC, {since}; {_fetch(series, 'longer')}"
    age = (instant - known["known_at"].iloc[-1]) / pd.Timedelta(days=1)
    if age <= market.max_age_days:
        return ""
    what = f"{series.id} ends {known['observed'].iloc[-1]:%Y-%m-%d}, {age:.0f} days before {instant:%Y-%m-%d}"
    return f"{what}, older than market.max_age_days = {market.max_age_days:g}; {_fetch(series, 'newer')}"


def _short(signal: Signal, series: Series, instant: pd.Timestamp) -> str:
    known = series.until(instant).frame
    enough = 1 if signal.history >= ALL else signal.history
    if len(known) >= enough:
        return ""
    what = f"{series.id} has {len(known)} observations, from {known['observed'].iloc[0]:%Y-%m-%d}"
    return f"{what}, of the {enough} declared; {_fetch(series, 'longer')}"


def _fetch(series: Series, which: str) -> str:
    if series.source == NAME:
        return remedy(lookup(series.id))
    return f"give {series.source} a {which} {series.id}, or take another --source"
