"""A stress test, saved and registered. It ranks nothing: its row, of kind stress, is apart from trials and looks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pandas as pd

from backtests.experiments.experiment import Experiment
from backtests.experiments.user_strategy import Native
from backtests.registry import Registry, as_json, attempt
from backtests.runs.files import new_run_id
from backtests.runs.question import RecordedAnswer, entry, inputs
from backtests.stress.cases import wanted
from backtests.stress.examination import stress
from backtests.stress.page import render
from backtests.stress.record import StressRecord
from data.errors import BadSpec, HarbingerError
from data.files import check_free, is_elided, results_folder
from data.sources.base import Source
from data.sources.open import load_some

STRESS = "stress"
Progress = Callable[[str], None]


def run_and_record(
    experiment: Experiment, out: Path | None = None, *, of: str = "", progress: Progress = lambda _: None
) -> RecordedAnswer[StressRecord]:
    """Stress an experiment that pins its data, and write stress.json, stress.html and spec.toml into `out`.

    Default folder: runs/<stress id>. `of` is the id of the run that is stressed. Hours and other vendors' series are
    taken from the experiment's source. BadSpec where the strategy has no weights (`no_weights`).
    """
    if isinstance(experiment.strategy, Native):
        raise no_weights(experiment.strategy.use)
    created, registry = datetime.now(UTC), Registry()
    run_id = new_run_id(f"{STRESS}-{experiment.study.name}", created)
    folder = results_folder(out, run_id)
    asked = f"stress of {experiment.study.name}"
    started = entry(STRESS, asked, experiment, run_id=run_id, created=created, folder=folder)
    with attempt(registry.runs, started, partial(check_free, folder)) as row:
        frozen, source = inputs(experiment, progress)
        others, unread = _others(frozen.experiment, source, progress)
        done = replace(stress(frozen.experiment, {**others, **frozen.tables}, run_id, progress, unread), of=of)
        row.has(start=done.start, end=done.end, reason=f"{done.cases} cases", metrics=as_json({"cases": done.cases}))
        trials = registry.count(started.traded, done.start, done.end, simulated=done.simulated)
        progress("drawing the page")
        answer = RecordedAnswer(STRESS, run_id, folder, done, trials)
        answer.write(render(done, trials), frozen.experiment)
        row.end(status="ok")
    return answer


def no_weights(use: str) -> BadSpec:
    """Return why a backtrader strategy of the user's own is not stressed."""
    remedy = f"sweep its assumptions instead: harbinger sweep {use} -s costs.commission_bps=0,10,40"
    return BadSpec(f"{use} makes its own orders, and a stress test runs weights through the kernel; {remedy}")


def _others(
    experiment: Experiment, source: Source | None, progress: Progress
) -> tuple[Mapping[str, pd.DataFrame], str]:
    """Return what the source still has of other vendors and of hours; where it cannot be read, why."""
    placeless = is_elided(experiment.source.partition(":")[2])
    gone = f"{experiment.source} {'names no place to read from' if placeless else 'cannot be read any more'}"
    if source is None:
        return {}, gone
    progress("reading other vendors and hours")
    try:
        return load_some(source, wanted(experiment))[0], ""
    except HarbingerError as error:
        return {}, f"{gone} ({error})"
