"""What runs on a worker: each function is named by its module to the cluster, none is sent as code.

What a user may have done wrong comes back as a `Refused`, not as an exception: errors with words of their own do not
survive the way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from backtests.runs.batch import run_many
from backtests.sweeps.backtrader_check import answer_of
from backtests.sweeps.block import failed, run_block
from backtests.sweeps.cluster.job import Job, OpenJob, check_versions, opened
from backtests.sweeps.sets import Values
from backtests.sweeps.table import SetRow
from data.catalogue import PERIODS_PER_YEAR
from data.errors import HarbingerError


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
    """Return why this worker cannot take part in a sweep; empty where it can, and its kernel is compiled."""
    try:
        opened(job)
    except HarbingerError as error:
        return str(error)
    _compile()
    return ""


def _compile() -> None:
    """Have the kernel compiled, or read from its cache, by two bars that do nothing."""
    one = np.ones(2)
    free = dict.fromkeys(("commission_bps", "slippage_bps", "borrow_pct_per_year", "rebalance_band"), 0.0)
    rest = {"delay_bars": 0, "max_leverage": 1.0, "cash_usd": 1.0, "periods_per_year": PERIODS_PER_YEAR["utc_day"]}
    run_many(one, one, one, one[None], **free, **rest, cuts=(0, 2))  # type: ignore[arg-type]  # a number each


def run_sets(job: Job, sets: Sequence[Values], size: int, keep_equity: bool) -> list[SetRow] | Refused:
    """Return the rows of sets, run `size` at a time by as many threads as the worker has."""
    from distributed import get_worker  # noqa: PLC0415  # where this runs it is loaded

    try:
        here = opened(job)
    except HarbingerError as error:
        return Refused(str(error))
    found: list[SetRow] = []
    threads: int = get_worker().state.nthreads
    with here.lock:
        for first in range(0, len(sets), size):
            block = sets[first : first + size]
            found += run_block(block, here.settings, here.shared, keep_equity=keep_equity, threads=threads)
    return found


def run_native(job: Job, sets: Sequence[Values], keep_equity: bool) -> list[SetRow] | Refused:
    """Return the rows of sets that only backtrader can run, one after the other."""
    try:
        here = opened(job)
    except HarbingerError as error:
        return Refused(str(error))
    with here.lock:
        return [_by_backtrader(here, values, keep_equity) for values in sets]


def _by_backtrader(here: OpenJob, values: Values, keep_equity: bool) -> SetRow:
    try:
        experiment = here.settings.experiment(values)
        answer = answer_of(experiment, here.shared.of(experiment).market)
    except Exception as error:  # noqa: BLE001  # whatever the user's strategy raised is that set's answer
        return failed(values, error)
    equity = answer.equity_usd if keep_equity else None
    return SetRow(values, answer.metrics, answer.parts, "ruin" if answer.ruin else "ok", answer.ruin, equity)
