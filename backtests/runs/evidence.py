"""Is it luck? What stands on every run: one verdict by the rule of `statistics.verdict`, in well under half a second.

The placebo is the run's own positions slid around the calendar; `harbinger evidence` asks more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from backtests.engine.ledger import Floats, Ledger
from backtests.experiments.costs import Costs
from backtests.experiments.experiment import Experiment
from backtests.metrics import performance
from backtests.runs.controls import Judged
from backtests.runs.timing import has_timing, timing
from backtests.statistics.bootstrap import block_length, counts_of_each
from backtests.statistics.deflation import deflated_sharpe
from backtests.statistics.intervals import FEWEST_BARS, cagr_of_draws, of_draws
from backtests.statistics.sharpe_ratio import NO_ROOM, Moments, moments
from backtests.statistics.slides import slides
from backtests.statistics.verdict import CANNOT_TELL, Grounds, Word, verdict
from data.market import Market

Interval = tuple[float, float]
NO_TIMING = "its weight never changes: there is no timing to judge"
SHARED = (
    "active_interval",
    "cagr_interval",
    "spa",
    "placebo_p_value",
    "placebo_percentile",
    "break_even_cost_bps",
    "missing",
)
UNDEFINED = ("active_sharpe", "deflated_sharpe", "spa", "placebo_p_value", "break_even_cost_bps")
DRAWS = 499  # every run waits for these


@dataclass(frozen=True, kw_only=True)
class RunEvidence:
    """The verdict on one run and what it stands on; None where undefined, and `missing` says why.

    `active_sharpe` is the annual Sharpe ratio of net returns less a constant exposure to the traded asset of the same
    mean weight, `active_interval` its 95%; `cagr_interval` is that of growth a year, a fraction. `spa` is the p-value
    against each control at its volatility,
    `placebo_percentile` the share of slid positions that are worse.
    """

    verdict: Word = CANNOT_TELL
    reasons: tuple[str, ...] = ()
    active_sharpe: float | None = None
    active_interval: Interval | None = None
    cagr_interval: Interval | None = None
    deflated_sharpe: float | None = None
    n_trials: int = 1
    spa: dict[str, float | None] = field(default_factory=dict)
    placebo_p_value: float | None = None
    placebo_percentile: float | None = None
    break_even_cost_bps: float | None = None
    missing: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What a run says by itself, before the number of trials is known: `after` gives the verdict.

    `sharpe_interval` is of the annual Sharpe ratio of net returns; `active` holds the moments of active returns.
    """

    periods_per_year: int
    sharpe_interval: Interval | None = None
    active: Moments | None = None
    active_interval: Interval | None = None
    cagr_interval: Interval | None = None
    spa: dict[str, float | None] = field(default_factory=dict)
    placebo_p_value: float | None = None
    placebo_percentile: float | None = None
    break_even_cost_bps: float | None = None
    missing: dict[str, str] = field(default_factory=dict)

    def deflated(self, trials: float, variance: float = 0.0) -> float | None:
        """Return the deflated active Sharpe ratio; `variance`: that of the trials' ratios, 1/(n - 1) at least."""
        if self.active is None:
            return None
        own, spread = self.active, max(variance, 1 / (self.active.n - 1))
        return deflated_sharpe(own.sharpe, own.n, trials, spread, skewness=own.skewness, kurtosis=own.kurtosis)

    def after(self, trials: int, variance: float = 0.0) -> RunEvidence:
        """Return the verdict on this run as the best of `trials`, whose Sharpe ratios per bar have `variance`."""
        shared = {name: getattr(self, name) for name in SHARED}
        deflated = self.deflated(trials, variance)
        if self.active is None:
            reasons = tuple(dict.fromkeys(self.missing.values()))
            return RunEvidence(reasons=reasons, n_trials=trials, **shared)
        judged = verdict(
            Grounds(
                active_interval=self.active_interval,
                deflated_sharpe=deflated,
                trials=trials,
                spa=self.spa,
                placebo_p_value=self.placebo_p_value,
                break_even_cost_bps=self.break_even_cost_bps,
                missing=self.missing,
            )
        )
        return RunEvidence(
            verdict=judged.word,
            reasons=judged.reasons,
            active_sharpe=self.active.sharpe * math.sqrt(self.periods_per_year),
            deflated_sharpe=deflated,
            n_trials=trials,
            **shared,
        )


def measure(experiment: Experiment, market: Market, ledger: Ledger) -> Measured:
    """Return what a run says by itself."""
    parts, periods = timing(ledger, experiment.costs), market.periods_per_year
    n = len(parts.net)
    if n < FEWEST_BARS or np.ptp(parts.net) <= NO_ROOM:
        why = f"{n} bars: {FEWEST_BARS} are needed" if n < FEWEST_BARS else "it returned the same on every bar"
        return Measured(periods_per_year=periods, missing=dict.fromkeys(UNDEFINED, why))
    active, slid = moments(parts.active), slides(parts.weights, parts.asset)
    cost = break_even_cost_bps(ledger, parts.active, experiment.costs)
    judged = Judged.of(experiment, market, ledger, parts.net) if has_timing(ledger) else None
    blocks = [block_length(parts.net, parts.active), *([judged.block] if judged else [])]
    drawn, *apart = counts_of_each(n, blocks, draws=DRAWS)
    interval = of_draws(parts.net, drawn, periods)
    growth = cagr_of_draws(performance.returns(ledger.equity_usd, ledger.start_cash_usd), drawn, periods)
    if judged is None or active is None or slid is None or cost is None:
        missing = dict.fromkeys(UNDEFINED, NO_TIMING)
        return Measured(periods_per_year=periods, sharpe_interval=interval, cagr_interval=growth, missing=missing)
    p_values, missing = judged.p_values(apart[0])
    return Measured(
        periods_per_year=periods,
        sharpe_interval=interval,
        active=active,
        active_interval=of_draws(parts.active, drawn, periods),
        cagr_interval=growth,
        spa=p_values,
        placebo_p_value=slid.p_value,
        placebo_percentile=slid.percentile,
        break_even_cost_bps=cost,
        missing=missing,
    )


def line(evidence: RunEvidence) -> str:
    """Return the verdict in one line, for screens and pages."""
    if evidence.active_sharpe is None or evidence.active_interval is None or evidence.placebo_percentile is None:
        return f"{evidence.verdict}: {'; '.join(dict.fromkeys(evidence.missing.values()))}"
    low, high = evidence.active_interval
    tried = f"{evidence.n_trials:,} trial{'s' if evidence.n_trials != 1 else ''}"
    return (
        f"{evidence.verdict}: active Sharpe ratio {evidence.active_sharpe:+.2f} ({low:+.2f} to {high:+.2f}), better "
        f"than {evidence.placebo_percentile:.0%} of its positions slid around the calendar; deflated after {tried} "
        f"{evidence.deflated_sharpe:.2f}"
    )


def break_even_cost_bps(ledger: Ledger, active: Floats, costs: Costs) -> float | None:
    """Return the cost of an order, basis points of its value, at which active returns are 0 on average; at least 0.

    Mean active return is linear in it: it falls by turnover times cost. None where nothing was traded.
    """
    traded = ledger.traded
    if traded <= 0:
        return None
    return max(costs.commission_bps + costs.slippage_bps + 1e4 * float(np.sum(active)) / traded, 0.0)
