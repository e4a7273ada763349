"""A sweep with its page, and the tearsheets of what it chose."""

from __future__ import annotations

import os
import shlex
from dataclasses import replace
from pathlib import Path

from backtests import record
from backtests.pages.places import with_places
from backtests.runs import recorded as runs_recorded
from backtests.sweeps import sweep as search
from backtests.sweeps.folder import upload
from backtests.sweeps.folder.table import PARTS, Table
from backtests.sweeps.folder.trials_parquet import MOST_CSV, holder
from backtests.sweeps.judged import Say
from backtests.sweeps.page.document import Parts, render, slow_parts
from backtests.sweeps.plans.plan import Plan
from backtests.sweeps.record import SweepRecord
from backtests.sweeps.result import Sweep
from backtests.sweeps.work.runner import Watch
from data.errors import DataError
from data.files import write_atomic
from data.store import Store


def run_and_record(
    plan: Plan,
    source: str | None = None,
    out: Path | None = None,
    *,
    workers: int | None = None,
    dask: str | None = None,
    tearsheets: bool = False,
    csv: bool = False,
    to: str = "",
    watch: Watch = lambda *_: None,
    say: Say = lambda _: None,
) -> Sweep:
    """Run a plan (see `search.sweep.sweep`) and write sweep.html; with `tearsheets` those of the best sets too.

    Above `MOST_CSV` sets trials.csv and subperiods.csv are kept with `csv` alone: trials.parquet has what they have.
    `to`: a URL (s3://bucket/path) that all of it is uploaded to when it is finished.
    """
    if to:
        upload.check(to)
    early = _Early()
    done = search.sweep(plan, source, out, workers=workers, dask=dask, to=to, watch=watch, say=say, beside=early.draw)
    return _finished(done, early.parts, tearsheets, csv, to, say)


def resume(
    folder: Path,
    *,
    workers: int | None = None,
    dask: str | None = None,
    tearsheets: bool = False,
    csv: bool = False,
    watch: Watch = lambda *_: None,
    say: Say = lambda _: None,
) -> Sweep:
    """Go on with an interrupted sweep (see `search.sweep.resume`), write its page and upload it if that was asked."""
    early = _Early()
    done = search.resume(folder, workers=workers, dask=dask, watch=watch, say=say, beside=early.draw)
    return _finished(done, early.parts, tearsheets, csv, upload.destination(done.record.sweep_id), say)


def upload_again(folder: Path, say: Say = lambda _: None) -> str:
    """Go on with the upload of a finished sweep and return where it is; empty where `folder` holds none to upload.

    What is there already is not sent again.
    """
    if not (folder / "sweep.json").is_file():
        return ""
    done = record.read(SweepRecord, folder / "sweep.json")
    if to := upload.destination(done.sweep_id):
        _upload(folder, to, done, say)
    return to


class _Early:
    """The parts of the page that are drawn while backtrader is at work: nothing that it finds is on them."""

    parts: Parts | None = None

    def draw(self, sweep: Sweep) -> None:
        """Draw them."""
        self.parts = slow_parts(sweep)


def _finished(done: Sweep, parts: Parts | None, tearsheets: bool, csv: bool, to: str, say: Say) -> Sweep:
    _with_page(done, parts, tearsheets, csv, say)
    if to:
        _upload(done.folder, to, done.record, say)
    return replace(done, elsewhere=to)


def _upload(folder: Path, to: str, done: SweepRecord, say: Say) -> None:
    try:
        upload.upload(folder, to, done.data_fingerprint, Store(), say)
    except DataError as error:
        remedy = f"the sweep is whole in {folder}; upload it with: harbinger sweep --resume {shlex.quote(str(folder))}"
        raise DataError(f"{error}; {remedy}") from error
    upload.forget(done.sweep_id)


def _with_page(done: Sweep, parts: Parts | None, tearsheets: bool, csv: bool, say: Say) -> None:
    links = _tearsheets(done, say) if tearsheets else {}
    say("drawing")
    files = ("spec.toml", holder(len(done.plan.sets)), "sweep.json")
    write_atomic(done.folder / "sweep.html", with_places(render(done, links, parts), done.folder, files))
    if len(done.plan.sets) > MOST_CSV and not csv:
        Table(done.folder, done.plan.paths, PARTS).drop()


def _tearsheets(done: Sweep, say: Say) -> dict[str, str]:
    """Run the best point and the set that stands for the best region as studies; return links to their pages."""
    links: dict[str, str] = {}
    for name, chosen in (("best point", done.record.best), ("best region", done.record.best_region)):
        if chosen is None:
            continue
        experiment = done.plan.base.with_values(chosen.params)
        named = replace(experiment, study=replace(experiment.study, name=f"{experiment.study.name}, {name}"))
        say(f"drawing the tearsheet of the {name}")
        run = runs_recorded.run_and_record(named, out=done.folder / name.replace(" ", "-"), replacing=True)
        if run.tearsheet:
            links[name] = os.path.relpath(run.tearsheet, done.folder)
    return links
