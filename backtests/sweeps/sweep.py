"""A sweep: every set of a plan run, saved, registered, checked against backtrader and ranked."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from backtests import record
from backtests.cluster.scheduler import Cluster, connected
from backtests.experiments.toml import dump, dump_to_pass_on
from backtests.registry import Registry, SweepEntry, as_json, code_hash, versions
from backtests.runs.files import new_run_id, stamp, table_csv
from backtests.sweeps import tpe
from backtests.sweeps.folder import planned, trials_parquet, upload
from backtests.sweeps.judged import Say, evidence, judge
from backtests.sweeps.plans.plan import Plan
from backtests.sweeps.result import Sweep
from backtests.sweeps.walk_forward.walk import check
from backtests.sweeps.work import inputs as sources
from backtests.sweeps.work.far import SweepJob
from backtests.sweeps.work.pool import usual
from backtests.sweeps.work.runner import Watch, Work
from data.errors import BadSpec
from data.files import check_free, resolved, results_folder, write_atomic
from data.sources.open import default_source, open_source, place_of
from data.store import Store

Beside = Callable[[Sweep], None]


def sweep(
    plan: Plan,
    source: str | None = None,
    out: Path | None = None,
    *,
    workers: int | None = None,
    dask: str | None = None,
    to: str = "",
    watch: Watch = lambda *_: None,
    say: Say = lambda _: None,
    beside: Beside = lambda _: None,
) -> Sweep:
    """Run every set of `plan` and write its tables and sweep.json into `out` (default runs/<sweep id>).

    `workers`: processes of this machine, None for one a processor (`pool.usual`).
    `source` is what --source says, `dask` the address of a scheduler whose workers compute, None for this process.
    `to` is where it will be uploaded, for whoever goes on with it. `beside` is called with the sweep while the check
    against backtrader goes on: only `seconds`, what the check found, the verdict on luck and the count of trials are
    not known yet.
    RunError where a set differs from backtrader by more than 1e-9, or the cluster is lost.
    """
    Registry().runs.check()
    if plan.method == "tpe":
        tpe.installed()
    with connected(dask) as cluster:
        work = _begun(plan, source, out, workers or usual(walks=bool(plan.walk_forward)), cluster, to, say)
        return _finish(work, watch, say, beside)


def _begun(
    plan: Plan, source: str | None, out: Path | None, workers: int, cluster: Cluster | None, to: str, say: Say
) -> Work:
    """Return the work of a new sweep, its inputs frozen, in the registry and in a folder that holds the plan."""
    created = datetime.now(UTC)
    sweep_id = new_run_id(f"sweep-{plan.base.study.name}", created)
    folder = results_folder(out, sweep_id)
    say("reading data")
    store = Store()
    opened = open_source(source or plan.base.source or default_source(), store)
    inputs = sources.freeze(plan, opened, store)
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
    # Before the first file. The files of the sweep name no place; the registry, in the user's own folder, knows it.
    entry = replace(_entry(plan, note, folder), source=place_of(opened))
    Registry().sweeps.begin(entry, partial(check_free, folder))
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("sweep.json", "sweep.html", "equity.csv", trials_parquet.NAME):
        (folder / name).unlink(missing_ok=True)
    planned.write(plan, note, folder)
    write_atomic(folder / "spec.toml", dump_to_pass_on(plan.base, folder).encode())
    work = Work(plan, entry, folder, inputs, workers, cluster)
    work.table.begin()
    work.curves.cut(0)
    return work


def resume(
    folder: Path,
    *,
    workers: int | None = None,
    dask: str | None = None,
    watch: Watch = lambda *_: None,
    say: Say = lambda _: None,
    beside: Beside = lambda _: None,
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
        many = workers or usual(walks=bool(plan.walk_forward))
        work = Work(plan, _entry(plan, note, folder), folder, inputs, many, cluster)
        work.resume()
        Registry().sweeps.restore(work.entry, work.trials())  # where the registry was lost meanwhile
        Registry().sweeps.begin(work.entry)
        return _finish(work, watch, say, beside)


def _finish(work: Work, watch: Watch, say: Say, beside: Beside) -> Sweep:
    began = time.perf_counter()
    try:
        found = judge(work, watch, say)
        say("checking against backtrader")
        beside(found)  # while backtrader is at work
        _write_tables(work, found)
        checked, worst = work.audit()
        luck = evidence(work, found.record.best)
    finally:
        work.auditors.close(wait=False)  # they have answered; and whoever interrupts waits for nothing
    seconds = round(time.perf_counter() - began, 3)
    largest = worst if checked else None
    done = replace(found.record, seconds=seconds, evidence=luck, parity_checked=checked, parity_max_rel=largest)
    return _written(work, replace(found, record=done))


def _write_tables(work: Work, found: Sweep) -> None:
    """Write the tables, which sweep.json makes those of a finished sweep."""
    plan, said = found.plan, found.record
    chosen = [point.set for point in (said.best, said.best_region) if point]
    write_atomic(work.folder / "equity.csv", table_csv(found.equity, stamp(*map(work.market, chosen))))
    work.table.finish()
    trials_parquet.write(work.folder, plan.paths, plan.sets, found.metrics, found.parts, found.status, found.reason)


def _written(work: Work, done: Sweep) -> Sweep:
    """Write sweep.json, last, of what is checked, and return it with the count of what has been tried."""
    plan, said = done.plan, done.record
    Registry().sweeps.restore(work.entry, work.trials())  # where the registry was lost meanwhile
    Registry().sweeps.finish(work.sweep_id, said.start, said.end)
    trials = Registry().count(plan.base.market.traded, said.start, said.end, simulated=said.simulated)
    write_atomic(work.folder / "sweep.json", (record.as_text(said) + "\n").encode())
    return replace(done, trials_so_far=trials)


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
