"""What a worker needs to know of a question: once a worker, whatever the number of its pieces."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from backtests.experiments.experiment import Experiment
from backtests.experiments.toml import dump, parse
from backtests.registry import code_hash, versions
from data.errors import DataError, RunError
from data.installed import version
from data.store import content_hash, set_fingerprint

COMPILERS = ("numba", "llvmlite", "scipy")
MOST_OPEN = 2  # jobs that one worker process keeps at hand


@dataclass(frozen=True, eq=False, kw_only=True)
class Job(ABC):
    """A question without its pieces: the experiment, the frozen inputs, and whose code counts.

    `base` is TOML, the files that it names by absolute path. `code_hash` (of the `question`, a key of
    `registry.identity.DECIDE`) and `versions` are those of the process that asks: a worker with others answers nothing.
    A subclass says in `begun` what is computed once for all pieces.
    """

    id: str
    question: str
    base: str
    code_hash: str
    versions: Mapping[str, str]
    fingerprint: str
    source: str
    tables: Mapping[str, pd.DataFrame]
    lacking: Mapping[str, str]

    @staticmethod
    def common(
        id: str,
        question: str,
        base: Experiment,
        tables: Mapping[str, pd.DataFrame],
        lacking: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Return the fields that every job has; `base` pins its source and data."""
        return {
            "id": id,
            "question": question,
            "base": dump(base),
            "code_hash": code_hash(base.strategy, question),
            "versions": numeric_versions(),
            "fingerprint": base.fingerprint,
            "source": base.source,
            "tables": tables,
            "lacking": dict(lacking or {}),
        }

    @property
    def experiment(self) -> Experiment:
        """The experiment, its own files of the user loaded."""
        return parse(self.base.encode(), "what was sent to the cluster")

    @abstractmethod
    def begun(self) -> Any:
        """Return what is computed once on a worker, before the first piece."""


@dataclass(frozen=True, eq=False)
class OpenJob:
    """A job on its worker, with what it has `begun`. `lock`: one piece at a time uses that."""

    begun: Any
    lock: threading.Lock


_open: dict[str, OpenJob] = {}
_opening = threading.Lock()


def opened(job: Job) -> OpenJob:
    """Return the job as this process keeps it at hand.

    RunError where the code or a library here is another than the job's, DataError where its inputs did not arrive
    whole.
    """
    with _opening:
        if job.id not in _open:
            while len(_open) >= MOST_OPEN:
                del _open[next(iter(_open))]
            _open[job.id] = OpenJob(_begun(job), threading.Lock())
        return _open[job.id]


def _begun(job: Job) -> Any:
    check_versions(job.versions)
    if (ours := code_hash(job.experiment.strategy, job.question)) != job.code_hash:
        raise RunError(f"other code ({ours}, not {job.code_hash}); install the same harbinger and files there")
    if set_fingerprint({id: content_hash(table) for id, table in job.tables.items()}) != job.fingerprint:
        raise DataError(f"the inputs {job.fingerprint} did not arrive whole; ask again")
    return job.begun()


def numeric_versions() -> dict[str, str]:
    """Return the versions of whatever decides a number to its last bit."""
    return versions() | {name: version(name) for name in COMPILERS}


def check_versions(wanted: Mapping[str, str]) -> None:
    """Raise RunError where Python or a library that numbers depend on has another version here."""
    ours = numeric_versions()
    other = [f"{name} {ours.get(name)}, not {wanted[name]}" for name in wanted if ours.get(name) != wanted[name]]
    if other:
        raise RunError(f"other versions ({'; '.join(other)}); install the same there")
