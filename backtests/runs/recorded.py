"""A run, saved and registered. Every attempt leaves a row in the registry, failed ones too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from backtests import record
from backtests.experiments.experiment import Experiment
from backtests.experiments.toml import dump
from backtests.registry import Entry, Registry, as_json, code_hash, experiment_hash, trial_hash, versions
from backtests.runs import files
from backtests.runs.record import RunRecord
from backtests.runs.result import Result
from backtests.runs.run import Frozen, freeze, run_on
from data.errors import BadFile, RunError
from data.files import results_folder
from data.sources.base import Source
from data.sources.open import DEFAULT, open_source
from data.store import Store

NOWHERE = Path()
Progress = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class RecordedRun:
    """A run on disk: its id, its folder, and its record, which run.json holds.

    `result` is None, and `answered` says when the run was made, if the registry answered.
    """

    run_id: str
    folder: Path
    record: RunRecord
    result: Result | None = None
    answered: str = ""

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
class _Attempt:
    """One attempt at a run, from its start to its row in the registry."""

    run_id: str
    created: datetime
    folder: Path

    def entry(self, experiment: Experiment, status: str, reason: str, run: RunRecord | None) -> Entry:
        """Return the row of this attempt; without a record, of what the experiment asked for."""
        return Entry(
            run_id=self.run_id,
            created_at=self.created.isoformat(timespec="seconds"),
            study=experiment.study.name,
            source=experiment.source or DEFAULT,
            traded=experiment.market.traded,
            start=run.start if run else experiment.study.start,
            end=run.end if run else experiment.study.end,
            spec_hash=experiment_hash(experiment),
            data_fingerprint=experiment.fingerprint,
            code_hash=code_hash(experiment.strategy),
            status=status,
            reason=reason,
            metrics=as_json(run.metrics if run else None),
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
    progress: Progress = lambda _: None,
) -> RecordedRun:
    """Run `experiment`, write its files into `out` (default runs/<run id>) and append its row to the registry.

    `source` is what --source says; None: the data that the experiment pins, else its own source, else the default.
    Unless `fresh`, an earlier run of the same experiment, data, code and libraries whose files are still there answers
    instead. Without `keep` no file is written; the row in the registry then has no path.
    """
    created = datetime.now(UTC)
    run_id = files.new_run_id(experiment.study.name, created)
    attempt = _Attempt(run_id, created, results_folder(out, run_id) if keep else NOWHERE)
    if source is not None:
        experiment = replace(experiment, source=source, fingerprint="")
    try:
        inputs = _inputs(experiment, progress)
        if not fresh:
            entry = attempt.entry(inputs.experiment, "", "", None)
            earlier = _earlier(entry, out, tearsheet)
            if earlier is not None:
                return earlier
        result, run = _run(inputs, attempt, tearsheet, progress)
    except BaseException as error:
        Registry().runs.add(attempt.entry(experiment, "failed", f"{type(error).__name__}: {error}", None))
        raise
    Registry().runs.add(attempt.entry(result.experiment, result.status, "; ".join(run.warnings), run))
    return RecordedRun(run_id, attempt.folder, run, replace(result, run_id=run_id))


def _inputs(experiment: Experiment, progress: Progress) -> Frozen:
    store = Store()
    return freeze(experiment, _source(experiment, store), store, progress)


def _run(inputs: Frozen, attempt: _Attempt, tearsheet: bool, progress: Progress) -> tuple[Result, RunRecord]:
    result = _after_trials(run_on(inputs, progress))
    run = files.record_of(result, attempt.run_id)
    page = None
    if tearsheet:
        page, run = _page(result, run, progress)
    progress("writing")
    if attempt.folder != NOWHERE:
        files.write(result, run, attempt.folder, page)
    return result, run


def _after_trials(result: Result) -> Result:
    """Return a result judged after every idea that the registry knows of its asset, over days that overlap."""
    span, own = (f"{label:%Y-%m-%d}" for label in result.span), trial_hash(result.experiment).hex()
    tried = Registry().count(result.market.traded, *span, simulated=result.market.simulated, own=own)
    return replace(result, evidence=result.measured.after(tried.ideas))


def _earlier(entry: Entry, out: Path | None, tearsheet: bool) -> RecordedRun | None:
    """Return an earlier run that is the same, if its files are still there (in `out`, if one is named)."""
    for known in Registry().runs.same(entry):
        folder = Path(known.path)
        if (out is not None and out.resolve() != folder) or (tearsheet and not (folder / "tearsheet.html").is_file()):
            continue
        try:
            run = record.read(RunRecord, folder / "run.json")
        except BadFile:
            continue  # moved, edited or removed since: it cannot answer
        if run.run_id == known.run_id:
            return RecordedRun(known.run_id, folder, run, None, known.created_at)
    return None


def _source(experiment: Experiment, store: Store) -> Source | None:
    if experiment.fingerprint and store.has(experiment.fingerprint):
        return None
    return open_source(experiment.source or DEFAULT, store)


def _page(result: Result, run: RunRecord, progress: Progress) -> tuple[bytes | None, RunRecord]:
    """Return the tearsheet and the record; if it cannot be drawn, None and the record with a warning."""
    from backtests.runs.tearsheet import render  # noqa: PLC0415  # loads quantstats and matplotlib: two seconds

    progress("drawing the tearsheet")
    try:
        return render(result, run), run
    except RunError as error:
        return None, replace(run, warnings=(*run.warnings, f"no tearsheet: {error}"))
