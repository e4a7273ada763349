"""Result: a finished run, in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from backtests import metrics
from backtests.engine.ledger import Ledger
from backtests.metrics import Metrics
from backtests.spec import Spec
from data.market import Market


@dataclass(frozen=True, eq=False)
class Result:
    """A finished run. `spec` has its source and fingerprint pinned; benchmarks are metrics by name."""

    spec: Spec
    market: Market
    ledger: Ledger
    metrics: Metrics
    gross: Metrics
    benchmarks: Mapping[str, Metrics]
    benchmark_curves: Mapping[str, pd.Series[float]]
    sharpe_interval: tuple[float, float] | None
    warnings: list[str] = field(default_factory=list)
    regimes: Mapping[str, Mapping[str, float | int | None]] = field(default_factory=dict)

    @property
    def status(self) -> str:
        """`ok`, or `ruin` when equity reached zero."""
        return "ruin" if self.ledger.ruined else "ok"

    @property
    def span(self) -> tuple[pd.Timestamp, pd.Timestamp]:
        """Labels of the first and last bar that were run."""
        labels = self.ledger.tape.bars.index
        return labels[0], labels[self.ledger.bars - 1]

    @property
    def returns(self) -> pd.Series[float]:
        """Net returns of the bars, on naive labels."""
        r = metrics.returns(self.ledger.equity_usd, self.ledger.start_cash_usd)
        return pd.Series(r, index=self.ledger.tape.bars.index[: self.ledger.bars], name=self.spec.study.name)
