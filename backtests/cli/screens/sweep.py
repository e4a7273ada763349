"""harbinger sweep: progress with the best so far, then the best point, the best region, the table."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from backtests.cli import screen
from backtests.engine.kernel import compiling
from backtests.experiments.experiment import with_accepted, with_settings
from backtests.experiments.named import title
from backtests.experiments.studies import load
from backtests.experiments.user_strategy import Native
from backtests.pages.text import many, number
from backtests.record import as_text
from backtests.runs.evidence import line
from backtests.sweeps import recorded, walk_forward_answer
from backtests.sweeps.answer import answer
from backtests.sweeps.estimate import estimate
from backtests.sweeps.folder.trials_parquet import holder
from backtests.sweeps.page.notes import edge_notes, failures
from backtests.sweeps.plans.axes import split
from backtests.sweeps.plans.plan import Method, Plan
from backtests.sweeps.plans.schedule import Choose, Schedule
from backtests.sweeps.ranking import listed, point, unranked
from backtests.sweeps.record import SweepRecord
from backtests.sweeps.result import Sweep
from backtests.sweeps.work.backtrader_check import SAMPLE
from data.errors import RunError

Say = Callable[[str], None]
Watch = Callable[[int, int, float | None], None]
SHOWN = 10
MOST_ROWS = 40
WIDE, MOST_COLUMNS = 120, 8
HEADS = {"max_drawdown": "drawdown", "total_return": "return", "time_in_market": "in market"}


@dataclass(frozen=True)
class How:
    """How a sweep is run and shown.

    `workers`: processes for backtrader's work and the sets of a large sweep; `dask`: the address of a cluster;
    tearsheets of what it chose; `csv`: the CSV files of a very large sweep too; JSON or a screen.
    """

    workers: int
    tearsheets: bool
    as_json: bool
    dask: str | None = None
    csv: bool = False


def plan_of(
    study: str,
    settings: list[str],
    *,
    method: Method,
    n: int,
    seed: int,
    constraint: str,
    metric: str,
    curves: bool,
    accept: Sequence[str],
    source: str | None,
    walk_forward: Schedule | None,
) -> Plan:
    """Return the plan of a study with its settings: those with several values are axes."""
    experiment = with_accepted(load(study), accept, source)
    fixed, axes = split(experiment, settings)
    return Plan(
        with_settings(experiment, fixed), tuple(axes), method, n, seed, constraint, metric, curves, walk_forward
    )


def schedule_of(text: str | None, anchored: bool, choose: str) -> Schedule | None:
    """Return the windows of --walk-forward, None without."""
    how: Choose = "point" if choose == "point" else "region"
    return None if text is None else Schedule.parse(text, anchored=anchored, choose=how)


def sweep(plan: Plan, source: str | None, out: Path | str | None, how: How) -> None:
    """Run a sweep, save and register it, and print its screen or its sweep.json; `out`: a folder, or a URL as text."""
    if not how.as_json and not screen.is_quiet():
        click.echo(_engine(plan, how), err=True)
    folder, to = (None, out) if isinstance(out, str) else (out, "")
    with watching(quiet=how.as_json) as (say, watch):
        done = recorded.run_and_record(
            plan, source, folder, workers=how.workers, dask=how.dask,
            tearsheets=how.tearsheets, csv=how.csv, to=to, watch=watch, say=say,
        )  # fmt: skip
    _finish(done, how)


def resume(folder: Path, how: How) -> None:
    """Go on with an interrupted sweep, or with the upload of a finished one, and print it."""
    with watching(quiet=how.as_json) as (say, watch):
        if to := recorded.upload_again(folder, say):
            click.echo(
                (folder / "sweep.json").read_text(encoding="utf-8").rstrip() if how.as_json else f"uploaded: {to}"
            )
            return
        done = recorded.resume(
            folder,
            workers=how.workers, dask=how.dask, tearsheets=how.tearsheets, csv=how.csv, watch=watch, say=say,
        )  # fmt: skip
    _finish(done, how)


def _finish(done: Sweep, how: How) -> None:
    if how.as_json:
        click.echo(as_text(done.record))
        screen.open_page(done.folder / "sweep.html")
    else:
        show(done)
    if done.record.failed == done.record.sets:
        raise RunError(f"none of the {many(done.record.sets, 'set')} could be run: {done.reason[0]}")
    if done.lacks_its_walk:
        raise RunError(f"{done.lacks_its_walk}; the sweep itself is whole in {done.folder}")


def _engine(plan: Plan, how: How) -> str:
    """Return who will run the sets, before any is run."""
    count = plan.count
    n = f"{count:,} sets"
    if isinstance(plan.base.strategy, Native):
        if how.dask:
            return f"{n}, each by backtrader on the workers of {how.dask}"
        return f"{n}, each by backtrader in {how.workers} processes: a native strategy has no weights for the kernel"
    drawn = f"those chosen and {SAMPLE} drawn at random" if count > SAMPLE else "all of them"
    where = f" on the workers of {how.dask}" if how.dask else ""
    n = f"at most {n}, each drawn where earlier ones were good," if plan.method == "tpe" else n
    return f"{n} by the kernel{where}; {drawn} by backtrader too"


@contextmanager
def watching(quiet: bool) -> Iterator[tuple[Say, Watch]]:
    """Show sets done, time left and the best metric so far on standard error; nothing where that is no terminal."""
    if quiet or screen.is_quiet() or not screen.ERR.is_terminal:
        yield (lambda _: None), (lambda *_: None)
        return

    columns = (
        TextColumn("{task.description}"),
        BarColumn(20),
        MofNCompleteColumn(),
        screen.Rate("sets"),
        screen.TimeLeft(),
    )
    with Progress(*columns, TextColumn("{task.fields[best]}"), console=screen.ERR, transient=True) as bar:
        task = bar.add_task("starting", total=None, best="")

        def watch(done: int, total: int, best: float | None) -> None:
            shown = "" if best is None else f"best {best:.3f}"
            bar.update(task, completed=done, total=total, description="sets", best=shown)

        def say(text: str) -> None:
            bar.update(task, description=text)

        with compiling.told(say):
            yield say, watch


def show(done: Sweep) -> None:
    """Print the screen of a sweep."""
    record = done.record
    simulated = "SIMULATED  " if record.simulated else ""
    name = f"{simulated}sweep of {title(record.study, record.params)}"
    screen.OUT.print(Text(name, style="bold magenta" if simulated else "bold"))
    screen.answer(answer(record))
    screen.OUT.print(_facts(record))
    screen.OUT.print()
    if record.best is not None or unranked(done.plan):
        _table(done)
    _best(record)
    _walk_forward(record)
    for note in [*_notes(done), *edge_notes(done)]:
        screen.OUT.print(Text(f"note: {note}", style="yellow"))
    screen.trials(done.trials_so_far)
    screen.files(done.folder)
    if done.elsewhere:
        screen.OUT.print(Text(f"uploaded: {done.elsewhere}"), soft_wrap=True)
    page = done.folder / "sweep.html"
    if page.exists():
        screen.report(page)


def _facts(record: SweepRecord) -> Text:
    checked, worst = record.parity_checked, record.parity_max_rel
    same = f"largest difference {worst:.1e}" if worst else "identical"
    parity = f" ({checked} sets by backtrader too, {same})" if checked else ""
    span = f"{record.start} .. {record.end}, " if record.start else ""
    return Text(
        f"{record.sets:,} sets in {record.seconds:.1f} s by {record.engine}{parity}\n"
        f"{span}{record.source}, data {record.data_fingerprint}"
    )


def _table(done: Sweep) -> None:
    shown = list(dict.fromkeys([done.record.metric, "sharpe", "total_return", "max_drawdown", "orders"]))
    table = unranked(done.plan)
    order = listed(done.plan, done.metrics, done.status)[: MOST_ROWS if table else SHOWN]
    rows = []
    for at in order:
        chosen = point(done.plan, done.metrics, done.parts, at)
        rows.append([*map(str, chosen.params.values()), *(number(name, chosen.metrics[name]) for name in shown)])
    if screen.OUT.width < WIDE and len(rows[:1] and rows[0]) > MOST_COLUMNS:  # what stands in trials.csv anyway
        shown = shown[:1]
        rows = [[*row[: len(done.plan.paths)], row[len(done.plan.paths)]] for row in rows]
    columns = [*_short(done.plan.paths), *(HEADS.get(name, name.replace("_", " ")) for name in shown)]
    title = f"{len(rows)} spans, no ranking" if table else f"the best {len(rows)} by {done.record.metric}"
    screen.table(title, columns, rows, right=range(len(columns)))
    screen.OUT.print()


def _short(paths: Sequence[str]) -> list[str]:
    """Return the last word of each path, where it tells it from the others, on a line of its own."""
    words = [path.rpartition(".")[2] for path in paths]
    return [
        word.replace("_", "\n") if words.count(word) == 1 else path for word, path in zip(words, paths, strict=True)
    ]


def _best(record: SweepRecord) -> None:
    point, region, metric = record.best, record.best_region, record.metric
    if point is None or region is None:
        return
    own, chosen, median, low, high = (
        number(metric, value)
        for value in (point.metrics[metric], region.metrics[metric], region.score, region.worst, region.top)
    )
    pairs = (
        ("best point", f"{_params(point.params)}: {metric} {own}"),
        ("best region", f"{_params(region.params)} stands for it: {metric} {chosen}"),
        ("", f"median {metric} {median} of {region.neighbours} neighbours, {low} to {high}"),
        ("", "The best of many sets is the luckiest of them too: its number is no estimate of what comes."),
        ("is it luck?", line(record.evidence) if record.evidence else "not asked of a backtrader strategy's sets"),
    )  # fmt: skip
    grid = Table.grid(padding=(0, 2))
    for name, text in pairs:
        grid.add_row(Text(name, style="dim", no_wrap=True), Text(text))
    screen.OUT.print(grid)
    screen.OUT.print()


def _walk_forward(record: SweepRecord) -> None:
    walk = record.walk_forward
    if walk is None:
        return
    screen.OUT.print(Text("walk-forward", style="bold"))
    says = walk_forward_answer
    for sentence in (says.answer, says.luck, says.decay, says.other_cuts):
        screen.OUT.print(Text(sentence(walk)))
    screen.OUT.print()


def _notes(done: Sweep) -> Iterator[str]:
    record, table = done.record, unranked(done.plan)
    yield from record.notes
    if record.failed:
        yield from failures(done)
        yield f"the reason of each that failed is in {holder(record.sets)}"
    if record.ruined:
        yield f"{record.ruined:,} sets ended in ruin"
    if table:
        yield table
    elif record.best is None and record.failed < record.sets:
        yield "no set may be called best: none has the metric, or the constraint leaves none"


def _params(params: dict[str, Any]) -> str:
    return ", ".join(f"{path}={value}" for path, value in params.items())


def show_estimate(plan: Plan, source: str | None, how: How) -> None:
    """Print what a sweep will take: sets, engine, time, memory, disk."""
    with screen.progress(how.as_json) as progress:
        progress("measuring a few sets")
        found = estimate(plan, source, how.workers)
    if how.as_json:
        click.echo(json.dumps(vars(found), indent=2))
        return
    click.echo(f"sets      {found.sets:,} ({found.distinct_weights:,} distinct weight series)")
    click.echo(f"engine    {found.engine}")
    click.echo(f"time      about {found.seconds:.3g} s on this machine, measured on {found.pilot} sets")
    click.echo(f"memory    about {found.memory_mb:,.0f} MB")
    click.echo(f"disk      at most {found.disk_mb:,.0f} MB")
