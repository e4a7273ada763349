"""A finished sweep: its table in memory, its record, and what it draws."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from backtests import record
from backtests.metrics.labels import COLUMNS
from backtests.metrics.performance import NAMES
from backtests.pages.text import number
from backtests.registry import TrialCount
from backtests.sweeps.folder.curves import Curves
from backtests.sweeps.notebook import html, plot
from backtests.sweeps.plans.plan import Plan
from backtests.sweeps.plateau import Plateau
from backtests.sweeps.record import SweepRecord
from signals.parameters import Value

if TYPE_CHECKING:
    import plotly.graph_objects as go


@dataclass(frozen=True, eq=False)
class Sweep:
    """A finished sweep: its table in memory, the record in sweep.json, and the equity of what was chosen.

    `equity`: a row a bar; `best_point_usd`, `best_region_usd` (of the set that stands for it), `holding_usd` and
    `own_trend_usd` at closes, NaN where there is no bar; none where no set may be called best. `trials_so_far`: what
    had been tried on the traded asset by then, these sets too. `elsewhere`: the URL that it was uploaded to.
    """

    plan: Plan
    folder: Path
    metrics: np.ndarray[Any, np.dtype[np.float64]]
    parts: np.ndarray[Any, np.dtype[np.float64]]
    status: list[str]
    reason: list[str]
    plateau: Plateau | None
    record: SweepRecord
    equity: pd.DataFrame
    trials_so_far: TrialCount | None = None
    elsewhere: str = ""

    @property
    def content(self) -> dict[str, Any]:
        """The content of sweep.json."""
        return record.content(self.record)

    @cached_property
    def trials(self) -> pd.DataFrame:
        """The rows of trials.csv: swept paths, metrics with units in their names (NaN: undefined), status, reason."""
        values = dict(zip(self.plan.paths, zip(*self.plan.sets, strict=True), strict=True))
        numbers = {COLUMNS[name]: self.metrics[:, at] for at, name in enumerate(NAMES)}
        return pd.DataFrame({**values, **numbers, "status": self.status, "reason": self.reason})

    def curves(self, sets: Iterable[int]) -> pd.DataFrame:
        """Return the equity of some sets (rows of `trials`) in USD, a row a bar, a column a set; NaN without a bar.

        UsageError where they were not kept: `curves=True` keeps them.
        """
        return Curves(self.folder).read(sets)

    @property
    def lacks_its_walk(self) -> str:
        """Why there is no walk-forward where one was asked for; empty where there is, or none was."""
        return self.record.notes[-1] if self.plan.walk_forward and self.record.walk_forward is None else ""

    @property
    def best(self) -> dict[str, Value] | None:
        """The parameters of the best point, by path: `settings` of a run. None where no set may be called best."""
        return dict(self.record.best.params) if self.record.best else None

    @property
    def best_region(self) -> dict[str, Value] | None:
        """The parameters of the set that stands for the best region, by path."""
        return dict(self.record.best_region.params) if self.record.best_region else None

    def to_frame(self) -> pd.DataFrame:
        """Return `trials`."""
        return self.trials

    def plot(self) -> go.Figure:
        """Return the metric over the first one or two swept paths (medians over the others), as plotly's figure."""
        return plot(self.plan, self.record, self.trials)

    def _repr_html_(self) -> str:
        return html(self.plan, self.record, self.metrics, self.status)

    def __repr__(self) -> str:
        metric, point = self.record.metric, self.record.best
        mark = "SIMULATED " if self.record.simulated else ""
        best = f"best {metric} {number(metric, point.metrics[metric])}" if point else "no best"
        paths = ", ".join(self.plan.paths)
        return f"<Sweep {mark}{self.record.study}: {self.record.sets:,} sets over {paths}; {best}>"
