"""A run of the registry again: equal to the bit, or what has changed since."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from backtests.experiments.experiment import Experiment
from backtests.experiments.toml import parse
from backtests.metrics.performance import NAMES
from backtests.registry import Entry, Registry, SweepEntry, code_hash, versions
from backtests.runs.recorded import RecordedRun, run_and_record
from data.errors import BadSpec, DataError, UnknownName
from signals.parameters import Value

CLOSE = 1e-9
FILES = ("equity.csv", "orders.csv")
ENDS = {"failed": "failed", "running": "is still running", "interrupted": "was interrupted"}


@dataclass(frozen=True)
class Rerun:
    """How a second run compares: `differs` names each number or file that is not equal, `changed` what may be why."""

    run_id: str
    of: str
    same: bool
    differs: list[str]
    changed: list[str]
    compared: list[str] = field(default_factory=list)


def rerun(run_id: str, progress: Callable[[str], None] = lambda _: None) -> Rerun:
    """Run the experiment of a registry row again, on the same frozen data, and compare."""
    entry = Registry().runs.show(run_id)
    if entry.removed_at or entry.kind != "run" or entry.status not in ("ok", "ruin"):
        why = "was removed" if entry.removed_at else f"is a {entry.kind}" if entry.kind != "run" else ENDS[entry.status]
        raise BadSpec(f"{entry.run_id} {why}: there is no run to repeat")
    experiment = _pinned(entry.spec, entry.run_id)
    done = run_and_record(experiment, tearsheet=False, progress=progress)
    recorded = json.loads(entry.metrics)
    differs = [_told(name, recorded.get(name), done.record.metrics[name]) for name in NAMES]
    compared, files = _files(Path(entry.path), done)
    found = [line for line in differs if line] + files
    return Rerun(done.run_id, entry.run_id, not found, found, _changed(entry, experiment), ["metrics", *compared])


def rerun_set(sweep_id: str, position: int, progress: Callable[[str], None] = lambda _: None) -> Rerun:
    """Run one set of a sweep by backtrader and compare its metrics with the sweep's row, to 1e-9."""
    sweep = Registry().sweeps.show(sweep_id)
    if sweep.removed_at:
        raise BadSpec(f"{sweep.sweep_id} was removed: there is no set to repeat")
    rows = Registry().sweeps.rows(sweep)
    row = rows[rows["set"] == position]
    if row.empty:
        raise UnknownName("set", str(position), [], remedy=f"in {sweep.sweep_id}, which has sets 0..{len(rows) - 1}")
    params: dict[str, Value] = json.loads(row["params"].iloc[0])
    experiment = _pinned(sweep.spec, sweep.sweep_id).with_values(params)
    done = run_and_record(experiment, tearsheet=False, progress=progress)
    pairs = ((name, row[name].iloc[0], done.record.metrics[name]) for name in NAMES)
    found = [f"{name}: {was} then, {now} now" for name, was, now in pairs if not _close(was, now)]
    return Rerun(
        done.run_id, f"{sweep.sweep_id} set {position}", not found, found, _changed(sweep, experiment), ["metrics"]
    )


def _pinned(text: str, origin: str) -> Experiment:
    try:
        return parse(text.encode(), origin)
    except BadSpec as error:
        raise DataError(f"{origin} cannot be repeated: {error}") from error


def _files(folder: Path, done: RecordedRun) -> tuple[list[str], list[str]]:
    """Return the files of the first run that were there to compare, and those that differ."""
    there = [name for name in FILES if (folder / name).is_file()] if str(folder) != "." else []
    differ = [name for name in there if (folder / name).read_bytes() != (done.folder / name).read_bytes()]
    return there, [f"{name}: not equal to the bit" for name in differ]


def _changed(entry: Entry | SweepEntry, experiment: Experiment) -> list[str]:
    question = "sweep" if isinstance(entry, SweepEntry) else "run"
    found, code = [], code_hash(experiment.strategy, question)
    if entry.code_hash != code:
        found.append(f"code: {entry.code_hash} then, {code} now")
    then, now = json.loads(entry.versions), versions()
    differing = [name for name in sorted({*then, *now}) if then.get(name) != now.get(name)]
    return found + [f"{name}: {then.get(name, 'none')} then, {now.get(name, 'none')} now" for name in differing]


def _told(name: str, was: float | None, now: float | None) -> str:
    return "" if was == now else f"{name}: {was} then, {now} now"


def _close(was: float, now: float | None) -> bool:
    if now is None or was != was:
        return now is None and was != was
    return abs(was - now) <= CLOSE * max(abs(now), 1e-3)
