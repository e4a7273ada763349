"""The placebos of a rule on a cluster: each worker decides and fills some of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from backtests.cluster.job import Job
from backtests.cluster.scheduler import Cluster
from backtests.cluster.worker import Refused, with_job
from backtests.engine.ledger import Floats
from backtests.evidence.kernel_runs import Bars
from backtests.evidence.placebos import KINDS, Reordered
from backtests.experiments.experiment import Experiment, market_of
from backtests.runs.decisions import decisions_of
from backtests.runs.run import is_simulated
from data.market import Market

PIECE = 100  # placebos that a worker is asked for at a time: a tenth of a second of a built-in rule


@dataclass(frozen=True, eq=False)
class Rule:
    """What all placebos of a rule share; of each kind what is ready to be run, once it was asked for."""

    experiment: Experiment
    market: Market
    bars: Bars
    ready: dict[str, Reordered] = field(default_factory=dict)

    def of(self, kind: str) -> Reordered:
        """Return the rule's placebos of one of KINDS."""
        if kind not in self.ready:
            found = KINDS[kind](self.experiment, self.market, self.bars)
            assert isinstance(found, Reordered), found  # whoever asks has looked
            self.ready[kind] = found
        return self.ready[kind]


@dataclass(frozen=True, eq=False, kw_only=True)
class PlaceboJob(Job):
    """A rule on frozen inputs."""

    @classmethod
    def of(cls, run_id: str, experiment: Experiment, tables: Mapping[str, pd.DataFrame]) -> PlaceboJob:
        """Return the job of an experiment that pins its source and data."""
        return cls(**cls.common(run_id, "evidence", experiment, tables))

    def begun(self) -> Rule:
        """Return the rule on its market."""
        experiment = self.experiment
        market = market_of(experiment.market, self.tables, self.source, simulated=is_simulated(self.source))
        return Rule(experiment, market, Bars.of(experiment, market, decisions_of(experiment, market)[0]))


def sharpes_there(job: Job, kind: str, first: int, end: int) -> Floats | Refused:
    """Return `Reordered.sharpes` of a kind, on a worker."""
    return with_job(job, lambda rule: rule.of(kind).sharpes(first, end))


def by_cluster(cluster: Cluster, kind: str, found: Reordered) -> Floats:
    """Return `Reordered.sharpes` of all its orders, computed in pieces by a cluster that has begun the job."""
    pieces = [(kind, first, min(first + PIECE, found.draws)) for first in range(0, found.draws, PIECE)]
    return np.concatenate(list(cluster.results(sharpes_there, pieces)))
