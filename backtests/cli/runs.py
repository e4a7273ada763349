"""harbinger runs."""

from __future__ import annotations

import json
from typing import Any

import click

EXAMPLES = """\b
Examples:
  harbinger runs list
  harbinger runs show 20261122-183000
"""


@click.group(epilog=EXAMPLES)
def command() -> None:
    """List and show earlier runs, from the registry."""


@command.command("list")
@click.option("--most", default=30, show_default=True, type=click.IntRange(1), help="How many, newest first.")
@click.option("--json", "as_json", is_flag=True, help="Print the rows as JSON.")
def list_(most: int, as_json: bool) -> None:
    """List the newest runs."""
    from backtests.cli import screen
    from backtests.registry import Registry
    from backtests.reports.front import number

    entries = Registry().list(most)
    if as_json:
        click.echo(json.dumps([_plain(vars(entry)) for entry in entries], indent=2))
        return
    if not entries:
        click.echo("no runs yet; `harbinger demo` makes two")
        return
    rows = []
    for entry in entries:
        found = json.loads(entry.metrics) or {}
        figures = [number(name, found.get(name)) for name in ("sharpe", "total_return", "max_drawdown")]
        rows.append([entry.run_id, entry.status, *figures, f"{entry.start}..{entry.end}", entry.traded, entry.source])
    columns = ["run", "status", "Sharpe", "return", "drawdown", "span", "traded", "source"]
    if screen.OUT.width < 150:  # an id must stay whole: it is there to be copied
        shown = 5 if screen.OUT.width >= 90 else 4
        rows, columns = [row[:shown] for row in rows], columns[:shown]
    screen.table("", columns, rows, right=(2, 3, 4)[: len(columns) - 2])


@command.command()
@click.argument("run_id")
@click.option("--json", "as_json", is_flag=True, help="Print the row as JSON.")
def show(run_id: str, as_json: bool) -> None:
    """Show one run: RUN_ID or its beginning."""
    from backtests.cli import screen
    from backtests.registry import Registry

    entry = _plain(vars(Registry().show(run_id)))
    if as_json:
        click.echo(json.dumps(entry, indent=2))
        return
    spec = entry.pop("spec")
    found, versions = entry.pop("metrics") or {}, entry.pop("versions")
    screen.table("", ["", ""], [[name, str(value)] for name, value in entry.items()])
    screen.table("\nmetrics", ["", ""], [[name, repr(value)] for name, value in found.items()], right=(1,))
    screen.table("\nversions", ["", ""], [[name, value] for name, value in versions.items()])
    click.echo(f"\nexperiment (spec.toml)\n{spec}")


def _plain(entry: dict[str, str]) -> dict[str, Any]:
    return {k: json.loads(v) if k in ("metrics", "versions") else v for k, v in entry.items()}
