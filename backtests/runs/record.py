"""RunRecord: what run.json says of a run. Screens, pages and comparisons read it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from backtests.experiments import named
from backtests.experiments.costs import Costs, Execution
from backtests.experiments.experiment import MarketSection
from backtests.metrics.labels import net
from backtests.metrics.performance import Metrics
from backtests.runs.evidence import RunEvidence
from signals.parameters import Value

Numbers = dict[str, int | float | None]


@dataclass(frozen=True)
class InputRecord:
    """The newest observation of one input of a decision: its date, since when it was known, its age by then.

    All None, with `missing` saying so, if nothing of the series was known.
    """

    id: str
    observed: str | None
    known_at: str | None
    age_hours: float | None
    missing: str | msgspec.UnsetType = msgspec.UNSET


@dataclass(frozen=True)
class DecisionRecord:
    """What one decision (UTC instant) knew; `fill` is the label of the bar at whose open it was filled."""

    decision: str
    fill: str | None
    inputs: tuple[InputRecord, ...]


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """One run. Units stand in the names; a metric is None where it is undefined, `undefined` says why.

    `params` are all parameters by path, `availability` is what the last decision knew, `accept` the errors of
    `data check` that were accepted (ID:DATE). `sharpe_interval_95` is None if the Sharpe ratio is undefined; `evidence`
    is the verdict on luck. `sharpe_over_bills`, by column, is empty where bills were not known; `cash_yield_mean_pct`
    is what cash yielded on average, percent a year; `short_bars` ended with a short position. Fields with a default may
    be missing in old files.
    """

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
    cash_usd: float
    params: dict[str, Value]
    costs: Costs
    execution: Execution
    market: MarketSection
    closing: str = ""
    availability: DecisionRecord | None = None
    metrics: Numbers
    metrics_gross: Numbers
    benchmark_metrics: dict[str, Numbers]
    regimes: dict[str, Numbers] = field(default_factory=dict)
    sharpe_interval_95: tuple[float, float] | None = None
    evidence: RunEvidence | None = None
    sharpe_over_bills: dict[str, float | None] = field(default_factory=dict)
    cash_yield_mean_pct: float = 0.0
    short_bars: int = 0
    undefined: dict[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    accept: tuple[str, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)

    @property
    def is_native(self) -> bool:
        """Whether a backtrader strategy of the user's made the orders."""
        return self.engine == "backtrader native"

    @property
    def why(self) -> str:
        """The reason of the study, in its author's words, of what this run trades and follows."""
        return named.reason(self.params)

    @property
    def columns(self) -> dict[str, Numbers]:
        """The metrics to stand side by side: net, gross and each benchmark."""
        return {self.net: self.metrics, "gross": self.metrics_gross, **self.benchmark_metrics}

    @property
    def net(self) -> str:
        """What the run's own numbers are called: "net" where all that it held was paid for (see `labels.net`)."""
        return net(self.costs, self.short_bars)

    @staticmethod
    def of_old(plain: dict[str, Any]) -> dict[str, Any]:
        """Return the content of a file with the costs of an earlier time under the names of today."""
        return {**plain, "costs": Costs.of_old(plain["costs"])} if isinstance(plain.get("costs"), dict) else plain

    @property
    def held(self) -> Numbers:
        """The metrics of holding the traded asset: the first benchmark."""
        return next(iter(self.benchmark_metrics.values()))

    def metrics_of(self, name: str) -> Metrics:
        """Return `metrics` or `metrics_gross` with the reasons of what is undefined in it."""
        prefix, values = f"{name}.", {"metrics": self.metrics, "metrics_gross": self.metrics_gross}[name]
        reasons = {path.removeprefix(prefix): why for path, why in self.undefined.items() if path.startswith(prefix)}
        return Metrics(dict(values), reasons)
