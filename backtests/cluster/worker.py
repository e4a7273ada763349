"""What runs on a worker, whatever is asked: each function is named by its module to the cluster, none is sent as code.

What a user may have done wrong comes back as a `Refused`, not as an exception: errors with words of their own do not
survive the way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from backtests.cluster.job import Job, check_versions, opened
from backtests.runs.batch.sets import run_many
from data.catalogue import PERIODS_PER_YEAR
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
    _compile()
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


def _compile() -> None:
    """Have the kernel compiled, or read from its cache, by two bars that do nothing."""
    one = np.ones(2)
    free = dict.fromkeys(("commission_bps", "slippage_bps", "borrow_pct_per_year", "rebalance_band"), 0.0)
    rest = {"delay_bars": 0, "max_leverage": 1.0, "cash_usd": 1.0, "periods_per_year": PERIODS_PER_YEAR["utc_day"]}
    run_many(one, one, one, one[None], **free, **rest, cuts=(0, 2))  # type: ignore[arg-type]  # a number each
