"""A sweep carried out: every set of a plan run, written, remembered, checked against backtrader and judged."""

from __future__ import annotations

import json
import random
import shlex
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from backtests.labels import COLUMNS, number
from backtests.metrics import NAMES
from backtests.native import Native
from backtests.outputs import new_run_id
from backtests.registry import SweepEntry, TrialRow, Trials, as_json, code_hash, versions
from backtests.search import inputs as sources
from backtests.search import judge
from backtests.search.audit import SAMPLE, Answer, Auditors, check, difference
from backtests.search.block import equity_of, failed, run_block
from backtests.search.inputs import Inputs
from backtests.search.plan import Plan
from backtests.search.plateau import Plateau
from backtests.search.rows import PARTS, Row, Table
from backtests.search.settings import Settings
from backtests.sources import DEFAULT, open_source
from backtests.spec import dump
from data.errors import BadSpec, HarbingerError
from data.store import Store, home, write_atomic
from signals.knobs import Value

BLOCK = 1_000
WORKERS = 2
Watch = Callable[[int, int, float | None], None]
Say = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Sweep:
    """A finished sweep: its table in memory, and the content of sweep.json."""

    plan: Plan
    folder: Path
    metrics: np.ndarray[Any, np.dtype[np.float64]]
    parts: np.ndarray[Any, np.dtype[np.float64]]
    status: list[str]
    reason: list[str]
    plateau: Plateau | None
    content: dict[str, Any]

    @cached_property
    def trials(self) -> pd.DataFrame:
        """The rows of trials.csv: swept paths, metrics with units in their names (NaN: undefined), status, reason."""
        values = dict(zip(self.plan.paths, zip(*self.plan.sets, strict=True), strict=True))
        numbers = {COLUMNS[name]: self.metrics[:, at] for at, name in enumerate(NAMES)}
        return pd.DataFrame({**values, **numbers, "status": self.status, "reason": self.reason})

    @property
    def best(self) -> dict[str, Value] | None:
        """The parameters of the best point, by path: `settings` of a run. None where no set may be called best."""
        return None if self.content["best"] is None else dict(self.content["best"]["params"])

    @property
    def best_region(self) -> dict[str, Value] | None:
        """The parameters of the middle of the best region, by path."""
        return None if self.content["best_region"] is None else dict(self.content["best_region"]["params"])

    def _repr_html_(self) -> str:
        from backtests.search.display import html

        return html(self)

    def __repr__(self) -> str:
        content, metric = self.content, self.content["metric"]
        made, point = "SIMULATED " if content["simulated"] else "", content["best"]
        best = "no best" if point is None else f"best {metric} {number(metric, point['metrics'][metric])}"
        return f"<Sweep {made}{content['study']}: {content['sets']:,} sets over {', '.join(self.plan.paths)}; {best}>"


