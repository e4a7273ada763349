"""The stitched sets as an experiment of its own: a chain of handovers, run by the reference engine like any other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from backtests.experiments.experiment import Experiment
from backtests.runs import recorded
from backtests.runs.files import stamp, table_csv
from backtests.runs.recorded import RecordedRun
from backtests.sweeps.plans.schedule import Schedule
from backtests.sweeps.walk_forward.choosing import Stitched
from backtests.sweeps.walk_forward.scores import Rules
from backtests.sweeps.work.backtrader_check import MOST_DIFFERENCE
from data.errors import RunError
from data.files import write_atomic
from strategies.base import Strategy
from strategies.handover import Handover

FOLDER, TABLE = "walk-forward", "walk_forward.csv"


def experiment_of(rules: Rules, stitched: Stitched, schedule: Schedule) -> Experiment:
    """Return the experiment that trades each fold by what was chosen for it, from the first window to the last."""
    base = rules.plan.base
    chosen = [rules.settings.experiment(rules.plan.sets[position]).strategy for position in stitched.chosen]
    decisions = rules.bars.market.decisions[rules.bars.inside]
    strategy: Strategy = chosen[0]
    for fold, after in zip(stitched.folds[1:], chosen[1:], strict=True):
        first = decisions[fold.test[0] - 1 - base.execution.delay_bars]
        strategy = Handover(strategy, after, f"{first:%Y-%m-%d}")
    why = f"{base.study.name} with the {schedule.choose} chosen on the {_past(schedule)}, traded for {schedule.test}."
    study = replace(base.study, name=f"{base.study.name}, walk-forward", why=why)
    return rules.within(stitched.span, replace(base, strategy=strategy, study=study))


def run(rules: Rules, stitched: Stitched, schedule: Schedule, folder: Path) -> RecordedRun:
    """Run and register the stitched experiment, write walk_forward.csv; RunError where backtrader and kernel differ."""
    done = recorded.run_and_record(experiment_of(rules, stitched, schedule), out=folder / FOLDER, replacing=True)
    assert done.result is not None
    ledger = done.result.ledger
    batch = rules.batch(stitched.decided[None], stitched.span, curves=True)
    assert batch.equity is not None
    equity = batch.equity[0, : batch.bars[0]]
    if len(equity) != ledger.bars or not np.allclose(equity, ledger.equity_usd, rtol=MOST_DIFFERENCE, atol=0):
        raise RunError("walk-forward: the kernel and backtrader differ on the stitched run: a defect of harbinger")
    table = ledger.equity_table()[["equity_usd", "weight_target"]]
    table.insert(0, "fold", fold_of_bars(stitched)[: len(table)])
    write_atomic(folder / TABLE, table_csv(table, stamp(done.result.market)))
    return done


def fold_of_bars(stitched: Stitched) -> npt.NDArray[np.int64]:
    """Return the number of the fold, from 1, of each bar that is traded."""
    lengths = [fold.test[1] - fold.test[0] for fold in stitched.folds]
    return np.repeat(np.arange(1, len(lengths) + 1), lengths)


def _past(schedule: Schedule) -> str:
    return "whole past" if schedule.anchored else f"{schedule.train} before"
