"""harbinger compare."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import click

from backtests.cli import screen
from backtests.cli.run import ACCEPT, SOURCE_HELP, study_names

EXAMPLES = """\b
Examples:
  harbinger compare small_cap_trend hold_eth --source folder:history
  harbinger compare small_cap_trend -s trend.lookback=20,60,120 --start 2018-01-01
  harbinger compare 20261122-183000 20261122-184500
  harbinger compare runs/mine small_cap_trend own_trend --out side-by-side --json
"""


@click.command(epilog=EXAMPLES)
@click.argument("runs", nargs=-1, metavar="A B ...", shell_complete=study_names)
@click.option("--source", help=f"For studies, which are run first: {SOURCE_HELP}")
@click.option(
    "-s", "settings", multiple=True, metavar="PATH=VALUES", help="Set a parameter of the studies; a,b,c: a run each."
)
@click.option("--start", metavar="DATE", help="First bar of the studies, YYYY-MM-DD.")
@click.option("--end", metavar="DATE", help="Last bar of the studies, YYYY-MM-DD.")
@click.option("--seed", type=click.IntRange(0), help="Of the bootstrap of the paired differences.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Folder of the report (default runs/<id>)."
)
@ACCEPT
@screen.OPEN
@click.option("--json", "as_json", is_flag=True, help="Print compare.json alone on standard output.")
def command(
    runs: tuple[str, ...],
    source: str | None,
    settings: tuple[str, ...],
    start: str | None,
    end: str | None,
    seed: int | None,
    out: Path | None,
    accept: tuple[str, ...],
    as_json: bool,
) -> None:
    """Hold runs against the first one: what differs between them, then their numbers on the bars that they share.

    Each of A B ... is a run id or its beginning, the folder of a run, or a study (a built-in name or a .toml file),
    which is run first with the settings of -s, where they have several values once for each. Writes compare.json and
    compare.html.
    """
    spans = [f"study.{name}={value}" for name, value in (("start", start), ("end", end)) if value is not None]
    _screens(as_json).compare(
        runs=runs, source=source, seed=seed, out=out, accept=accept, settings=(*settings, *spans), as_json=as_json
    )


def _screens(quiet: bool = False) -> ModuleType:
    with screen.loading(quiet):
        from backtests.cli.screens import compare  # noqa: PLC0415  # the one hop: loads pandas
    return compare
