"""harbinger compare."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from backtests.cli.run import SOURCE_HELP

if TYPE_CHECKING:
    from backtests.comparisons.comparison import Comparison
    from backtests.comparisons.recorded import Written

EXAMPLES = """\b
Examples:
  harbinger compare small_cap_trend hold_eth --source folder:history
  harbinger compare 20261122-183000 20261122-184500
  harbinger compare runs/mine small_cap_trend own_trend --out side-by-side --json
"""


@click.command(epilog=EXAMPLES)
@click.argument("runs", nargs=-1, metavar="A B ...")
@click.option("--source", help=f"For studies, which are run first: {SOURCE_HELP}")
@click.option("--seed", type=click.IntRange(0), help="Of the bootstrap of the paired differences.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Folder of the report (default runs/<id>)."
)
@click.option("--json", "as_json", is_flag=True, help="Print compare.json alone on standard output.")
def command(runs: tuple[str, ...], source: str | None, seed: int | None, out: Path | None, as_json: bool) -> None:
    """Hold runs against the first one: what differs between them, then their numbers on the bars that they share.

    Each of A B ... is a run id or its beginning, the folder of a run, or a study (a built-in name or a .toml file),
    which is run first. Writes compare.json and compare.html.
    """
    from backtests.cli import screen

    if len(runs) < 2:
        raise click.UsageError("name two runs or more: ids (`harbinger runs list` shows them), folders or studies")
    with screen.progress(quiet=as_json) as progress:
        progress("loading")
        from backtests.comparisons.recorded import run_and_record
        from backtests.runs.files import as_text
        from backtests.statistics.paired import SEED

        chosen = SEED if seed is None else seed
        written = run_and_record(runs, source, out, seed=chosen, progress=progress)
    if as_json:
        click.echo(as_text(written.content))
    else:
        _show(written)


def _show(written: Written) -> None:
    """Print the screen of a comparison: what differs, the numbers, the differences in return, notes, paths."""
    from rich.text import Text

    from backtests.cli import screen
    from backtests.comparisons.comparison import sentence
    from backtests.runs.files import DATE

    found = written.comparison
    simulated = "SIMULATED  " if found.simulated else ""
    screen.OUT.print(Text(f"{simulated}{found.title}", style="bold magenta" if simulated else "bold"))
    span = f"{found.span[0]:{DATE}} to {found.span[1]:{DATE}}"
    screen.OUT.print(Text(f"common span {span}, {len(found.curves):,} bars", style="dim"))
    screen.OUT.print()
    _differences(found)
    _numbers(found)
    for name, apart in zip(found.names[1:], found.paired, strict=True):
        screen.OUT.print(Text(sentence(name, apart)))
    screen.OUT.print()
    for warning in found.warnings:
        screen.OUT.print(Text(f"note: {warning}", style="yellow"))
    screen.OUT.print(Text(f"files: {written.folder}"), soft_wrap=True)
    screen.OUT.print(Text(f"report: {written.page}", style="bold"), soft_wrap=True)


def _differences(found: Comparison) -> None:
    from backtests.cli import screen
    from backtests.comparisons.differences import as_text

    ids = ["run", *(side.content["run_id"] for side in found.sides)]
    rows = [[name, *map(as_text, row)] for name, row in (found.parameters | found.facts).items()]
    screen.table("what differs", ["", *found.names], [*rows, ids])
    screen.OUT.print()


def _numbers(found: Comparison) -> None:
    from backtests.cli import screen
    from backtests.metrics.labels import LABELS, number
    from backtests.metrics.performance import NAMES

    for kind, sides in (("net", found.net), ("gross: the same decisions at no cost", found.gross)):
        rows = [[LABELS[name], *("-" if m is None else number(name, m[name]) for m in sides)] for name in NAMES]
        screen.table(kind, ["", *found.letters], rows, right=range(1, 1 + len(sides)))
        screen.OUT.print()
