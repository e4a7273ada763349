"""The best of a sweep among all its sets: how many they really are, how the best place out of sample, whether any beats
the controls, and how good the best would have been with every set's positions slid around the calendar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backtests.engine.ledger import Floats
from backtests.runs.controls import at_volatility_of
from backtests.runs.trials import Trials
from backtests.statistics.bootstrap import DRAWS, counts
from backtests.statistics.deflation import EffectiveTrials, effective_trials
from backtests.statistics.overfitting import PBO, pbo
from backtests.statistics.sharpe_ratio import NO_ROOM
from backtests.statistics.slides import Slides, slides
from backtests.statistics.superior import SPA, mean_block, spa, stepm

BLOCKS = 16
CLUSTERS = 10
MOST_CLUSTERED = 1_000


@dataclass(frozen=True, eq=False)
class AmongTrials:
    """What the sets of a sweep say of its best.

    `sharpe` (k,): active, per bar, NaN where undefined. `spa` by control; `representatives`: the columns of the best
    set of each cluster of alike ones; `superior`: those of them that beat each control, family-wise (StepM).
    """

    sharpe: Floats
    effective: EffectiveTrials | None
    overfitting: PBO | None
    spa: dict[str, SPA | None]
    representatives: tuple[int, ...]
    superior: dict[str, tuple[int, ...]]
    slides: Slides | None

    @property
    def variance(self) -> float:
        """The variance of the sets' active Sharpe ratios, per bar squared; 0 where fewer than two are known."""
        known = self.sharpe[np.isfinite(self.sharpe)]
        return float(np.var(known, ddof=1)) if len(known) > 1 else 0.0


def among_trials(trials: Trials, asset: Floats, controls: Mapping[str, Floats]) -> AmongTrials:
    """Return what the sets say; `asset` (n,) and `controls` (n,) are returns in excess of cash on their bars."""
    net, n = trials.net, len(asset)
    varying = np.ptp(net, axis=0) > NO_ROOM
    matched = {name: at_volatility_of(control, net[:, varying]) for name, control in controls.items()}
    block = mean_block(*(matched[name] - control[:, None] for name, control in controls.items()))
    drawn = counts(n, block)
    chosen = _representatives(net, varying)
    tests: dict[str, SPA | None] = {}
    superior: dict[str, tuple[int, ...]] = {}
    for name, control in controls.items():
        tests[name] = spa(control, matched[name], drawn, block=block)
        few = at_volatility_of(control, net[:, chosen])
        usable = np.ptp(few - control[:, None], axis=0) > NO_ROOM
        beat = stepm(control, few[:, usable], block=block, draws=DRAWS) if usable.any() else ()
        superior[name] = tuple(int(chosen[np.flatnonzero(usable)[at]]) for at in beat)
    enough = varying.sum() > 1 and n >= 2 * BLOCKS
    active = active_of(net, trials.weights, asset)
    return AmongTrials(
        sharpe=ratios(active),
        effective=effective_trials(active, drawn),
        overfitting=pbo(net[:, varying], blocks=BLOCKS) if enough else None,
        spa=tests,
        representatives=tuple(int(at) for at in chosen),
        superior=superior,
        slides=slides(trials.weights, asset),
    )


def active_of(net: Floats, weights: Floats, asset: Floats) -> Floats:
    """Return the active returns (n, k) of nets (n, k) that held weights (k, n)."""
    active: Floats = net - weights.mean(axis=1) * asset[:, None]
    return active


def ratios(active: Floats) -> Floats:
    """Return the Sharpe ratio per bar (k,) of active returns (n, k); NaN without variance."""
    spread = active.std(axis=0, ddof=1)
    found: Floats = np.divide(active.mean(axis=0), spread, out=np.full(len(spread), np.nan), where=spread > NO_ROOM)
    return found


def _representatives(net: Floats, varying: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
    """Return the column of the best Sharpe ratio of each of at most ten clusters of correlated sets."""
    from scipy.cluster.hierarchy import fcluster, linkage  # noqa: PLC0415  # heavy: loaded when it is needed
    from scipy.spatial.distance import squareform  # noqa: PLC0415  # the same

    columns = np.flatnonzero(varying)
    ratio = net[:, columns].mean(axis=0) / net[:, columns].std(axis=0, ddof=1)
    order = np.argsort(-ratio, kind="stable")
    columns, ratio = columns[order[:MOST_CLUSTERED]], ratio[order[:MOST_CLUSTERED]]
    if len(columns) < 3:
        return columns
    apart = np.clip(1 - np.corrcoef(net[:, columns], rowvar=False), 0, 2)
    np.fill_diagonal(apart, 0.0)
    labels = fcluster(linkage(squareform(apart, checks=False), "average"), CLUSTERS, "maxclust")
    firsts = np.unique(labels, return_index=True)[1]  # columns stand by their ratio: the first of a cluster is its best
    return np.asarray(columns[np.sort(firsts)])
