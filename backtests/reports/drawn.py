"""What draws the page of each kind of work again, and what of its numbers is no longer as it was."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from backtests import record
from backtests.comparisons import page as comparison_page
from backtests.comparisons.comparison import compare
from backtests.comparisons.recorded import opened
from backtests.evidence import page as evidence_page
from backtests.evidence.examination import examine as judge
from backtests.evidence.judged import record_of as evidence_of
from backtests.evidence.record import EvidenceRecord
from backtests.experiments.experiment import Experiment, as_span
from backtests.experiments.studies import load
from backtests.experiments.toml import parse
from backtests.lead import page as lead_page
from backtests.lead.examination import examine
from backtests.metrics.performance import NAMES
from backtests.registry import Entry, Registry, TrialCount
from backtests.registry import as_json as compact
from backtests.reports import earlier
from backtests.reports.asked import lead_asked, session_before, signal_asked
from backtests.reports.earlier import Row
from backtests.runs import files
from backtests.runs.question import SPEC
from backtests.runs.record import RunRecord
from backtests.runs.run import Frozen, freeze, run_on
from backtests.runs.targets import find
from backtests.runs.tearsheet.page import render as render_run
from backtests.signal_sheets import page as sheet_page
from backtests.signal_sheets.sheet import profile
from backtests.stress import page as stress_page
from backtests.stress.record import StressRecord
from backtests.sweeps.page.document import render as render_sweep
from backtests.sweeps.reopened import reopen
from backtests.sweeps.trials import folder_of, trials_of
from data.errors import BadSpec, DataError, HarbingerError, UnknownName
from data.sources.base import Source
from data.sources.open import DEFAULT, open_source
from data.store import Store

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Drawn:
    """A page in memory; `beside` are the files that it may link to, `differs` says what is not as it was.

    `write` writes a whole folder instead, where its files are gone, and returns their hashes as JSON.
    """

    page: bytes
    beside: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()
    write: Callable[[Path], str] | None = None


def _run(entry: Row, progress: Progress) -> Drawn:
    assert isinstance(entry, Entry)
    result = run_on(_frozen(_experiment(entry.spec, entry.run_id), progress), progress)
    then, now = json.loads(entry.metrics) or {}, result.metrics
    differs = tuple(f"{name}: {then.get(name)} then, {now[name]} now" for name in NAMES if then.get(name) != now[name])
    first, last = (f"{label:%Y-%m-%d}" for label in result.span)
    trials = _tried(entry, first, last, simulated=result.market.simulated)
    run = None if differs else _kept(entry)
    if run is None:
        result = replace(result, evidence=result.measured.after(trials.ideas))
        run = files.record_of(result, entry.run_id)
    progress("drawing the page")
    page, said = render_run(result, run, trials), run
    return Drawn(page, files.BESIDE, differs, lambda folder: compact(files.write(result, said, folder, page)))


def _kept(entry: Entry) -> RunRecord | None:
    """Return the record of a run as it stands in its folder; None where it is gone."""
    path = Path(entry.path) / "run.json"
    run = record.read(RunRecord, path) if entry.path and path.is_file() else None
    return run if run is not None and run.run_id == entry.run_id else None


def _sweep(entry: Row, progress: Progress) -> Drawn:
    folder = _folder(entry, "sweep.json")
    progress("reading its sets")
    return Drawn(render_sweep(reopen(folder)), ("spec.toml", "trials.csv", "sweep.json"))


def _stress(entry: Row, progress: Progress) -> Drawn:
    done = record.read(StressRecord, _folder(entry, "stress.json") / "stress.json")
    progress("drawing the page")
    return Drawn(
        stress_page.render(done, _tried(entry, done.start, done.end, simulated=done.simulated)), (SPEC, "stress.json")
    )


def _signal(entry: Row, progress: Progress) -> Drawn:
    first, last = as_span(*(earlier.days_asked(entry, "signal.json") or (entry.start, entry.end)))
    target = replace(signal_asked(entry), accept=earlier.accepted(entry, "signal.json"))
    sheet = profile(target, _source(entry), start=first, end=last, progress=progress)
    content = record.content(sheet.record(""))
    trials = _tried(entry, entry.start, entry.end, simulated=sheet.market.simulated)
    progress("drawing the page")
    page = sheet_page.render(sheet, trials)
    differs = (*earlier.other_data(entry, sheet.market.fingerprint), *earlier.differs(entry, "signal.json", content))
    return Drawn(page, ("signal.json", "signal.csv"), differs)


def _lead(entry: Row, progress: Progress) -> Drawn:
    leader, traded, kind, others = lead_asked(entry.spec)
    days = earlier.days_asked(entry, "lead.json")
    first, last = as_span(*(days or (entry.start, entry.end)))
    first = first if days else session_before(first)
    asked: dict[str, Any] = {"start": first, "end": last, "kind": kind, "others": others}
    accept = earlier.accepted(entry, "lead.json")
    found = examine(_source(entry), leader, traded, **asked, accept=accept, progress=progress)
    trials = _tried(entry, entry.start, entry.end, simulated=found.windows.market.simulated)
    progress("drawing the page")
    page = lead_page.render(found, trials)
    differs = earlier.other_data(entry, found.windows.market.fingerprint)
    return Drawn(
        page, ("lead.json",), (*differs, *earlier.differs(entry, "lead.json", record.content(found.record(""))))
    )


def _evidence(entry: Row, progress: Progress) -> Drawn:
    assert isinstance(entry, Entry)
    folder = _folder(entry, "evidence.json")
    then = record.read(EvidenceRecord, folder / "evidence.json")
    sweep = folder_of(then.of) if then.kind != "run" else None
    trials = trials_of(sweep) if sweep is not None else None
    judged = trials.experiment if trials is not None else _judged(folder, then.of)
    inputs = _frozen(judged, progress)
    result, source = run_on(inputs, progress), _source_if_there(judged)
    found = judge(result, trials, then.n_trials, then.prior_trials, inputs.tables, source, progress)
    progress("drawing the page")
    now = evidence_of(found, then.run_id, then.of)
    return Drawn(
        evidence_page.render(found, then),
        (SPEC, "evidence.json"),
        earlier.differs(entry, "evidence.json", record.content(now)),
    )


def _compare(entry: Row, progress: Progress) -> Drawn:
    assert isinstance(entry, Entry)
    found = compare([opened(find(id), progress) for id in entry.spec.split()])
    simulated = {(side.record.market.traded, side.record.simulated) for side in found.sides}
    trials = (Registry().count(id, entry.start, entry.end, simulated=made) for id, made in sorted(simulated))
    progress("drawing the page")
    page = comparison_page.render(found, entry.run_id, tuple(dict.fromkeys(trials)))
    return Drawn(page, ("compare.json",), earlier.differs(entry, "compare.json", record.content(found.record(""))))


DRAW: Mapping[str, Callable[[Row, Progress], Drawn]] = {
    "run": _run,
    "sweep": _sweep,
    "signal": _signal,
    "lead": _lead,
    "evidence": _evidence,
    "stress": _stress,
    "compare": _compare,
}


def _tried(entry: Row, start: str, end: str, *, simulated: bool) -> TrialCount:
    return Registry().count(entry.traded, start, end, simulated=simulated)


def _experiment(spec: str, origin: str) -> Experiment:
    try:
        return parse(spec.encode(), origin)
    except BadSpec as error:
        raise DataError(f"{origin} cannot be drawn again: {error}") from error


def _frozen(experiment: Experiment, progress: Progress) -> Frozen:
    store = Store()
    pinned = bool(experiment.fingerprint) and store.has(experiment.fingerprint)
    source = None if pinned else open_source(experiment.source or DEFAULT, store)
    return freeze(experiment, source, store, progress)


def _judged(folder: Path, of: str) -> Experiment:
    """Return what was judged, by the row of its run, which knows the place of its source; without one by spec.toml."""
    try:
        spec = Registry().runs.show(of).spec if of else ""
    except UnknownName:
        spec = ""
    return _experiment(spec, of) if spec else load(str(folder / SPEC))


def _source(entry: Row) -> Source:
    return open_source(entry.source or DEFAULT, Store())


def _source_if_there(experiment: Experiment) -> Source | None:
    try:
        return open_source(experiment.source or DEFAULT, Store())
    except HarbingerError:
        return None


def _folder(entry: Row, name: str) -> Path:
    """Return the folder of a row that holds its JSON; DataError where it is gone: nothing else holds its numbers."""
    folder = Path(entry.path)
    if not entry.path or not (folder / name).is_file():
        raise DataError(
            f"{name} of this {name.partition('.')[0]} is gone, and nothing else holds its numbers: run it again"
        )
    return folder
