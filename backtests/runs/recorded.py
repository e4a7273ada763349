"""A run, saved and registered. Every attempt has its row in the registry before it has a number, failed ones too."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from backtests import record
from backtests.experiments.experiment import Experiment
from backtests.experiments.toml import dump
from backtests.registry import (
    Entry,
    Registry,
    TrialCount,
    as_json,
    attempt,
    code_hash,
    experiment_hash,
    reason_of,
    trial_hash,
    versions,
)
from backtests.runs import files
from backtests.runs.record import RunRecord
from backtests.runs.remembered import Remembered, remembered
from backtests.runs.result import Result
from backtests.runs.run import Frozen, freeze, run_on
from data.errors import HarbingerError, RunError
from data.files import check_free, results_folder
from data.sources.base import Source
from data.sources.open import default_source, open_source, placed
from data.store import Store

NOWHERE = Path()
Progress = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class RecordedRun:
    """A run on disk: its id, its folder, and its record, which run.json holds.

    `result` is None, and `answered` says when the run was made, if the registry answered. `trials`: what was tried on
    its asset up to now. `notes` name earlier runs of the same that could not answer, since their files are no longer
    what was written.
    """

    run_id: str
    folder: Path
    record: RunRecord
    result: Result | None = None
    answered: str = ""
    trials: TrialCount | None = None
    notes: tuple[str, ...] = ()

    @property
    def content(self) -> dict[str, Any]:
        """The content of run.json."""
        return record.content(self.record)

    @property
    def tearsheet(self) -> Path | None:
        """The page, if one was made."""
        path = self.folder / "tearsheet.html"
        return path if path.exists() else None


@dataclass(frozen=True)
class _Asked:
    """What was asked for, from its start to its row in the registry."""

    run_id: str
    created: datetime
    folder: Path

    def entry(self, experiment: Experiment) -> Entry:
        """Return the row of this attempt as it starts, with the span that the experiment asks for."""
        return Entry(
            run_id=self.run_id,
            created_at=self.created.isoformat(timespec="seconds"),
            study=experiment.study.name,
            source=experiment.source or default_source(),
            traded=experiment.market.traded,
            start=experiment.study.start,
            end=experiment.study.end,
            spec_hash=experiment_hash(experiment),
            data_fingerprint=experiment.fingerprint,
            code_hash=code_hash(experiment.strategy),
            status="",
            reason="",
            metrics=as_json(None),
            versions=as_json(versions()),
            path="" if self.folder == NOWHERE else str(self.folder),
            spec=dump(experiment),
            trial_hash=trial_hash(experiment).hex(),
        )


def run_and_record(
    experiment: Experiment,
    source: str | None = None,
    out: Path | None = None,
    *,
    tearsheet: bool = True,
    fresh: bool = True,
    keep: bool = True,
    replacing: bool = False,
    progress: Progress = lambda _: None,
) -> RecordedRun:
    """Run `experiment`, write its files into `out` (default runs/<run id>) and register it.

    Its row stands, "running", before anything is computed. `source` is what --source says; None: the data that the
    experiment pins, else its own source, else the default. Unless `fresh`, an earlier run of the same experiment, data,
    code and libraries answers instead, if its files are what was written then. Without `keep` no file is written; the
    row in the registry then has no path. UsageError where `out` holds results of anything but this very run, unless
    they are `replacing` what a larger question wrote into its own folder.
    """
    registry, created = Registry(), datetime.now(UTC)
    registry.runs.check()
    run_id = files.new_run_id(experiment.study.name, created)
    asked = _Asked(run_id, created, results_folder(out, run_id, replace=True) if keep else NOWHERE)
    if source is not None:
        experiment = replace(experiment, source=source, fingerprint="")
    try:
        inputs = _inputs(experiment, progress)
        # The files of the run name no place; the registry, in the user's own folder, knows it.
        entry = asked.entry(replace(inputs.experiment, source=placed(experiment.source, inputs.experiment.source)))
        earlier = Remembered() if fresh else remembered(entry, out, tearsheet=tearsheet)
    except BaseException as error:
        with suppress(HarbingerError):  # what stopped the run is said, not why its row could not be
            registry.runs.add(replace(asked.entry(experiment), status="failed", reason=reason_of(error)))
        raise
    if earlier.entry is not None and earlier.run is not None:
        return _answer(earlier.entry, earlier.run)
    into = out if keep and not replacing and not _is_of_same(entry) else None
    with attempt(registry.runs, entry, partial(check_free, into) if into is not None else lambda: None) as row:
        result = run_on(inputs, progress)
        first, last = (f"{label:%Y-%m-%d}" for label in result.span)
        row.has(start=first, end=last)
        trials = registry.count(result.market.traded, first, last, simulated=result.market.simulated)
        result = replace(result, evidence=result.measured.after(trials.ideas))
        run, hashes = _written(result, asked, trials if tearsheet else None, progress)
        row.end(
            status=result.status,
            reason="; ".join(run.warnings),
            metrics=as_json(run.metrics),
            hashes=as_json(hashes),
        )
    made = replace(result, run_id=run_id)
    return RecordedRun(run_id, asked.folder, run, made, trials=trials, notes=earlier.notes)


def _answer(entry: Entry, run: RunRecord) -> RecordedRun:
    now = Registry().count(run.market.traded, run.start, run.end, simulated=run.simulated)
    return RecordedRun(entry.run_id, Path(entry.path), run, None, entry.created_at, trials=now)


def _is_of_same(entry: Entry) -> bool:
    """Whether the folder of a run was written by the same experiment on the same data, code and libraries."""
    return any(known.path == entry.path for known in Registry().runs.same(entry))


def _inputs(experiment: Experiment, progress: Progress) -> Frozen:
    store = Store()
    return freeze(experiment, _source(experiment, store), store, progress)


def _written(
    result: Result, asked: _Asked, trials: TrialCount | None, progress: Progress
) -> tuple[RunRecord, dict[str, str]]:
    """Write the files of a run, with a page that says `trials` if there are any; return its record and their hashes."""
    run, page = files.record_of(result, asked.run_id), None
    if trials is not None:
        page, run = _page(result, run, trials, progress)
    progress("writing")
    return run, {} if asked.folder == NOWHERE else files.write(result, run, asked.folder, page)


def _source(experiment: Experiment, store: Store) -> Source | None:
    if experiment.fingerprint and store.has(experiment.fingerprint):
        return None
    return open_source(experiment.source or default_source(), store)


def _page(result: Result, run: RunRecord, trials: TrialCount, progress: Progress) -> tuple[bytes | None, RunRecord]:
    """Return the tearsheet and the record; if it cannot be drawn, None and the record with a warning."""
    from backtests.runs.tearsheet.page import render  # noqa: PLC0415  # loads quantstats and matplotlib: two seconds

    progress("drawing the tearsheet")
    try:
        return render(result, run, trials), run
    except RunError as error:
        return None, replace(run, warnings=(*run.warnings, f"no tearsheet: {error}"))
