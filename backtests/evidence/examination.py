"""One judgement, put together: everything that evidence.json and its page say."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from backtests.engine.ledger import Floats
from backtests.evidence.among_trials import AmongTrials, among_trials
from backtests.evidence.attribution import Attribution, attribution
from backtests.evidence.decisive import c5_minus_c4
from backtests.evidence.kernel_runs import Bars
from backtests.evidence.leaders import placebo_leaders
from backtests.evidence.placebos import KINDS, Placebo, Reordered, placebo
from backtests.evidence.record import DifferenceRecord
from backtests.metrics import performance
from backtests.metrics.regimes import Names, in_force
from backtests.runs.controls import HOLDING, OWN_TREND, VOL_TARGETED, control_returns
from backtests.runs.evidence import Measured
from backtests.runs.result import Result
from backtests.runs.timing import Timing, timing
from backtests.runs.trials import Trials
from backtests.statistics.bootstrap import DRAWS
from backtests.statistics.intervals import CurveIntervals, curve_intervals
from backtests.statistics.slides import Slides, slides
from data.sources.base import Source

CONTROLS = (HOLDING, VOL_TARGETED, OWN_TREND)
SAID = {"slid": "sliding signals", "resampled": "drawing signals again", "slid_others": "sliding signals of others"}
Progress = Callable[[str], None]
Elsewhere = Callable[[str, Reordered], Floats]


@dataclass(frozen=True, eq=False)
class Examination:
    """What was computed of one rule. A placebo or a part that is text says why there is none.

    `placebo` is of all signals slid, `resampled` of all drawn again in blocks, `placebo_of_others` of those slid alone
    that read more than the traded asset, `slid` of the positions themselves; `among` is None for a run by itself.
    """

    result: Result
    trials: Trials | None
    measured: Measured
    parts: Timing
    curves: CurveIntervals
    among: AmongTrials | None
    placebo: Placebo | str
    resampled: Placebo | str
    placebo_of_others: Placebo | str
    slid: Slides | None
    leaders: dict[str, float | str]
    decisive: DifferenceRecord
    decisive_missing: str
    attribution: Attribution | None
    n_trials: int
    prior: int

    @property
    def variance(self) -> float:
        """The variance of the trials' active Sharpe ratios per bar, where they are known."""
        return self.among.variance if self.among else 0.0

    @property
    def effective(self) -> float | None:
        """The effective number of trials: of the sweep's sets, and every other trial by itself.

        Sets that are not among the columns, those of a large sweep that were not drawn, count as much as these. A
        search keeps to where it was lucky: its sets are alike because of what they gave, and each counts as one.
        """
        if self.among is None or self.among.effective is None or self.trials is None or self.trials.searched:
            return None
        planned, seen = self.trials.planned, self.among.effective
        return seen.trials * max(planned / seen.columns, 1.0) + max(self.n_trials - planned, 0)

    @property
    def deflated(self) -> float | None:
        """The deflated Sharpe ratio that is judged: after the effective number of trials where it is known."""
        return self.measured.deflated(self.effective or self.n_trials, self.variance)


def examine(
    result: Result,
    trials: Trials | None,
    n_trials: int,
    prior: int,
    tables: Mapping[str, pd.DataFrame],
    source: Source | None,
    progress: Progress = lambda _: None,
    sharpes: Elsewhere | None = None,
) -> Examination:
    """Return the judgement on a run, the best of `trials` if there are any, after `n_trials` (prior ones included).

    `sharpes` computes the placebos of one of KINDS elsewhere.
    """
    experiment, market, ledger = result.experiment, result.market, result.ledger
    bars = Bars.of(experiment, market, ledger.decisions)
    parts = timing(ledger, experiment.costs)
    net = performance.returns(ledger.equity_usd, ledger.start_cash_usd)
    placebos = _of_signals(result, bars, progress, sharpes)
    progress("other leaders")
    leaders = {} if result.native else placebo_leaders(experiment, tables, source, bars)
    decisive, missing = c5_minus_c4(experiment, market, bars)
    if trials is not None:
        progress("the best among its trials")
    return Examination(
        result=result,
        trials=trials,
        measured=result.measured,  # what the run itself says: no number has two intervals
        parts=parts,
        curves=curve_intervals(net, net - parts.net, market.periods_per_year, draws=DRAWS),
        among=_among(trials, result, bars) if trials is not None else None,
        placebo=placebos["slid"],
        resampled=placebos["resampled"],
        placebo_of_others=placebos["slid_others"],
        slid=slides(parts.weights, parts.asset),
        leaders=leaders,
        decisive=decisive,
        decisive_missing=missing,
        attribution=attribution(ledger, parts, _regimes(result), market.periods_per_year) if len(net) > 2 else None,
        n_trials=n_trials,
        prior=prior,
    )


def _of_signals(result: Result, bars: Bars, progress: Progress, sharpes: Elsewhere | None) -> dict[str, Placebo | str]:
    """Return the placebo of each of KINDS, or why there is none."""
    if result.native:
        return dict.fromkeys(KINDS, "a backtrader strategy makes its own orders: only its positions can be slid")
    found: dict[str, Placebo | str] = {}
    for kind, made in KINDS.items():
        progress(SAID[kind])
        compute = Reordered.sharpes if sharpes is None else partial(sharpes, kind)
        found[kind] = placebo(made(result.experiment, result.market, bars), compute)
    return found


def _among(trials: Trials, result: Result, bars: Bars) -> AmongTrials:
    def whole(control: Floats) -> Floats:
        return np.concatenate([control, np.zeros(len(bars.open) - len(control))])

    experiment, market, decisions = result.experiment, result.market, result.ledger.decisions
    controls = {name: whole(control_returns(name, experiment, market, decisions)) for name in CONTROLS}
    return among_trials(trials, bars.asset, controls)


def _regimes(result: Result) -> Names | None:
    """Return the regime of the decision in force on each bar that was run, "none" before the first."""
    regimes = result.experiment.strategy.regimes(result.market)
    if regimes is None:
        return None
    labels, delay = result.ledger.decisions.bars.index, result.experiment.execution.delay_bars
    own = regimes.set_axis(pd.DatetimeIndex(result.market.bars.index)).reindex(labels)
    return in_force(own, result.ledger.bars, delay)


def annual(per_bar: float, periods_per_year: int) -> float:
    """Return an annual Sharpe ratio."""
    return per_bar * math.sqrt(periods_per_year)
