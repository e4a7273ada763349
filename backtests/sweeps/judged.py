"""What a sweep finds: its sets run, ranked, and what was chosen of them judged, before the check of them has ended."""

from __future__ import annotations

import random
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pandas as pd

from backtests.registry import Registry, versions
from backtests.runs.evidence import RunEvidence
from backtests.sweeps import ranking
from backtests.sweeps.held_against import controls
from backtests.sweeps.plans.plan import Plan
from backtests.sweeps.record import PointRecord, RegionRecord, SweepRecord
from backtests.sweeps.result import Sweep
from backtests.sweeps.walk_forward.choosing import NothingToChoose
from backtests.sweeps.walk_forward.walk import Walk
from backtests.sweeps.walk_forward_record import WalkForwardRecord
from backtests.sweeps.work.backtrader_check import SAMPLE
from backtests.sweeps.work.runner import Watch, Work
from data.errors import RunError

Say = Callable[[str], None]
SOUGHT = (
    "the sets were sought where earlier ones were good (--tpe): their best is luckier than the best of as many "
    "that were spread evenly (docs/search.md)"
)


def judge(work: Work, watch: Watch, say: Say) -> Sweep:
    """Run and judge the sets; what is chosen is asked of backtrader too, whose answers and `evidence` are to come."""
    sample = [] if work.native else _sampled(work.plan)
    walk = Walk(work.plan, work.settings, work.inputs.stages) if work.plan.walk_forward else None
    with _stops_are_said(work):
        work.go(watch, sample, walk.look if walk else None)
    plan = work.plan  # with the sets that a search has found
    say("judging")
    allowed = ranking.eligible(plan, work.metrics, work.status)
    best = ranking.best(plan, work.metrics, work.parts, ranking.ranked(plan, work.metrics, allowed))
    if best and not work.native:
        work.ask_audit([best.set], judged=True)  # first: what it stands on is measured beside all that follows
    region, scores = ranking.best_region(plan, work.metrics, work.parts, allowed)
    chosen = {name: point.set for name, point in (("best_point", best), ("best_region", region)) if point}
    work.ask_audit(list(chosen.values()))
    held = controls(work, region.set) if region else {}
    walked, refused = _walked(work, walk, say)
    judged = _record(work, best, region)
    judged = replace(
        judged,
        controls={name: control.metrics for name, control in held.items()},
        walk_forward=walked,
        notes=(*judged.notes, *refused),
    )
    curves = {name: work.equity(at) for name, at in chosen.items()}
    curves |= {name.replace(" ", "_"): control.equity for name, control in held.items()}
    equity = pd.DataFrame({f"{name}_usd": curve for name, curve in curves.items()})
    equity.index.name = "date"
    return Sweep(plan, work.folder, work.metrics, work.parts, work.status, work.reason, scores, judged, equity)


def _sampled(plan: Plan) -> list[int]:
    return random.Random(plan.seed).sample(range(plan.count), min(SAMPLE, plan.count))  # noqa: S311


def _walked(work: Work, walk: Walk | None, say: Say) -> tuple[WalkForwardRecord | None, list[str]]:
    """Return the walk-forward, or why there is none: the sets are run all the same, and their sweep ends."""
    if walk is None:
        return None, []
    try:
        with _stops_are_said(work):
            return walk.record(work.folder, say, work.cluster), []
    except NothingToChoose as error:
        return None, [str(error)]


def evidence(work: Work, best: PointRecord | None) -> RunEvidence | None:
    """Return the verdict on the best point after every trial on its asset, these sets among them.

    It stands on backtrader's run of the set, which is measured where it is run: waits until it is there.
    """
    if best is None or work.native:
        return None
    measured, market = work.asked[best.set]().measured, work.market(best.set)
    assert measured is not None
    first, last = (f"{day:%Y-%m-%d}" for day in work.equity(best.set).index[[0, -1]])
    tried = Registry().count(market.traded, first, last, simulated=market.simulated).ideas
    return measured.after(max(tried, len(work.plan.sets)))


def _record(work: Work, best: PointRecord | None, region: RegionRecord | None) -> SweepRecord:
    plan, (start, end) = work.plan, _span(work)
    return SweepRecord(
        sweep_id=work.sweep_id,
        study=plan.base.study.name,
        simulated=work.inputs.simulated,
        source=work.inputs.source,
        data_fingerprint=work.inputs.fingerprint,
        start=start,
        end=end,
        sets=len(plan.sets),
        failed=work.status.count("failed"),
        ruined=work.status.count("ruin"),
        seconds=0.0,
        engine="backtrader" if work.native else "kernel",
        parity_checked=0,
        parity_max_rel=None,
        method=plan.method,
        seed=plan.seed,
        constraint=plan.constraint,
        metric=plan.metric,
        axes={axis.path: axis.values or (axis.low, axis.high) for axis in plan.axes},
        best=best,
        best_region=region,
        stability=ranking.stability(plan, work.parts),
        params={parameter.path: parameter.value for parameter in plan.base.parameters()},
        accept=plan.base.accept,
        notes=(*work.inputs.notes, *([SOUGHT] if work.searches else [])),
        versions=versions(),
    )


def _span(work: Work) -> tuple[str, str]:
    """Return the first and the last bar of the first set that ran; what the base asks for where none did."""
    ran = next((at for at, status in enumerate(work.status) if status != "failed"), None)
    if ran is None:
        return work.plan.base.study.start, work.plan.base.study.end
    labels = work.inputs.stages.of(work.settings.experiment(work.plan.sets[ran])).labels
    return f"{labels[0]:%Y-%m-%d}", f"{labels[-1]:%Y-%m-%d}"


@contextmanager
def _stops_are_said(work: Work) -> Iterator[None]:
    """Say how to go on after an interrupt, or where the cluster is lost."""
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"interrupted {_how_far(work)}") from None
    except RunError as error:
        if work.cluster is None or isinstance(error, NothingToChoose):
            raise
        raise RunError(f"{error}: stopped {_how_far(work)}") from error


def _how_far(work: Work) -> str:
    done, n = len(work.status), work.plan.count
    remedy = f"go on with: harbinger sweep --resume {shlex.quote(str(work.folder))}"
    return f"after {done:,} of {n:,} sets; {remedy}"
