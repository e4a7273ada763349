"""A block of sets through the kernel: weights decided, all series run at once, one row a set."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeVar

import numpy as np

from backtests.engine.ledger import Floats
from backtests.experiments.costs import Costs, Execution
from backtests.experiments.experiment import Experiment
from backtests.metrics.performance import NAMES
from backtests.runs.batch.kernel_inputs import Ints
from backtests.runs.batch.sets import Batch, run_many
from backtests.runs.batch.shared_bars import SharedBars, SharedBarsByMarket
from backtests.sweeps.folder.table import PARTS, SetRow, cuts
from backtests.sweeps.plans.sets import Settings, Values
from data.errors import HarbingerError, RunError
from data.files import without_places

T = TypeVar("T")


class _Ready(NamedTuple):
    """A set whose weights are decided."""

    place: int
    costs: Costs
    execution: Execution
    cash_usd: float
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
    return decide_block(sets, settings, stages).run(keep_equity=keep_equity, threads=threads)


def decide_block(sets: Sequence[Values], settings: Settings, stages: SharedBarsByMarket) -> DecidedBlock:
    """Return sets with their weights, which rules of the user's may decide; those that fail have their rows already."""
    rows: dict[int, SetRow] = {}
    groups: dict[Hashable, list[_Ready]] = {}
    deciding = _Deciding(settings, stages)
    for place, values in enumerate(sets):
        try:
            one = deciding.ready(place, values)
        except Exception as error:  # noqa: BLE001  # a user's rule may raise anything: it is that set's answer
            rows[place] = failed(values, error)
            continue
        groups.setdefault((id(one.stage), one.cash_usd), []).append(one)
    return DecidedBlock(sets, rows, tuple(groups.values()))


@dataclass(frozen=True, eq=False)
class DecidedBlock:
    """Sets to be run; `failed` are the rows of those that could not be decided, by their place among the sets."""

    sets: Sequence[Values]
    failed: dict[int, SetRow]
    groups: tuple[list[_Ready], ...]

    def run(self, *, keep_equity: bool = False, threads: int | None = None) -> list[SetRow]:
        """Return a row for each set, by the kernel: nothing of the user's runs here."""
        rows = dict(self.failed)
        for group in self.groups:
            for one, row in zip(group, _run(group, self.sets, keep_equity, threads), strict=True):
                rows[one.place] = row
        return [rows[place] for place in range(len(self.sets))]

    @property
    def decided(self) -> tuple[Ints, Floats, Ints]:
        """Places of the sets that decide, all on the same bars; their distinct weights (series, bars); each row."""
        (group,) = self.groups
        distinct, rows = _distinct([one.decided for one in group])
        return np.array([one.place for one in group]), np.stack(distinct), rows


class _Deciding:
    """Makes sets ready. What several sets of a block share is looked up once, by the parts that they share."""

    def __init__(self, settings: Settings, stages: SharedBarsByMarket) -> None:
        self.settings, self.stages = settings, stages
        self.base = settings.plan.base
        self.decided: dict[Hashable, tuple[SharedBars, Floats, Experiment]] = {}  # the experiment keeps its parts' ids
        self.accrued: dict[Hashable, Costs] = {}

    def ready(self, place: int, values: Values) -> _Ready:
        """Return a set with its weights; it raises whatever its parts or its rule do."""
        parts, base = self.settings.parts(values), self.base
        strategy, study = parts.get("strategy", base.strategy), parts.get("study", base.study)
        costs, execution = parts.get("costs", base.costs), parts.get("execution", base.execution)
        market = parts.get("market", base.market)
        key = (id(strategy), id(study), id(market), execution.delay_bars)
        if key not in self.decided:
            experiment = replace(base, **parts)
            stage = self.stages.of(experiment)
            stage.accruing(costs)  # where it cannot be had, it is this set that fails
            self.decided[key] = stage, stage.decided(experiment), experiment
        stage, decided, _ = self.decided[key]
        if (id(stage), id(costs)) not in self.accrued:
            self.stages.of(replace(base, **parts)).accruing(costs)
            self.accrued[id(stage), id(costs)] = costs
        return _Ready(place, costs, execution, study.cash_usd, stage, decided)


