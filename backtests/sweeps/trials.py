"""The sets of a finished sweep run again by the kernel, side by side, for whoever judges the best of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from backtests import record
from backtests.engine.ledger import Floats, held_targets
from backtests.experiments.experiment import Experiment
from backtests.experiments.user_strategy import Native
from backtests.metrics.performance import returns
from backtests.registry import Entry, Registry
from backtests.runs.batch.shared_bars import SharedBars, SharedBarsByMarket
from backtests.runs.targets import in_place
from backtests.runs.trials import Trials
from backtests.sweeps.folder import planned
from backtests.sweeps.plans.plan import Plan
from backtests.sweeps.plans.sets import Settings, Values
from backtests.sweeps.record import SweepRecord
from backtests.sweeps.work import inputs as sources
from backtests.sweeps.work.block import run_block
from data.errors import BadSpec, HarbingerError, UnknownName
from data.store import Store

MOST, SEED, BLOCK = 2_000, 20251008, 500


def folder_of(target: str) -> Path | None:
    """Return the folder of the sweep that `target` names, by folder, id or its beginning; None where it names none."""
    if (Path(target) / "sweep.json").is_file():
        return Path(target)
    try:
        entry = Registry().find(target)
    except UnknownName:
        return None
    if isinstance(entry, Entry):
        return None
    folder = Path(entry.path)
    if entry.removed_at or not (folder / "sweep.json").is_file():
        raise BadSpec(f"{entry.sweep_id} has no files any more; sweep again, or name the folder that they are in")
    return folder


def trials_of(folder: Path) -> Trials:
    """Return the sets of the sweep in `folder`, run again on its frozen data: 2,000 at most, drawn, and the best.

    BadSpec where no set may be called best, or only backtrader can run them; DataError where the data are gone.
    """
    done = record.read(SweepRecord, folder / "sweep.json")
    plan, note = planned.read(folder)
    if done.best is None:
        raise BadSpec(f"{done.sweep_id}: no set may be called best, there is none to judge")
    if isinstance(plan.base.strategy, Native):
        remedy = f"judge one: harbinger runs rerun {done.sweep_id} --set {done.best.set}, then that run"
        raise BadSpec(f"{done.sweep_id}: sets of a backtrader strategy have no weights for the kernel; {remedy}")
    chosen = _chosen(len(plan.sets), done.best.set)
    settings, stages = Settings(plan), sources.thaw(plan.base.fingerprint, Store(), note.lacking).stages
    best = settings.experiment(plan.sets[done.best.set])
    kept = [at for at in chosen if _beside(settings, stages, plan.sets[at], stages.of(best))]
    columns = _columns(plan, kept, settings, stages, stages.of(best))
    ran = [at for at in kept if at in columns]
    notes = [f"{len(chosen):,} of {len(plan.sets):,} sets stand here, drawn at random, and the best"] * (
        len(chosen) < len(plan.sets)
    )
    if len(ran) < len(chosen):
        notes.append(f"{len(chosen) - len(ran):,} sets are left out: they failed, or ran on other bars than the best")
    return Trials(
        sweep_id=done.sweep_id,
        planned=len(plan.sets),
        experiment=_in_place(best, done.sweep_id),
        net=np.column_stack([columns[at][0] for at in ran]),
        weights=np.stack([columns[at][1] for at in ran]),
        best=ran.index(done.best.set),
        sets=tuple(ran),
        names=tuple(_name(plan, plan.sets[at]) for at in ran),
        searched=plan.method == "tpe",
        notes=tuple(notes),
    )


def _in_place(best: Experiment, sweep_id: str) -> Experiment:
    """Return an experiment of the sweep with the place of its source where the registry knows it."""
    try:
        return in_place(best, Registry().sweeps.show(sweep_id).source)
    except UnknownName:  # a folder of results that this registry does not know
        return best


def _chosen(count: int, best: int) -> list[int]:
    if count <= MOST:
        return list(range(count))
    drawn = np.random.default_rng(SEED).choice(count, MOST, replace=False)
    return sorted({*map(int, drawn), best})


def _beside(settings: Settings, stages: SharedBarsByMarket, values: Values, best: SharedBars) -> bool:
    try:
        return stages.of(settings.experiment(values)) is best
    except HarbingerError:
        return False


def _columns(
    plan: Plan, kept: list[int], settings: Settings, stages: SharedBarsByMarket, bars: SharedBars
) -> dict[int, tuple[Floats, Floats]]:
    """Return the net returns in excess of cash, and the weights, of each set that ran, by its position."""
    found = {}
    for first in range(0, len(kept), BLOCK):
        places = kept[first : first + BLOCK]
        rows = run_block([plan.sets[at] for at in places], settings, stages, keep_equity=True)
        for at, row in zip(places, rows, strict=True):
            if row.equity_usd is not None:
                experiment = settings.experiment(plan.sets[at])
                found[at] = _net(experiment, row.equity_usd, bars), _weights(experiment, bars)
    return found


def _net(experiment: Experiment, equity_usd: Floats, bars: SharedBars) -> Floats:
    net = np.zeros(len(bars.open))
    ran = len(equity_usd)
    earned, _ = bars.accruing(experiment.costs)
    cash = bars.days[:ran] / 36500 * earned[:ran]
    net[:ran] = returns(equity_usd, experiment.study.cash_usd) - cash
    return net


def _weights(experiment: Experiment, bars: SharedBars) -> Floats:
    bound, decided = experiment.execution.max_leverage, bars.decided(experiment)
    return held_targets(decided.clip(-bound, bound), experiment.execution.delay_bars)


def _name(plan: Plan, values: Any) -> str:
    return ", ".join(f"{path}={value}" for path, value in zip(plan.paths, values, strict=True))
