"""What a sweep will take, before it starts: counted, and measured on a few of its sets."""

from __future__ import annotations

import math
import random
import resource
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, replace

from backtests.experiments.user_strategy import Native
from backtests.processors import processors
from backtests.sweeps.plans.plan import Plan
from backtests.sweeps.plans.sets import Settings, Values
from backtests.sweeps.work import inputs
from backtests.sweeps.work.backtrader_check import SAMPLE
from backtests.sweeps.work.block import run_block
from backtests.sweeps.work.running import BLOCK, is_large
from data.errors import HarbingerError
from data.sources.open import default_source, open_source
from data.store import Store

PILOT = 60
WRITE_SECONDS, BYTES = 25e-6, 600  # a set: its rows in two files and in the registry; its numbers in memory
DISK_BYTES, PAGE_MB = 600, 5  # a set: its rows in three files and in the registry
# With --curves, a bar of a set: on the disk before compression, to write, and in memory while its block is at work.
CURVE_BYTES, CURVE_SECONDS, CURVE_MEMORY = 8, 1e-7, 48
BACKTRADER_SECONDS, NATIVE_SECONDS = 0.1, 0.15  # nine years of days
SEARCH_SECONDS = 0.02  # --tpe: a set chosen, and run by itself
CHECKED = SAMPLE + 2  # the best point and the best region too


@dataclass(frozen=True)
class Estimate:
    """Counts, seconds and megabytes; `engine` says who runs the sets."""

    sets: int
    distinct_weights: int
    engine: str
    seconds: float
    memory_mb: float
    disk_mb: float
    pilot: int


def estimate(plan: Plan, source: str | None, workers: int) -> Estimate:
    """Return what a sweep of `plan` will take on this machine; `disk_mb` at most."""
    searching = plan.count * SEARCH_SECONDS if plan.method == "tpe" else 0.0
    plan = replace(plan, method="sobol") if searching else plan  # what is measured on sets spread evenly
    n, native = len(plan.sets), isinstance(plan.base.strategy, Native)
    distinct = _distinct(plan)
    store, settings = Store(), Settings(plan)
    frozen = inputs.freeze(plan, open_source(source or plan.base.source or default_source(), store), None)
    pilot = random.Random(plan.seed).sample(plan.sets, min(PILOT, n))  # noqa: S311
    bars = _bars(pilot, settings, frozen) if plan.curves else 0
    disk_mb = PAGE_MB + n * (DISK_BYTES + CURVE_BYTES * bars) / 1e6
    if native:
        seconds, engine = searching + n * NATIVE_SECONDS / workers, "backtrader, in processes: a native strategy"
        return Estimate(n, n, engine, seconds, _now_mb(), disk_mb, 0)
    run_block(pilot[:1], settings, frozen.stages)  # compiles, or reads what is compiled
    first = _timed(pilot, settings, frozen)
    again = _timed(pilot, settings, frozen)  # the weights are remembered: what is left is the kernel
    weights = max(first - again, 0.0) / len(pilot)
    running = distinct * weights + n * again / len(pilot)
    writing = n * (WRITE_SECONDS + bars * CURVE_SECONDS)
    checking = CHECKED * BACKTRADER_SECONDS
    if is_large(plan) and workers > 1 and plan.walk_forward is None:  # all of it at once, while there are processors
        seconds = (running + writing + checking) / min(workers + 1, processors())
    else:
        seconds = running + writing + checking / workers
    checked = min(CHECKED, n)
    return Estimate(
        n,
        distinct,
        f"kernel; {checked} sets by backtrader too",
        searching + seconds,
        memory_mb=_now_mb() + (n * BYTES + min(n, BLOCK) * bars * CURVE_MEMORY) / 1e6,
        disk_mb=disk_mb,
        pilot=len(pilot),
    )


def _bars(pilot: list[Values], settings: Settings, frozen: inputs.Inputs) -> int:
    """Return the bars of the first set that can be run; 0 where none can."""
    for values in pilot:
        with suppress(HarbingerError):
            return len(frozen.stages.of(settings.experiment(values)).labels)
    return 0


def _timed(pilot: list[Values], settings: Settings, frozen: inputs.Inputs) -> float:
    began = time.perf_counter()
    run_block(pilot, settings, frozen.stages)
    return time.perf_counter() - began


def _distinct(plan: Plan) -> int:
    """Return how many weight series there are: sets that differ in costs and execution alone share one."""
    own = [at for at, path in enumerate(plan.paths) if path.partition(".")[0] not in ("costs", "execution")]
    if plan.method == "grid" and not plan.constraint:
        return math.prod(len(plan.axes[at].values) for at in own)
    return len({tuple(values[at] for at in own) for values in plan.sets})


def _now_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)
