"""WalkForwardRecord: what sweep.json says under `walk_forward`. Screen and page read it."""

from __future__ import annotations

from dataclasses import dataclass

from backtests.runs.evidence import RunEvidence
from backtests.runs.record import Numbers
from signals.parameters import Value


@dataclass(frozen=True)
class FoldRecord:
    """One fold: first and last bar of both windows, what was chosen, its numbers in both.

    Each is what `harbinger run` gives over that window with those parameters. `rank_correlation`: Spearman's, of the
    metric of all sets in training and in trading; None where it is undefined.
    """

    train: tuple[str, str]
    test: tuple[str, str]
    params: dict[str, Value]
    in_sample: Numbers
    out_of_sample: Numbers
    rank_correlation: float | None


@dataclass(frozen=True)
class Decay:
    """What became of the chosen sets' metric: its mean over the `folds` that have it, in training and in trading.

    `worse`: the share of these in which it was worse in trading. `rank_correlation`: the mean over folds. `change_95`
    and `rank_correlation_95`: 95% intervals of the mean change and of that mean, folds taken as independent, which
    trainings that overlap are not quite. None where undefined.
    """

    in_sample: float | None
    out_of_sample: float | None
    worse: float | None
    rank_correlation: float | None
    folds: int = 0
    change_95: tuple[float, float] | None = None
    rank_correlation_95: tuple[float, float] | None = None


@dataclass(frozen=True)
class Variant:
    """Another cut of the same history: length of training, days by which the first window began later.

    `sharpe` over the bars that all cuts trade in; None where undefined, or where in one of its windows no set could be
    chosen.
    """

    train: str
    late_days: int
    folds: int
    sharpe: float | None


@dataclass(frozen=True)
class Offsets:
    """The same procedure cut otherwise, so that a lucky cut is seen; all over the bars `start`..`end`.

    `lower`: the share of the other cuts with a lower Sharpe ratio than the one asked for.
    """

    start: str
    end: str
    asked: float | None
    low: float | None
    median: float | None
    high: float | None
    lower: float | None
    variants: tuple[Variant, ...]


@dataclass(frozen=True, kw_only=True)
class WalkForwardRecord:
    """One walk-forward. `metrics` are the stitched run's; `beside` those of other curves over the same bars.

    `sharpe_interval_95` and `evidence` are those of the stitched run's run.json: how sure, and after how many trials.
    `status` is the stitched run's: `ruin` where all was lost on `end`; then `beside` goes on to the end of the last
    fold, and folds and cuts after it begin with a new account.

    `run_id` and `folder` (below the sweep's) are the stitched run's. `purge_bars`: bars left out before each window to
    trade in.
    """

    train: str
    test: str
    anchored: bool
    choose: str
    metric: str
    purge_bars: int
    run_id: str
    folder: str
    start: str
    end: str
    folds: tuple[FoldRecord, ...]
    metrics: Numbers
    beside: dict[str, Numbers]
    decay: Decay
    offsets: Offsets
    sharpe_interval_95: tuple[float, float] | None = None
    evidence: RunEvidence | None = None
    status: str = "ok"
