"""harbinger sweep."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from backtests.cli import screen
from backtests.cli.run import ACCEPT, SOURCE_HELP, study_names
from backtests.processes import can_fork
from backtests.sweeps.work import pool

EXAMPLES = """\b
Examples:
  harbinger sweep small_cap_trend -s trend.lookback=20:120:10 -s threshold=0,0.01,0.02
  harbinger sweep small_cap_trend -s trend.lookback=5:250 -s costs.slippage_bps=0:20 --sobol 256
  harbinger sweep small_cap_trend -s trend.lookback=20:120:5 --constraint "orders >= 20" --metric calmar
  harbinger sweep small_cap_trend -s trend.lookback=20:120:5 -s threshold=0,0.01,0.02 --walk-forward 2y/6m
  harbinger sweep small_cap_trend -s trend.lookback=2:700:1 --estimate
  harbinger sweep --resume runs/20261122-183000-sweep-small_cap_trend-a1b2c3
"""


class Place(click.Path):
    """A folder, or the URL of a place for objects, which stays text."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return what was written."""
        return value if isinstance(value, str) and "://" in value else super().convert(value, param, ctx)


@click.command(epilog=EXAMPLES)
@click.argument("study", required=False, shell_complete=study_names)
@click.option("--source", help=SOURCE_HELP)
@click.option(
    "-s", "settings", multiple=True, metavar="PATH=VALUES",
    help="An axis: PATH=a,b,c or PATH=low:high:step (low:high with --random and --sobol); PATH=value sets one.",
)  # fmt: skip
@click.option("--start", metavar="DATE", help="First bar, YYYY-MM-DD; history before it warms the signals up.")
@click.option("--end", metavar="DATE", help="Last bar, YYYY-MM-DD.")
@click.option("--random", "random_", type=click.IntRange(1), metavar="N", help="Draw N sets instead of the whole grid.")
@click.option("--sobol", type=click.IntRange(1), metavar="N", help="Take N sets spread evenly by a Sobol sequence.")
@click.option(
    "--tpe",
    type=click.IntRange(1),
    metavar="N",
    help="Seek: run N sets, each drawn where earlier ones were good. Makes luck worse: docs/search.md.",
)
@click.option(
    "--seed", default=1, show_default=True, type=click.IntRange(0), help="Of --random, --sobol, --tpe and the check."
)
@click.option(
    "--constraint", default="", metavar="EXPR", help='Over paths and metrics: "trend.lookback < 90 and orders >= 20".'
)
@click.option(
    "--metric", default="sharpe", show_default=True, help="What makes a set better; any of run.json's metrics."
)
@click.option(
    "--walk-forward",
    metavar="TRAIN/TEST",
    help="Choose in each window, trade in the next: 2y/6m (y, m, w, d). Windows roll; out of sample they are stitched.",
)
@click.option(
    "--anchored", is_flag=True, help="With --walk-forward: every window to choose in begins with the history."
)
@click.option(
    "--choose",
    default="region",
    show_default=True,
    type=click.Choice(["region", "point"]),
    help="With --walk-forward: the set that stands for the best region, or the best point.",
)
@click.option(
    "--workers",
    show_default=f"one a processor, {pool.FEWEST} to {pool.MOST}; for a walk-forward one fewer",
    type=click.IntRange(1, 64),
    help="Processes for backtrader, and for the sets of a large sweep.",
)
@screen.dask("compute")
@click.option("--estimate", is_flag=True, help="Count the sets, predict time, memory and disk, and stop.")
@click.option("--resume", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Go on with a sweep.")
@click.option("--tearsheets", is_flag=True, help="Make the tearsheets of the best point and the best region too.")
@click.option(
    "--curves", is_flag=True, help="Keep the equity curve of every set: curves/*.parquet, up to 8 bytes a bar and set."
)
@click.option("--csv", is_flag=True, help="Keep trials.csv and subperiods.csv above 200,000 sets too.")
@click.option(
    "--out", type=Place(path_type=Path, file_okay=False), metavar="DIR|URL",
    help="Folder (default runs/<sweep id>), or s3://bucket/path: uploaded there when it is finished.",
)  # fmt: skip
@ACCEPT
@screen.OPEN
@click.option("--json", "as_json", is_flag=True, help="Print sweep.json alone on standard output.")
def command(
    study: str | None,
    source: str | None,
    settings: tuple[str, ...],
    start: str | None,
    end: str | None,
    random_: int | None,
    sobol: int | None,
    tpe: int | None,
    seed: int,
    constraint: str,
    metric: str,
    walk_forward: str | None,
    anchored: bool,
    choose: str,
    workers: int | None,
    dask: str | None,
    estimate: bool,
    resume: Path | None,
    tearsheets: bool,
    curves: bool,
    csv: bool,
    out: Path | str | None,
    accept: tuple[str, ...],
    as_json: bool,
) -> None:
    """Compare parameter sets of STUDY (a built-in name or a .toml file): every one is run, checked and remembered.

    Writes trials.csv (one row a set), subperiods.csv, both as trials.parquet, sweep.json and sweep.html; with
    --walk-forward also walk_forward.csv and the run of what was chosen.
    """
    _check(study, resume, (random_, sobol, tpe), dask)
    _check_windows(walk_forward, anchored, choose)
    workers = workers or pool.usual(walks=walk_forward is not None)
    forks = can_fork()
    if not estimate and not forks:
        pool.context()  # their server loads beside this process
    with screen.loading(quiet=as_json):
        from backtests.cli.screens import sweep  # noqa: PLC0415  # the one hop: loads pandas
    if not estimate and forks:
        pool.fork(workers)
        click.get_current_context().call_on_close(pool.end_unused)
    how = sweep.How(workers=workers, tearsheets=tearsheets, as_json=as_json, dask=dask, csv=csv)
    if resume is not None:
        sweep.resume(resume, how)
        return
    assert study is not None
    plan = sweep.plan_of(
        study,
        [*settings, *_span(start, end)],
        **_drawn(random_, sobol, tpe, seed),
        constraint=constraint,
        metric=metric,
        curves=curves,
        accept=accept,
        source=source,
        walk_forward=sweep.schedule_of(walk_forward, anchored, choose),
    )
    if estimate:
        sweep.show_estimate(plan, source, how)
    else:
        sweep.sweep(plan, source, out, how)


def _span(start: str | None, end: str | None) -> list[str]:
    return [f"study.{name}={value}" for name, value in (("start", start), ("end", end)) if value is not None]


def _drawn(random_: int | None, sobol: int | None, tpe: int | None, seed: int) -> dict[str, Any]:
    method = "random" if random_ else "sobol" if sobol else "tpe" if tpe else "grid"
    return {"method": method, "n": random_ or sobol or tpe or 0, "seed": seed}


def _check(
    study: str | None, resume: Path | None, drawn: tuple[int | None, int | None, int | None], dask: str | None
) -> None:
    """Refuse options that exclude one another. `drawn`: --random, --sobol, --tpe."""
    if (study is None) == (resume is None):
        raise click.UsageError("name a STUDY, or the folder of an interrupted sweep with --resume DIR")
    if sum(n is not None for n in drawn) > 1:
        raise click.UsageError("choose one of --random, --sobol and --tpe")
    if drawn[2] and dask:
        raise click.UsageError("--tpe chooses each set by the one before it: a cluster has no work; leave --dask out")


def _check_windows(walk_forward: str | None, anchored: bool, choose: str) -> None:
    if walk_forward is None and (anchored or choose != "region"):
        raise click.UsageError("--anchored and --choose go with --walk-forward TRAIN/TEST")
