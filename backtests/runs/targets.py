"""What a word on the command line means: a run of the registry, the folder of one, or a study, which is run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from backtests import record
from backtests.experiments.experiment import Experiment, with_accepted, with_settings
from backtests.experiments.studies import load, study_names
from backtests.experiments.toml import parse
from backtests.registry import Entry, Registry, SweepEntry
from backtests.runs import recorded
from backtests.runs.record import RunRecord
from backtests.runs.result import Result
from data.errors import Ambiguous, BadSpec, UnknownName
from data.files import PLAN
from data.sources.open import placed

Progress = Callable[[str], None]


def run_unsaved(experiment: Experiment, source: str | None, progress: Progress = lambda _: None) -> Result:
    """Run an experiment, remembered like every other, without files."""
    done = recorded.run_and_record(experiment, source, tearsheet=False, keep=False, progress=progress)
    assert done.result is not None
    return done.result


def is_study(target: str) -> bool:
    """Whether a target is to be run: a study's name, a .toml file or a strategy's class; a folder of a run is not."""
    if Path(target).is_dir():
        return False
    return target.removeprefix("study:") in study_names() or target.endswith(".toml") or ".py:" in target


def find(target: str) -> Path | Entry:
    """Return the folder of a run, or its row in the registry; UnknownName with the close ids and studies."""
    if Path(target).is_dir() or "/" in target:
        if not Path(target).is_dir():
            raise BadSpec(f"{target}: no such folder; name a run by its folder, its id, or a study")
        if any((Path(target) / name).is_file() for name in ("sweep.json", PLAN)):
            raise _sweep(target, "ID")
        return Path(target)
    try:
        entry = Registry().find(target)
    except Ambiguous:
        raise
    except UnknownName:
        raise UnknownName("run or study", target, study_names(), "(or a run's id or folder, or a .toml file)") from None
    if isinstance(entry, SweepEntry):
        raise _sweep(target, target)
    return _sound(entry)


def _sweep(target: str, id: str) -> BadSpec:
    """Return why a sweep is no run: its folder has an experiment too, the one that no set of it need be."""
    remedy = f"make a run of one of its sets first: harbinger runs rerun {id} --set N"
    return BadSpec(f"{target} is a sweep, not a run; {remedy}")


def in_place(experiment: Experiment, source: str) -> Experiment:
    """Return an experiment that was run with the place of its source, for what else is asked of it."""
    return replace(experiment, source=placed(source, experiment.source))


@dataclass(frozen=True)
class Pinned:
    """What a target names: an experiment with its data pinned, and the id of its run, "" where its folder has none."""

    experiment: Experiment
    run_id: str


def pinned(
    target: str,
    settings: Sequence[str] = (),
    source: str | None = None,
    accept: Sequence[str] = (),
    progress: Progress = lambda _: None,
) -> Pinned:
    """Return the experiment of a target with its data pinned: of a run as it was, of a study after running it.

    BadSpec where settings, a source or accepted errors are given for what was run already.
    """
    if is_study(target):
        progress(f"running {target}")
        study = load(target)
        result = run_unsaved(with_accepted(with_settings(study, settings), accept, source), source, progress)
        return Pinned(in_place(result.experiment, source or study.source), result.run_id)
    for_studies(target, settings, source, accept)
    known = find(target)
    if isinstance(known, Entry):
        return Pinned(parse(known.spec.encode(), known.run_id), known.run_id)
    if not (known / "spec.toml").is_file():
        raise BadSpec(f"{known} has no spec.toml: name the folder of a run")
    run = known / "run.json"
    run_id = record.read(RunRecord, run).run_id if run.is_file() else ""
    return Pinned(_with_place(load(str(known / "spec.toml")), run_id), run_id)


def _with_place(experiment: Experiment, run_id: str) -> Experiment:
    """Return the experiment of a folder with the place of its source, where the registry has its run on that data.

    The files of a run name no place, and what else is asked of it may need hours or another vendor from there.
    """
    try:
        row = Registry().runs.show(run_id) if run_id else None
    except UnknownName:
        row = None
    if row is None or row.run_id != run_id or row.data_fingerprint != experiment.fingerprint:
        return experiment
    return in_place(experiment, parse(row.spec.encode(), run_id).source)


def for_studies(
    target: str, settings: Sequence[str] = (), source: str | None = None, accept: Sequence[str] = ()
) -> None:
    """BadSpec where what is for studies alone is given with a target that was run already."""
    given = [*settings, *([f"--source {source}"] if source is not None else []), *(f"--accept {one}" for one in accept)]
    if given:
        raise BadSpec(f"{given[0]}: {target} was run already; settings, span, --source and --accept are for studies")


def _sound(entry: Entry) -> Entry:
    if entry.removed_at:
        raise BadSpec(f"{entry.run_id} was removed from the registry; run it again, or name its folder")
    if entry.kind != "run":
        raise BadSpec(f"{entry.run_id} is of kind {entry.kind}, not a run")
    if entry.status == "failed":
        raise BadSpec(f"{entry.run_id} failed ({entry.reason}): there is nothing to compare")
    if entry.status in ("running", "interrupted"):
        raise BadSpec(f"{entry.run_id}: {entry.status}; it has no numbers to compare, run it to its end")
    return entry
