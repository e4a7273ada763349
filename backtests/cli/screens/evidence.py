"""harbinger evidence: what it does and prints."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
from rich.text import Text

from backtests import record
from backtests.cli import screen
from backtests.evidence.answer import answer
from backtests.evidence.page import reasons
from backtests.evidence.record import EvidenceRecord
from backtests.evidence.recorded import RecordedEvidence, run_and_record
from backtests.experiments.experiment import Experiment, with_accepted
from backtests.experiments.studies import load
from backtests.experiments.toml import parse
from backtests.pages.text import interval, many, p_value, signed, signed_percent
from backtests.registry import Entry
from backtests.runs.record import RunRecord
from backtests.runs.targets import Progress, find, in_place, is_study, run_unsaved
from backtests.runs.trials import Trials
from backtests.sweeps.trials import folder_of, trials_of
from data.errors import BadSpec


def evidence(
    target: str, source: str | None, prior: int, out: Path | None, accept: Sequence[str], as_json: bool
) -> None:
    """Judge a run, a sweep or a study, and print the verdict and what it stands on."""
    with screen.progress(quiet=as_json) as progress:
        experiment, trials, of = _subject(target, source, accept, progress)
        recorded = run_and_record(experiment, trials, out, of=of, prior=prior, progress=progress)
    if as_json:
        click.echo(record.as_text(recorded.record))
        screen.open_page(recorded.page)
    else:
        show(recorded)


def _subject(
    target: str, source: str | None, accept: Sequence[str], progress: Progress
) -> tuple[Experiment, Trials | None, str]:
    """Return what is judged: an experiment pinned to its data, its trials if it is a sweep's best, its run's id."""
    if is_study(target):
        progress(f"running {target}")
        result = run_unsaved(with_accepted(load(target), accept), source, progress)
        return in_place(result.experiment, source or load(target).source), None, result.run_id
    given = [f"--source {source}"] * (source is not None) + [f"--accept {one}" for one in accept]
    if given:
        raise BadSpec(f"{given[0]}: nothing is to be run; it is for studies, and {target} was run already")
    sweep = folder_of(target)
    if sweep is not None:
        progress("running its sets again")
        trials = trials_of(sweep)
        return trials.experiment, trials, trials.sweep_id
    known = find(target)
    if isinstance(known, Entry):
        return parse(known.spec.encode(), known.run_id), None, known.run_id
    if not (known / "spec.toml").is_file():
        raise BadSpec(f"{known} has no spec.toml: name the folder of a run or of a sweep")
    run = known / "run.json"
    return load(str(known / "spec.toml")), None, record.read(RunRecord, run).run_id if run.is_file() else ""


def show(recorded: RecordedEvidence) -> None:
    """Print the screen of a judgement."""
    found = recorded.record
    mark = "SIMULATED  " if found.simulated else ""
    screen.OUT.print(Text(f"{mark}{found.study}: {found.verdict}", style="bold magenta" if mark else "bold"))
    screen.OUT.print()
    screen.answer(answer(found))
    screen.OUT.print(Text(reasons(found)))
    screen.OUT.print()
    screen.table("", ["", "", "95%"], _rows(found), right=(1, 2))
    rows = [[one.what, f"{one.placebos:,}", f"{one.percentile:.1%}", p_value(one.p_value)] for one in found.placebos]
    if rows:
        screen.OUT.print()
        screen.table("placebos", ["", "slides", "worse", "p"], rows, right=(1, 2, 3))
    screen.OUT.print()
    for name, why in found.missing.items():
        screen.OUT.print(Text(f"not known: {name}: {why}", style="dim"))
    for note in found.notes:
        screen.OUT.print(Text(f"note: {note}", style="yellow"))
    screen.files(recorded.folder)
    screen.report(recorded.page)


def _rows(found: EvidenceRecord) -> list[list[str]]:
    def ends(bounds: tuple[float, float] | None) -> str:
        return interval(*(bounds or (None, None)))

    def two(value: float | None) -> str:
        return "-" if value is None else f"{value:.2f}"

    own = found.attribution
    rows = [
        ["Sharpe ratio, net", two(found.sharpe), ends(found.interval)],
        ["Sharpe ratio, active", signed(found.active_sharpe), ends(found.active_interval)],
        [f"deflated after {many(found.n_trials, 'trial')}", two(found.deflated_sharpe), ""],
        ["deflated after the effective number", two(found.deflated_sharpe_effective), ""],
        *([f"better than {name}, p", p_value(p), ""] for name, p in found.spa.items()),
        ["probability of overfitting", two(found.pbo), ""],
        ["break-even cost, bp an order", two(found.break_even_cost_bps), ""],
        [
            "what small caps add to own trend, Sharpe",
            signed(found.c5_minus_c4.sharpe),
            ends(found.c5_minus_c4.interval),
        ],
    ]
    if own:
        rows += [["being long, a year", signed_percent(own.long_per_year), ""]]
        rows += [["timing less costs, a year", signed_percent(own.timing_per_year - own.costs_per_year), ""]]
    return rows
