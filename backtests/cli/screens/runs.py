"""harbinger runs: what it does and prints."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from backtests.cli import screen
from backtests.cli.screens.listed_runs import print_list
from backtests.experiments.experiment import as_date, as_span
from backtests.metrics.labels import LABELS
from backtests.pages.text import number
from backtests.registry import Entry, Filter, Registry, runs_table, trials_table
from backtests.runs import repeat as again
from backtests.sweeps.recover import recover as recovered
from data.catalogue import lookup
from data.files import check_file, write_atomic


def list_(most: int, as_json: bool, **wanted: str) -> None:
    """List the newest runs and sweeps."""
    chosen = _filter(wanted)
    entries = Registry().newest(most, chosen)
    if as_json:
        click.echo(json.dumps([_plain(vars(entry)) for entry in entries], indent=2))
    elif entries:
        print_list(entries, failed=wanted["status"] == "failed")
    else:
        click.echo("no such runs" if any(wanted.values()) else "no runs yet; `harbinger demo` makes two")
    loss = Registry().runs.loss()
    if loss:
        click.echo(f"harbinger: {loss}", err=True)


def _filter(wanted: dict[str, str]) -> Filter:
    as_date("--since", wanted["since"])
    return Filter(removed=False, **wanted)


def show(run_id: str, as_json: bool) -> None:
    """Show one run or sweep: RUN_ID or its beginning."""
    found = Registry().find(run_id)
    said = Registry().annotations.of(found.run_id if isinstance(found, Entry) else found.sweep_id)
    entry = _plain(vars(found)) | {"note": said.note, "tags": list(said.tags)}
    if as_json:
        click.echo(json.dumps(entry, indent=2))
        return
    spec = entry.pop("spec")
    metrics, versions = entry.pop("metrics", None) or {}, entry.pop("versions")
    screen.table("", ["", ""], [[name, str(value)] for name, value in entry.items() if value not in ("", [])])
    if metrics:
        rows = [[LABELS.get(name, name), number(name, value)] for name, value in metrics.items()]
        screen.table("\nnumbers (--json has every digit)", ["", ""], rows, right=(1,))
    screen.table("\nversions", ["", ""], [[name, value] for name, value in versions.items()])
    click.echo(f"\nexperiment (spec.toml)\n{spec}")


def note(run_id: str, text: str | None, tags: tuple[str, ...], untags: tuple[str, ...], as_json: bool) -> None:
    """Write and show what is said of a run or a sweep."""
    registry = Registry()
    entry = registry.find(run_id)
    id = entry.run_id if isinstance(entry, Entry) else entry.sweep_id
    changes = text is not None or tags or untags
    said = registry.annotations.change(id, text, add=tags, remove=untags) if changes else registry.annotations.of(id)
    if as_json:
        click.echo(json.dumps({"id": id, "note": said.note, "tags": list(said.tags)}, indent=2))
        return
    marks = " ".join(f"#{tag}" for tag in said.tags)
    screen.OUT.print(Text(f"{id}: {' '.join(filter(None, (said.note, marks))) or 'no note, no tags'}"), soft_wrap=True)


def rerun(run_id: str, position: int | None, as_json: bool) -> None:
    """Run RUN_ID again on its frozen data: equal to the bit, or what has changed. Exit 1 where it differs."""
    with screen.progress(quiet=as_json) as progress:
        if isinstance(Registry().find(run_id), Entry):
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


def rm(run_ids: tuple[str, ...], yes: bool) -> None:
    """Remove runs or sweeps from the registry. Files stay; a tombstone keeps their trials counted."""
    entries = [Registry().find(run_id) for run_id in run_ids]
    named = [entry.run_id if isinstance(entry, Entry) else entry.sweep_id for entry in entries]
    if not yes:
        click.confirm(f"Remove {', '.join(named)}?", abort=True, err=True)
    for entry in entries:
        click.echo(f"removed {Registry().remove(entry)}; its trials stay counted")


def trials(traded: str, start: str, end: str, simulated: bool, prior: int, as_json: bool) -> None:
    """Count what was ever tried on an asset: ideas, ideas by span, evaluations, looks, and `prior` from elsewhere."""
    as_span(start, end)
    found = Registry().count(lookup(traded).id, start, end, simulated=simulated, prior=prior)
    if as_json:
        click.echo(json.dumps({"traded": traded, "start": start, "end": end} | vars(found)))
        return
    made = "SIMULATED  " if simulated else ""
    click.echo(f"{made}{found.underlying}: {found.tried:,} distinct trials")
    both = found.from_runs + found.from_sweeps - found.ideas
    parts = {"by runs alone": found.from_runs - both, "by sweeps alone": found.from_sweeps - both, "by both": both,
             "by signal sheets": found.from_signals, "elsewhere": prior}  # fmt: skip
    click.echo(f"  {' + '.join(f'{count:,} {how}' for how, count in parts.items() if count) or 'none yet'}")
    rows = [
        ["ideas", f"{found.ideas:,}", "strategy, costs, execution and market, whatever the data"],
        ["ideas x spans", f"{found.ideas_by_span:,}", "the same idea over other days counted again"],
        ["evaluations", f"{found.evaluations:,}", "every run and every set of a sweep, repeats too"],
        ["families", f"{found.families:,}", "looks at a signal or at a lead, each a family of tests"],
    ]
    screen.table("", ["", "", ""], rows, right=(1,))
    if found.note:
        click.echo(f"harbinger: {found.note}", err=True)


def recover(folders: tuple[Path, ...]) -> None:
    """Make rows of a lost registry again from folders of results."""
    with screen.progress() as progress:
        found = recovered(folders, progress)
    words = {"compare": "comparison", "evidence": "judgement", "stress": "stress test"}
    counted = ((words.get(kind, kind), number) for kind, number in found.rows.items())
    made = ", ".join(f"{number:,} {word}{'s' * (number != 1)}" for word, number in counted)
    click.echo(f"recovered: {made}; {found.sets:,} sets of sweeps; {found.known:,} were known")
    for line in found.unread:
        click.echo(f"harbinger: {line}", err=True)
    if found.unread:
        those = "folder cannot be read and is" if len(found.unread) == 1 else "folders cannot be read and are"
        click.echo(f"harbinger: {len(found.unread):,} {those} not counted", err=True)
        sys.exit(1)


def export(out: Path, of_trials: bool, **wanted: str) -> None:
    """Write the registry as a Parquet table; docs/registry.md shows pandas and SQL on it."""
    check_file(out)
    table = (trials_table if of_trials else runs_table)(_filter(wanted))
    payload = io.BytesIO()
    table.to_parquet(payload, index=False)
    write_atomic(out, payload.getvalue())
    click.echo(f"{len(table):,} rows: {out}")


def _plain(entry: dict[str, str]) -> dict[str, Any]:
    return {k: json.loads(v) if k in ("metrics", "versions", "axes") else v for k, v in entry.items()}
