"""harbinger check."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from backtests.checks import CUTS, CUTS_OF_MANY, INSTANTS, SEED
from backtests.cli.run import SOURCE_HELP

if TYPE_CHECKING:
    from backtests.checks.lookahead import Lookahead
    from backtests.checks.warmup import Warmup

EXAMPLES = """\b
Examples:
  harbinger check lookahead small_cap_trend
  harbinger check lookahead signal:own_trend -s lookback=14 --source simulated
  harbinger check lookahead my_signal.py --source folder:history --cuts 500 --json
  harbinger check warmup small_cap_trend_and_cuts
"""
Verb = Callable[..., None]


@click.group(epilog=EXAMPLES)
def command() -> None:
    """Prove that nothing sees the future, and that declared histories suffice."""


def _shared(function: Verb) -> Verb:
    """Add the argument and the options of both checks."""
    for option in reversed(
        (
            click.argument("target"),
            click.option("--source", help=SOURCE_HELP),
            click.option("-s", "settings", multiple=True, metavar="PATH=VALUE", help="Set a parameter; repeatable."),
            click.option("--start", default="", metavar="DATE", help="First day to look at; all before it warms up."),
            click.option("--end", default="", metavar="DATE", help="Last day to look at."),
            click.option("--seed", type=click.IntRange(0), default=SEED, show_default=True, help="Seed of the draw."),
            click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON."),
        )
    ):
        function = option(function)
    return function


@command.command()
@_shared
@click.option(
    "--cuts", type=click.IntRange(1), help=f"Instants to cut at (default {CUTS}; {CUTS_OF_MANY} of very long tables)."
)
def lookahead(cuts: int | None, **options: Any) -> None:
    """Look for values of TARGET (a study, a signal, a .toml or .py file, a file.py:Class) that know the future.

    Recomputes every past value and weight on rows cut by an independent statement of when each was published, on a
    future of noise, and with the unfinished bar. Exits with 1 when something differs.
    """
    from backtests.checks.lookahead import check_lookahead
    from backtests.cli import screen

    outcome: Lookahead = _checked(check_lookahead, options, cuts=cuts)
    if options["as_json"]:
        click.echo(json.dumps(outcome.content(), indent=2, allow_nan=False))
    else:
        for finding in outcome.findings:
            screen.OUT.print(str(finding), style="red", soft_wrap=True)
        verdict = "clean" if outcome.clean else f"{len(outcome.findings)} finding{'s' * (len(outcome.findings) > 1)}"
        click.echo(f"{outcome.target}: {verdict} at {outcome.cuts} cuts")
    sys.exit(0 if outcome.clean else 1)


@command.command()
@_shared
@click.option("--cuts", type=click.IntRange(1), default=INSTANTS, show_default=True, help="Instants to measure at.")
@click.option("--tolerance", type=click.FloatRange(0), default=1e-9, show_default=True, help="Relative drift allowed.")
def warmup(cuts: int, tolerance: float, **options: Any) -> None:
    """Show how the values of TARGET's signals drift with the length of history given.

    1, 1.5, 2 and 4 times the declared history against all of it. Exits with 1 when the declared one does not suffice.
    """
    from backtests.checks.warmup import check_warmup

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
    from backtests.cli import screen
    from backtests.experiments.experiment import as_date
    from backtests.runs.subject import resolve
    from data.market import load_tables
    from data.sources.open import DEFAULT, open_source
    from data.store import Store
    from data.vintages import warning

    span = {name: as_date(f"--{name}", options[name]) for name in ("start", "end")}
    with screen.progress(quiet=options["as_json"]) as progress:
        progress("reading data")
        target = resolve(options["target"], options["settings"])
        source = open_source(options["source"] or target.source or DEFAULT, Store())
        tables = load_tables(source, target.needs)
        notes = [target.note, f"SIMULATED: {source.name}" if source.simulated else ""]
        notes += map(warning, target.rebuilt(tables, source.name).revised if target.market.allow_revised else ())
        outcome = check(target, tables, source=source.name, seed=options["seed"], progress=progress, **span, **more)
    for note in filter(None, notes):
        click.echo(f"harbinger: {note}", err=True)
    return outcome


def _count(observations: int) -> str:
    from signals.base import ALL

    return "all there is" if observations >= ALL else str(observations)


def _show(target: str, outcomes: Sequence[Warmup], tolerance: float) -> None:
    from backtests.cli import screen

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
