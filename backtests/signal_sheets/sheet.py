"""Profile: everything that is known of one signal before any strategy, from a market to one frozen object."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from backtests.experiments.toml import signal_toml, signal_toml_to_pass_on
from backtests.runs.subject import Target, built_in_signals
from backtests.signal_sheets.coverage import Coverage, coverage
from backtests.signal_sheets.decay import Lag, decay
from backtests.signal_sheets.distribution import Distribution, distribution
from backtests.signal_sheets.events import Conditional, EventStudy, after_decisions, event_studies
from backtests.signal_sheets.forward import Estimate, RankEstimate, forward, primary, ranks
from backtests.signal_sheets.headline import aside, headline
from backtests.signal_sheets.judgements import corrected_of, judgements
from backtests.signal_sheets.quantiles import Group, GroupReturn, Hits, group_returns, hits
from backtests.signal_sheets.record import HedgeRecord, Looks, SignalSheetRecord
from backtests.signal_sheets.related import RelatedSignals, kin
from backtests.signal_sheets.sample import EQUITIES, HEDGE, HEDGES, Sample, hedge_table, hedges_of, sample
from backtests.signal_sheets.stability import Period, stability
from data.checks.in_use import Inspection, inspect
from data.errors import BadSpec, DataError
from data.market import Market, load_tables
from data.sources.base import Source
from data.sources.open import load_some
from data.vintages import warning
from signals.base import Signal
from signals.inputs import shortcomings
from signals.parameters import parameters

Progress = Callable[[str], None]
LEAST_VALUES = 20


@dataclass(frozen=True, eq=False)
class SignalSheet:
    """The sheet of one signal; `record` is all of it but `rows` and `market`, which hold the daily values."""

    name: str
    signal: Signal
    spec: str
    market: Market
    rows: Sample
    headline: str
    aside: str
    looks: Looks
    coverage: Coverage
    distribution: Distribution
    forward: tuple[Estimate, ...]
    ranks: tuple[RankEstimate, ...]
    groups: tuple[Group, ...]
    group_returns: tuple[GroupReturn, ...]
    hits: tuple[Hits, ...]
    decay: tuple[Lag, ...]
    stability: tuple[Period, ...]
    events: tuple[EventStudy, ...]
    after_decisions: tuple[Conditional, ...]
    kin: RelatedSignals
    warnings: tuple[str, ...]
    accept: tuple[str, ...] = ()

    @property
    def span(self) -> tuple[pd.Timestamp, pd.Timestamp]:
        """Labels of the first and the last bar."""
        return self.rows.labels[0], self.rows.labels[-1]

    def record(self, run_id: str) -> SignalSheetRecord:
        """Return what signal.json holds."""
        first, last = self.span
        return SignalSheetRecord(
            run_id=run_id,
            signal=self.name,
            headline=self.headline,
            aside=self.aside,
            simulated=self.market.simulated,
            source=self.market.source,
            data_fingerprint=self.market.fingerprint,
            spec=signal_toml_to_pass_on(self.spec),
            params={parameter.path: parameter.value for parameter in parameters(self.signal)},
            unit=self.signal.unit,
            sign=self.signal.sign,
            traded=self.market.traded,
            leader=self.market.leader,
            decided_at=self.market.closing,
            start=f"{first:%Y-%m-%d}",
            end=f"{last:%Y-%m-%d}",
            n=self.coverage.with_value,
            hedge=HedgeRecord(HEDGE, self.rows.no_hedge.get("hedged")),
            hedge_spy=HedgeRecord(EQUITIES, self.rows.no_hedge.get("hedged_spy")),
            middle=self.rows.middle,
            warnings=self.warnings,
            accept=self.accept,
            **{name: getattr(self, name) for name in SECTIONS},
        )


SECTIONS = (
    "looks",
    "coverage",
    "distribution",
    "forward",
    "ranks",
    "groups",
    "group_returns",
    "hits",
    "decay",
    "stability",
    "events",
    "after_decisions",
    "kin",
)


def profile(
    target: Target,
    source: Source,
    *,
    start: pd.Timestamp | None = None,
    end: pd.Timestamp | None = None,
    progress: Progress = lambda _: None,
) -> SignalSheet:
    """Return the profile of a target's last part, a signal, on bars labelled `start`..`end` of a source.

    The signal sees the whole history before `start`, and nothing, no price either, is taken from bars after `end`.
    BadSpec where `end` is before `start`, MissingSeries where the source lacks a series that it needs, DataError where
    it has too few values.
    """
    if start is not None and end is not None and end < start:
        raise BadSpec(f"--end {end:%Y-%m-%d} is before --start {start:%Y-%m-%d}")
    progress("reading data")
    signal = target.parts[-1].node
    assert isinstance(signal, Signal)
    market, others, tables, inspected = _market(target, source, end)
    progress("computing the signal")
    values = signal.compute(market)
    rows = sample(market, values, hedges_of(market, tables.get(hedge_table(market)))).between(start, end)
    _check(target.name, signal, market, rows, start)
    progress("looking at what followed")
    estimates = forward(rows)
    found, means = group_returns(rows)
    parts: dict[str, Any] = {
        "coverage": coverage(signal, market, values, rows),
        "distribution": distribution(rows),
        "forward": estimates,
        "ranks": ranks(rows),
        "groups": tuple(found),
        "group_returns": means,
        "hits": hits(rows, signal.sign),
        "decay": decay(rows),
        "stability": stability(rows),
        "events": event_studies(rows),
        "after_decisions": after_decisions(rows),
    }
    progress("comparing with the other signals")
    parts["kin"] = kin(target.name, rows, market, others, inspected.refused)
    looks = _looks(parts)
    return SignalSheet(
        name=target.name,
        signal=signal,
        spec=signal_toml(signal, target.market),
        market=market,
        rows=rows,
        headline=headline(target.name, signal.sign, market.traded, estimates, looks.judgements),
        aside=aside(signal.sign, estimates, looks.judgements, parts["stability"]),
        looks=looks,
        warnings=(*inspected.notes, *_warnings(market, signal, rows)),
        accept=target.accept,
        **parts,
    )


def _market(
    target: Target, source: Source, end: pd.Timestamp | None
) -> tuple[Market, dict[str, Signal], dict[str, pd.DataFrame], Inspection]:
    """Return the market as known at the last bar's close, the other signals, the raw tables and what to say of them.

    What is `refused` there is missing as well, or has an error that the target does not accept.
    """
    own = target.parts[-1].node
    others = {name: signal for name, signal in built_in_signals().items() if signal != own}
    kin_ids = {target.market.table_of(id) for signal in others.values() for id in signal.needs}
    hedge = HEDGE if target.market.bar == "daily" else f"{HEDGE}-1H"
    more, lacking = load_some(source, {*kin_ids, hedge, EQUITIES} - set(target.needs))
    tables = load_tables(source, target.needs) | more
    found = inspect(tables, simulated=source.simulated, accept=target.accept, end=end, needed=target.needs)
    tables = {id: table for id, table in tables.items() if id not in found.refused}
    market = replace(target.rebuilt(tables, source.name), simulated=source.simulated)
    if end is not None:
        inside = market.decisions[market.bars.index < end + pd.Timedelta(days=1)]
        if not len(inside):
            raise DataError(f"{market.traded} begins {market.bars.index[0]:%Y-%m-%d}, after --end {end:%Y-%m-%d}")
        market = market.until(inside[-1])
    return market, others, tables, replace(found, refused={**lacking, **found.refused})


def _check(name: str, signal: Signal, market: Market, rows: Sample, start: pd.Timestamp | None) -> None:
    labels = pd.DatetimeIndex(market.bars.index)
    if len(rows) < LEAST_VALUES:
        span = f"{len(rows)} bars from {start or labels[0]:%Y-%m-%d} to {labels[-1]:%Y-%m-%d}"
        raise DataError(f"{market.traded} has {span}; {LEAST_VALUES} are needed: choose a longer span")
    empty = np.flatnonzero(~np.isfinite(rows.x))
    values = len(rows) - len(empty)
    if values < LEAST_VALUES:
        why = "; ".join(shortcomings(signal, market, rows.decisions[empty[-1]])) or "the signal itself has none there"
        span = f"{rows.labels[0]:%Y-%m-%d} to {rows.labels[-1]:%Y-%m-%d}"
        raise DataError(f"{name} has {values} values at the decisions of {span}; {LEAST_VALUES} are needed: {why}")


def _looks(parts: Mapping[str, Any]) -> Looks:
    judged, found = primary(parts["forward"]), judgements(parts)
    corrected = [corrected_of(found, e) for e in judged]
    tested = [(c, e.p_value, e.horizon) for c, e in zip(corrected, judged, strict=True) if c is not None]
    smallest, _, at_horizon = min(tested, default=(None, None, None))
    return Looks(
        p_values=len(found),
        horizons=tuple(e.horizon for e in judged),
        holm=tuple(corrected),
        smallest=smallest,
        at_horizon=at_horizon,
        judgements=found,
    )


def _warnings(market: Market, signal: Signal, rows: Sample) -> Iterator[str]:
    yield from (warning(id) for id in market.revised if id in {market[need].id for need in signal.needs})
    yield from market.stand_ins(signal.needs)
    has = np.isfinite(rows.x)
    first = int(np.argmax(has))
    if first:
        yield f"no value before {rows.labels[first]:%Y-%m-%d} ({first} decisions): the signal is warming up"
    empty = np.flatnonzero(~has[first:]) + first
    if len(empty):
        why = shortcomings(signal, market, rows.decisions[empty[0]])
        said = f"{len(empty)} decisions without a value, the first for the bar of {rows.labels[empty[0]]:%Y-%m-%d}"
        yield f"{said}: {'; '.join(why) or 'the signal itself has none there'}"
    yield from (f"no returns net of {HEDGES[name]} beta: {why}" for name, why in rows.no_hedge.items())
