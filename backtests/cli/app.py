"""The group of verbs. Imports nothing heavy: `harbinger --help` answers at once."""

from __future__ import annotations

import importlib
from typing import Any

import click

from data.errors import UnknownName

VERBS = {
    "demo": "Run a strategy on two simulated markets; needs no data, no network.",
    "data": "Fetch, list and check the stored history.",
    "signal": "Show whether there is anything in one signal.",
    "lead": "Test whether the leader leads: both directions, one verdict.",
    "fedwatch": "Show the odds of each target range at each FOMC meeting.",
    "today": "Show each signal now, and the position each study wants.",
    "run": "Run one study or experiment file and write its report.",
    "sweep": "Compare thousands of parameter sets of one study.",
    "compare": "Hold runs side by side: what differs, and how sure that is.",
    "runs": "List, show, repeat, count and recover earlier runs.",
    "evidence": "Ask whether a result is luck: trials, placebos, a verdict.",
    "stress": "Change every assumption, one at a time: what moves it?",
    "check": "Prove that nothing sees the future.",
    "signals": "List the signals with their parameters.",
    "strategies": "List the positioning rules with their parameters.",
    "studies": "List the built-in studies with their parameters.",
    "site": "Write one page of all work: search, filter, sort.",
    "report": "Draw the page of a run, a sweep, ... again.",
    "open": "Open the page of a run, a sweep, ... in the browser.",
    "serve": "Serve that page on this machine, with sweeps under way.",
    "new": "Write a signal, a strategy or a study that works, with its test.",
    "export": "Write the tables of a run, a sweep, ... for other programs.",
    "completion": "Print the completion script of bash, zsh or fish.",
}
GROUPS = {  # by the question that a person has
    "Get data": ("demo", "data"),
    "Look at a signal": ("signal", "lead", "fedwatch", "today"),
    "Run": ("run", "sweep", "new"),
    "Compare": ("compare", "runs", "open", "report", "site", "serve", "export"),
    "Doubt": ("evidence", "stress", "check"),
    "What there is": ("signals", "strategies", "studies", "completion"),
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
        """Write the verbs by the question they answer, without importing them."""
        for question, verbs in GROUPS.items():
            with formatter.section(question):
                formatter.write_dl([(verb, VERBS[verb]) for verb in verbs if verb in VERBS])


def _version(ctx: click.Context, _: click.Parameter, value: Any) -> None:
    if value:
        from importlib.metadata import version  # noqa: PLC0415  # only where it is asked for

        click.echo(f"harbinger {version('harbinger-eth')}")
        ctx.exit()


@click.group(
    cls=Verbs, epilog=EXAMPLES, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.option("--debug", is_flag=True, help="Show a traceback when something fails; anywhere in the command.")
@click.option("--quiet", is_flag=True, help="No progress; the answer and where the files are, alone; anywhere.")
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
def app(debug: bool, quiet: bool) -> None:
    """Backtests of "US small caps lead Ethereum" strategies.

    Honest in time (nothing is used before it could be known), honest in statistics, exact, fast.
    """
