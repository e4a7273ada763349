"""harbinger evidence."""

from __future__ import annotations

import os
from pathlib import Path
from types import ModuleType

import click

from backtests.cli import screen
from backtests.cli.run import ACCEPT, SOURCE_HELP, study_names

EXAMPLES = """\b
Examples:
  harbinger evidence small_cap_trend --source folder:history
  harbinger evidence 20261122-183000 --prior-trials 40
  harbinger evidence runs/my-sweep --out judged --json
"""


@click.command(epilog=EXAMPLES)
@click.argument("target", metavar="RUN|SWEEP|STUDY", shell_complete=study_names)
@click.option("--source", help=f"For a study, which is run first: {SOURCE_HELP}")
@click.option("--prior-trials", "prior", default=0, type=click.IntRange(0), metavar="N", help="Add N tried elsewhere.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder of the page (default runs/<id>).")
@screen.dask("compute the placebos")
@ACCEPT
@screen.OPEN
@click.option("--json", "as_json", is_flag=True, help="Print evidence.json alone on standard output.")
def command(
    target: str,
    source: str | None,
    prior: int,
    out: Path | None,
    dask: str | None,
    accept: tuple[str, ...],
    as_json: bool,
) -> None:
    """Ask whether a result is luck: one verdict by a rule that was fixed before the numbers.

    A run or a sweep by its id, its beginning or its folder; a study (a built-in name or a .toml file) is run first. Its
    active returns against the trials that there were, holding and own trend, placebos, its own halves, its costs: the
    rule and how often it errs are in docs/evidence.md. Writes evidence.json, evidence.html and
    spec.toml, what was judged.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # many small products: threads would wait for one another
    asked = {"target": target, "source": source, "prior": prior, "out": out, "dask": dask, "accept": accept}
    _screens(as_json).evidence(**asked, as_json=as_json)


def _screens(quiet: bool = False) -> ModuleType:
    with screen.loading(quiet):
        from backtests.cli.screens import evidence  # noqa: PLC0415  # the one hop: loads pandas
    return evidence
