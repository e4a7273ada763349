"""One experiment from source to result: load, freeze, decide, fill, measure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from backtests.engine import loop
from backtests.engine.ledger import Decisions, Ledger
from backtests.experiments.costs import Costs
from backtests.experiments.experiment import Experiment, as_date, market_of
from backtests.experiments.user_strategy import Native
from backtests.metrics import performance
from backtests.metrics.regimes import split
from backtests.runs import evidence, native
from backtests.runs.decisions import decisions_of
from backtests.runs.result import Result
from data.checks.in_use import inspect
from data.errors import DataError, MissingSeries
from data.market import Market, held_as, load_tables
from data.sources.base import Source
from data.store import Store, content_hash, set_fingerprint

Progress = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Frozen:
    """An experiment with its source and fingerprint pinned, the tables that it runs on, and what to say of them."""

    experiment: Experiment
    tables: dict[str, pd.DataFrame]
    notes: tuple[str, ...] = ()

    @property
    def simulated(self) -> bool:
        """Whether the numbers are made."""
        return is_simulated(self.experiment.source)


def run(experiment: Experiment, source: Source | None, store: Store, progress: Progress = lambda _: None) -> Result:
    """Run one experiment and freeze what it used (see `freeze`)."""
    return run_on(freeze(experiment, source, store, progress), progress)


def freeze(experiment: Experiment, source: Source | None, store: Store, progress: Progress = lambda _: None) -> Frozen:
    """Return the inputs of an experiment, kept in the store.

    From `source`, whose data must be those that `experiment.fingerprint` pins, if any; None: the frozen inputs.
    SuspectData where `data.checks` finds an error in rows up to the run's end that the experiment does not accept.
    """
    progress("reading data")
    name, simulated, tables = _inputs(experiment, source, store)
    end = as_date("study.end", experiment.study.end)
    notes = inspect(tables, simulated=simulated, accept=experiment.accept, end=end).notes
    fetched_at = datetime.now(UTC).isoformat(timespec="seconds")
    fingerprint = store.freeze(tables, source=name, fetched_at=fetched_at)
    return Frozen(replace(experiment, source=name, fingerprint=fingerprint), tables, notes)


def run_on(inputs: Frozen, progress: Progress = lambda _: None) -> Result:
    """Run an experiment on its frozen inputs."""
    progress("deciding")
    market = market_of(inputs.experiment.market, inputs.tables, inputs.experiment.source, simulated=inputs.simulated)
    decisions, warnings = decisions_of(inputs.experiment, market)
    progress("filling orders")
    return _measure(inputs.experiment, market, decisions, [*inputs.notes, *warnings])


def is_simulated(source: str) -> bool:
    """Whether a source's name says that its numbers are made."""
    return source.partition(":")[0] == "simulated"


def _inputs(experiment: Experiment, source: Source | None, store: Store) -> tuple[str, bool, dict[str, pd.DataFrame]]:
    if source is not None:
        tables = load_tables(source, experiment.needs)
        now = set_fingerprint({id: content_hash(table) for id, table in tables.items()})
        if experiment.fingerprint and now != experiment.fingerprint:
            raise DataError(
                f"{source.name} now gives the data {now}, {experiment.study.name} pins "
                f"{experiment.fingerprint}, which this store does not have; "
                f"to run on today's data say --source {source.name}"
            )
        return source.name, source.simulated, tables
    frozen = store.thaw(experiment.fingerprint)
    if frozen is None:
        raise MissingSeries(f"the inputs {experiment.fingerprint} of {experiment.study.name} are not in this store")
    name, tables = frozen
    held = {id: held_as(id, tables) for id in experiment.needs}
    missing = sorted(id for id, name in held.items() if name is None)
    if missing:
        lacks = f"the frozen inputs {experiment.fingerprint} lack {', '.join(missing)}"
        raise MissingSeries(f"{lacks}; run on a source with --source {experiment.source}")
    return name, is_simulated(name), {name: tables[name] for name in held.values() if name}


