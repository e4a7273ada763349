"""harbinger runs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from backtests.registry import Entry, SweepEntry

EXAMPLES = """\b
Examples:
  harbinger runs list --study small_cap_trend --since 2026-11-01
  harbinger runs show 20261122-183000
  harbinger runs rerun 20261122-183000
  harbinger runs trials --traded ETH-USD
  harbinger runs export --out runs.parquet
"""
KINDS = ("run", "signal", "lead", "sweep")
F = TypeVar("F", bound=Callable[..., Any])


def filters(function: F) -> F:
    """Add the options that choose rows."""
    for option in (
        click.option("--since", default="", metavar="DATE", help="Made on this day or later, YYYY-MM-DD."),
        click.option("--kind", default="", type=click.Choice(["", *KINDS]), help="run, signal, lead or sweep."),
        click.option("--status", default="", help="ok, ruin, failed; of sweeps: running, done."),
        click.option("--source", default="", help="The beginning of a source: folder, simulated, yahoo."),
        click.option("--traded", default="", help="Series id of the traded asset."),
        click.option("--study", default="", help="Name of the study."),
    ):
        function = option(function)
    return function


@click.group(epilog=EXAMPLES)
def command() -> None:
    """List, show, repeat, remove, count and export earlier runs and sweeps, from the registry."""


@command.command("list")
@click.option("--most", default=30, show_default=True, type=click.IntRange(1), help="How many, newest first.")
@filters
@click.option("--json", "as_json", is_flag=True, help="Print the rows as JSON.")
def list_(most: int, as_json: bool, **wanted: str) -> None:
    """List the newest runs and sweeps."""
    from backtests.registry import Filter, Registry, Trials

    chosen = Filter(removed=False, **wanted)
    entries: list[Entry | SweepEntry] = [*Registry().newest(most, chosen), *Trials().newest(most, chosen)]
    entries = sorted(entries, key=lambda entry: entry.created_at, reverse=True)[:most]
    if as_json:
        click.echo(json.dumps([_plain(vars(entry)) for entry in entries], indent=2))
    elif entries:
        _print_list(entries)
    else:
        click.echo("no such runs" if any(wanted.values()) else "no runs yet; `harbinger demo` makes two")


def _print_list(entries: list[Entry | SweepEntry]) -> None:
    from backtests.cli import screen

    rows = [_row(entry) for entry in entries]
    columns = ["run", "status", "Sharpe", "return", "drawdown", "span", "traded", "source"]
    if screen.OUT.width < 150:  # an id must stay whole: it is there to be copied
        shown = 5 if screen.OUT.width >= 90 else 4
        rows, columns = [row[:shown] for row in rows], columns[:shown]
    screen.table("", columns, rows, right=(2, 3, 4)[: len(columns) - 2])


def _row(entry: Entry | SweepEntry) -> list[str]:
    from backtests.registry import Entry
    from backtests.runs.summary import number

    tail = [f"{entry.start}..{entry.end}", entry.traded, entry.source]
    if not isinstance(entry, Entry):
        return [entry.sweep_id, entry.status, "", f"{int(entry.sets):,} sets", "", *tail]
    found = json.loads(entry.metrics) or {}
    figures = [number(name, found.get(name)) for name in ("sharpe", "total_return", "max_drawdown")]
    return [entry.run_id, entry.status, *figures, *tail]


@command.command()
@click.argument("run_id")
@click.option("--json", "as_json", is_flag=True, help="Print the row as JSON.")
def show(run_id: str, as_json: bool) -> None:
    """Show one run or sweep: RUN_ID or its beginning."""
    from backtests.cli import screen

    entry = _plain(vars(_find(run_id)))
    if as_json:
        click.echo(json.dumps(entry, indent=2))
        return
    spec = entry.pop("spec")
    found, versions = entry.pop("metrics", None) or {}, entry.pop("versions")
    screen.table("", ["", ""], [[name, str(value)] for name, value in entry.items() if value != ""])
    if found:
        screen.table("\nmetrics", ["", ""], [[name, repr(value)] for name, value in found.items()], right=(1,))
    screen.table("\nversions", ["", ""], [[name, value] for name, value in versions.items()])
    click.echo(f"\nexperiment (spec.toml)\n{spec}")


@command.command()
@click.argument("run_id")
@click.option("--set", "position", type=click.IntRange(0), metavar="N", help="Of a sweep: the set number, from 0.")
@click.option("--json", "as_json", is_flag=True, help="Print the comparison as JSON.")
def rerun(run_id: str, position: int | None, as_json: bool) -> None:
    """Run RUN_ID again on its frozen data: equal to the bit, or what has changed. Exit 1 where it differs."""
    from backtests.cli import screen

    with screen.progress(quiet=as_json) as progress:
        progress("loading")
        from backtests.registry import Entry
        from backtests.runs import repeat as again

        if isinstance(_find(run_id), Entry):
            found = again.rerun(run_id, progress)
        elif position is None:
            raise click.UsageError(f"{run_id} is a sweep: name one of its sets with --set N")
        else:
            found = again.rerun_set(run_id, position, progress)
    if as_json:
        click.echo(json.dumps(vars(found), indent=2))
    else:
        equal = "equal to the bit" if position is None else "equal to 1e-9"
        click.echo(f"{found.of}: {', '.join(found.compared)} {equal if found.same else 'differ'}; now {found.run_id}")
        for line in found.differs:
            click.echo(f"  {line}")
        for line in found.changed:
            click.echo(f"  changed since: {line}")
    if not found.same:
        sys.exit(1)


@command.command()
@click.argument("run_ids", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Do not ask.")
def rm(run_ids: tuple[str, ...], yes: bool) -> None:
    """Remove runs or sweeps from the registry. Files stay; a tombstone keeps their trials counted."""
    from backtests.registry import Entry, Registry, Trials

    entries = [_find(run_id) for run_id in run_ids]
    named = [entry.run_id if isinstance(entry, Entry) else entry.sweep_id for entry in entries]
    if not yes:
        click.confirm(f"Remove {', '.join(named)}?", abort=True, err=True)
    for entry, id in zip(entries, named, strict=True):
        (Registry() if isinstance(entry, Entry) else Trials()).remove(id)
        click.echo(f"removed {id}; its trials stay counted")


@command.command()
@click.option("--traded", default="ETH-USD", show_default=True, help="Series id of the traded asset.")
@click.option("--start", default="", metavar="DATE", help="Trials over days that overlap START..END only.")
@click.option("--end", default="", metavar="DATE", help="Trials over days that overlap START..END only.")
@click.option("--simulated", is_flag=True, help="Count the trials on made data instead.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
def trials(traded: str, start: str, end: str, simulated: bool, as_json: bool) -> None:
    """Count the distinct ideas ever tried on an asset: strategy, costs, execution and market, whatever the data."""
    from backtests.registry import Trials
    from data.catalogue import lookup

    found = Trials().count(lookup(traded).id, start, end, simulated=simulated)
    if as_json:
        click.echo(json.dumps({"traded": traded, "start": start, "end": end, "simulated": simulated} | vars(found)))
        return
    made = "SIMULATED  " if simulated else ""
    click.echo(f"{made}{traded}: {found.trials:,} distinct trials")
    click.echo(
        f"  {found.from_runs:,} by runs, {found.from_sweeps:,} by sweeps, {found.from_signals:,} by signal sheets"
    )


@command.command()
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The Parquet file to write."
)
@click.option("--trials", "of_trials", is_flag=True, help="One row a set of the sweeps, instead of one a run.")
@filters
def export(out: Path, of_trials: bool, **wanted: str) -> None:
    """Write the registry as a Parquet table; docs/registry.md shows pandas and SQL on it."""
    import io

    from backtests.registry import Filter, runs_table, trials_table
    from data.store import write_atomic

    table = (trials_table if of_trials else runs_table)(Filter(removed=False, **wanted))
    payload = io.BytesIO()
    table.to_parquet(payload, index=False)
    write_atomic(out, payload.getvalue())
    click.echo(f"{len(table):,} rows: {out}")


def _find(run_id: str) -> Entry | SweepEntry:
    """Return the run or the sweep of an id or of its beginning; UnknownName where there is none."""
    from backtests.registry import Registry, Trials
    from data.errors import UnknownName

    try:
        return Registry().show(run_id)
    except UnknownName as missing:
        try:
            return Trials().show(run_id)
        except UnknownName:
            raise missing from None


def _plain(entry: dict[str, str]) -> dict[str, Any]:
    return {k: json.loads(v) if k in ("metrics", "versions", "axes") else v for k, v in entry.items()}
