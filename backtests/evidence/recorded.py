"""A judgement, saved and registered. What it judges is an idea like any other: known already, it is counted once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from backtests import record
from backtests.evidence.examination import Examination, examine
from backtests.evidence.judged import record_of
from backtests.evidence.page import render
from backtests.evidence.record import EvidenceRecord
from backtests.experiments.experiment import Experiment
from backtests.pages.places import with_places
from backtests.registry import Entry, Registry, as_json, attempt, code_hash, text_hash, trial_hash, versions
from backtests.runs.files import new_run_id
from backtests.runs.run import Frozen, freeze, run_on
from backtests.runs.trials import Trials
from data.errors import HarbingerError
from data.files import results_folder, write_atomic
from data.sources.base import Source
from data.sources.open import default_source, open_source
from data.store import Store

Progress = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class RecordedEvidence:
    """A judgement on disk: its id, its folder, its record, which evidence.json holds, and what it found in memory."""

    run_id: str
    folder: Path
    record: EvidenceRecord
    result: Examination

    @property
    def page(self) -> Path:
        """The page."""
        return self.folder / "evidence.html"


def run_and_record(
    experiment: Experiment,
    trials: Trials | None = None,
    out: Path | None = None,
    *,
    of: str = "",
    prior: int = 0,
    progress: Progress = lambda _: None,
) -> RecordedEvidence:
    """Judge an experiment, the best of `trials` if there are any, and write evidence.json and evidence.html into `out`.

    Default folder: runs/<evidence id>. `of` is the id of the run that is judged, `prior` what was tried elsewhere.
    """
    registry, created = Registry(), datetime.now(UTC)
    registry.runs.check()
    run_id = new_run_id(f"evidence-{experiment.study.name}", created)
    folder = results_folder(out, run_id)
    inputs, source = _inputs(experiment, progress)
    asked = f"evidence of {of or experiment.study.name}, prior = {prior}"
    with attempt(registry.runs, _entry(inputs.experiment, asked, run_id, created, folder)) as row:
        result = run_on(inputs, progress)
        first, last = (f"{label:%Y-%m-%d}" for label in result.span)
        row.has(start=first, end=last)
        tried = registry.count(result.market.traded, first, last, simulated=result.market.simulated, prior=prior)
        n_trials = max(tried.ideas, trials.planned if trials else 1) + prior
        found = examine(result, trials, n_trials, prior, inputs.tables, source, progress)
        evidence = record_of(found, run_id, of)
        progress("drawing the page")
        (folder / "evidence.json").unlink(missing_ok=True)
        write_atomic(folder / "evidence.html", with_places(render(found, evidence), folder, ("evidence.json",)))
        write_atomic(folder / "evidence.json", (record.as_text(evidence) + "\n").encode())
        row.end(status="ok", reason=f"{evidence.verdict}: {'; '.join(evidence.reasons)}")
    return RecordedEvidence(run_id, folder, evidence, found)


def _inputs(experiment: Experiment, progress: Progress) -> tuple[Frozen, Source | None]:
    """Return the frozen inputs, and the source for what else is asked; None where it cannot be opened any more."""
    store = Store()
    try:
        source = open_source(experiment.source or default_source(), store)
    except HarbingerError:
        source = None
    pinned = bool(experiment.fingerprint) and store.has(experiment.fingerprint)
    return freeze(experiment, None if pinned else source, store, progress), source


def _entry(experiment: Experiment, asked: str, run_id: str, created: datetime, folder: Path) -> Entry:
    """Return the row of a judgement as it starts."""
    return Entry(
        run_id=run_id,
        created_at=created.isoformat(timespec="seconds"),
        study=f"evidence-{experiment.study.name}",
        source=experiment.source,
        traded=experiment.market.traded,
        start=experiment.study.start,
        end=experiment.study.end,
        spec_hash=text_hash(asked).hex(),
        data_fingerprint=experiment.fingerprint,
        code_hash=code_hash(experiment.strategy, "evidence"),
        status="",
        reason="",
        metrics=as_json(None),
        versions=as_json(versions()),
        path=str(folder),
        spec=asked,
        kind="evidence",
        trial_hash=trial_hash(experiment).hex(),
    )
