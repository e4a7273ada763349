"""ComparisonRecord: what compare.json says of runs side by side."""

from __future__ import annotations

from dataclasses import dataclass, field

from backtests.runs.evidence import RunEvidence
from backtests.runs.record import Numbers
from signals.parameters import Value


@dataclass(frozen=True, kw_only=True)
class ComparedRunRecord:
    """One run of a comparison: who it is, and its metrics on the common span (`metrics_gross` None: not known).

    `sharpe_interval_95` of the annual Sharpe ratio there, by the stationary bootstrap; None where it is undefined.
    """

    name: str
    run_id: str
    study: str
    strategy: str
    engine: str
    simulated: bool
    status: str
    source: str
    data_fingerprint: str
    start: str
    end: str
    bars: int
    periods_per_year: int
    params: dict[str, Value]
    metrics: Numbers
    metrics_gross: Numbers | None
    evidence: RunEvidence | None = None
    sharpe_interval_95: tuple[float, float] | None = None
    undefined: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class PairedRecord:
    """How far one run is apart from the first (see `statistics.paired`): fractions a year, 95% intervals.

    `matched_difference_per_year` is at the first run's volatility; `sharpe_p_value` tests it and `sharpe_difference`.

    Undefined numbers are None, and `missing` says why.
    """

    run: str
    against: str
    bars: int
    matched_difference_per_year: float | None
    matched_difference_per_year_95: tuple[float, float] | None
    sharpe_p_value: float | None
    return_difference_per_year: float | None
    return_difference_per_year_95: tuple[float, float] | None
    p_value: float | None
    sharpe_difference: float | None
    sharpe_difference_95: tuple[float, float] | None
    block_bars: float | None
    draws: int
    seed: int
    missing: str


@dataclass(frozen=True, kw_only=True)
class ComparisonRecord:
    """Runs side by side on the span that they share; `parameters` and `facts` hold what differs, a value a run."""

    comparison_id: str
    simulated: bool
    start: str
    end: str
    bars_in_common: int
    cut_to_common_span: bool
    parameters: dict[str, tuple[Value | None, ...]]
    facts: dict[str, tuple[Value | None, ...]]
    runs: tuple[ComparedRunRecord, ...]
    paired: tuple[PairedRecord, ...]
    rolling_bars: int
    warnings: tuple[str, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)
