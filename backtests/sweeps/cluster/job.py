"""What a worker needs to know of a sweep: once a worker, whatever the number of its blocks."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version

import pandas as pd

from backtests.experiments.toml import dump
from backtests.registry import code_hash, versions
from backtests.runs.shared_bars import SharedBarsByMarket
from backtests.sweeps.inputs import Inputs
from backtests.sweeps.plan import Plan
from backtests.sweeps.sets import Settings
from data.errors import DataError, RunError
from data.store import content_hash, set_fingerprint

COMPILERS = ("numba", "llvmlite", "scipy")
MOST_OPEN = 2  # sweeps that one worker process keeps at hand


@dataclass(frozen=True, eq=False)
class Job:
    """A sweep without its sets: the plan (JSON, its files by absolute path), the frozen inputs, and whose code counts.

    `code_hash` and `versions` are those of the process that asks: a worker with others answers nothing.
    """

    sweep_id: str
    plan: str
    code_hash: str
    versions: Mapping[str, str]
    fingerprint: str
    source: str
    tables: Mapping[str, pd.DataFrame]
    lacking: Mapping[str, str]

    @classmethod
    def of(cls, sweep_id: str, plan: Plan, inputs: Inputs) -> Job:
        """Return the job of a sweep whose inputs are frozen."""
        return cls(
            sweep_id=sweep_id,
            plan=json.dumps({**json.loads(plan.as_json()), "base": dump(plan.base)}),
            code_hash=code_hash(plan.base.strategy, "sweep"),
            versions=numeric_versions(),
            fingerprint=inputs.fingerprint,
            source=inputs.source,
            tables=inputs.stages.tables,
            lacking=inputs.stages.lacking,
        )


@dataclass(frozen=True, eq=False)
class OpenJob:
    """A job on its worker: what is computed once for all of its blocks. `lock`: one block at a time uses it."""

    plan: Plan
    settings: Settings
    shared: SharedBarsByMarket
    lock: threading.Lock = field(default_factory=threading.Lock)


_open: dict[str, OpenJob] = {}
_opening = threading.Lock()


def opened(job: Job) -> OpenJob:
    """Return the job as this process keeps it at hand.

    RunError where the code or a library here is another than the sweep's, DataError where its inputs did not arrive
    whole.
    """
    with _opening:
        if job.sweep_id not in _open:
            while len(_open) >= MOST_OPEN:
                del _open[next(iter(_open))]
            _open[job.sweep_id] = _opened(job)
        return _open[job.sweep_id]


def _opened(job: Job) -> OpenJob:
    check_versions(job.versions)
    plan = Plan.of_content(json.loads(job.plan), "the plan of the sweep")
    if (ours := code_hash(plan.base.strategy, "sweep")) != job.code_hash:
        raise RunError(
            f"other code ({ours}, the sweep's is {job.code_hash}); install the same harbinger and files there"
        )
    if set_fingerprint({id: content_hash(table) for id, table in job.tables.items()}) != job.fingerprint:
        raise DataError(f"the inputs {job.fingerprint} did not arrive whole; sweep again")
    return OpenJob(plan, Settings(plan), SharedBarsByMarket(job.tables, job.source, job.lacking))


def numeric_versions() -> dict[str, str]:
    """Return the versions of whatever decides a number to its last bit."""
    return versions() | {name: version(name) for name in COMPILERS}


def check_versions(wanted: Mapping[str, str]) -> None:
    """Raise RunError where Python or a library that numbers depend on has another version here."""
    ours = numeric_versions()
    other = [f"{name} {ours.get(name)}, not {wanted[name]}" for name in wanted if ours.get(name) != wanted[name]]
    if other:
        raise RunError(f"other versions ({'; '.join(other)}); install the same there")
