"""Result: a finished run, in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from backtests.engine.ledger import Ledger
from backtests.experiments.experiment import Experiment
from backtests.experiments.user_strategy import Native
from backtests.metrics import labels, performance
from backtests.metrics.labels import LABELS
from backtests.metrics.performance import NAMES, Metrics
from backtests.pages.card import card, sparkline
from backtests.pages.notebook import curves
from backtests.pages.text import number
from backtests.runs.evidence import Measured, RunEvidence, line
from backtests.runs.known_inputs import KnownInputs, known_inputs
from data.market import Market

if TYPE_CHECKING:
    import plotly.graph_objects as go

UNITS = {
    "open": "open_usd",
    "close": "close_usd",
    "weight_decided": "weight_decided_fraction",
    "weight_target": "weight_target_fraction",
    "position": "position_units",
    "size": "size_units",
    "weight_before": "weight_before_fraction",
    "weight_after": "weight_after_fraction",
    "cash_yield_pct": "cash_yield_pct_per_year",
}


@dataclass(frozen=True, eq=False)
class Result:
    """A finished run. `experiment` has its source and fingerprint pinned; benchmarks are metrics by name.

    `run_id` is its id in the registry, empty where it was not remembered. `evidence` is the verdict after the trials of
    the registry (where it was remembered), made of what was `measured`.
    """

    experiment: Experiment
    market: Market
    ledger: Ledger
    metrics: Metrics
    gross: Metrics
    benchmarks: Mapping[str, Metrics]
    benchmark_curves: Mapping[str, pd.Series[float]]
    sharpe_interval: tuple[float, float] | None
    measured: Measured
    evidence: RunEvidence
    warnings: list[str] = field(default_factory=list)
    regimes: Mapping[str, Mapping[str, float | int | None]] = field(default_factory=dict)
    sharpe_over_bills: Mapping[str, float | None] = field(default_factory=dict)
    run_id: str = ""

    @property
    def status(self) -> str:
        """`ok`, or `ruin` when equity reached zero."""
        return "ruin" if self.ledger.ruined else "ok"

    @property
    def native(self) -> bool:
        """Whether a backtrader strategy of the user's made the orders."""
        return isinstance(self.experiment.strategy, Native)

    @property
    def engine(self) -> str:
        """What filled the orders."""
        return "backtrader native" if self.native else "backtrader"

    @property
    def known_inputs(self) -> KnownInputs:
        """What the last decision of the run had to look at."""
        return known_inputs(self.experiment, self.market, self.ledger.decisions.bars.index[: self.ledger.bars])

    @property
    def span(self) -> tuple[pd.Timestamp, pd.Timestamp]:
        """Labels of the first and last bar that were run."""
        labels = self.ledger.decisions.bars.index
        return labels[0], labels[self.ledger.bars - 1]

    @property
    def returns(self) -> pd.Series[float]:
        """Net returns of the bars, on naive labels."""
        r = performance.returns(self.ledger.equity_usd, self.ledger.start_cash_usd)
        return pd.Series(r, index=self.ledger.decisions.bars.index[: self.ledger.bars], name=self.experiment.study.name)

    @property
    def equity(self) -> pd.DataFrame:
        """The rows of equity.csv with units in their names, and each bar's net return and drawdown from the peak.

        On naive labels. `weight_*_fraction` is of equity, NaN for no opinion; `position_units` is of the traded asset.
        """
        table = self.ledger.equity_table().rename(columns=UNITS)
        path = np.concatenate([[self.ledger.start_cash_usd], self.ledger.equity_usd])
        peak = np.maximum.accumulate(path)
        return table.assign(return_fraction=path[1:] / path[:-1] - 1, drawdown_fraction=(path / peak)[1:] - 1)

    @property
    def orders(self) -> pd.DataFrame:
        """The rows of orders.csv with units in their names, one a fill."""
        return self.ledger.orders_table().rename(columns=UNITS)

    def to_frame(self) -> pd.DataFrame:
        """Return `equity`."""
        return self.equity

    def plot(self) -> go.Figure:
        """Return its equity beside that of holding, on a log scale, as a figure of plotly's."""
        labels = self.ledger.decisions.bars.index[: self.ledger.bars]
        own = pd.Series(self.ledger.equity_usd, index=labels)
        mark = "SIMULATED · " if self.market.simulated else ""
        name = self.experiment.study.name
        return curves({name: own, **self.benchmark_curves}, f"{mark}Equity of {name}, net")

    def _repr_html_(self) -> str:
        net = labels.net(self.experiment.costs, self.ledger.short_bars)
        (first, last), kinds = self.span, {net: self.metrics, "gross": self.gross, **self.benchmarks}
        held, curve = next(iter(self.benchmark_curves.items()))
        curves = {self.experiment.study.name: self.ledger.equity_usd, held: curve.to_numpy(dtype="float64")}
        return card(
            self.experiment.study.name,
            simulated=self.market.source if self.market.simulated else "",
            facts={
                "bars": f"{first:%Y-%m-%d} to {last:%Y-%m-%d}, {self.ledger.bars:,}",
                "trades": self.market.traded,
                "source": self.market.source,
                "data": self.experiment.fingerprint,
                "run": self.run_id,
            },
            columns=["", *kinds],
            rows=[[LABELS[name], *(number(name, m[name]) for m in kinds.values())] for name in NAMES],
            curve=sparkline(curves, says=f"Equity of the run and of holding {self.market.traded}, log scale"),
            notes=[f"Is it luck? {line(self.evidence)}", *self.warnings],
        )

    def __repr__(self) -> str:
        (first, last), made = self.span, "SIMULATED " if self.market.simulated else ""
        shown = ("total_return", "sharpe", "max_drawdown")
        numbers = ", ".join(f"{LABELS[name].lower()} {number(name, self.metrics[name])}" for name in shown)
        return f"<Result {made}{self.experiment.study.name} {first:%Y-%m-%d} to {last:%Y-%m-%d}: {numbers}>"