class _Work:
    """A sweep under way."""

    def __init__(self, plan: Plan, sweep_id: str, folder: Path, inputs: Inputs, workers: int) -> None:
        self.plan, self.sweep_id, self.folder, self.inputs = plan, sweep_id, folder, inputs
        n = len(plan.sets)
        self.metrics = np.full((n, len(NAMES)), np.nan)
        self.parts = np.full((n, PARTS), np.nan)
        self.status: list[str] = []
        self.reason: list[str] = []
        self.settings = Settings(plan)
        self.table = Table(folder, plan.paths, PARTS)
        self.auditors = Auditors(home(), inputs.fingerprint, workers)

    def go(self, watch: Watch) -> None:
        """Run what is not run yet, block by block; after each block all of it is on the disk and in the registry."""
        registry = Trials()
        for sets, rows in self._blocks():
            first = len(self.status)
            self.table.add(rows)
            registry.add(
                self.sweep_id,
                [self._trial(first + at, values, row) for at, (values, row) in enumerate(zip(sets, rows, strict=True))],
            )
            self.take(rows)
            watch(len(self.status), len(self.plan.sets), self.best_metric)

    def take(self, rows: list[Row]) -> None:
        """Keep the rows of the next sets."""
        first, last = len(self.status), len(self.status) + len(rows)
        self.metrics[first:last] = [row.metrics for row in rows]
        self.parts[first:last] = [row.parts for row in rows]
        self.status += [row.status for row in rows]
        self.reason += [row.reason for row in rows]

    @property
    def best_metric(self) -> float | None:
        """The best value of the plan's metric so far."""
        found = judge.target(self.plan, self.metrics[: len(self.status)])
        if np.isnan(found).all():
            return None
        return float(self.metrics[np.nanargmax(found), NAMES.index(self.plan.metric)])

    def _blocks(self) -> Iterator[tuple[list[Any], list[Row]]]:
        native = isinstance(self.plan.base.strategy, Native)
        size = 8 if native else BLOCK
        for first in range(len(self.status), len(self.plan.sets), size):
            sets = self.plan.sets[first : first + size]
            yield sets, self._by_backtrader(sets) if native else run_block(sets, self.settings, self.inputs.stages)

    def _by_backtrader(self, sets: list[Any]) -> list[Row]:
        """Return rows of sets that only backtrader can run, in the processes."""
        asked = [self._ask(values) for values in sets]
        return [self._answered(values, answer) for values, answer in zip(sets, asked, strict=True)]

    def _ask(self, values: Any) -> Future[Answer] | HarbingerError:
        try:
            return self.auditors.ask(self.settings.spec(values))
        except HarbingerError as error:
            return error

    def _answered(self, values: Any, asked: Future[Answer] | HarbingerError) -> Row:
        if isinstance(asked, HarbingerError):
            return failed(values, asked)
        try:
            answer = asked.result()
        except Exception as error:  # noqa: BLE001  # whatever the user's strategy raised is that set's answer
            return failed(values, error)
        return Row(values, answer.metrics, answer.parts, "ruin" if answer.ruin else "ok", answer.ruin)

    def _trial(self, position: int, values: Any, row: Row) -> TrialRow:
        numbers = tuple(None if value != value else value for value in row.metrics)
        return TrialRow(position, self.settings.trial_hash(values), values, row.status, row.reason, numbers)

    def audit(self, asked: dict[int, Future[Answer]]) -> tuple[int, float]:
        """Return how many sets were run through backtrader, and the largest relative difference found."""
        checked, worst = [at for at in asked if self.status[at] != "failed"], 0.0
        for at in checked:
            equity = equity_of(self.plan.sets[at], self.settings, self.inputs.stages)
            apart = difference(self.metrics[at].tolist(), equity, asked[at].result())
            check(apart, ", ".join(f"{p}={v}" for p, v in zip(self.plan.paths, self.plan.sets[at], strict=True)))
            worst = max(worst, apart)
        return len(checked), worst

    def ask_audit(self, positions: list[int]) -> dict[int, Future[Answer]]:
        """Have sets run through backtrader, beside the work."""
        asked = {at: self._ask(self.plan.sets[at]) for at in positions}
        return {at: answer for at, answer in asked.items() if isinstance(answer, Future)}


