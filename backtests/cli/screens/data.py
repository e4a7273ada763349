"""harbinger data: what it does and prints."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict

import click
import pandas as pd
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from backtests.cli import screen
from backtests.cli.screen import ERR
from backtests.sweeps.folder import upload
from data import store_elsewhere
from data.catalogue import DEFAULT_FETCH, DEFAULT_HOURS, ROWS, SeriesInfo, lookup
from data.checks.accepted import in_order
from data.checks.table import AGE, check_together
from data.checks.table import check as check_one
from data.errors import OFFLINE, DataError, MissingSeries, UsageError
from data.fetch import exit_status, fetch_all
from data.fetched import Fetched
from data.finding import Finding
from data.objects import Objects
from data.sources.http import VARIABLE
from data.sources.open import DEFAULT, default_source, open_source
from data.store import Store


def fetch(ids: tuple[str, ...], whole: bool, accept: tuple[str, ...], hours: bool = False) -> None:
    """Fetch series from Yahoo Finance and FRED into the store; `hours`: those of each asset instead."""
    named = [lookup(id) for id in ids or (DEFAULT_HOURS if hours else DEFAULT_FETCH)]
    rows = [_hours_of(row) for row in named] if hours else named
    with _bar(len(rows)) as progress:
        results = fetch_all(
            rows, Store(), pd.Timestamp.now("UTC"), whole=whole, accept=in_order(accept), progress=progress
        )
    if os.environ.get(VARIABLE):
        click.echo(f"harbinger: {VARIABLE} is set: {os.environ[VARIABLE]} answered for Yahoo and FRED", err=True)
    failed = sum(result.outcome == "failed" for result in results)
    if failed:
        others = "nothing was stored" if failed == len(results) else "the others are stored"
        click.echo(f"harbinger: {failed} of {len(results)} series failed; {others}", err=True)
    sys.exit(exit_status(results))


def _hours_of(row: SeriesInfo) -> SeriesInfo:
    if row.kind == "hours":
        return row
    if row.calendar != "utc_day" or row.vendor != "yahoo":
        raise UsageError(f"--interval 1h: hours of {row.id} are not read from Yahoo; name coins, such as ETH-USD")
    return lookup(f"{row.id}-1H")


class _bar:  # noqa: N801  # a context manager, used as one
    """A progress bar on standard error; each finished series is a line on standard output."""

    def __init__(self, total: int) -> None:

        columns = (TextColumn("{task.description:>9}"), BarColumn(), MofNCompleteColumn(), screen.TimeLeft())
        self.progress = Progress(*columns, console=ERR, transient=True, disable=ERR.quiet or not ERR.is_terminal)
        self.task = self.progress.add_task("", total=total)
        self.failed: dict[str, str] = {}  # why a series failed -> the first that did so

    def __enter__(self) -> _bar:
        self.progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.stop()

    def __call__(self, row: SeriesInfo, fetched: Fetched | None) -> None:
        if fetched is None:
            self.progress.update(self.task, description=row.id)
            return
        if fetched.outcome == "failed" or not screen.is_quiet():
            click.echo(self._said(fetched))
        self.progress.advance(self.task)

    def _said(self, fetched: Fetched) -> str:
        """Return the line of a series; a reason is said once: without a network all have the same."""
        if fetched.outcome != "failed":
            return fetched.text
        first = self.failed.setdefault(str(fetched.error).removeprefix(f"{fetched.id}: "), fetched.id)
        return fetched.text if first == fetched.id else f"{fetched.id}: failed as {first} did"


def list_(source: str | None = None) -> None:
    """List the series of a source, by default what is stored: span, rows, fetch, content."""
    if (named := source or default_source()) != DEFAULT:
        _list_of(named)
        return
    heads = Store().heads()
    if not heads:
        click.echo(f"nothing is stored yet; run: harbinger data fetch {OFFLINE}")
        return
    rows = [[h.id, h.first, h.last, f"{h.rows:,}", h.fetched_at[:10], h.content[:8], lookup(h.id).title] for h in heads]
    _print_series(["series", "first", "last", "rows", "fetched", "content", "what"], rows)
    click.echo(f"store: {Store().root}")


def _list_of(source: str) -> None:
    opened, rows = open_source(source, Store()), []
    with screen.progress() as progress:
        for row in ROWS:
            progress(f"reading {row.id}")
            try:
                table = opened.load(row)
            except MissingSeries:
                continue
            except DataError as error:
                rows.append([row.id, "-", "-", "-", f"refused: {error}"])
            else:
                first, last = (f"{pd.Timestamp(table['date'].iloc[at]):%Y-%m-%d}" for at in (0, -1))
                rows.append([row.id, first, last, f"{len(table):,}", row.title])
    if not rows:
        raise MissingSeries(f"{opened.name} has no series of the catalogue; `harbinger data list` shows what is stored")
    _print_series(["series", "first", "last", "rows", "what"], rows)
    click.echo(f"source: {opened.name}")


def _print_series(columns: list[str], rows: list[list[str]]) -> None:
    """Print series; where the last column, prose, does not fit beside the others, it is left out."""
    width = sum(max(len(row[at]) for row in [columns, *rows]) + 1 for at in range(len(columns)))
    if width > screen.OUT.width:
        columns, rows = columns[:-1], [row[:-1] for row in rows]
    screen.table("", columns, rows, right=(3,))


def check(ids: tuple[str, ...], source: str | None, as_json: bool) -> None:
    """Check series: gaps, doubles, outliers, age, units, dates."""
    source = source or default_source()
    with screen.progress(quiet=as_json) as progress:
        tables, findings = _findings(ids, source, progress)
    errors = sum(finding.level == "error" for finding in findings)
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        lines = _folded(findings)
        for finding in lines:
            screen.OUT.print(str(finding), style="red" if finding.level == "error" else "yellow", soft_wrap=True)
        rows = sum(len(table) for table in tables.values())
        folded = len(findings) - len(lines)
        hidden = f" ({folded + 1} of them in one line; --json has each)" if folded else ""
        said = f"{errors} errors, {len(findings) - errors} warnings{hidden}"
        click.echo(f"{len(tables)} series, {rows:,} rows of {source}: {said}")
    sys.exit(1 if errors else 0)


def _folded(findings: list[Finding]) -> list[Finding]:
    """Return the findings with those of age in one where they are many: a folder of history ends when it ends."""
    old = [finding for finding in findings if finding.what.startswith(AGE)]
    if len(old) < 3:
        return findings
    first, last = min(f.where for f in old), max(f.where for f in old)
    what = f"{AGE} in {len(old)} series, which end between {first} and {last}"
    one = Finding("warning", "all" if len(old) == len({f.id for f in findings}) else "some", "", what, old[0].remedy)
    return [finding for finding in findings if finding not in old] + [one]


def _findings(
    ids: Sequence[str], source: str, progress: Callable[[str], None]
) -> tuple[dict[str, pd.DataFrame], list[Finding]]:
    opened, now = open_source(source, Store()), pd.Timestamp.now("UTC")
    tables: dict[str, pd.DataFrame] = {}
    findings: list[Finding] = []
    for row in [lookup(id) for id in ids] or ROWS:
        progress(f"checking {row.id}")
        try:
            tables[row.id] = opened.load(row)
        except MissingSeries as error:
            if ids:
                findings.append(Finding("error", row.id, "", str(error), "leave it out"))
        except DataError as error:
            findings.append(Finding("error", row.id, "", str(error), "nothing is computed from it until then"))
        else:
            findings += check_one(tables[row.id], row, now, simulated=opened.simulated)
    if not tables and not findings:
        what = "nothing is stored yet" if source == DEFAULT else f"{opened.name} has no series of the catalogue"
        raise MissingSeries(f"{what}; run: harbinger data fetch {OFFLINE}")
    progress("comparing series")
    return tables, findings + check_together(tables, now)


def push(url: str, fingerprints: Sequence[str]) -> None:
    """Write frozen inputs below a URL, a line each."""
    objects, store = Objects(url), Store()
    for fingerprint in fingerprints:
        with screen.progress(False) as progress:
            progress(f"pushing {fingerprint}")
            store_elsewhere.push(store, fingerprint, objects)
        click.echo(f"{fingerprint}: pushed to {objects.url}")


def pull(url: str, fingerprints: Sequence[str]) -> None:
    """Bring frozen inputs from below a URL into the store, a line each."""
    objects, store = Objects(url), Store()
    now = pd.Timestamp.now("UTC").isoformat(timespec="seconds")
    for fingerprint in fingerprints or [upload.inputs_of(objects)]:
        with screen.progress(False) as progress:
            progress(f"pulling {fingerprint}")
            source, count = store_elsewhere.pull(store, fingerprint, objects, now)
        click.echo(f"{fingerprint}: {count} series of {source}, verified")
