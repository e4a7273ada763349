"""harbinger check: what it does and prints."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

import click

from backtests.checks.lookahead import Lookahead, check_lookahead
from backtests.checks.warmup import Warmup, check_warmup
from backtests.cli import screen
from backtests.experiments.experiment import as_span
from backtests.runs.subject import resolve
from data.checks.in_use import inspect
from data.sources.open import default_source, open_source
from data.store import Store
from data.vintages import warning
from signals.base import ALL


def lookahead(cuts: int | None, **options: Any) -> None:
    """Look for values of TARGET (a study, a signal, a .toml or .py file, a file.py:Class) that know the future."""
    outcome: Lookahead = _checked(check_lookahead, options, cuts=cuts)
    if options["as_json"]:
        click.echo(json.dumps(outcome.content(), indent=2, allow_nan=False))
    else:
        for finding in outcome.findings:
            screen.OUT.print(str(finding), style="red", soft_wrap=True)
        verdict = "clean" if outcome.clean else f"{len(outcome.findings)} finding{'s' * (len(outcome.findings) > 1)}"
        click.echo(f"{outcome.target}: {verdict} at {outcome.cuts} cuts")
    sys.exit(0 if outcome.clean else 1)


def warmup(cuts: int, tolerance: float, **options: Any) -> None:
    """Show how the values of TARGET's signals drift with the length of history given."""
    outcomes: tuple[Warmup, ...] = _checked(check_warmup, options, instants=cuts, tolerance=tolerance)
    suffices = all(outcome.suffices for outcome in outcomes)
    if options["as_json"]:
        found = [outcome.content() for outcome in outcomes]
        content = {"target": options["target"], "suffices": suffices, "tolerance": tolerance, "signals": found}
        click.echo(json.dumps(content, indent=2, allow_nan=False))
    else:
        _show(options["target"], outcomes, tolerance)
    sys.exit(0 if suffices else 1)


def _checked(check: Callable[..., Any], options: dict[str, Any], **more: Any) -> Any:
    """Return what a check says of the target on the source that the options name."""
    span = dict(zip(("start", "end"), as_span(options["start"], options["end"]), strict=True))
    with screen.progress(quiet=options["as_json"]) as progress:
        progress("reading data")
        target = resolve(options["target"], options["settings"])
        source = open_source(options["source"] or target.source or default_source(), Store())
        tables = target.load(source)
        found = inspect(
            tables, simulated=source.simulated, accept=(*target.accept, *options["accept"]), end=span["end"]
        )
        notes = [target.note, f"SIMULATED: {source.name}" if source.simulated else "", *found.notes]
        market = target.rebuilt(tables, source.name)
        notes += [*map(warning, market.revised), *market.stand_ins(id for p in target.parts for id in p.node.needs)]
        outcome = check(target, tables, source=source.name, seed=options["seed"], progress=progress, **span, **more)
    for note in filter(None, notes):
        click.echo(f"harbinger: {note}", err=True)
    return outcome


def _count(observations: int) -> str:
    return "all there is" if observations >= ALL else str(observations)


def _show(target: str, outcomes: Sequence[Warmup], tolerance: float) -> None:
    rows = [
        [outcome.name, f"{drift.times:g}x", _count(drift.observations), f"{drift.drift:.1e}", str(drift.missing)]
        for outcome in outcomes
        for drift in outcome.drifts
    ]
    screen.table("", ["signal", "history", "observations", "drift", "missing"], rows, right=(1, 2, 3, 4))
    for outcome in outcomes:
        enough = f"{outcome.enough} are enough" if outcome.enough else "four times as many are not enough either"
        verdict = "suffices" if outcome.suffices else f"does NOT suffice ({enough})"
        click.echo(f"{outcome.name}: the declared history of {_count(outcome.history)} {verdict} to {tolerance:g}")
    if not outcomes:
        click.echo(f"{target}: no signal, so no declared history")
