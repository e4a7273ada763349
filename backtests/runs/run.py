"""One experiment from source to result: load, freeze, decide, fill, measure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from backtests.engine import loop
from backtests.engine.ledger import Ledger, Tape
from backtests.experiments.costs import Costs
from backtests.experiments.experiment import Spec, market_of
from backtests.experiments.user_strategy import Native
from backtests.metrics import performance
from backtests.metrics.regimes import split
from backtests.runs import native
from backtests.runs.decisions import make_tape
from backtests.runs.result import Result
from data.errors import DataError, MissingSeries
from data.market import Market, load_tables
from data.sources.base import Source
from data.store import Store, content_hash, set_fingerprint

Progress = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Frozen:
    """An experiment with its source and fingerprint pinned, and the tables that it runs on."""

    spec: Spec
    tables: dict[str, pd.DataFrame]

    @property
    def simulated(self) -> bool:
        """Whether the numbers are made."""
        return is_simulated(self.spec.source)


def run(spec: Spec, source: Source | None, store: Store, progress: Progress = lambda _: None) -> Result:
    """Run one experiment and freeze what it used (see `freeze`)."""
    return run_on(freeze(spec, source, store, progress), progress)


def freeze(spec: Spec, source: Source | None, store: Store, progress: Progress = lambda _: None) -> Frozen:
    """Return the inputs of an experiment, kept in the store.

    From `source`, whose data must be those that `spec.fingerprint` pins, where it pins any; None: the frozen inputs.
    """
    progress("reading data")
    name, _, tables = _inputs(spec, source, store)
    fetched_at = datetime.now(UTC).isoformat(timespec="seconds")
    return Frozen(
        replace(spec, source=name, fingerprint=store.freeze(tables, source=name, fetched_at=fetched_at)), tables
    )


def run_on(inputs: Frozen, progress: Progress = lambda _: None) -> Result:
    """Run an experiment on its frozen inputs."""
    progress("deciding")
    market = market_of(inputs.spec.market, inputs.tables, inputs.spec.source, simulated=inputs.simulated)
    tape, warnings = make_tape(inputs.spec, market)
    progress("filling orders")
    return _measure(inputs.spec, market, tape, warnings)


def is_simulated(source: str) -> bool:
    """Whether a source's name says that its numbers are made."""
    return source.partition(":")[0] == "simulated"


def _inputs(spec: Spec, source: Source | None, store: Store) -> tuple[str, bool, dict[str, pd.DataFrame]]:
    if source is not None:
        tables = load_tables(source, spec.needs)
        now = set_fingerprint({id: content_hash(table) for id, table in tables.items()})
        if spec.fingerprint and now != spec.fingerprint:
            raise DataError(
                f"{source.name} now gives the data {now}, {spec.study.name} pins {spec.fingerprint}, which this store "
                f"does not have; to run on today's data say --source {source.name}"
            )
        return source.name, source.simulated, tables
    frozen = store.thaw(spec.fingerprint)
    if frozen is None:
        raise MissingSeries(f"the inputs {spec.fingerprint} of {spec.study.name} are not in this store")
    name, tables = frozen
    missing = sorted(set(spec.needs) - set(tables))
    if missing:
        lacks = f"the frozen inputs {spec.fingerprint} lack {', '.join(missing)}"
        raise MissingSeries(f"{lacks}; run on a source with --source {spec.source}")
    return name, is_simulated(name), {id: tables[id] for id in spec.needs}


def ledger_of(spec: Spec, market: Market, tape: Tape) -> Ledger:
    """Return the run of an experiment on its tape, by backtrader."""
    if isinstance(spec.strategy, Native):
        return native.ledgers(spec, market, tape)[0]
    from backtests.engine import backtrader as engine  # late: what only reads results, or sweeps, needs none of it

    return engine.run(tape, spec.costs, spec.execution, spec.study.cash_usd)


def _measure(spec: Spec, market: Market, tape: Tape, warnings: list[str]) -> Result:
    costs, cash, periods = spec.costs, spec.study.cash_usd, market.periods_per_year
    yield_pct = costs.cash_yield_pct_per_year
    if isinstance(spec.strategy, Native):
        ledger, gross, told = native.ledgers(spec, market, tape)
        warnings = [*warnings, *told]
    else:
        ledger = ledger_of(spec, market, tape)
        gross = loop.run(tape, Costs(0.0, 0.0, 0.0, yield_pct), spec.execution, cash)
    if ledger.ruined:
        last = tape.bars.index[ledger.bars - 1]
        warnings = [*warnings, f"ruin: equity reached zero on {last:%Y-%m-%d}; the run ends there"]
    benchmarks, curves = _benchmarks(spec, market, tape)
    x = performance.returns(ledger.equity_usd, cash) - tape.days[: ledger.bars] / 36500 * yield_pct
    return Result(
        spec=spec,
        market=market,
        ledger=ledger,
        metrics=performance.of_ledger(ledger, periods, yield_pct),
        gross=performance.of_ledger(gross, periods, yield_pct),
        benchmarks=benchmarks,
        benchmark_curves=curves,
        sharpe_interval=performance.sharpe_interval(x, periods),
        warnings=warnings,
        regimes=_regimes(spec, market, ledger),
    )


def _benchmarks(
    spec: Spec, market: Market, tape: Tape
) -> tuple[dict[str, performance.Metrics], dict[str, pd.Series[float]]]:
    """Return metrics and curves: holding the traded asset through the same engine first, then the leader's value."""
    periods, yield_pct = market.periods_per_year, spec.costs.cash_yield_pct_per_year
    everything = replace(tape, decided=np.ones(len(tape.decided)))
    held = loop.run(everything, spec.costs, spec.execution, spec.study.cash_usd)
    name = f"hold {market.traded}"
    found = {name: performance.of_ledger(held, periods, yield_pct)}
    curves = {name: pd.Series(held.equity_usd, index=tape.bars.index[: held.bars])}
    leader = _leader_curve(market, tape)
    if len(leader):
        cash_return = tape.days[-len(leader) :] / 36500 * yield_pct
        name, value = f"{market.leader} (leader)", leader.to_numpy(dtype=np.float64)
        found[name], curves[name] = performance.of_curve(value, float(value[0]), periods, cash_return), leader
    return found, curves


def _leader_curve(market: Market, tape: Tape) -> pd.Series[float]:
    """Return the leader's value as known at each bar's close, from the first bar that has one: never back-filled."""
    known = market.asof(market["leader"].values, max_age_days=1e5)
    known.index = pd.DatetimeIndex(market.bars.index)
    return known.reindex(tape.bars.index).dropna()


def _regimes(spec: Spec, market: Market, ledger: Ledger) -> dict[str, dict[str, float | int | None]]:
    regimes = spec.strategy.regimes(market)
    if regimes is None:
        return {}
    decided = regimes.set_axis(pd.DatetimeIndex(market.bars.index)).reindex(ledger.tape.bars.index)
    return split(ledger, decided, spec.execution.delay_bars, market.periods_per_year)
