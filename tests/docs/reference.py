"""docs/reference.md, from the code: `python -m tests.docs.reference` writes it again; a test holds it to the code."""

import importlib
import inspect
from dataclasses import fields

import click

from backtests.cli.app import VERBS
from backtests.cli.screens.lists import signal_facts
from backtests.experiments.experiment import RESERVED
from backtests.experiments.named import reason
from backtests.experiments.studies import load, study_names
from signals.base import Signal
from signals.discovery import find, names
from signals.parameters import declared_parameters
from strategies.base import Strategy
from tests.paths import DOCS

COMMANDS = DOCS / "commands.md"
PAGE = DOCS / "reference.md"
SETTINGS = {"help_option_names": ["-h", "--help"]}
HEAD = """\
# Reference: studies, signals, strategies, parameters

Written from the code by `python -m tests.docs.reference`; `harbinger studies`, `harbinger signals` and
`harbinger strategies` print the same in the terminal.

"""


def table(rows):
    """Return a Markdown table of (path, value, span, unit)."""
    lines = ["| parameter | default | bounds | unit |", "|---|---|---|---|"]
    return "\n".join(lines + [f"| `{p}` | {v} | {s} | {u} |" for p, v, s, u in rows]) + "\n\n"


def member(name, cls, line):
    """Return the entry of a signal or strategy."""
    defaults = {f.name: f.default for f in fields(cls)}
    rows = [(f, defaults[f], param.span, param.unit) for f, (_, param) in declared_parameters(cls).items()]
    text = f"### `{name}`\n\n{inspect.getdoc(cls)}\n\n{line}\n\n"
    return text + (table(rows) if rows else "")


def page():
    """Return the whole page."""
    text = HEAD + "## Studies\n\n"
    for name in study_names():
        experiment = load(name)
        own = [k for k in experiment.parameters() if k.path.split(".")[0] not in RESERVED]
        needs = ", ".join(experiment.needs)
        text += f"### `{name}`\n\n{reason({k.path: k.value for k in experiment.parameters()})} Reads {needs}.\n\n"
        text += table([(k.path, k.value, k.param.span, k.param.unit) for k in own])
    text += "### Parameters of every study\n\n"
    shared = [
        k
        for k in load("hold_eth").parameters()
        if k.path.split(".")[0] in RESERVED and k.path not in ("study.name", "study.why")
    ]
    text += table([(k.path, ("none" if k.path == "costs.funding" else "all") if k.value == "" else k.value,
                    k.param.span if k.type not in (str, bool) or k.param.choices else "", k.param.unit)
                   for k in shared])  # fmt: skip
    text += "## Signals\n\n"
    for name in names("signals"):
        cls = find(name, Signal)
        text += member(name, cls, "\n".join(f"* {line}" for line in signal_facts(cls)))
    text += "## Strategies\n\n"
    for name in names("strategies"):
        cls = find(name, Strategy)
        parts = [f"`{f.name}` ({f.type})" for f in fields(cls) if f.name not in declared_parameters(cls)]
        text += member(name, cls, f"Takes {', '.join(parts)}." if parts else "Takes no signal.")
    return text.rstrip() + "\n"


def commands():
    """Return every command by its words, groups apart."""
    found = {}
    for verb in VERBS:
        command = importlib.import_module(f"backtests.cli.{verb}").command
        group = getattr(command, "commands", None)
        found |= {f"{verb} {name}": sub for name, sub in group.items()} if group else {verb: command}
    return found


def commands_page():
    """Return the help of every command as one page."""
    text = "# Commands\n\nWritten from the code by `python -m tests.docs.reference`. Exit codes: 0 done, 1 failed, 2 wrong usage, "
    text += "130 interrupted. A traceback\nonly with `--debug`. `HARBINGER_HOME` names the folder of the store and the registry.\n"
    for name, command in commands().items():
        with click.Context(command, info_name=f"harbinger {name}", terminal_width=100, **SETTINGS) as context:
            text += f"\n## harbinger {name}\n\n```text\n{command.get_help(context)}\n```\n"
    return text


if __name__ == "__main__":
    PAGE.write_text(page())
    COMMANDS.write_text(commands_page())
