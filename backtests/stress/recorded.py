"""A stress test, saved and registered. It ranks nothing: its row, of kind stress, is apart from trials and looks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from backtests import record
from backtests.experiments.experiment import Experiment
from backtests.pages.places import with_places
from backtests.registry import Entry, Registry, TrialCount, as_json, attempt, code_hash, text_hash, versions
from backtests.runs.files import new_run_id
from backtests.runs.run import Frozen, freeze
from backtests.stress.cases import wanted
from backtests.stress.examination import stress
from backtests.stress.page import render
from backtests.stress.record import StressRecord
from data.errors import HarbingerError
from data.files import results_folder, write_atomic
from data.sources.open import default_source, load_some, open_source
from data.store import Store

Progress = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class RecordedStress:
    """A stress test on disk: its id, folder and record, which stress.json holds, and what had been tried by then."""

    run_id: str
    folder: Path
    record: StressRecord
    trials: TrialCount

    @property
    def page(self) -> Path:
        """The page."""
        return self.folder / "stress.html"


def run_and_record(
    experiment: Experiment, out: Path | None = None, *, progress: Progress = lambda _: None
) -> RecordedStress:
    """Stress an experiment that pins its data, and write stress.json and stress.html into `out`.

    Default folder: runs/<stress id>. Hours and other vendors' series are taken from the experiment's source.
    """
    created, registry = datetime.now(UTC), Registry()
    run_id = new_run_id(f"stress-{experiment.study.name}", created)
    folder = results_folder(out, run_id)
    entry = _entry(experiment, run_id, created, folder)
    with attempt(registry.runs, entry) as row:
        inputs = _frozen(experiment, progress)
        done = stress(inputs.experiment, {**_others(experiment, progress), **inputs.tables}, run_id, progress)
        row.has(start=done.start, end=done.end, reason=f"{done.cases} cases", metrics=as_json({"cases": done.cases}))
        trials = registry.count(entry.traded, done.start, done.end, simulated=done.simulated)
        progress("drawing the page")
        (folder / "stress.json").unlink(missing_ok=True)
        write_atomic(folder / "stress.html", with_places(render(done, trials), folder, ("stress.json",)))
        write_atomic(folder / "stress.json", (record.as_text(done) + "\n").encode())
        row.end(status="ok")
    return RecordedStress(run_id, folder, done, trials)


def _frozen(experiment: Experiment, progress: Progress) -> Frozen:
    store = Store()
    pinned = bool(experiment.fingerprint) and store.has(experiment.fingerprint)
    source = None if pinned else open_source(experiment.source or default_source(), store)
    return freeze(experiment, source, store, progress)


def _others(experiment: Experiment, progress: Progress) -> Mapping[str, pd.DataFrame]:
    """Return what the source still has of other vendors and of hours; nothing where it cannot be opened any more."""
    progress("reading other vendors and hours")
    try:
        found, _ = load_some(open_source(experiment.source or default_source(), Store()), wanted(experiment))
    except HarbingerError:
        return {}
    return found


def _entry(experiment: Experiment, run_id: str, created: datetime, folder: Path) -> Entry:
    asked = f"stress of {experiment.study.name}"
    return Entry(
        run_id=run_id,
        created_at=created.isoformat(timespec="seconds"),
        study=f"stress-{experiment.study.name}",
        source=experiment.source,
        traded=experiment.market.traded,
        start=experiment.study.start,
        end=experiment.study.end,
        spec_hash=text_hash(asked).hex(),
        data_fingerprint=experiment.fingerprint,
        code_hash=code_hash(experiment.strategy, "stress"),
        status="",
        reason="",
        metrics=as_json(None),
        versions=as_json(versions()),
        path=str(folder),
        spec=asked,
        kind="stress",
    )
