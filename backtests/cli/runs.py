"""harbinger runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import click

from backtests.cli import screen

EXAMPLES = """\b
Examples:
  harbinger runs list --study small_cap_trend --since 2026-11-01
  harbinger runs show 20261122-183000
  harbinger runs rerun 20261122-183000
  harbinger runs note 20261122-183000 "the one of the article" --tag article
  harbinger runs trials --traded ETH-USD
  harbinger runs recover runs results/2025
  harbinger runs export --out runs.parquet
"""


KINDS = ("run", "signal", "lead", "evidence", "stress", "compare", "sweep")
STATUSES = ("running", "ok", "ruin", "failed", "interrupted", "done")


F = TypeVar("F", bound=Callable[..., Any])


def filters(function: F) -> F:
    """Add the options that choose rows."""
    for option in (
        click.option("--since", default="", metavar="DATE", help="Made on this day or later, YYYY-MM-DD."),
        click.option("--kind", default="", type=click.Choice(["", *KINDS]), help="What each row is of."),
        click.option("--status", default="", type=click.Choice(["", *STATUSES]), help="How it ended."),
        click.option("--source", default="", help="The beginning of a source: folder, simulated, yahoo."),
        click.option("--traded", default="", help="Series id of the traded asset."),
        click.option("--study", default="", help="Name of the study."),
    ):
        function = option(function)
    return function


@click.group(epilog=EXAMPLES)
def command() -> None:
    """List, show, annotate, repeat, remove, count, recover and export earlier runs and sweeps, from the registry."""


@command.command("list")
@click.option("--most", default=30, show_default=True, type=click.IntRange(1, 10**9), help="How many, newest first.")
@filters
@click.option("--json", "as_json", is_flag=True, help="Print the rows as JSON.")
def list_(most: int, as_json: bool, **wanted: str) -> None:
    """List the newest runs and sweeps."""
    _screens(as_json).list_(most=most, as_json=as_json, **wanted)


@command.command()
@click.argument("run_id")
@click.option("--json", "as_json", is_flag=True, help="Print the row as JSON.")
def show(run_id: str, as_json: bool) -> None:
    """Show one run or sweep: RUN_ID or its beginning."""
    _screens(as_json).show(run_id=run_id, as_json=as_json)


@command.command(short_help="Say something of a run or a sweep.")
@click.argument("run_id")
@click.argument("text", required=False)
@click.option("--tag", "tags", multiple=True, metavar="WORD", help="Add a tag; repeatable.")
@click.option("--untag", "untags", multiple=True, metavar="WORD", help="Take a tag away; repeatable.")
@click.option("--json", "as_json", is_flag=True, help="Print what is said now as JSON.")
def note(run_id: str, text: str | None, tags: tuple[str, ...], untags: tuple[str, ...], as_json: bool) -> None:
    """Say something of a run or a sweep: TEXT, an empty one to say nothing any more. Without TEXT, show what is said.

    Notes and tags stand on the index of all work (`harbinger site`) and in `runs show`. They change no number.
    """
    _screens(as_json).note(run_id=run_id, text=text, tags=tags, untags=untags, as_json=as_json)


@command.command(short_help="Run RUN_ID again on its frozen data and say what has changed.")
@click.argument("run_id")
@click.option("--set", "position", type=click.IntRange(0), metavar="N", help="Of a sweep: the set number, from 0.")
@click.option("--json", "as_json", is_flag=True, help="Print the comparison as JSON.")
def rerun(run_id: str, position: int | None, as_json: bool) -> None:
    """Run RUN_ID again on its frozen data: equal to the bit, or what has changed. Exit 1 where it differs."""
    _screens(as_json).rerun(run_id=run_id, position=position, as_json=as_json)


@command.command()
@click.argument("run_ids", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Do not ask.")
def rm(run_ids: tuple[str, ...], yes: bool) -> None:
    """Remove runs or sweeps from the registry. Files stay; a tombstone keeps their trials counted."""
    _screens().rm(run_ids=run_ids, yes=yes)


@command.command(short_help="Count what was ever tried on an asset.")
@click.option("--traded", default="ETH-USD", show_default=True, help="Series id of the traded asset.")
@click.option("--start", default="", metavar="DATE", help="Trials over days that overlap START..END only.")
@click.option("--end", default="", metavar="DATE", help="Trials over days that overlap START..END only.")
@click.option("--simulated", is_flag=True, help="Count the trials on simulated data instead.")
@click.option(
    "--prior-trials", "prior", default=0, type=click.IntRange(0), metavar="N", help="Add N tried elsewhere, by hand."
)
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
def trials(traded: str, start: str, end: str, simulated: bool, prior: int, as_json: bool) -> None:
    """Count what was ever tried on an asset, all its series together: ideas, ideas by span, evaluations, looks.

    An idea is a strategy with its costs, execution and market, whatever the data.
    """
    _screens(as_json).trials(traded=traded, start=start, end=end, simulated=simulated, prior=prior, as_json=as_json)


@command.command(short_help="Make rows of a lost registry again from results.")
@click.argument("folders", nargs=-1, type=click.Path(path_type=Path, file_okay=False))
def recover(folders: tuple[Path, ...]) -> None:
    """Make rows of a lost registry again from results in or below FOLDERS (default: runs). Known rows stay as they are.

    Runs none of the code that the results name.
    """
    _screens().recover(folders=folders or (Path("runs"),))


@command.command(short_help="Write the registry as a Parquet table.")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The Parquet file to write."
)
@click.option("--trials", "of_trials", is_flag=True, help="One row a set of the sweeps, instead of one a run.")
@filters
def export(out: Path, of_trials: bool, **wanted: str) -> None:
    """Write the registry as a Parquet table; docs/registry.md shows pandas and SQL on it."""
    _screens().export(out=out, of_trials=of_trials, **wanted)


def _screens(quiet: bool = False) -> ModuleType:
    with screen.loading(quiet):
        from backtests.cli.screens import runs  # noqa: PLC0415  # the one hop: loads pandas
    return runs
