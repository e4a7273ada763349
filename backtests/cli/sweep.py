"""harbinger sweep."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from backtests.cli.run import SOURCE_HELP

if TYPE_CHECKING:
    from backtests.sweeps.plan import Plan

EXAMPLES = """\b
Examples:
  harbinger sweep small_cap_trend -s trend.lookback=20:120:10 -s threshold=0,0.01,0.02
  harbinger sweep small_cap_trend -s trend.lookback=5:250 -s costs.slippage_bps=0:20 --sobol 256
  harbinger sweep small_cap_trend -s trend.lookback=20:120:5 --constraint "orders >= 20" --metric calmar
  harbinger sweep small_cap_trend -s trend.lookback=2:700:1 --estimate
  harbinger sweep --resume runs/20261122-183000-sweep-small_cap_trend-a1b2c3
"""


@click.command(epilog=EXAMPLES)
@click.argument("study", required=False)
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
    "--seed", default=1, show_default=True, type=click.IntRange(0), help="Of --random, --sobol and the check."
)
@click.option(
    "--constraint", default="", metavar="EXPR", help='Over paths and metrics: "trend.lookback < 90 and orders >= 20".'
)
@click.option(
    "--metric", default="sharpe", show_default=True, help="What makes a set better; any of run.json's metrics."
)
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="Processes for backtrader.")
@click.option("--estimate", is_flag=True, help="Count the sets, predict time, memory and disk, and stop.")
@click.option("--resume", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Go on with a sweep.")
@click.option("--tearsheets", is_flag=True, help="Make the tearsheets of the best point and the best region too.")
@click.option(
    "--curves", is_flag=True, help="Keep the equity curve of every set: curves/*.parquet, up to 8 bytes a bar and set."
)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder (default runs/<sweep id>).")
@click.option("--json", "as_json", is_flag=True, help="Print sweep.json alone on standard output.")
def command(
    study: str | None,
    source: str | None,
    settings: tuple[str, ...],
    start: str | None,
    end: str | None,
    random_: int | None,
    sobol: int | None,
    seed: int,
    constraint: str,
    metric: str,
    workers: int,
    estimate: bool,
    resume: Path | None,
    tearsheets: bool,
    curves: bool,
    out: Path | None,
    as_json: bool,
) -> None:
    """Compare parameter sets of STUDY (a built-in name or a .toml file): every one is run, checked and remembered.

    Writes trials.csv (one row a set), subperiods.csv, sweep.json and sweep.html.
    """
    from backtests.cli.sweep_screen import watching

    if (study is None) == (resume is None):
        raise click.UsageError("name a STUDY, or the folder of an interrupted sweep with --resume DIR")
    if random_ and sobol:
        raise click.UsageError("choose one of --random and --sobol")
    with watching(quiet=as_json) as (say, watch):
        say("loading")
        if not estimate:
            from backtests.sweeps.processes import context

            context()  # its processes load beside this one
        from backtests.sweeps import recorded

        if resume is not None:
            done = recorded.resume(resume, workers=workers, tearsheets=tearsheets, watch=watch, say=say)
        else:
            assert study is not None
            spans = [f"study.{name}={value}" for name, value in (("start", start), ("end", end)) if value is not None]
            plan = _plan(study, [*settings, *spans], random_, sobol, seed, constraint, metric, curves)
            if estimate:
                _estimate(plan, source, workers, as_json)
                return
            if not as_json:
                click.echo(_engine(plan, workers), err=True)
            done = recorded.run_and_record(
                plan, source, out, workers=workers, tearsheets=tearsheets, watch=watch, say=say
            )
    if as_json:
        click.echo(json.dumps(done.content, indent=2, allow_nan=False))
    else:
        from backtests.cli.sweep_screen import show

        show(done)


def _plan(
    study: str,
    settings: list[str],
    random_: int | None,
    sobol: int | None,
    seed: int,
    constraint: str,
    metric: str,
    curves: bool,
) -> Plan:
    from backtests.experiments.experiment import with_settings
    from backtests.experiments.studies import load
    from backtests.sweeps.axes import split
    from backtests.sweeps.plan import Plan

    experiment = load(study)
    fixed, axes = split(experiment, settings)
    method = "random" if random_ else "sobol" if sobol else "grid"
    n = random_ or sobol or 0
    return Plan(with_settings(experiment, fixed), tuple(axes), method, n, seed, constraint, metric, curves)  # type: ignore[arg-type]


def _engine(plan: Plan, workers: int) -> str:
    """Return who will run the sets, before any is run."""
    from backtests.experiments.user_strategy import Native
    from backtests.sweeps.backtrader_check import SAMPLE

    count = len(plan.sets)
    n = f"{count:,} sets"
    if isinstance(plan.base.strategy, Native):
        return f"{n}, each by backtrader in {workers} processes: a native strategy has no weights for the kernel"
    drawn = f"those chosen and {SAMPLE} drawn at random" if count > SAMPLE else "all of them"
    return f"{n} by the kernel; {drawn} by backtrader too"


def _estimate(plan: Plan, source: str | None, workers: int, as_json: bool) -> None:
    from backtests.sweeps.estimate import estimate

    found = estimate(plan, source, workers)
    if as_json:
        click.echo(json.dumps(vars(found), indent=2))
        return
    click.echo(f"sets      {found.sets:,} ({found.distinct_weights:,} distinct weight series)")
    click.echo(f"engine    {found.engine}")
    click.echo(f"time      about {found.seconds:.3g} s on this machine, measured on {found.pilot} sets")
    click.echo(f"memory    about {found.memory_mb:,.0f} MB")
    click.echo(f"disk      at most {found.disk_mb:,.0f} MB")
