"""Matched windows: the leader's session from close to close beside the traded asset over the same hours.

Where the source has hours, the traded asset is taken at the New York close itself. With daily bars alone it is
compounded between the first 00:00 UTC after each close: its window trails the leader's by 3 to 7 hours, so that the
past of the leader never overlaps the return it is to predict, while the past of the traded asset does overlap the
leader's next session. There the reverse direction is asked of the leader's open to close, which begins later.

A session without a price of every series is left out before returns are taken: the windows on both sides of it become
one, for all series alike. Nothing is carried forward. Returns are logarithmic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from backtests.lead.sample import Sample
from data.catalogue import lookup
from data.checks.in_use import inspect
from data.errors import DataError, MissingSeries, OutOfBounds
from data.market import Market, held_as, load_tables
from data.sources.base import Source

Kind = Literal["hours", "days"]
TEXT: dict[Kind, str] = {
    "hours": "hourly {traded} ({hours}) at the NYSE close",
    "days": "{traded} compounded from daily bars between the first 00:00 UTC after each NYSE close",
}
SMALL, LARGE, TECH, COIN = "IWM", "SPY", "QQQ", "BTC-USD"
LEAST_SHARE = 0.5
"""Hours are used where they give at least this share of the sessions that daily bars would give."""


@dataclass(frozen=True, eq=False)
class Windows:
    """Returns of one row a session, on the UTC instant of its close.

    `table` has one column for each equity by id, `traded` (the matched window), `after` (its part from the first 00:00
    UTC after the window's start: what a decision at that instant can still earn) and `leader_next` (see `Sample`).
    `mislabelled` has `bars` (bars of the UTC day beside the session of the same date) and `close date` (the same under
    the date on which they close). `coins` has the traded asset and bitcoin between 00:00 UTC, on the same rows.
    `others` are further series held fixed, with a column each in `table`; `accept` names the accepted errors of data.
    """

    kind: Kind
    text: str
    leader: str
    traded: str
    controls: tuple[str, ...]
    table: pd.DataFrame
    mislabelled: pd.DataFrame
    coins: pd.DataFrame
    market: Market = field(repr=False)
    notes: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    accept: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """Joint sessions."""
        return len(self.table)

    @property
    def beside(self) -> str:
        """All that the leader must say something beyond, in words."""
        *most, last = (*self.controls, *self.others)
        return f"{', '.join(most)} and {last}"

    @property
    def sample(self) -> Sample:
        """The returns that the verdict is made from."""
        return self.seat(self.leader)

    def seat(self, leader: str, rows: slice | np.ndarray[tuple[int], np.dtype[np.bool_]] = slice(None)) -> Sample:
        """Return the sample with another equity in the leader's seat and the leader among the controls."""
        part = self.table[rows]
        column = {id: part[id].to_numpy() for id in (self.leader, *self.controls)}
        return Sample(
            traded=part["traded"].to_numpy(),
            leader=column[leader],
            controls={id: x for id, x in column.items() if id != leader},
            leader_next=part["leader_next"].to_numpy() if leader == self.leader else column[leader],
            others={id: part[id].to_numpy() for id in self.others},
        )


def controls_of(leader: str) -> tuple[str, ...]:
    """Return the equities beside which the leader must show something of its own."""
    return tuple(id for id in (SMALL, LARGE, TECH) if id != leader) if leader in (LARGE, TECH) else (LARGE, TECH)


def load_windows(
    source: Source,
    leader: str,
    traded: str,
    *,
    start: pd.Timestamp | None = None,
    end: pd.Timestamp | None = None,
    kind: Kind | None = None,
    others: Sequence[str] = (),
    accept: Sequence[str] = (),
) -> Windows:
    """Return the matched windows of sessions dated `start`..`end` (both included; None: all there are).

    `kind`: hours or days; None takes hours where they reach. `others`: further series to hold fixed, each with a bar a
    NYSE session; theirs is the move from one session's value to the next, known in the evening of the session. Raises
    MissingSeries with the remedy where the leader, the traded asset, SPY or QQQ is not there, UsageError for a leader
    that does not close with the NYSE or a traded asset that rests, SuspectData where `data.checks` finds an error in a
    series that `accept` (ID:DATE) does not name, DataError where no session lies in the span.
    """
    _check(leader, traded)
    controls = controls_of(leader)
    _check_others(others, (leader, traded, *controls))
    tables = _load_needed(source, leader, traded, controls) | load_tables(source, others)
    extra = _load_optional(source, traded)
    market = Market.from_tables(
        {**tables, **extra}, traded=traded, leader=leader, source=source.name, simulated=source.simulated
    )
    prices = _prices(market, (leader, *controls), start, end, others)
    found = inspect({**tables, **extra}, simulated=source.simulated, accept=accept, start=start, end=end)
    kind, notes = _choose(market, prices, kind)
    table = _table(market, prices, kind, tables[leader])
    if table.empty:
        raise _outside(market, start, end)
    text = TEXT[kind].format(traded=traded, hours=hours_of(market))
    return Windows(
        kind=kind,
        text=text,
        leader=leader,
        traded=traded,
        controls=controls,
        table=table,
        mislabelled=_mislabelled(market, pd.DatetimeIndex(table.index)),
        coins=_coins(market, pd.DatetimeIndex(table.index)),
        market=market,
        notes=(*notes, *found.notes),
        others=tuple(others),
        accept=tuple(accept),
    )


def _check(leader: str, traded: str) -> None:
    if lookup(leader).rule_name != "nyse_close":
        bound = "a series known at the NYSE's close, such as IWM or RUT (bitcoin stands among the placebos)"
        raise OutOfBounds("leader", leader, bound)
    if lookup(traded).calendar != "utc_day" or lookup(traded).kind != "bars":
        raise OutOfBounds("traded", traded, "an asset with bars of every UTC day, such as ETH-USD or BTC-USD")


def _outside(market: Market, start: pd.Timestamp | None, end: pd.Timestamp | None) -> DataError:
    ids = (market.leader, market.traded)
    days = {id: pd.DatetimeIndex(market[id].by_date.index) for id in ids}
    runs = ", ".join(f"{id} runs {at[0]:%Y-%m-%d}..{at[-1]:%Y-%m-%d}" for id, at in days.items() if len(at))
    since = "" if start is None else f" from {start:%Y-%m-%d}"
    until = "" if end is None else f" to {end:%Y-%m-%d}"
    return DataError(f"{' and '.join(ids)} have no return of a session{since}{until}; {runs}: choose a span inside")


def _check_others(others: Sequence[str], taken: tuple[str, ...]) -> None:
    for id in others:
        row = lookup(id)
        if row.kind != "bars" or row.calendar != "nyse":
            raise OutOfBounds("controls", id, "series with a bar a NYSE session, such as HYG,TLT,UUP,VIX")
        if id in taken or list(others).count(id) > 1:
            held = ", ".join(taken)
            raise OutOfBounds("controls", id, f"each once, and none of {held}: these have their seats already")


def _load_needed(source: Source, leader: str, traded: str, controls: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    try:
        return load_tables(source, {leader, traded, *controls})
    except MissingSeries as error:
        if not any(id in str(error) for id in controls):
            raise
        why = f"the verdict is about {leader} beyond {' and '.join(controls)} and cannot be given without them"
        raise MissingSeries(f"{error} ({why})", error.fetch) from None


def _load_optional(source: Source, traded: str) -> dict[str, pd.DataFrame]:
    found: dict[str, pd.DataFrame] = {}
    for id in (lookup(traded).hours, COIN, "VIX"):
        try:
            found |= load_tables(source, [id])
        except MissingSeries:
            continue
    return found


def _prices(
    market: Market,
    ids: tuple[str, ...],
    start: pd.Timestamp | None,
    end: pd.Timestamp | None,
    others: Sequence[str] = (),
) -> pd.DataFrame:
    """Return log prices of the equities at every close that all of them have, and what the session gave of `others`."""
    joint = pd.concat({id: market[id].by_date for id in ids}, axis=1, join="inner")
    joint = joint.assign(**{id: market[id].by_date.reindex(joint.index) for id in others})
    day = pd.DatetimeIndex(joint.index)
    inside = (day >= (start or day.min())) & (day <= (end or day.max()))
    return joint[inside].apply(log).set_axis(_closes(ids[0], day[inside]))


def _closes(leader: str, days: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Return the closes of sessions: windows end where prices are made, a minute before a decision may use them."""
    return lookup(leader).rule.made_at(days)


def _at(market: Market, id: str, instants: pd.DatetimeIndex) -> pd.Series[float]:
    """Return the log price of a series that became known at exactly each instant; NaN where none did."""
    return log(market.asof(market[id].values, max_age_days=0, at=instants))


def log(prices: pd.Series[float]) -> pd.Series[float]:
    """Return natural logarithms on the same index."""
    return pd.Series(np.log(prices.to_numpy()), index=prices.index, name=prices.name)


def _midnight(closes: pd.DatetimeIndex) -> pd.DatetimeIndex:
    return closes.ceil("D")


def _choose(market: Market, prices: pd.DataFrame, kind: Kind | None) -> tuple[Kind, tuple[str, ...]]:
    closes = pd.DatetimeIndex(prices.index)
    hours = hours_of(market)
    daily = int(_at(market, market.traded, _midnight(closes)).notna().sum())
    if hours is None:
        if kind == "hours":
            lacks = f"{market.source} has no {lookup(market.traded).hours}"
            raise MissingSeries(f"{lacks}; give hours, or take daily bars")
        return "days", (f"no hours of {market.traded} in the source: daily bars, whose windows trail the leader's",)
    hourly = int(_at(market, hours, closes).notna().sum())
    if kind == "days" or (kind is None and hourly < LEAST_SHARE * daily):
        return "days", (f"hours of {market.traded} give {hourly} of {daily} sessions: daily bars are used",)
    return "hours", (f"hours give {hourly:,} of the {daily:,} sessions that daily bars would give",) * (hourly < daily)


def hours_of(market: Market) -> str | None:
    """Return the id of the hours of the traded asset that the market holds, None where it has none."""
    return held_as(lookup(market.traded).hours, market.series)


def _table(market: Market, prices: pd.DataFrame, kind: Kind, leader: pd.DataFrame) -> pd.DataFrame:
    closes = pd.DatetimeIndex(prices.index)
    id = (hours_of(market) if kind == "hours" else None) or market.traded
    midnight = _at(market, id, _midnight(closes)).set_axis(closes)
    at_close = _at(market, id, closes).set_axis(closes) if kind == "hours" else midnight
    marks = prices.assign(traded=at_close, midnight=midnight).dropna()
    table = marks.drop(columns="midnight").diff()
    table["after"] = marks["traded"] - marks["midnight"].shift() if kind == "hours" else table["traded"]
    session = log(leader["close"] / leader["open"]).set_axis(_closes(market.leader, pd.DatetimeIndex(leader["date"])))
    table["leader_next"] = table[market.leader] if kind == "hours" else session.reindex(table.index)
    return table.iloc[1:].rename_axis("close")


def _mislabelled(market: Market, closes: pd.DatetimeIndex) -> pd.DataFrame:
    """Return the daily bar of each session's own date, under its start and under the date of its close."""
    starts = pd.Series(market["traded"].values.to_numpy(), pd.DatetimeIndex(market["traded"].values.index))
    moves = log(starts).diff()
    own = moves.reindex(_midnight(closes)).set_axis(closes)
    eve = moves.reindex(_midnight(closes) - pd.Timedelta(days=1)).set_axis(closes)
    return pd.DataFrame({"bars": own, "close date": eve})


def _coins(market: Market, closes: pd.DatetimeIndex) -> pd.DataFrame:
    names = {"traded": market.traded, "coin": COIN}
    if COIN not in market.series or market.traded == COIN:
        return pd.DataFrame(columns=list(names), index=closes[:0], dtype="float64")
    found = {name: _at(market, id, _midnight(closes)).set_axis(closes) for name, id in names.items()}
    return pd.DataFrame(found).diff()
