"""EvidenceRecord: what evidence.json says of a run, a study or a sweep."""

from __future__ import annotations

from dataclasses import dataclass, field

from backtests.evidence.attribution import Attribution
from backtests.statistics.verdict import Word

Interval = tuple[float, float]


@dataclass(frozen=True)
class DifferenceRecord:
    """A difference of annual Sharpe ratios, its 95% interval and the p-value of it against zero, two-sided."""

    sharpe: float | None
    interval: Interval | None
    p_value: float | None


@dataclass(frozen=True)
class PlaceboRecord:
    """One placebo: what was slid, of how many slides, the share of them that are worse, and the p-value."""

    what: str
    placebos: int
    percentile: float
    p_value: float
    own_sharpe: float
    sharpe_95: Interval


@dataclass(frozen=True)
class OverfittingRecord:
    """CSCV: its probability, blocks, choices; quartiles of the logits; how often the best inside loses outside."""

    pbo: float
    blocks: int
    choices: int
    logit_quartiles: tuple[float, float, float]
    loses_outside: float


@dataclass(frozen=True, kw_only=True)
class EvidenceRecord:
    """One judgement. Sharpe ratios are annual, intervals of 95%; what does not apply is None, and `missing` says why.

    `deflated_sharpe` is of active returns after `n_trials`, `deflated_sharpe_effective` after the effective number, by
    which is judged where it is known; `deflated_sharpe_raw` of net returns, which reward drift, is shown and never
    judged by. `spa_p_value` is the largest of `spa` over the controls that are judged. `representatives` are the best
    sets of clusters of alike ones, `superior` those of them that beat each control.
    """

    run_id: str
    of: str
    study: str
    kind: str
    simulated: bool
    source: str
    data_fingerprint: str
    start: str
    end: str
    bars: int
    params: dict[str, int | float | str | bool]
    verdict: Word
    reasons: tuple[str, ...]
    sharpe: float | None
    interval: Interval | None
    cagr_interval: Interval | None
    max_drawdown_interval: Interval | None
    calmar_interval: Interval | None
    active_sharpe: float | None
    active_interval: Interval | None
    psr: float | None
    deflated_sharpe: float | None
    deflated_sharpe_effective: float | None
    deflated_sharpe_raw: float | None
    n_trials: int
    n_trials_effective: float | None
    prior_trials: int
    sets: int
    min_track_record_years: float | None
    min_backtest_years: float
    years: float
    pbo: float | None
    overfitting: OverfittingRecord | None
    spa_p_value: float | None
    spa: dict[str, float | None]
    representatives: tuple[str, ...]
    superior: dict[str, tuple[str, ...]]
    placebo_p_value: float | None
    placebo_percentile: float | None
    placebos: tuple[PlaceboRecord, ...]
    placebo_leaders: dict[str, float | str]
    break_even_cost_bps: float | None
    c5_minus_c4: DifferenceRecord
    attribution: Attribution | None
    cagr: float | None = None
    max_drawdown: float | None = None
    calmar: float | None = None
    missing: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)

    @property
    def judged_deflated_sharpe(self) -> float | None:
        """The deflated Sharpe ratio that the verdict asks for."""
        return self.deflated_sharpe if self.n_trials_effective is None else self.deflated_sharpe_effective
