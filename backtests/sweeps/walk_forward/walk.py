"""A walk-forward from plan to record: score, choose, stitch, run, and the same cut otherwise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from backtests.cluster.scheduler import Cluster
from backtests.engine.ledger import Floats
from backtests.runs.batch.shared_bars import SharedBarsByMarket
from backtests.runs.batch.windows import Span
from backtests.statistics.intervals import mean_interval
from backtests.sweeps.plans.plan import Plan
from backtests.sweeps.plans.schedule import Fold
from backtests.sweeps.plans.sets import Settings
from backtests.sweeps.plateau import Neighbours
from backtests.sweeps.walk_forward.beside import beside
from backtests.sweeps.walk_forward.choosing import Stitched, choices, none_to_choose, rank_correlation, stitch
from backtests.sweeps.walk_forward.offsets import Cut, offsets, other_cuts
from backtests.sweeps.walk_forward.scores import Rules, Scores
from backtests.sweeps.walk_forward.scoring import Scoring
from backtests.sweeps.walk_forward.stitched_run import FOLDER, run
from backtests.sweeps.walk_forward_record import Decay, FoldRecord, WalkForwardRecord

Say = Callable[[str], None]


def check(plan: Plan, shared: SharedBarsByMarket) -> None:
    """Raise BadSpec where the schedule of a plan, if it has one, does not fit its history: before any set is run."""
    if plan.walk_forward is not None:
        plan.walk_forward.folds(shared.of(plan.base).labels, 1 + plan.base.execution.delay_bars)


class Walk:
    """A walk-forward under way: `look` takes the blocks of its sweep as they are decided, `record` ends it.

    The plan's base pins the data.
    """

    def __init__(self, plan: Plan, settings: Settings, shared: SharedBarsByMarket) -> None:
        assert plan.walk_forward is not None
        self.schedule, self.rules = plan.walk_forward, Rules(plan, shared, settings)
        self.purge = 1 + plan.base.execution.delay_bars
        self.folds = self.schedule.folds(self.rules.labels, self.purge)
        self.cuts = other_cuts(self.schedule, self.rules, self.purge)
        spans = [fold.train for fold in self.folds] + [fold.test for fold in self.folds]
        spans += [fold.train for _, _, others in self.cuts for fold in others]
        self.scoring = Scoring(self.rules, spans)
        self.look = self.scoring.look

    def record(self, folder: Path, say: Say = lambda _: None, cluster: Cluster | None = None) -> WalkForwardRecord:
        """Choose, write the stitched run below `folder`, its table and that of the curves beside it, return the record.

        What the sweep did not decide is scored now, on a cluster where there is one. RunError where in some window no
        set may be called best.
        """
        plan, schedule, rules, folds = self.rules.plan, self.schedule, self.rules, self.folds
        windows = len(self.scoring.windows.spans)
        say(f"walk-forward: {len(folds)} folds")
        scores = self.scoring.scores(
            lambda done, n: say(f"walk-forward: {done:,} of {n:,} sets in {windows} windows"), cluster
        )
        neighbours = Neighbours(plan)
        chosen = choices(neighbours, scores, folds, schedule.choose)
        if isinstance(chosen, Fold):
            raise none_to_choose(rules, scores, chosen)
        stitched = stitch(rules, folds, chosen)
        say("walk-forward: running what was chosen")
        done = run(rules, stitched, schedule, folder)
        assert done.result is not None
        rivals = beside(rules, stitched, done.result, folder)
        records = tuple(_fold(rules, scores, fold, at) for fold, at in zip(folds, stitched.chosen, strict=True))
        return WalkForwardRecord(
            train=schedule.train,
            test=schedule.test,
            anchored=schedule.anchored,
            choose=schedule.choose,
            metric=plan.metric,
            purge_bars=self.purge,
            run_id=done.run_id,
            folder=FOLDER,
            start=done.record.start,
            end=done.record.end,
            folds=records,
            metrics=done.record.metrics,
            beside=done.record.benchmark_metrics | rivals,
            decay=_decay(plan, records),
            sharpe_interval_95=done.record.sharpe_interval_95,
            evidence=done.record.evidence,
            status=done.record.status,
            offsets=offsets(rules, stitched, [(cut, _otherwise(rules, neighbours, scores, cut)) for cut in self.cuts]),
        )


def _otherwise(rules: Rules, neighbours: Neighbours, scores: Scores, cut: Cut) -> Stitched | None:
    """Return what another cut would have traded; None where in one of its windows no set may be called best."""
    schedule, _, folds = cut
    chosen = choices(neighbours, scores, folds, schedule.choose)
    return None if isinstance(chosen, Fold) else stitch(rules, folds, chosen)


def _fold(rules: Rules, scores: Scores, fold: Fold, position: int) -> FoldRecord:
    plan, decided = rules.plan, rules.decided(position)[None]
    return FoldRecord(
        train=_days(rules, fold.train),
        test=_days(rules, fold.test),
        params=dict(zip(plan.paths, plan.sets[position], strict=True)),
        in_sample=dict(rules.batch(decided, fold.train).of(0).values),
        out_of_sample=dict(rules.batch(decided, fold.test).of(0).values),
        rank_correlation=rank_correlation(plan, scores, fold),
    )


def _days(rules: Rules, span: Span) -> tuple[str, str]:
    return f"{rules.labels[span[0]]:%Y-%m-%d}", f"{rules.labels[span[1] - 1]:%Y-%m-%d}"


def _decay(plan: Plan, folds: tuple[FoldRecord, ...]) -> Decay:
    pairs = [(fold.in_sample[plan.metric], fold.out_of_sample[plan.metric]) for fold in folds]
    both = np.array([pair for pair in pairs if None not in pair], dtype=np.float64).reshape(-1, 2)
    ranks = np.array([fold.rank_correlation for fold in folds if fold.rank_correlation is not None])
    n, ranked = len(both), float(np.mean(ranks)) if len(ranks) else None
    if not n:
        return Decay(None, None, None, ranked, 0, None, _of_ranks(ranks))
    before, after = both.mean(axis=0).tolist()
    change = both[:, 1] - both[:, 0]
    worse = float(np.mean(change > 0 if plan.lower_is_better else change < 0))
    return Decay(before, after, worse, ranked, n, mean_interval(change), _of_ranks(ranks))


def _of_ranks(ranks: Floats) -> tuple[float, float] | None:
    """Return the interval of the mean of correlations: none is beyond 1."""
    found = mean_interval(ranks)
    return None if found is None else (max(found[0], -1.0), min(found[1], 1.0))
