"""A judgement, saved and registered. What it judges is an idea like any other: known already, it is counted once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from backtests.cluster.scheduler import connected
from backtests.evidence.examination import examine
from backtests.evidence.far import PlaceboJob, by_cluster
from backtests.evidence.judged import record_of
from backtests.evidence.page import render
from backtests.evidence.record import EvidenceRecord
from backtests.experiments.experiment import Experiment
from backtests.registry import Registry, attempt
from backtests.runs.files import new_run_id
from backtests.runs.question import RecordedAnswer, entry, inputs
from backtests.runs.run import run_on
from backtests.runs.trials import Trials
from data.files import check_free, results_folder

EVIDENCE = "evidence"
Progress = Callable[[str], None]


def run_and_record(
    experiment: Experiment,
    trials: Trials | None = None,
    out: Path | None = None,
    *,
    of: str = "",
    prior: int = 0,
    dask: str | None = None,
    progress: Progress = lambda _: None,
) -> RecordedAnswer[EvidenceRecord]:
    """Judge an experiment, the best of `trials` if there are any, and write evidence.json and evidence.html into `out`.

    Default folder: runs/<evidence id>; spec.toml says there what was judged. `of` is the id of the run that is judged,
    `prior` what was tried elsewhere, `dask` the address of a scheduler whose workers compute the placebos.
    """
    registry, created = Registry(), datetime.now(UTC)
    registry.runs.check()
    run_id = new_run_id(f"{EVIDENCE}-{experiment.study.name}", created)
    folder = results_folder(out, run_id)
    frozen, source = inputs(experiment, progress)
    asked = f"evidence of {of or experiment.study.name}, prior = {prior}"
    started = entry(EVIDENCE, asked, frozen.experiment, run_id=run_id, created=created, folder=folder, idea=True)
    with connected(dask) as cluster, attempt(registry.runs, started, partial(check_free, folder)) as row:
        if cluster is not None:
            progress("sending inputs to the cluster")
            cluster.begin(PlaceboJob.of(run_id, frozen.experiment, frozen.tables))
        result = run_on(frozen, progress)
        first, last = (f"{label:%Y-%m-%d}" for label in result.span)
        row.has(start=first, end=last)
        tried = registry.count(result.market.traded, first, last, simulated=result.market.simulated, prior=prior)
        n_trials = max(tried.ideas, trials.planned if trials else 1) + prior
        sharpes = None if cluster is None else partial(by_cluster, cluster)
        found = examine(result, trials, n_trials, prior, frozen.tables, source, progress, sharpes)
        answer = RecordedAnswer(EVIDENCE, run_id, folder, record_of(found, run_id, of), tried)
        progress("drawing the page")
        answer.write(render(found, answer.record), frozen.experiment)
        row.end(status="ok", reason=f"{answer.record.verdict}: {'; '.join(answer.record.reasons)}")
    return answer
