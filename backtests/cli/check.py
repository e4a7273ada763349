"""harbinger check."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import click

from backtests.checks import CUTS, CUTS_OF_MANY, INSTANTS, SEED
from backtests.cli import screen
from backtests.cli.run import ACCEPT, SOURCE_HELP

EXAMPLES = """\b
Examples:
  harbinger check lookahead small_cap_trend
  harbinger check lookahead signal:own_momentum -s lookback=14 --source simulated
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
            ACCEPT,
            click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON."),
        )
    ):
        function = option(function)
    return function


@command.command(short_help="Look for values of TARGET that know the future.")
@_shared
@click.option(
    "--cuts", type=click.IntRange(1), help=f"Instants to cut at (default {CUTS}; {CUTS_OF_MANY} of very long tables)."
)
def lookahead(cuts: int | None, **options: Any) -> None:
    """Look for values of TARGET (a study, a signal, a .toml or .py file, a file.py:Class) that know the future.

    Recomputes every past value and weight on rows cut by an independent statement of when each was published, on a
    future of noise, and with the unfinished bar. Exits with 1 when something differs.
    """
    _screens().lookahead(cuts=cuts, **options)


@command.command(short_help="Show how values drift with the length of history given.")
@_shared
@click.option("--cuts", type=click.IntRange(1), default=INSTANTS, show_default=True, help="Instants to measure at.")
@click.option("--tolerance", type=click.FloatRange(0), default=1e-9, show_default=True, help="Relative drift allowed.")
def warmup(cuts: int, tolerance: float, **options: Any) -> None:
    """Show how the values of TARGET's signals drift with the length of history given.

    1, 1.5, 2 and 4 times the declared history against all of it. Exits with 1 when the declared one does not suffice.
    """
    _screens().warmup(cuts=cuts, tolerance=tolerance, **options)


def _screens(quiet: bool = False) -> ModuleType:
    with screen.loading(quiet):
        from backtests.cli.screens import check  # noqa: PLC0415  # the one hop: loads pandas
    return check
