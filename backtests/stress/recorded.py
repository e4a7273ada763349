"""A stress test, saved and registered. It ranks nothing: its row, of kind stress, is apart from trials and looks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from backtests.experiments.experiment import Experiment
from backtests.registry import Registry, as_json, attempt
from backtests.runs.files import new_run_id
from backtests.runs.question import RecordedAnswer, entry, inputs
from backtests.stress.cases import wanted
from backtests.stress.examination import stress
from backtests.stress.page import render
from backtests.stress.record import StressRecord
from data.errors import HarbingerError
from data.files import results_folder
from data.sources.base import Source
from data.sources.open import load_some

STRESS = "stress"
Progress = Callable[[str], None]


def run_and_record(
    experiment: Experiment, out: Path | None = None, *, of: str = "", progress: Progress = lambda _: None
) -> RecordedAnswer[StressRecord]:
    """Stress an experiment that pins its data, and write stress.json, stress.html and spec.toml into `out`.

    Default folder: runs/<stress id>. `of` is the id of the run that is stressed. Hours and other vendors' series are
    taken from the experiment's source.
    """
    created, registry = datetime.now(UTC), Registry()
    run_id = new_run_id(f"{STRESS}-{experiment.study.name}", created)
    folder = results_folder(out, run_id)
    asked = f"stress of {experiment.study.name}"
    started = entry(STRESS, asked, experiment, run_id=run_id, created=created, folder=folder)
    with attempt(registry.runs, started) as row:
        frozen, source = inputs(experiment, progress)
        tables = {**_others(frozen.experiment, source, progress), **frozen.tables}
        done = replace(stress(frozen.experiment, tables, run_id, progress), of=of)
        row.has(start=done.start, end=done.end, reason=f"{done.cases} cases", metrics=as_json({"cases": done.cases}))
        trials = registry.count(started.traded, done.start, done.end, simulated=done.simulated)
        progress("drawing the page")
        answer = RecordedAnswer(STRESS, run_id, folder, done, trials)
        answer.write(render(done, trials), frozen.experiment)
        row.end(status="ok")
    return answer


def _others(experiment: Experiment, source: Source | None, progress: Progress) -> Mapping[str, pd.DataFrame]:
    """Return what the source still has of other vendors and of hours; nothing where it cannot be read any more."""
    if source is None:
        return {}
    progress("reading other vendors and hours")
    try:
        found, _ = load_some(source, wanted(experiment))
    except HarbingerError:
        return {}
    return found
