"""Scoring: the windows of a walk-forward run beside the sweep, over weights that are decided for it anyway."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from backtests.cluster.job import Job
from backtests.cluster.scheduler import Cluster
from backtests.cluster.worker import Refused, with_job
from backtests.engine.ledger import Floats
from backtests.metrics.performance import NAMES
from backtests.runs.batch.windows import Span
from backtests.sweeps.plans.plan import Plan
from backtests.sweeps.plans.sets import Values
from backtests.sweeps.walk_forward.scores import Rules, Scores
from backtests.sweeps.work.block import DecidedBlock

BLOCK = 1_000
Watch = Callable[[int, int], None]


class Scoring:
    """Scores in the making: of each block that a sweep has decided, and in the end of whatever it did not decide."""

    def __init__(self, rules: Rules, spans: Sequence[Span]) -> None:
        n = len(rules.plan.sets)
        self.rules, self.columns = rules, _columns(rules.plan)
        self.windows = rules.windows(tuple(dict.fromkeys(spans)))
        self.values = np.full((len(self.windows.spans), n, len(self.columns)), np.nan)
        self.ended = np.zeros((len(self.windows.spans), n), dtype=np.bool_)
        self._seen = np.zeros(n, dtype=np.bool_)

    def look(self, first: int, block: DecidedBlock) -> None:
        """Score a block of the sweep's sets, the one at `first` and those after it; nothing of the user's runs here."""
        if block.groups:
            places, series, rows = block.decided
            self._keep(first + places, *self.windows.run(series, rows, self.columns))
        self._seen[first : first + len(block.sets)] = True

    def scores(self, watch: Watch = lambda *_: None, cluster: Cluster | None = None) -> Scores:
        """Return the scores of all sets, those that no block had computed here or on a cluster.

        A resumed sweep takes up sets without their weights, and a cluster decides elsewhere.
        """
        left = np.flatnonzero(~self._seen)
        pieces = [left[at : at + BLOCK] for at in range(0, len(left), BLOCK)]
        sets = ([self.rules.plan.sets[at] for at in piece] for piece in pieces)
        if cluster is not None:
            found = cluster.results(scored_there, ((some, self.windows.spans, self.columns) for some in sets))
        else:
            found = (self.rules.scored(some, self.windows, self.columns) for some in sets)
        for piece, (values, ended) in zip(pieces, found, strict=True):
            self._keep(piece, values, ended)
            watch(int(piece[-1]) + 1, len(self._seen))
        return Scores(self.windows.spans, self.columns, self.values, self.ended)

    def _keep(self, places: npt.NDArray[np.integer], values: Floats, ended: npt.NDArray[np.bool_]) -> None:
        self.values[:, places], self.ended[:, places] = values, ended


def _columns(plan: Plan) -> tuple[str, ...]:
    """Return the numbers that choosing needs, as NAMES has them in order."""
    wanted = {plan.metric, "sharpe"} | (plan.condition.names if plan.condition else set())
    return tuple(name for name in NAMES if name in wanted)


def scored_there(
    job: Job, sets: Sequence[Values], spans: Sequence[Span], columns: Sequence[str]
) -> tuple[Floats, npt.NDArray[np.bool_]] | Refused:
    """Return what `Rules.scored` does, on a worker of a cluster."""

    def scored(here: Rules) -> tuple[Floats, npt.NDArray[np.bool_]]:
        rules = Rules(here.plan, here.shared, here.settings)
        return rules.scored(sets, rules.windows(spans), columns)

    return with_job(job, scored)
