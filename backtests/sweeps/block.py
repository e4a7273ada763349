"""A block of sets through the kernel: weights decided, all series run at once, one row a set."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from backtests.engine.ledger import Floats
from backtests.experiments.costs import Costs, Execution
from backtests.experiments.experiment import Experiment
from backtests.metrics.performance import NAMES
from backtests.runs.batch import Batch, run_many
from backtests.runs.shared_bars import SharedBars, SharedBarsByMarket
from backtests.sweeps.sets import Settings, Values
from backtests.sweeps.table import PARTS, SetRow, cuts
from data.errors import HarbingerError, RunError
from data.files import without_places


@dataclass(frozen=True, eq=False)
class _Ready:
    """A set whose weights are decided."""

    place: int
    experiment: Experiment
    stage: SharedBars
    decided: Floats


def run_block(
    sets: Sequence[Values],
    settings: Settings,
    stages: SharedBarsByMarket,
    *,
    keep_equity: bool = False,
    threads: int | None = None,
) -> list[SetRow]:
    """Return a row for each set; one that fails has its reason and does not end the others.

    `threads`: None for as many as help.
    """
    rows: dict[int, SetRow] = {}
    ready: dict[Hashable, list[_Ready]] = {}
    for place, values in enumerate(sets):
        try:
            experiment = settings.experiment(values)
            stage = stages.of(experiment)
            stage.accruing(experiment.costs)  # where it cannot be had, it is this set that fails
            one = _Ready(place, experiment, stage, stage.decided(experiment))
            ready.setdefault((id(stage), experiment.study.cash_usd), []).append(one)
        except Exception as error:  # noqa: BLE001  # a user's rule may raise anything: it is that set's answer
            rows[place] = failed(values, error)
    for group in ready.values():
        for one, row in zip(group, _run(group, sets, keep_equity, threads), strict=True):
            rows[one.place] = row
    return [rows[place] for place in range(len(sets))]


def failed(values: Values, error: Exception) -> SetRow:
    """Return the row of a set that could not be run."""
    reason = str(error) if isinstance(error, HarbingerError) else f"{type(error).__name__}: {error}"
    return SetRow(values, [np.nan] * len(NAMES), [np.nan] * PARTS, "failed", without_places(reason))


def equity_of(values: Values, settings: Settings, stages: SharedBarsByMarket) -> Floats:
    """Return the equity of one set by the kernel, at the closes of the bars that were run."""
    experiment = settings.experiment(values)
    stage = stages.of(experiment)
    batch = _batch([_Ready(0, experiment, stage, stage.decided(experiment))], keep_equity=True)
    assert batch.equity is not None
    return batch.equity[0, : batch.bars[0]]


def _run(group: Sequence[_Ready], sets: Sequence[Values], keep_equity: bool, threads: int | None) -> list[SetRow]:
    batch = _batch(group, keep_equity=keep_equity, threads=threads)
    assert batch.sharpe_by_part is not None
    numbers = zip(batch.metrics.tolist(), batch.sharpe_by_part.tolist(), strict=True)
    return [_row(batch, at, group[at].stage, sets[group[at].place], *found) for at, found in enumerate(numbers)]


def _batch(group: Sequence[_Ready], *, keep_equity: bool = False, threads: int | None = None) -> Batch:
    stage, study = group[0].stage, group[0].experiment.study
    places: dict[int, int] = {}
    rows = [places.setdefault(id(one.decided), len(places)) for one in group]
    distinct = {id(one.decided): one.decided for one in group}
    costs, executions = [one.experiment.costs for one in group], [one.experiment.execution for one in group]
    kinds = {(one.cash_yield, one.funding): one for one in costs}
    accruing = [stage.accruing(one) for one in kinds.values()]
    carries = {kind: at for at, kind in enumerate(kinds)}
    return run_many(
        stage.open,
        stage.close,
        stage.days,
        np.stack(list(distinct.values())),
        rows=np.array(rows),
        commission_bps=_column(costs, "commission_bps"),
        slippage_bps=_column(costs, "slippage_bps"),
        borrow_pct_per_year=_column(costs, "charged_borrow_pct"),
        cash_yield=np.stack([earned for earned, _ in accruing]),
        funding=np.stack([paid for _, paid in accruing]),
        carries=np.array([carries[one.cash_yield, one.funding] for one in costs]),
        rebalance_band=_column(executions, "rebalance_band"),
        delay_bars=np.array([execution.delay_bars for execution in executions]),
        max_leverage=_column(executions, "max_leverage"),
        cash_usd=study.cash_usd,
        periods_per_year=stage.market.periods_per_year,
        cuts=cuts(len(stage.open)),
        keep_equity=keep_equity,
        threads=threads,
    )


def _row(batch: Batch, at: int, stage: SharedBars, values: Values, metrics: list[float], parts: list[float]) -> SetRow:
    why = batch.failure(at)
    if why is not None:
        return failed(values, RunError(why))
    equity = None if batch.equity is None else batch.equity[at, : batch.bars[at]]
    if batch.ruined[at]:
        ruin = f"equity reached zero on {stage.labels[batch.bars[at] - 1]:%Y-%m-%d}"
        return SetRow(values, metrics, parts, "ruin", ruin, equity)
    return SetRow(values, metrics, parts, "ok", "", equity)


def _column(parts: Sequence[Costs] | Sequence[Execution], name: str) -> Floats:
    return np.array([getattr(part, name) for part in parts], dtype=np.float64)
