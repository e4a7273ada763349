"""The sets of a sweep on a worker of a cluster."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from backtests.cluster.job import Job
from backtests.cluster.worker import Refused, threads, with_job
from backtests.runs.batch.shared_bars import SharedBarsByMarket
from backtests.sweeps.folder.table import SetRow
from backtests.sweeps.plans.plan import Plan
from backtests.sweeps.plans.sets import Settings, Values
from backtests.sweeps.work.backtrader_check import answer_of
from backtests.sweeps.work.block import failed, run_block
from backtests.sweeps.work.inputs import Inputs


@dataclass(frozen=True, eq=False)
class Sets:
    """What all blocks of a sweep share."""

    plan: Plan
    settings: Settings
    shared: SharedBarsByMarket


@dataclass(frozen=True, eq=False, kw_only=True)
class SweepJob(Job):
    """A sweep without its sets: also its plan (JSON)."""

    plan: str

    @classmethod
    def of(cls, sweep_id: str, plan: Plan, inputs: Inputs) -> SweepJob:
        """Return the job of a sweep whose inputs are frozen."""
        base = replace(plan.base, source=inputs.source, fingerprint=inputs.fingerprint)
        common = cls.common(sweep_id, "sweep", base, inputs.stages.tables, inputs.stages.lacking)
        return cls(**common, plan=plan.as_json())

    def begun(self) -> Sets:
        """Return the plan, and the bars that its sets share."""
        plan = Plan.of_content({**json.loads(self.plan), "base": self.base}, "the plan of the sweep")
        return Sets(plan, Settings(plan), SharedBarsByMarket(self.tables, self.source, self.lacking))


def run_sets(job: Job, sets: Sequence[Values], size: int, keep_equity: bool) -> list[SetRow] | Refused:
    """Return the rows of sets, run `size` at a time by as many threads as the worker has."""

    def rows(here: Sets) -> list[SetRow]:
        found: list[SetRow] = []
        for first in range(0, len(sets), size):
            block = sets[first : first + size]
            found += run_block(block, here.settings, here.shared, keep_equity=keep_equity, threads=threads())
        return found

    return with_job(job, rows)


def run_native(job: Job, sets: Sequence[Values], keep_equity: bool) -> list[SetRow] | Refused:
    """Return the rows of sets that only backtrader can run, one after the other."""
    return with_job(job, lambda here: [_by_backtrader(here, values, keep_equity) for values in sets])


def _by_backtrader(here: Sets, values: Values, keep_equity: bool) -> SetRow:
    try:
        experiment = here.settings.experiment(values)
        answer = answer_of(experiment, here.shared.of(experiment).market)
    except Exception as error:  # noqa: BLE001  # whatever the user's strategy raised is that set's answer
        return failed(values, error)
    equity = answer.equity_usd if keep_equity else None
    return SetRow(values, answer.metrics, answer.parts, "ruin" if answer.ruin else "ok", answer.ruin, equity)
