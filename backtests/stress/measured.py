"""Cases through the kernel: the numbers of each, of every start month, and the cost at which nothing is left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from backtests.engine import loop
from backtests.engine.ledger import Floats
from backtests.experiments.experiment import Experiment
from backtests.metrics.performance import NAMES
from backtests.runs.batch.on_bars import run_on_bars
from backtests.runs.batch.shared_bars import SharedBars, SharedBarsByMarket
from backtests.runs.decisions import decisions_of
from backtests.runs.evidence import measure
from backtests.runs.record import Numbers
from backtests.stress.cases import Case
from backtests.stress.record import BreakEven, CaseRecord
from data.errors import HarbingerError

MOST_BPS = 1_000.0
LEVELS = np.concatenate([np.arange(0, 100, 1.0), np.arange(100, MOST_BPS + 1, 10.0)])
LEAST_DAYS = 365  # a start month leaves at least this many days


@dataclass(frozen=True, eq=False)
class Kernel:
    """An experiment on its tables, by series id; `source` is their name."""

    experiment: Experiment
    tables: Mapping[str, pd.DataFrame]
    source: str

    @cached_property
    def shared(self) -> SharedBarsByMarket:
        """The bars and weights that cases on unchanged tables share."""
        return SharedBarsByMarket(self.tables, self.source)

    @property
    def bars(self) -> SharedBars:
        """The bars of the experiment."""
        return self.shared.of(self.experiment)

    def case(self, case: Case) -> CaseRecord:
        """Return the numbers of one case; the reason where it has none."""
        shared = SharedBarsByMarket({**self.tables, **case.tables}, self.source) if case.tables else self.shared
        settings = dict(case.settings)
        try:
            experiment = self.experiment.with_values(settings)
            bars = shared.of(experiment)
            batch = run_on_bars(bars, bars.decided(experiment)[None], experiment)
        except HarbingerError as error:
            return CaseRecord(case.name, settings, {}, case.as_assumed, str(error))
        days = self._other_days(bars)
        why = batch.failure(0) or ("it ends in ruin" if batch.ruined[0] else " to ".join(days))
        held, assumed = self._over(*days) if days else (None, None)
        return CaseRecord(case.name, settings, dict(batch.of(0).values), case.as_assumed, why, held, assumed)

    def _other_days(self, bars: SharedBars) -> list[str]:
        """Return the first and the last day of some bars, where they are not those of the experiment's own."""
        own, other = ([f"{bars.labels[at]:%Y-%m-%d}" for at in (0, -1)] for bars in (self.bars, bars))
        return [] if own == other else other

    def _over(self, first: str, last: str) -> tuple[float | None, float | None]:
        """Return the Sharpe ratios of holding and of the run as assumed from one day to another."""
        try:
            experiment = self.experiment.with_values({"study.start": first, "study.end": last})
            bars = self.shared.of(experiment)
        except HarbingerError:
            return None, None
        weights = np.stack([np.ones(len(bars.labels)), bars.decided(experiment)])
        batch = run_on_bars(bars, weights, experiment)
        held, assumed = (batch.of(at).values["sharpe"] for at in (0, 1))
        return held, assumed

    def interval(self) -> tuple[float, float] | None:
        """Return the 95% interval of the Sharpe ratio, that of run.json; None where it is undefined or ends in ruin."""
        experiment, market = self.experiment, self.bars.market
        decisions, _ = decisions_of(experiment, market)
        ledger = loop.run(decisions, experiment.costs, experiment.execution, experiment.study.cash_usd)
        return None if ledger.ruined else measure(experiment, market, ledger).sharpe_interval

    def start_months(self) -> Iterator[CaseRecord]:
        """Yield the numbers of a run that begins with each month, to the same end."""
        bars, decided = self.bars, self.bars.decided(self.experiment)
        months = pd.DatetimeIndex(bars.labels).to_period("M")
        firsts = [at for at in range(1, len(months)) if months[at] != months[at - 1]]
        for at in [0, *firsts]:
            start = bars.labels[at]
            if (bars.labels[-1] - start).days < LEAST_DAYS:
                return
            batch = run_on_bars(bars, decided[None], self.experiment, first=at)
            yield CaseRecord(
                f"{start:%Y-%m}",
                {"study.start": f"{start:%Y-%m-%d}"},
                dict(batch.of(0).values),
                at == 0,
                batch.failure(0) or ("it ends in ruin" if batch.ruined[0] else ""),
                self.holding(at)["sharpe"],
            )

    def holding(self, first: int = 0) -> Numbers:
        """Return the numbers of a full position in the traded asset from a bar on, at the same costs."""
        everything = np.ones((1, len(self.bars.labels)))
        return dict(run_on_bars(self.bars, everything, self.experiment, first=first).of(0).values)

    def break_even(self) -> BreakEven:
        """Return what a fill may cost before nothing is left, commission and slippage in their proportion."""
        costs, decided = self.experiment.costs, self.bars.decided(self.experiment)
        each = costs.commission_bps + costs.slippage_bps
        share = costs.commission_bps / each if each else 1.0
        same = np.zeros(len(LEVELS), np.int64)
        grown = [
            run_on_bars(
                self.bars,
                weights[None],
                self.experiment,
                rows=same,
                commission_bps=LEVELS * share,
                slippage_bps=LEVELS * (1 - share),
            )
            for weights in (decided, np.ones(len(decided)))
        ]
        own, held = (batch.metrics[:, NAMES.index("total_return")] for batch in grown)
        if not grown[0].metrics[0, NAMES.index("orders")] > 0:
            return BreakEven(None, None, MOST_BPS)  # no fill that could cost anything
        return BreakEven(_crossing(own), _crossing(own - held), MOST_BPS)


def _crossing(left: Floats) -> float | None:
    """Return the cost at which `left` (of LEVELS) reaches zero; None where it is there at once, or never."""
    if not left[0] > 0:
        return None
    gone = np.flatnonzero(~(left > 0))
    if not len(gone):
        return None
    at = int(gone[0])
    before, after = left[at - 1], left[at] if np.isfinite(left[at]) else -1.0
    return float(LEVELS[at - 1] + (LEVELS[at] - LEVELS[at - 1]) * before / (before - after))
