"""The sets of a large sweep in the processes of this machine that check others by backtrader.

What decides holds Python's own lock, which threads share: of two processors a sweep in one process uses one and a half.
The kernel's arithmetic is the same wherever it runs; results are equal to the bit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from backtests.experiments.toml import dump
from backtests.runs.batch.shared_bars import SharedBarsByMarket
from backtests.sweeps.folder.table import SetRow
from backtests.sweeps.plans.plan import Plan
from backtests.sweeps.plans.sets import Settings, Values
from backtests.sweeps.work.backtrader_check import frozen
from backtests.sweeps.work.block import run_block


@dataclass(frozen=True)
class Frozen:
    """A sweep as a process takes it up: its plan as JSON, its base as TOML, and where its frozen inputs are.

    `lacking`: pairs of a series that is not among them, and why.
    """

    plan: str
    base: str
    root: Path
    fingerprint: str
    lacking: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, plan: Plan, root: Path, fingerprint: str, lacking: Mapping[str, str]) -> Frozen:
        """Return a sweep whose inputs are frozen in the store at `root`."""
        return cls(plan.as_json(), dump(plan.base), root, fingerprint, tuple(lacking.items()))


def run_sets(sweep: Frozen, sets: Sequence[Values]) -> list[SetRow]:
    """Return the rows of some of its sets."""
    settings, shared = _begun(sweep)
    return run_block(sets, settings, shared, threads=1)


@lru_cache(1)
def _begun(sweep: Frozen) -> tuple[Settings, SharedBarsByMarket]:
    source, tables = frozen(sweep.root, sweep.fingerprint)
    plan = Plan.of_content({**json.loads(sweep.plan), "base": sweep.base}, "the plan of the sweep")
    return Settings(plan), SharedBarsByMarket(tables, source, dict(sweep.lacking))
