"""SweepRecord: what sweep.json says of a sweep. Its screen, its page and its notebook card read it."""

from __future__ import annotations

from dataclasses import dataclass, field

from backtests.runs.evidence import RunEvidence
from backtests.runs.record import Numbers
from backtests.sweeps.walk_forward_record import WalkForwardRecord
from signals.parameters import Value


@dataclass(frozen=True)
class PointRecord:
    """One set: its position, parameters by path and metrics, and where it stands in each sub-period.

    `rank_by_subperiod`: the share of sets with a lower Sharpe ratio, 1 for the best; None where undefined.
    """

    set: int
    params: dict[str, Value]
    metrics: Numbers
    sharpe_by_subperiod: tuple[float | None, ...]
    rank_by_subperiod: tuple[float | None, ...]


@dataclass(frozen=True)
class RegionRecord(PointRecord):
    """The set that stands for a region, never worse than its median, and the region.

    `score` is the median of the metric over its `neighbours`.

    `worst` and `top` are the metric's ends over the region, `undefined` counts the sets without one, `bounds` are the
    lowest and the highest value of each path (all values of a path that is no number).
    """

    score: float
    neighbours: int
    undefined: int
    worst: float
    top: float
    bounds: dict[str, tuple[Value, ...]]


@dataclass(frozen=True, kw_only=True)
class SweepRecord:
    """One sweep. `start` and `end` are bars of the first set that ran; `axes` holds values, or low and high.

    `best` and `best_region` are None if no set may be called best. `stability`: Spearman's rank correlation of all
    sets' Sharpe ratios between each two sub-periods, None where undefined. `params`: every parameter of the base.
    `evidence` is the verdict on the best point after all trials; None for a backtrader strategy's sets.
    `accept`: the errors of `data check` that were accepted; `notes`: what it says of the series in use.
    `walk_forward` is None where none was asked for. `controls` are the metrics of holding and of own trend at the costs
    of the set that stands for the best region; empty where none does.
    """

    sweep_id: str
    study: str
    simulated: bool
    source: str
    data_fingerprint: str
    start: str
    end: str
    sets: int
    failed: int
    ruined: int
    seconds: float
    engine: str
    parity_checked: int
    parity_max_rel: float | None
    method: str
    seed: int
    constraint: str
    metric: str
    axes: dict[str, tuple[Value, ...]]
    best: PointRecord | None
    best_region: RegionRecord | None
    stability: tuple[tuple[float | None, ...], ...]
    params: dict[str, Value]
    accept: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)
    evidence: RunEvidence | None = None
    walk_forward: WalkForwardRecord | None = None
    controls: dict[str, Numbers] = field(default_factory=dict)
