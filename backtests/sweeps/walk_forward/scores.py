"""Scores: the numbers of every set over many windows, each set decided once for all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from backtests.cluster.job import Job
from backtests.cluster.scheduler import Cluster
from backtests.cluster.worker import Refused, with_job
from backtests.engine.ledger import Floats
from backtests.experiments.experiment import Experiment
from backtests.metrics.performance import NAMES
from backtests.runs.batch import Batch
from backtests.runs.on_bars import run_on_bars
from backtests.runs.shared_bars import SharedBars, SharedBarsByMarket
from backtests.sweeps.plan import Plan
from backtests.sweeps.sets import Settings, Values

Span = tuple[int, int]
BLOCK = 1_000
Watch = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Scores:
    """`columns` of NAMES over each span: `values` (spans, sets, columns), NaN where undefined; `ended` (spans, sets).

    `ended`: which sets ran to the end of the span, neither failed nor ruined.
    """

    spans: tuple[Span, ...]
    columns: tuple[str, ...]
    values: Floats
    ended: npt.NDArray[np.bool_]

    def over(self, span: Span) -> tuple[Floats, list[str]]:
        """Return the metrics (sets, NAMES) over one span, NaN where not kept, and the status of each set."""
        at = self.spans.index(span)
        metrics = np.full((self.values.shape[1], len(NAMES)), np.nan)
        for column, name in enumerate(self.columns):
            metrics[:, NAMES.index(name)] = self.values[at, :, column]
        return metrics, ["ok" if ended else "failed" for ended in self.ended[at]]


@dataclass(frozen=True, eq=False)
class Rules:
    """The sets of a plan on the bars of its base; only parameters of the strategy differ."""

    plan: Plan
    shared: SharedBarsByMarket
    settings: Settings

    @cached_property
    def bars(self) -> SharedBars:
        """The bars of the base from its start to its end."""
        return self.shared.of(self.plan.base)

    @cached_property
    def _known(self) -> dict[Span, SharedBars]:
        return {}

    @property
    def labels(self) -> pd.DatetimeIndex:
        """Their labels."""
        return self.bars.labels

    def decided(self, position: int) -> Floats:
        """Return the weight that a set decides at each bar."""
        return self.bars.decided(self.settings.experiment(self.plan.sets[position]))

    def within(self, span: Span, experiment: Experiment | None = None) -> Experiment:
        """Return the experiment (default: the base) over the bars of a span alone."""
        chosen = experiment or self.plan.base
        start, end = (f"{self.labels[at]:%Y-%m-%d}" for at in (span[0], span[1] - 1))
        return replace(chosen, study=replace(chosen.study, start=start, end=end))

    def batch(
        self, decided: Floats, span: Span, *, rows: npt.NDArray[np.int64] | None = None, curves: bool = False
    ) -> Batch:
        """Run weights (series, bars) over a span, as a run of that span would: by decisions of its own bars only."""
        weights = decided[:, span[0] : span[1]]
        return run_on_bars(self._over(span), weights, self.plan.base, rows=rows, keep_equity=curves)

    def _over(self, span: Span) -> SharedBars:
        """Return the bars of a span; blocks of sets ask for the same ones."""
        if span not in self._known:
            self._known[span] = self.shared.of(self.within(span))
        return self._known[span]

    def scores(self, spans: Sequence[Span], watch: Watch = lambda *_: None, cluster: Cluster | None = None) -> Scores:
        """Return the numbers that choosing needs, of every set over each span, computed here or on a cluster."""
        wanted = {self.plan.metric, "sharpe"} | (
            self.plan.condition.names & set(NAMES) if self.plan.condition else set()
        )
        columns = tuple(name for name in NAMES if name in wanted)
        sets, distinct = self.plan.sets, tuple(dict.fromkeys(spans))
        pieces = [(sets[first : first + BLOCK], distinct, columns) for first in range(0, len(sets), BLOCK)]
        found = cluster.results(scored_there, pieces) if cluster else (self.scored(*piece) for piece in pieces)
        values, ended = list[Floats](), list[npt.NDArray[np.bool_]]()
        for numbers, ran in found:
            values.append(numbers)
            ended.append(ran)
            watch(min(len(values) * BLOCK, len(sets)), len(sets))
        return Scores(distinct, columns, np.concatenate(values, axis=1), np.concatenate(ended, axis=1))

    def scored(
        self, sets: Sequence[Values], spans: Sequence[Span], columns: Sequence[str]
    ) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """Return `values` and `ended` of `Scores` for some sets."""
        at = [NAMES.index(name) for name in columns]
        values = np.full((len(spans), len(sets), len(columns)), np.nan)
        ended = np.zeros((len(spans), len(sets)), dtype=np.bool_)
        places, series, rows = self._decided(sets)
        for row, span in enumerate(spans if len(places) else ()):
            batch = self.batch(series, span, rows=rows)
            values[row, places] = np.where(batch.why == 0, batch.metrics, np.nan)[:, at]
            ended[row, places] = ~(batch.failed | batch.ruined)
        return values, ended

    def _decided(self, sets: Sequence[Values]) -> tuple[npt.NDArray[np.int64], Floats, npt.NDArray[np.int64]]:
        """Return the places of the sets that decide, their distinct weights, and each set's row among them."""
        places, rows, series, known = list[int](), list[int](), list[Floats](), dict[int, int]()
        for place, values in enumerate(sets):
            try:
                decided = self.bars.decided(self.settings.experiment(values))
            except Exception:  # noqa: BLE001, S112  # a set whose rule fails has no numbers; trials.csv says why
                continue
            if id(decided) not in known:
                known[id(decided)] = len(series)
                series.append(decided)
            places.append(place)
            rows.append(known[id(decided)])
        return np.array(places, np.int64), np.stack(series) if series else np.empty((0, 0)), np.array(rows, np.int64)


def scored_there(
    job: Job, sets: Sequence[Values], spans: Sequence[Span], columns: Sequence[str]
) -> tuple[Floats, npt.NDArray[np.bool_]] | Refused:
    """Return what `Rules.scored` does, on a worker of a cluster."""
    return with_job(job, lambda here: Rules(here.plan, here.shared, here.settings).scored(sets, spans, columns))
