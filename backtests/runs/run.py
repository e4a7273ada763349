"""One experiment from source to result: load, freeze, decide, fill, measure."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from backtests.engine import loop
from backtests.engine.ledger import Decisions, Ledger
from backtests.experiments.experiment import Experiment, as_date, market_of
from backtests.experiments.user_strategy import Native
from backtests.metrics import labels, performance
from backtests.metrics.regimes import split
from backtests.runs import carry, evidence, native
from backtests.runs.decisions import days_ahead, decisions_of, span
from backtests.runs.result import Result
from backtests.statistics.intervals import FEWEST_BARS
from data.checks.in_use import inspect
from data.errors import DataError, MissingSeries
from data.market import Market, held_as, load_tables
from data.sources.base import Source
from data.sources.open import load_some
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
        tables = _loaded(source, experiment)
        now = _fingerprint(tables)
        if experiment.fingerprint and now != experiment.fingerprint:
            fewer = {id: table for id, table in tables.items() if id not in experiment.optional}
            if _fingerprint(fewer) == experiment.fingerprint:  # pinned where there were no bills
                return source.name, source.simulated, fewer
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
    missing = sorted(id for id, name in held.items() if name is None and id not in experiment.optional)
    if missing:
        lacks = f"the frozen inputs {experiment.fingerprint} lack {', '.join(missing)}"
        raise MissingSeries(f"{lacks}; run on a source with --source {experiment.source}")
    return name, is_simulated(name), {name: tables[name] for name in held.values() if name}


def _loaded(source: Source, experiment: Experiment) -> dict[str, pd.DataFrame]:
    """Return the tables that an experiment needs, without what is optional and not there."""
    optional, _ = load_some(source, experiment.optional)
    tables = load_tables(source, sorted(set(experiment.needs) - set(experiment.optional))) | optional
    return {id: tables[id] for id in sorted(tables)}


def _fingerprint(tables: Mapping[str, pd.DataFrame]) -> str:
    return set_fingerprint({id: content_hash(table) for id, table in tables.items()})


def ledger_of(experiment: Experiment, market: Market, decisions: Decisions) -> Ledger:
    """Return the run of an experiment on its decisions, by backtrader."""
    if isinstance(experiment.strategy, Native):
        return native.ledgers(experiment, market, decisions)[0]
    from backtests.engine import backtrader as engine  # noqa: PLC0415  # late: what only reads results, or sweeps, needs none of it

    return engine.run(decisions, experiment.costs, experiment.execution, experiment.study.cash_usd)


def _measure(experiment: Experiment, market: Market, decisions: Decisions, warnings: list[str]) -> Result:
    costs, cash, periods = experiment.costs, experiment.study.cash_usd, market.periods_per_year
    if isinstance(experiment.strategy, Native):
        ledger, gross, notes = native.ledgers(experiment, market, decisions)
        warnings = [*warnings, *notes]
    else:
        ledger = ledger_of(experiment, market, decisions)
        gross = loop.run(decisions, costs.gross, experiment.execution, cash)
    if ledger.ruined:
        last = decisions.bars.index[ledger.bars - 1]
        warnings = [*warnings, f"ruin: equity reached zero on {last:%Y-%m-%d}; the run ends there"]
    if ledger.bars < FEWEST_BARS:
        warnings = [*warnings, f"{ledger.bars} bars: annual numbers of fewer than {FEWEST_BARS} say nothing yet"]
    if labels.net(costs, ledger.short_bars) != labels.NET:
        free = "costs.borrow_pct_per_year = 0 and no costs.funding"
        warnings = [*warnings, f"short on {ledger.short_bars} bars, which cost nothing to hold ({free})"]
    benchmarks, curves = _benchmarks(experiment, market, decisions)
    measured = evidence.measure(experiment, market, ledger)
    return Result(
        experiment=experiment,
        market=market,
        ledger=ledger,
        metrics=performance.of_ledger(ledger, periods, costs),
        gross=performance.of_ledger(gross, periods, costs),
        benchmarks=benchmarks,
        benchmark_curves=curves,
        sharpe_interval=measured.sharpe_interval,
        measured=measured,
        evidence=measured.after(1),
        sharpe_over_bills=_over_bills(experiment, market, {"net": ledger, "gross": gross}, curves),
        warnings=warnings,
        regimes=_regimes(experiment, market, ledger),
    )


def _benchmarks(
    experiment: Experiment, market: Market, decisions: Decisions
) -> tuple[dict[str, performance.Metrics], dict[str, pd.Series[float]]]:
    """Return metrics and curves: holding the traded asset through the same engine first, then the leader's value."""
    periods, costs = market.periods_per_year, experiment.costs
    everything = replace(decisions, decided=np.ones(len(decisions.decided)))
    held = loop.run(everything, experiment.costs, experiment.execution, experiment.study.cash_usd)
    name = f"hold {market.traded}"
    found = {name: performance.of_ledger(held, periods, costs)}
    curves = {name: pd.Series(held.equity_usd, index=decisions.bars.index[: held.bars])}
    leader = _leader_curve(market, decisions)
    if len(leader):
        cash_return = (decisions.days / 36500 * decisions.yields(costs))[-len(leader) :]
        name, value = f"{market.leader} (leader)", leader.to_numpy(dtype=np.float64)
        found[name], curves[name] = performance.of_curve(value, float(value[0]), periods, cash_return), leader
    return found, curves


def _over_bills(
    experiment: Experiment, market: Market, ledgers: Mapping[str, Ledger], curves: Mapping[str, pd.Series[float]]
) -> dict[str, float | None]:
    """Return the Sharpe ratio over bills of the run, gross, and each benchmark; empty where bills are not known."""
    inside = span(experiment, market)
    earned, dates = carry.bills(market), pd.DatetimeIndex(market.bars.index[inside])
    if earned is None:
        return {}
    bills = pd.Series(days_ahead(market.bars[inside], market) / 36500 * earned[inside], index=dates)
    paths = {name: (ledger.equity_usd, ledger.start_cash_usd, dates[: ledger.bars]) for name, ledger in ledgers.items()}
    for name, curve in curves.items():
        held, values = name.startswith("hold "), curve.to_numpy(dtype=np.float64)
        paths[name] = (values, experiment.study.cash_usd if held else float(values[0]), pd.DatetimeIndex(curve.index))
    ratios = {
        name: performance.sharpe(
            performance.returns(equity, start) - bills.reindex(index).to_numpy(), market.periods_per_year
        )
        for name, (equity, start, index) in paths.items()
    }
    return {name: None if math.isnan(ratio) else ratio for name, ratio in ratios.items()}


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
    return split(ledger, decided, experiment.costs, experiment.execution.delay_bars, market.periods_per_year)
