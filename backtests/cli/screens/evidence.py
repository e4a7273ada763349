"""harbinger evidence: what it does and prints."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
from rich.text import Text

from backtests import record
from backtests.cli import screen
from backtests.evidence.answer import answer
from backtests.evidence.page import why
from backtests.evidence.record import EvidenceRecord
from backtests.evidence.recorded import run_and_record
from backtests.experiments.experiment import Experiment
from backtests.experiments.named import leader, title
from backtests.pages.text import interval, many, p_value, signed, signed_percent
from backtests.runs.question import RecordedAnswer
from backtests.runs.targets import Progress, for_studies, is_study, pinned
from backtests.runs.trials import Trials
from backtests.sweeps.trials import folder_of, trials_of

IN_WORDS = {  # what the record calls otherwise than a person does
    "n_trials_effective": "effective number of trials",
    "pbo": "probability of overfitting",
    "spa_p_value": "p against controls",
    "placebo_p_value": "p against placebos",
    "placebo_leaders": "other leaders",
    "c5_minus_c4": "what the leader adds",
    "min_track_record_years": "years that it needs",
    "active_sharpe": "active Sharpe ratio",
    "deflated_sharpe": "deflated Sharpe ratio",
    "break_even_cost_bps": "break-even cost",
}


def evidence(
    target: str,
    source: str | None,
    prior: int,
    out: Path | None,
    dask: str | None,
    accept: Sequence[str],
    as_json: bool,
) -> None:
    """Judge a run, a sweep or a study, and print the verdict and what it stands on."""
    with screen.progress(quiet=as_json) as progress:
        experiment, trials, of = _subject(target, source, accept, progress)
        recorded = run_and_record(experiment, trials, out, of=of, prior=prior, dask=dask, progress=progress)
    if as_json:
        click.echo(record.as_text(recorded.record))
        screen.open_page(recorded.page)
    else:
        show(recorded)


def _subject(
    target: str, source: str | None, accept: Sequence[str], progress: Progress
) -> tuple[Experiment, Trials | None, str]:
    """Return what is judged: an experiment pinned to its data, its trials if it is a sweep's best, its run's id."""
    sweep = None if is_study(target) else folder_of(target)
    if sweep is None:
        found = pinned(target, (), source, accept, progress)
        return found.experiment, None, found.run_id
    for_studies(target, source=source, accept=accept)
    progress("running its sets again")
    trials = trials_of(sweep)
    return trials.experiment, trials, trials.sweep_id


def show(recorded: RecordedAnswer[EvidenceRecord]) -> None:
    """Print the screen of a judgement."""
    found = recorded.record
    mark = "SIMULATED  " if found.simulated else ""
    screen.OUT.print(
        Text(f"{mark}{title(found.study, found.params)}: {found.verdict}", style="bold magenta" if mark else "bold")
    )
    screen.OUT.print()
    screen.answer(answer(found))
    screen.OUT.print(Text(f"{why(found)}:"))
    screen.numbered(found.reasons)
    screen.OUT.print()
    screen.table("", ["", "", "95%"], _rows(found), right=(1, 2))
    rows = [[one.what, f"{one.placebos:,}", f"{one.percentile:.1%}", p_value(one.p_value)] for one in found.placebos]
    if rows:
        screen.OUT.print()
        screen.table("placebos", ["", "slides", "worse", "p"], rows, right=(1, 2, 3))
    screen.OUT.print()
    for name, reason in found.missing.items():
        screen.OUT.print(Text(f"not known: {IN_WORDS.get(name, name)}: {reason}", style="dim"))
    for note in found.notes:
        screen.OUT.print(Text(f"note: {note}", style="yellow"))
    screen.files(recorded.folder)
    screen.report(recorded.page)


def _deflated(found: EvidenceRecord) -> list[list[str]]:
    """Return the deflated Sharpe ratios, the one that is judged first."""
    every, worth, tried = found.deflated_sharpe, found.n_trials_effective, f"{found.n_trials:,}"
    if every is None:
        return [["deflated Sharpe ratio", "-", ""]]
    if worth is None or found.deflated_sharpe_effective is None:
        return [[f"deflated after {many(found.n_trials, 'trial')}", f"{every:.2f}", ""]]
    return [
        [
            f"deflated after the {worth:,.0f} that {tried} trials are worth",
            f"{found.deflated_sharpe_effective:.2f}",
            "",
        ],
        [f"deflated after {tried}, each as one", f"{every:.2f}", ""],
    ]


def _rows(found: EvidenceRecord) -> list[list[str]]:
    def ends(bounds: tuple[float, float] | None) -> str:
        return interval(*(bounds or (None, None)))

    def two(value: float | None) -> str:
        return "-" if value is None else f"{value:.2f}"

    own = found.attribution
    rows = [
        ["Sharpe ratio, net", two(found.sharpe), ends(found.interval)],
        ["Sharpe ratio, active", signed(found.active_sharpe), ends(found.active_interval)],
        *_deflated(found),
        *([f"better than {name}, p", p_value(p), ""] for name, p in found.spa.items()),
        ["probability of overfitting", two(found.pbo), ""],
        ["break-even cost, bp an order", two(found.break_even_cost_bps), ""],
        [
            f"added to own trend by {leader(found.params)}, Sharpe",
            signed(found.c5_minus_c4.sharpe),
            ends(found.c5_minus_c4.interval),
        ],
    ]
    if own:
        rows += [["being long, a year", signed_percent(own.long_per_year), ""]]
        rows += [["timing less costs, a year", signed_percent(own.timing_per_year - own.costs_per_year), ""]]
    return rows
