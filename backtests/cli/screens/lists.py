"""What there is: signals, strategies, studies, each with its parameters, read from the code itself."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from rich.text import Text

from backtests.cli import screen
from backtests.experiments.experiment import MarketSection
from backtests.experiments.named import reason
from backtests.experiments.studies import load, study_names
from data.catalogue import lookup
from signals.base import ALL, Composed, Signal
from signals.discovery import find, names, plugin_folder
from signals.parameters import Parameter, PlacedParameter, declared_parameters
from strategies.base import Strategy

COMMON = ("study.", "costs.", "execution.", "market.")
NAMES = ("study.name", "study.why")


def signals() -> None:
    """Print every signal."""
    for name, cls in _members("signals", Signal).items():
        _entry(name, cls, *signal_facts(cls))


def strategies() -> None:
    """Print every positioning rule."""
    for name, cls in _members("strategies", Strategy).items():
        params = declared_parameters(cls)
        parts = [f"{f.name} ({f.type})" for f in fields(cls) if f.name not in params]
        _entry(name, cls, f"takes: {', '.join(parts)}" if parts else "takes no signal")


def studies() -> None:
    """Print every built-in study with the paths of its parameters."""
    for name in study_names():
        experiment = load(name)
        screen.OUT.print(Text(name, style="bold"))
        screen.paragraph(reason({k.path: k.value for k in experiment.parameters()}))
        _parameters(
            [parameter for parameter in experiment.parameters() if not parameter.path.startswith(COMMON)], "  parameter"
        )
        screen.OUT.print()
    screen.OUT.print(Text("every study", style="bold"))
    shared = load(study_names()[0]).parameters()
    _parameters(
        [parameter for parameter in shared if parameter.path.startswith(COMMON) and parameter.path not in NAMES],
        "  parameter",
    )


def signal_facts(cls: type[Signal]) -> list[str]:
    """Return the lines that say of a signal its unit, expected sign, parts, history, inputs and when they are known."""
    parts = [f.name for f in fields(cls) if f.name not in declared_parameters(cls)]
    if parts:
        known = f"takes: {', '.join(f'{part} (Signal)' for part in parts)}; inputs, known at and history: of its parts"
        return [f"unit: {cls.unit}; expected sign: {'of its parts' if issubclass(cls, Composed) else cls.sign}", known]
    made = cls()
    history = "all there is" if made.history >= ALL else f"{made.history} observation{'s' * (made.history > 1)}"
    inputs = [f"input {_input(id)}" for id in made.needs]
    return [f"unit: {cls.unit}; expected sign: {cls.sign}; history: {history}", *inputs]


def _input(id: str) -> str:
    named = {"traded": MarketSection.traded, "leader": MarketSection.leader}
    row = lookup(named.get(id, id))
    return f"{id}{f' (default {row.id})' if id in named else ''}: known at {row.rule.text}"


def _parameters(found: Iterable[PlacedParameter], title: str) -> None:
    rows = [
        [f"  {k.path}", str(k.value) or "-", "" if k.type in (str, bool) else k.param.span, _unit(k.param)]
        for k in found
    ]
    screen.table("", [title, "value", "bounds", "unit"], rows)


def _unit(param: Parameter) -> str:
    return ", ".join(param.choices) or param.unit


def _members(package: str, base: type) -> dict[str, type[Any]]:
    folder = plugin_folder()
    found = [*names(package), *(str(path) for path in sorted(folder.glob("*.py")))] if folder else names(package)
    return {name: find(name, base) for name in found}


def _entry(name: str, cls: type[Any], *lines: str) -> None:
    screen.OUT.print(Text(name, style="bold"))
    for part in re.split(r"\n\n|\n(?=Source:)", inspect.getdoc(cls) or ""):
        screen.paragraph(part)
    for line in lines:
        screen.paragraph(line)
    defaults: dict[str, Any] = {f.name: f.default for f in fields(cls)}
    params = declared_parameters(cls).items()
    _parameters(
        [PlacedParameter(field, defaults[field], type_, param) for field, (type_, param) in params], "  parameter"
    )
    screen.OUT.print()