def sweep(
    plan: Plan,
    source: str | None = None,
    out: Path | None = None,
    *,
    workers: int = WORKERS,
    watch: Watch = lambda *_: None,
    say: Say = lambda _: None,
) -> Sweep:
    """Run every set of `plan` and write trials.csv, subperiods.csv and sweep.json into `out` (default runs/<sweep id>).

    `source` is what --source says. RunError where a set differs from backtrader by more than 1e-9.
    """
    created = datetime.now(UTC)
    sweep_id = new_run_id(f"sweep-{plan.base.study.name}", created)
    folder = (out or Path("runs") / sweep_id).resolve()
    say("reading data")
    store = Store()
    inputs = sources.freeze(plan, open_source(source or plan.base.source or DEFAULT, store), store)
    plan = replace(plan, base=replace(plan.base, source=inputs.source, fingerprint=inputs.fingerprint))
    note = {
        "sweep_id": sweep_id,
        "created_at": created.isoformat(timespec="seconds"),
        "code_hash": code_hash(plan.base.strategy),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("sweep.json", "sweep.html"):
        (folder / name).unlink(missing_ok=True)
    write_atomic(folder / "plan.json", (json.dumps(note | {"plan": plan.as_json()}, indent=1) + "\n").encode())
    write_atomic(folder / "spec.toml", dump(plan.base).encode())
    Trials().begin(_entry(plan, note, folder))
    work = _Work(plan, sweep_id, folder, inputs, workers)
    work.table.begin()
    return _carry_out(work, note, watch, say)


def resume(folder: Path, *, workers: int = WORKERS, watch: Watch = lambda *_: None, say: Say = lambda _: None) -> Sweep:
    """Go on with the sweep in `folder` where it was interrupted; the table ends as it would have without."""
    folder = folder.resolve()
    path = folder / "plan.json"
    if not path.is_file():
        raise BadSpec(f"{folder} has no plan.json: name the folder of an interrupted sweep (it says so when it starts)")
    try:
        note = json.loads(path.read_text(encoding="utf-8"))
        plan = Plan.read(note.pop("plan"), str(path))
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise BadSpec(f"{path}: not the plan of a sweep: {error}; start the sweep anew") from error
    if (folder / "sweep.json").is_file():
        raise BadSpec(f"{folder} holds a finished sweep; nothing is left to resume")
    if note["code_hash"] != code_hash(plan.base.strategy):
        raise BadSpec(f"{folder}: harbinger's code or a file of yours has changed since the sweep began; sweep anew")
    say("reading data")
    work = _Work(plan, note["sweep_id"], folder, sources.thaw(plan.base.fingerprint, Store()), workers)
    metrics, parts, status, reason = work.table.resume()
    n = len(status)
    if n == 0:
        work.table.begin()
    work.metrics[:n], work.parts[:n], work.status, work.reason = metrics, parts, status, reason
    Trials().begin(_entry(plan, note, folder))
    return _carry_out(work, note, watch, say)


def _carry_out(work: _Work, note: dict[str, str], watch: Watch, say: Say) -> Sweep:
    plan, began = work.plan, time.perf_counter()
    native = isinstance(plan.base.strategy, Native)
    try:
        n = len(plan.sets)
        sample = [] if native else sorted(random.Random(plan.seed).sample(range(n), min(SAMPLE, n)))  # noqa: S311
        asked = work.ask_audit(sample)
        _go(work, watch)
        say("judging")
        allowed = judge.eligible(plan, work.metrics, work.status)
        order = judge.ranked(plan, work.metrics, allowed)
        region, scores = judge.best_region(plan, work.metrics, work.parts, allowed)
        stability = judge.stability(work.parts)
        say("checking against backtrader")
        chosen = [*order[:1], *([region["set"]] if region else [])]
        asked |= {} if native else work.ask_audit([at for at in dict.fromkeys(chosen) if at not in asked])
        checked, worst = work.audit(asked)
    finally:
        work.auditors.close()
    stage = work.inputs.stages.of(work.settings.spec(plan.sets[order[0] if order else 0]))
    start, end = (f"{label:%Y-%m-%d}" for label in (stage.labels[0], stage.labels[-1]))
    content: dict[str, Any] = {
        "sweep_id": work.sweep_id,
        "study": plan.base.study.name,
        "simulated": work.inputs.simulated,
        "source": work.inputs.source,
        "data_fingerprint": work.inputs.fingerprint,
        "start": start,
        "end": end,
        "sets": n,
        "failed": work.status.count("failed"),
        "ruined": work.status.count("ruin"),
        "seconds": round(time.perf_counter() - began, 3),
        "engine": "backtrader" if native else "kernel",
        "parity_checked": checked,
        "parity_max_rel": worst if checked else None,
        "method": plan.method,
        "seed": plan.seed,
        "constraint": plan.constraint,
        "metric": plan.metric,
        "axes": {axis.path: list(axis.values) or [axis.low, axis.high] for axis in plan.axes},
        "best": judge.best(plan, work.metrics, work.parts, order),
        "best_region": region,
        "stability": stability,
        "params": {knob.path: knob.value for knob in plan.base.knobs()},
        "versions": versions(),
    }
    work.table.finish()
    Trials().finish(work.sweep_id, start, end)
    done = Sweep(plan, work.folder, work.metrics, work.parts, work.status, work.reason, scores, content)
    write_atomic(work.folder / "sweep.json", (json.dumps(content, indent=2, allow_nan=False) + "\n").encode())
    return done


def _go(work: _Work, watch: Watch) -> None:
    try:
        work.go(watch)
    except KeyboardInterrupt:
        done, n = len(work.status), len(work.plan.sets)
        remedy = f"go on with: harbinger sweep --resume {shlex.quote(str(work.folder))}"
        raise KeyboardInterrupt(f"interrupted after {done:,} of {n:,} sets; {remedy}") from None


def _entry(plan: Plan, note: dict[str, str], folder: Path) -> SweepEntry:
    base = plan.base
    return SweepEntry(
        sweep_id=note["sweep_id"],
        created_at=note["created_at"],
        study=base.study.name,
        source=base.source,
        traded=base.market.traded,
        start=base.study.start,
        end=base.study.end,
        data_fingerprint=base.fingerprint,
        code_hash=note["code_hash"],
        status="running",
        versions=as_json(versions()),
        path=str(folder),
        spec=dump(base),
        axes=as_json(list(plan.paths)),
        sets=str(len(plan.sets)),
    )
