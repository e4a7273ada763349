"""What runs on a worker, whatever is asked: each function is named by its module to the cluster, none is sent as code.

What a user may have done wrong comes back as a `Refused`, not as an exception: errors with words of their own do not
survive the way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from backtests.cluster.job import Job, check_versions, opened
from backtests.runs.batch.sets import load_kernel
from data.errors import HarbingerError

R = TypeVar("R")


@dataclass(frozen=True)
class Refused:
    """Why a worker did not do what it was asked."""

    reason: str


def as_here(wanted: Mapping[str, str]) -> str:
    """Return why this worker computes other numbers than a process of these versions; empty where it does not."""
    try:
        check_versions(wanted)
    except HarbingerError as error:
        return str(error)
    return ""


def received(job: Job) -> Job:
    """Return the job: a result of the cluster, so that it is sent once to each worker, and again to one that is new."""
    return job


def ready(job: Job) -> str:
    """Return why this worker cannot take part in a job; empty where it can, and its kernel is compiled."""
    try:
        opened(job)
    except HarbingerError as error:
        return str(error)
    load_kernel()
    return ""


def with_job(job: Job, work: Callable[[Any], R]) -> R | Refused:
    """Return what `work` makes of what the job has begun here, one piece at a time."""
    try:
        here = opened(job)
    except HarbingerError as error:
        return Refused(str(error))
    with here.lock:
        return work(here.begun)


def threads() -> int:
    """Return how many threads this worker has."""
    from distributed import get_worker  # noqa: PLC0415  # where this runs it is loaded

    found: int = get_worker().state.nthreads
    return found