def failed(values: Values, error: Exception) -> SetRow:
    """Return the row of a set that could not be run."""
    reason = str(error) if isinstance(error, HarbingerError) else f"{type(error).__name__}: {error}"
    return SetRow(values, [np.nan] * len(NAMES), [np.nan] * PARTS, "failed", without_places(reason))


def equity_of(values: Values, settings: Settings, stages: SharedBarsByMarket) -> Floats:
    """Return the equity of one set by the kernel, at the closes of the bars that were run."""
    batch = _batch([_Deciding(settings, stages).ready(0, values)], keep_equity=True)
    assert batch.equity is not None
    return batch.equity[0, : batch.bars[0]]


def _run(group: Sequence[_Ready], sets: Sequence[Values], keep_equity: bool, threads: int | None) -> list[SetRow]:
    batch = _batch(group, keep_equity=keep_equity, threads=threads)
    assert batch.sharpe_by_part is not None
    endings = zip(batch.failed.tolist(), batch.ruined.tolist(), strict=True)
    numbers = zip(batch.metrics.tolist(), batch.sharpe_by_part.tolist(), strict=True)
    rows: list[SetRow] = []
    for at, ((lost, ruined), (metrics, parts)) in enumerate(zip(endings, numbers, strict=True)):
        values = sets[group[at].place]
        equity = None if batch.equity is None else batch.equity[at, : batch.bars[at]]
        if lost:
            rows.append(failed(values, RunError(batch.failure(at) or "")))
        elif ruined:
            ruin = f"equity reached zero on {group[at].stage.labels[batch.bars[at] - 1]:%Y-%m-%d}"
            rows.append(SetRow(values, metrics, parts, "ruin", ruin, equity))
        else:
            rows.append(SetRow(values, metrics, parts, "ok", "", equity))
    return rows


def _batch(group: Sequence[_Ready], *, keep_equity: bool = False, threads: int | None = None) -> Batch:
    stage = group[0].stage
    distinct, rows = _distinct([one.decided for one in group])
    costs, paying = _distinct([one.costs for one in group])
    executions, executing = _distinct([one.execution for one in group])
    kinds = {(one.cash_yield, one.funding): one for one in costs}
    accruing = [stage.accruing(one) for one in kinds.values()]
    carries = {kind: at for at, kind in enumerate(kinds)}
    return run_many(
        stage.open,
        stage.close,
        stage.days,
        np.stack(distinct),
        rows=rows,
        commission_bps=_column(costs, "commission_bps")[paying],
        slippage_bps=_column(costs, "slippage_bps")[paying],
        borrow_pct_per_year=_column(costs, "charged_borrow_pct")[paying],
        cash_yield=np.stack([earned for earned, _ in accruing]),
        funding=np.stack([paid for _, paid in accruing]),
        carries=np.array([carries[one.cash_yield, one.funding] for one in costs])[paying],
        rebalance_band=_column(executions, "rebalance_band")[executing],
        delay_bars=np.array([one.delay_bars for one in executions])[executing],
        max_leverage=_column(executions, "max_leverage")[executing],
        cash_usd=group[0].cash_usd,
        periods_per_year=stage.market.periods_per_year,
        cuts=cuts(len(stage.open)),
        keep_equity=keep_equity,
        threads=threads,
    )


def _distinct(parts: Sequence[T]) -> tuple[list[T], Ints]:
    """Return the parts that are different objects, and which of them each is."""
    places: dict[int, int] = {}
    which = [places.setdefault(id(part), len(places)) for part in parts]
    found = {id(part): part for part in parts}
    return list(found.values()), np.array(which)


def _column(parts: Sequence[Costs] | Sequence[Execution], name: str) -> Floats:
    return np.array([getattr(part, name) for part in parts], dtype=np.float64)