def ledger_of(experiment: Experiment, market: Market, decisions: Decisions) -> Ledger:
    """Return the run of an experiment on its decisions, by backtrader."""
    if isinstance(experiment.strategy, Native):
        return native.ledgers(experiment, market, decisions)[0]
    from backtests.engine import backtrader as engine  # noqa: PLC0415  # late: what only reads results, or sweeps, needs none of it

    return engine.run(decisions, experiment.costs, experiment.execution, experiment.study.cash_usd)


def _measure(experiment: Experiment, market: Market, decisions: Decisions, warnings: list[str]) -> Result:
    costs, cash, periods = experiment.costs, experiment.study.cash_usd, market.periods_per_year
    yield_pct = costs.cash_yield_pct_per_year
    if isinstance(experiment.strategy, Native):
        ledger, gross, notes = native.ledgers(experiment, market, decisions)
        warnings = [*warnings, *notes]
    else:
        ledger = ledger_of(experiment, market, decisions)
        gross = loop.run(decisions, Costs(0.0, 0.0, 0.0, yield_pct), experiment.execution, cash)
    if ledger.ruined:
        last = decisions.bars.index[ledger.bars - 1]
        warnings = [*warnings, f"ruin: equity reached zero on {last:%Y-%m-%d}; the run ends there"]
    benchmarks, curves = _benchmarks(experiment, market, decisions)
    measured = evidence.measure(experiment, market, ledger)
    return Result(
        experiment=experiment,
        market=market,
        ledger=ledger,
        metrics=performance.of_ledger(ledger, periods, yield_pct),
        gross=performance.of_ledger(gross, periods, yield_pct),
        benchmarks=benchmarks,
        benchmark_curves=curves,
        sharpe_interval=measured.sharpe_interval,
        measured=measured,
        evidence=measured.after(1),
        warnings=warnings,
        regimes=_regimes(experiment, market, ledger),
    )


def _benchmarks(
    experiment: Experiment, market: Market, decisions: Decisions
) -> tuple[dict[str, performance.Metrics], dict[str, pd.Series[float]]]:
    """Return metrics and curves: holding the traded asset through the same engine first, then the leader's value."""
    periods, yield_pct = market.periods_per_year, experiment.costs.cash_yield_pct_per_year
    everything = replace(decisions, decided=np.ones(len(decisions.decided)))
    held = loop.run(everything, experiment.costs, experiment.execution, experiment.study.cash_usd)
    name = f"hold {market.traded}"
    found = {name: performance.of_ledger(held, periods, yield_pct)}
    curves = {name: pd.Series(held.equity_usd, index=decisions.bars.index[: held.bars])}
    leader = _leader_curve(market, decisions)
    if len(leader):
        cash_return = decisions.days[-len(leader) :] / 36500 * yield_pct
        name, value = f"{market.leader} (leader)", leader.to_numpy(dtype=np.float64)
        found[name], curves[name] = performance.of_curve(value, float(value[0]), periods, cash_return), leader
    return found, curves


def _leader_curve(market: Market, decisions: Decisions) -> pd.Series[float]:
    """Return the leader's value as known at each bar's close, from the first bar that has one: never back-filled."""
    known = market.asof(market["leader"].values, max_age_days=1e5)
    known.index = pd.DatetimeIndex(market.bars.index)
    return known.reindex(decisions.bars.index).dropna()


def _regimes(experiment: Experiment, market: Market, ledger: Ledger) -> dict[str, dict[str, float | int | None]]:
    regimes = experiment.strategy.regimes(market)
    if regimes is None:
        return {}
    decided = regimes.set_axis(pd.DatetimeIndex(market.bars.index)).reindex(ledger.decisions.bars.index)
    return split(ledger, decided, experiment.execution.delay_bars, market.periods_per_year)
