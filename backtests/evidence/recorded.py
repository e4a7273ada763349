"""A judgement, saved and registered. It tries nothing new: its row counts as no trial of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from backtests import record
from backtests.evidence.examination import Examination, examine
from backtests.evidence.judged import record_of
from backtests.evidence.record import EvidenceRecord
from backtests.experiments.experiment import Experiment
from backtests.registry import Entry, Registry, as_json, code_hash, text_hash, trial_hash, versions
from backtests.runs.files import new_run_id
from backtests.runs.run import Frozen, freeze, run_on
from backtests.runs.trials import Trials
from data.errors import HarbingerError
from data.files import results_folder, write_atomic
from data.sources.base import Source
from data.sources.open import DEFAULT, open_source
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
    from backtests.evidence.page import render  # noqa: PLC0415  # drawn last

    created = datetime.now(UTC)
    run_id = new_run_id(f"evidence-{experiment.study.name}", created)
    folder = results_folder(out, run_id)
    inputs, source = _inputs(experiment, progress)
    result = run_on(inputs, progress)
    span, own = (f"{label:%Y-%m-%d}" for label in result.span), trial_hash(result.experiment).hex()
    tried = Registry().count(result.market.traded, *span, simulated=result.market.simulated, prior=prior, own=own)
    n_trials = max(tried.ideas, trials.planned if trials else 1) + prior
    found = examine(result, trials, n_trials, prior, inputs.tables, source, progress)
    evidence = record_of(found, run_id, of)
    progress("drawing the page")
    (folder / "evidence.json").unlink(missing_ok=True)
    write_atomic(folder / "evidence.html", render(found, evidence))
    write_atomic(folder / "evidence.json", (record.as_text(evidence) + "\n").encode())
    Registry().runs.add(_entry(evidence, found, created, folder))
    return RecordedEvidence(run_id, folder, evidence, found)


def _inputs(experiment: Experiment, progress: Progress) -> tuple[Frozen, Source | None]:
    """Return the frozen inputs, and the source for what else is asked; None where it cannot be opened any more."""
    store = Store()
    try:
        source = open_source(experiment.source or DEFAULT, store)
    except HarbingerError:
        source = None
    pinned = bool(experiment.fingerprint) and store.has(experiment.fingerprint)
    return freeze(experiment, None if pinned else source, store, progress), source


def _entry(evidence: EvidenceRecord, found: Examination, created: datetime, folder: Path) -> Entry:
    asked = f"evidence of {evidence.of or evidence.study}, prior = {evidence.prior_trials}"
    return Entry(
        run_id=evidence.run_id,
        created_at=created.isoformat(timespec="seconds"),
        study=f"evidence-{evidence.study}",
        source=evidence.source,
        traded=found.result.market.traded,
        start=evidence.start,
        end=evidence.end,
        spec_hash=text_hash(asked).hex(),
        data_fingerprint=evidence.data_fingerprint,
        code_hash=code_hash(found.result.experiment.strategy, "evidence"),
        status="ok",
        reason=f"{evidence.verdict}: {'; '.join(evidence.reasons)}",
        metrics=as_json(None),
        versions=as_json(versions()),
        path=str(folder),
        spec=asked,
        kind="evidence",
    )
