"""What a person sees of a sweep: progress with the best so far, then the best point, the best region, the table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from backtests.cli import screen

if TYPE_CHECKING:
    from backtests.sweeps.sweep import Sweep

Say = Callable[[str], None]
Watch = Callable[[int, int, float | None], None]
SHOWN = 10
WIDE, MOST_COLUMNS = 120, 8
HEADS = {"max_drawdown": "drawdown", "total_return": "return", "time_in_market": "in market"}


@contextmanager
def watching(quiet: bool) -> Iterator[tuple[Say, Watch]]:
    """Show sets done, time left and the best metric so far on standard error; nothing where that is no terminal."""
    if quiet or not screen.ERR.is_terminal:
        yield (lambda _: None), (lambda *_: None)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, TextColumn("{task.fields[best]}"), console=screen.ERR, transient=True) as bar:
        task = bar.add_task("starting", total=None, best="")

        def watch(done: int, total: int, best: float | None) -> None:
            shown = "" if best is None else f"best {best:.3f}"
            bar.update(task, completed=done, total=total, description="sets", best=shown)

        yield (lambda text: bar.update(task, description=text)), watch


def show(done: Sweep) -> None:
    """Print the screen of a sweep."""
    from backtests.sweeps.page import edge_notes

    content = done.content
    simulated = "SIMULATED  " if content["simulated"] else ""
    title = f"{simulated}sweep of {content['study']}"
    screen.OUT.print(Text(title, style="bold magenta" if simulated else "bold"))
    screen.OUT.print(_facts(content))
    screen.OUT.print()
    if content["best"] is not None:
        _table(done)
    _best(content)
    for line in [*_notes(content), *edge_notes(done)]:
        screen.OUT.print(Text(f"note: {line}", style="yellow"))
    screen.OUT.print(Text(f"files: {done.folder}"), soft_wrap=True)
    page = done.folder / "sweep.html"
    if page.exists():
        screen.OUT.print(Text(f"report: {page}", style="bold"), soft_wrap=True)


def _facts(content: dict[str, Any]) -> Text:
    checked, worst = content["parity_checked"], content["parity_max_rel"]
    parity = f" ({checked} sets by backtrader too, largest difference {worst:.1e})" if checked else ""
    span = f"{content['start']} .. {content['end']}, " if content["start"] else ""
    return Text(
        f"{content['sets']:,} sets in {content['seconds']:.1f} s by {content['engine']}{parity}\n"
        f"{span}{content['source']}, data {content['data_fingerprint']}"
    )


def _table(done: Sweep) -> None:
    from backtests.runs.summary import number
    from backtests.sweeps.ranking import eligible, point, ranked

    shown = list(dict.fromkeys([done.content["metric"], "sharpe", "total_return", "max_drawdown", "orders"]))
    order = ranked(done.plan, done.metrics, eligible(done.plan, done.metrics, done.status))[:SHOWN]
    rows = []
    for at in order:
        found = point(done.plan, done.metrics, done.parts, at)
        rows.append([*map(str, found["params"].values()), *(number(name, found["metrics"][name]) for name in shown)])
    if screen.OUT.width < WIDE and len(rows[:1] and rows[0]) > MOST_COLUMNS:  # what stands in trials.csv anyway
        shown = shown[:1]
        rows = [[*row[: len(done.plan.paths)], row[len(done.plan.paths)]] for row in rows]
    columns = [*_short(done.plan.paths), *(HEADS.get(name, name.replace("_", " ")) for name in shown)]
    screen.table(f"the best {len(rows)} by {done.content['metric']}", columns, rows, right=range(len(columns)))
    screen.OUT.print()


def _short(paths: Sequence[str]) -> list[str]:
    """Return the last word of each path, where it tells it from the others, on a line of its own."""
    words = [path.rpartition(".")[2] for path in paths]
    return [
        word.replace("_", "\n") if words.count(word) == 1 else path for word, path in zip(words, paths, strict=True)
    ]


def _best(content: dict[str, Any]) -> None:
    region, metric = content["best_region"], content["metric"]
    if region is None:
        return
    point = content["best"]
    pairs = (
        ("best point", f"{_params(point['params'])}: {metric} {point['metrics'][metric]:.3f}"),
        ("best region", f"around {_params(region['params'])}"),
        ("", f"median {metric} {region['score']:.3f} of {region['neighbours']} neighbours, "
             f"{region['worst']:.3f} to {region['top']:.3f}"),
        ("", "The best of many sets is the luckiest of them too: its number is no estimate of what comes."),
    )  # fmt: skip
    grid = Table.grid(padding=(0, 2))
    for name, text in pairs:
        grid.add_row(Text(name, style="dim", no_wrap=True), Text(text))
    screen.OUT.print(grid)
    screen.OUT.print()


def _notes(content: dict[str, Any]) -> Iterator[str]:
    if content["failed"]:
        yield f"{content['failed']:,} sets failed; the reason of each is in trials.csv"
    if content["ruined"]:
        yield f"{content['ruined']:,} sets ended in ruin"
    if content["best"] is None:
        yield "no set may be called best: none has the metric, or the constraint leaves none"


def _params(params: dict[str, Any]) -> str:
    return ", ".join(f"{path}={value}" for path, value in params.items())
