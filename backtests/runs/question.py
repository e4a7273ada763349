"""What else is asked of an experiment that pins its data: its inputs, its row in the registry, its answer on disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Generic, TypeVar

from backtests import record
from backtests.experiments.experiment import Experiment
from backtests.experiments.toml import dump_to_pass_on
from backtests.pages.places import with_places
from backtests.registry import Entry, TrialCount, as_json, code_hash, text_hash, trial_hash, versions
from backtests.runs.run import Frozen, freeze
from data.errors import HarbingerError
from data.files import write_atomic
from data.sources.base import Source
from data.sources.open import default_source, open_source
from data.store import Store

SPEC = "spec.toml"
Progress = Callable[[str], None]
R = TypeVar("R")


@dataclass(frozen=True, eq=False)
class RecordedAnswer(Generic[R]):
    """An answer on disk: the question, its id, its folder, its record, and what had been tried by then.

    QUESTION.json holds the record, QUESTION.html is the page, spec.toml what was asked about, with its data pinned.
    """

    question: str
    run_id: str
    folder: Path
    record: R
    trials: TrialCount

    @property
    def page(self) -> Path:
        """The page."""
        return self.folder / f"{self.question}.html"

    def write(self, page: bytes, experiment: Experiment) -> None:
        """Write page, experiment and record, each whole or not at all: a record stands beside its own page."""
        content = self.folder / f"{self.question}.json"
        content.unlink(missing_ok=True)
        write_atomic(self.page, with_places(page, self.folder, (SPEC, content.name)))
        write_atomic(self.folder / SPEC, dump_to_pass_on(experiment, self.folder).encode())
        write_atomic(content, (record.as_text(self.record) + "\n").encode())


def inputs(experiment: Experiment, progress: Progress = lambda _: None) -> tuple[Frozen, Source | None]:
    """Return the frozen inputs, and the source for what else is asked; None where it cannot be opened any more.

    What the store does not have is read from the source: then its error is raised.
    """
    store = Store()
    pinned = bool(experiment.fingerprint) and store.has(experiment.fingerprint)
    source: Source | None = None
    try:
        source = open_source(experiment.source or default_source(), store)
    except HarbingerError:
        if not pinned:
            raise
    return freeze(experiment, None if pinned else source, store, progress), source


def entry(
    question: str,
    asked: str,
    experiment: Experiment,
    *,
    run_id: str,
    created: datetime,
    folder: Path,
    idea: bool = False,
) -> Entry:
    """Return the row of an answer as it starts; `asked` says all that decides it beside the experiment.

    `idea`: it counts as a trial of the experiment's idea, once where that is known already.
    """
    return Entry(
        run_id=run_id,
        created_at=created.isoformat(timespec="seconds"),
        study=f"{question}-{experiment.study.name}",
        source=experiment.source,
        traded=experiment.market.traded,
        start=experiment.study.start,
        end=experiment.study.end,
        spec_hash=text_hash(asked).hex(),
        data_fingerprint=experiment.fingerprint,
        code_hash=code_hash(experiment.strategy, question),
        status="",
        reason="",
        metrics=as_json(None),
        versions=as_json(versions()),
        path=str(folder),
        spec=asked,
        kind=question,
        trial_hash=trial_hash(experiment).hex() if idea else "",
    )
