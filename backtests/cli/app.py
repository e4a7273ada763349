"""The group of verbs. Imports nothing heavy: `harbinger --help` answers at once."""

from __future__ import annotations

import importlib
from typing import Any

import click

from data.errors import UnknownName

VERBS = {
    "demo": "Run a strategy on two simulated markets, one with a planted lead and one without.",
    "run": "Run one study or experiment file and write its report.",
    "signal": "Show whether there is anything in one signal, before any strategy.",
    "lead": "Test whether the leader leads: both directions, placebos, one verdict.",
    "sweep": "Compare thousands of parameter sets of one study.",
    "evidence": "Ask whether a run, a study or the best of a sweep is luck: trials, controls, placebos, one verdict.",
    "stress": "Change every assumption of a run or a study, one at a time: what moves the result?",
    "compare": "Hold runs side by side: what differs, the numbers, curves, how sure a difference is.",
    "data": "Fetch, list and check the stored history.",
    "today": "Show each signal now and the position each study wants.",
    "check": "Prove that nothing sees the future, and that declared histories suffice.",
    "fedwatch": "Show the probability of each target range at each FOMC meeting to come.",
    "signals": "List the signals with their parameters.",
    "strategies": "List the positioning rules with their parameters.",
    "studies": "List the built-in studies with their parameters.",
    "runs": "List, annotate, repeat, remove, count, recover and export earlier runs and sweeps.",
    "site": "Write one page of all work: search, filter, sort, two to compare.",
    "serve": "Serve that page on this machine alone, with the progress of sweeps under way.",
    "open": "Open the page of a run, a sweep, ... in the browser.",
}
EXAMPLES = """\b
Examples:
  harbinger demo
  harbinger data fetch
  harbinger run small_cap_trend -s trend.lookback=90 --start 2018-01-01
  harbinger sweep small_cap_trend -s trend.lookback=20:120:5
  harbinger lead
"""


class Verbs(click.Group):
    """A group whose members are imported when called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """Return the verbs in the order of a first hour."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's signature
        """Import one verb; UnknownName with the close matches."""
        if cmd_name not in VERBS:
            raise UnknownName("command", cmd_name, VERBS)
        command: click.Command = importlib.import_module(f"backtests.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # click's signature
        """Write the list of verbs without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


def _version(ctx: click.Context, _: click.Parameter, value: Any) -> None:
    if value:
        from importlib.metadata import version  # noqa: PLC0415  # only where it is asked for

        click.echo(f"harbinger {version('harbinger-eth')}")
        ctx.exit()


@click.group(
    cls=Verbs, epilog=EXAMPLES, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.option("--debug", is_flag=True, help="Show a traceback when something fails.")
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
def app(debug: bool) -> None:
    """Backtests of "US small caps lead Ethereum" strategies.

    Honest in time (nothing is used before it could be known), honest in statistics, exact, fast.
    """
