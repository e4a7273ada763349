"""A sweep: every set of a plan run, saved, registered, checked against backtrader and ranked."""

from __future__ import annotations

import random
import shlex
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from backtests import record
from backtests.cluster.scheduler import Cluster, connected
from backtests.engine import loop
from backtests.experiments.toml import dump, dump_to_pass_on
from backtests.metrics.labels import COLUMNS
from backtests.metrics.performance import NAMES
from backtests.pages.text import number
from backtests.registry import Registry, SweepEntry, TrialCount, as_json, code_hash, versions
from backtests.runs.decisions import decisions_of
from backtests.runs.evidence import RunEvidence, measure
from backtests.runs.files import new_run_id, stamp, table_csv
from backtests.sweeps import inputs as sources
from backtests.sweeps import planned, ranking, tpe, trials_parquet, upload
from backtests.sweeps.backtrader_check import SAMPLE
from backtests.sweeps.curves import Curves
from backtests.sweeps.far import SweepJob
from backtests.sweeps.held_against import controls
from backtests.sweeps.notebook import html, plot
from backtests.sweeps.plans.plan import Plan
from backtests.sweeps.plateau import Plateau
from backtests.sweeps.record import PointRecord, RegionRecord, SweepRecord
from backtests.sweeps.runner import Watch, Work
from backtests.sweeps.walk_forward.walk import Walk, check
from backtests.sweeps.walk_forward_record import WalkForwardRecord
from data.errors import BadSpec, RunError
from data.files import resolved, results_folder, write_atomic
from data.sources.open import default_source, open_source
from data.store import Store
from signals.parameters import Value

WORKERS = 2
SOUGHT = (
    "the sets were sought where earlier ones were good (--tpe): their best is luckier than the best of as many "
    "that were spread evenly (docs/search.md)"
)

if TYPE_CHECKING:
    import plotly.graph_objects as go
Say = Callable[[str], None]


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


def sweep(
    plan: Plan,
    source: str | None = None,
    out: Path | None = None,
    *,
    workers: int = WORKERS,
    dask: str | None = None,
    to: str = "",
    watch: Watch = lambda *_: None,
    say: Say = lambda _: None,
) -> Sweep:
    """Run every set of `plan` and write its tables and sweep.json into `out` (default runs/<sweep id>).

    `source` is what --source says, `dask` the address of a scheduler whose workers compute, None for this process.
    `to` is where it will be uploaded, for whoever goes on with it.
    RunError where a set differs from backtrader by more than 1e-9, or the cluster is lost.
    """
    Registry().runs.check()
    if plan.method == "tpe":
        tpe.installed()
    with connected(dask) as cluster:
        return _sweep(plan, source, out, workers, cluster, to, watch, say)


def _sweep(
    plan: Plan,
    source: str | None,
    out: Path | None,
    workers: int,
    cluster: Cluster | None,
    to: str,
    watch: Watch,
    say: Say,
) -> Sweep:
    created = datetime.now(UTC)
    sweep_id = new_run_id(f"sweep-{plan.base.study.name}", created)
    folder = results_folder(out, sweep_id)
    say("reading data")
    store = Store()
    inputs = sources.freeze(plan, open_source(source or plan.base.source or default_source(), store), store)
    check(plan, inputs.stages)
    plan = plan.pinned(inputs.source, inputs.fingerprint)
    note = planned.Note(
        sweep_id=sweep_id,
        created_at=created.isoformat(timespec="seconds"),
        code_hash=code_hash(plan.base.strategy, "sweep"),
        lacking=dict(inputs.stages.lacking),
        notes=inputs.notes,
    )
    if cluster is not None:
        say("sending inputs to the cluster")
        cluster.begin(SweepJob.of(sweep_id, plan, inputs))
    if to:
        upload.remember(sweep_id, to)
    Registry().sweeps.begin(_entry(plan, note, folder))  # before the first file
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("sweep.json", "sweep.html", "equity.csv", trials_parquet.NAME):
        (folder / name).unlink(missing_ok=True)
    planned.write(plan, note, folder)
    write_atomic(folder / "spec.toml", dump_to_pass_on(plan.base, folder).encode())
    work = Work(plan, sweep_id, folder, inputs, workers, cluster)
    work.table.begin()
    work.curves.cut(0)
    return _finish(work, watch, say)


def resume(
    folder: Path,
    *,
    workers: int = WORKERS,
    dask: str | None = None,
    watch: Watch = lambda *_: None,
    say: Say = lambda _: None,
) -> Sweep:
    """Go on with the sweep in `folder` where it was interrupted; the table ends as it would have without.

    Where it began does not matter: here, or (`dask`) on a cluster.
    """
    folder = resolved(folder)
    if (folder / "sweep.json").is_file():
        raise BadSpec(f"{folder} holds a finished sweep; nothing is left to resume")
    plan, note = planned.read(folder)
    Registry().sweeps.check_free(str(folder))  # before its tables are cut back to what is whole
    with connected(dask) as cluster:
        say("reading data")
        inputs = sources.thaw(plan.base.fingerprint, Store(), note.lacking, note.notes)
        if cluster is not None:
            say("sending inputs to the cluster")
            cluster.begin(SweepJob.of(note.sweep_id, plan, inputs))
        work = Work(plan, note.sweep_id, folder, inputs, workers, cluster)
        work.resume()
        Registry().sweeps.restore(_entry(plan, note, folder), work.trials())  # where the registry was lost meanwhile
        Registry().sweeps.begin(_entry(plan, note, folder))
        return _finish(work, watch, say)


