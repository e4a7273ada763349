"""Scores: the numbers of every set over many windows; and the rules that decide and run them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from backtests.engine.ledger import Floats
from backtests.experiments.experiment import Experiment
from backtests.metrics.performance import NAMES
from backtests.runs.batch.on_bars import run_on_bars
from backtests.runs.batch.sets import Batch
from backtests.runs.batch.shared_bars import SharedBars, SharedBarsByMarket
from backtests.runs.batch.windows import Span, Windows
from backtests.sweeps.plans.plan import Plan
from backtests.sweeps.plans.sets import Settings, Values
from backtests.sweeps.work.block import decide_block


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

    def batch(self, decided: Floats, span: Span, *, curves: bool = False) -> Batch:
        """Run weights (series, bars) over a span, as a run of that span would: by decisions of its own bars only."""
        return run_on_bars(self._over(span), decided[:, span[0] : span[1]], self.plan.base, keep_equity=curves)

    def _over(self, span: Span) -> SharedBars:
        """Return the bars of a span; it is asked for more than once."""
        if span not in self._known:
            self._known[span] = self.shared.of(self.within(span))
        return self._known[span]

    def windows(self, spans: Sequence[Span]) -> Windows:
        """Return spans laid out for the kernel."""
        return Windows.of(spans, [self._over(span) for span in spans], self.plan.base)

    def scored(
        self, sets: Sequence[Values], windows: Windows, columns: Sequence[str]
    ) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """Return `values` and `ended` of `Scores` for some sets."""
        values = np.full((len(windows.spans), len(sets), len(columns)), np.nan)
        ended = np.zeros((len(windows.spans), len(sets)), dtype=np.bool_)
        block = decide_block(sets, self.settings, self.shared)
        if block.groups:  # a set whose rule fails has no numbers; trials.csv says why
            places, series, rows = block.decided
            values[:, places], ended[:, places] = windows.run(series, rows, columns)
        return values, ended
