"""harbinger stress."""

from __future__ import annotations

from pathlib import Path

import click

from backtests.cli import screen
from backtests.cli.run import SOURCE_HELP, study_names

EXAMPLES = """\b
Examples:
  harbinger stress small_cap_trend --source folder:history --start 2018-01-01
  harbinger stress 20261122-183000 --out stressed --json
"""


@click.command(epilog=EXAMPLES)
@click.argument("target", metavar="RUN|STUDY", shell_complete=study_names)
@click.option("--source", help=f"For a study, which is run first: {SOURCE_HELP}")
@click.option("-s", "settings", multiple=True, metavar="PATH=VALUE", help="For a study: set a parameter.")
@click.option("--start", metavar="DATE", help="For a study: first bar, YYYY-MM-DD.")
@click.option("--end", metavar="DATE", help="For a study: last bar, YYYY-MM-DD.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder of the page (default runs/<id>).")
@screen.OPEN
@click.option("--json", "as_json", is_flag=True, help="Print stress.json alone on standard output.")
def command(
    target: str,
    source: str | None,
    settings: tuple[str, ...],
    start: str | None,
    end: str | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Change every assumption of a run or a study, one at a time: what moves the result, and how much is left?

    Costs from none to four times, delays, clocks, joins, staleness, every start month, the band, other vendors, each
    input dropped, late and made noise, each parameter around its value. Nothing is ranked and no trial is counted.
    Writes stress.json, stress.html and spec.toml, what was stressed.
    """
    with screen.loading(quiet=as_json):
        from backtests.cli.screens import stress  # noqa: PLC0415  # the one hop: loads pandas
    spans = [f"study.{name}={value}" for name, value in (("start", start), ("end", end)) if value is not None]
    stress.stress(target, [*settings, *spans], source=source, out=out, as_json=as_json)