def _finish(work: Work, watch: Watch, say: Say) -> Sweep:
    began, n = time.perf_counter(), work.plan.count
    try:
        sample = [] if work.native else random.Random(work.plan.seed).sample(range(n), min(SAMPLE, n))  # noqa: S311
        walk = Walk(work.plan, work.settings, work.inputs.stages) if work.plan.walk_forward else None
        with _stops_are_said(work):
            work.go(watch, sample, walk.look if walk else None)
        plan = work.plan  # with the sets that a search has found
        say("judging")
        order = ranking.ranked(plan, work.metrics, ranking.eligible(plan, work.metrics, work.status))
        best = ranking.best(plan, work.metrics, work.parts, order)
        allowed = ranking.eligible(plan, work.metrics, work.status)
        region, scores = ranking.best_region(plan, work.metrics, work.parts, allowed)
        chosen = {name: point.set for name, point in (("best_point", best), ("best_region", region)) if point}
        work.ask_audit(list(chosen.values()))
        evidence = _evidence(work, best)  # while backtrader is at work
        beside = controls(work, region.set) if region else {}
        walked = _walked(work, walk, say)
        say("checking against backtrader")
        checked, worst = work.audit()
        curves = {name: work.equity(at) for name, at in chosen.items()}
        curves |= {name.replace(" ", "_"): control.equity for name, control in beside.items()}
        equity = pd.DataFrame({f"{name}_usd": curve for name, curve in curves.items()})
        equity.index.name = "date"
    except BaseException:
        work.auditors.close(wait=False)  # whoever interrupts waits for nothing
        raise
    work.auditors.close()
    write_atomic(work.folder / "equity.csv", table_csv(equity, stamp(*map(work.market, chosen.values()))))
    done = replace(
        _record(work, time.perf_counter() - began, checked, worst, best, region),
        evidence=evidence,
        controls={name: control.metrics for name, control in beside.items()},
        walk_forward=walked,
    )
    work.table.finish()
    found = (work.metrics, work.parts, work.status, work.reason)
    trials_parquet.write(work.folder, plan.paths, plan.sets, *found)
    Registry().sweeps.finish(work.sweep_id, done.start, done.end)
    trials = Registry().count(plan.base.market.traded, done.start, done.end, simulated=done.simulated)
    write_atomic(work.folder / "sweep.json", (record.as_text(done) + "\n").encode())
    return Sweep(plan, work.folder, *found, scores, done, equity, trials)


def _walked(work: Work, walk: Walk | None, say: Say) -> WalkForwardRecord | None:
    if walk is None:
        return None
    with _stops_are_said(work):
        return walk.record(work.folder, say, work.cluster)


def _evidence(work: Work, best: PointRecord | None) -> RunEvidence | None:
    """Return the verdict on the best point after every trial on its asset, these sets among them."""
    if best is None or work.native:
        return None
    experiment = work.settings.experiment(work.plan.sets[best.set])
    market = work.market(best.set)
    decisions, _ = decisions_of(experiment, market)
    ledger = loop.run(decisions, experiment.costs, experiment.execution, experiment.study.cash_usd)
    first, last = (f"{ledger.decisions.bars.index[at]:%Y-%m-%d}" for at in (0, ledger.bars - 1))
    tried = Registry().count(market.traded, first, last, simulated=market.simulated).ideas
    return measure(experiment, market, ledger).after(max(tried, len(work.plan.sets)))


def _record(
    work: Work, seconds: float, checked: int, worst: float, best: PointRecord | None, region: RegionRecord | None
) -> SweepRecord:
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
        seconds=round(seconds, 3),
        engine="backtrader" if work.native else "kernel",
        parity_checked=checked,
        parity_max_rel=worst if checked else None,
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
        if work.cluster is None:
            raise
        raise RunError(f"{error}: stopped {_how_far(work)}") from error


def _how_far(work: Work) -> str:
    done, n = len(work.status), work.plan.count
    remedy = f"go on with: harbinger sweep --resume {shlex.quote(str(work.folder))}"
    return f"after {done:,} of {n:,} sets; {remedy}"


def _entry(plan: Plan, note: planned.Note, folder: Path) -> SweepEntry:
    base = plan.base
    return SweepEntry(
        sweep_id=note.sweep_id,
        created_at=note.created_at,
        study=base.study.name,
        source=base.source,
        traded=base.market.traded,
        start=base.study.start,
        end=base.study.end,
        data_fingerprint=base.fingerprint,
        code_hash=note.code_hash,
        status="running",
        versions=as_json(versions()),
        path=str(folder),
        spec=dump(base),
        axes=as_json(list(plan.paths)),
        sets=str(plan.count),
    )
