"""What there is: signals, strategies, studies, each with its parameters, read from the code itself."""

from __future__ import annotations

import inspect
from dataclasses import MISSING, fields
from typing import Any

from rich.text import Text

from backtests.cli import screen
from backtests.spec import load, study_names
from signals.base import Signal
from signals.discovery import find, names, plugin_folder
from signals.knobs import parameters
from strategies.base import Strategy


def signals() -> None:
    """Print every signal."""
    for name, cls in _members("signals", Signal).items():
        made = cls()
        needs = ", ".join(made.needs)
        _entry(name, cls, f"unit: {cls.unit}; needs: {needs}; history: {made.history} observations")


def strategies() -> None:
    """Print every positioning rule."""
    for name, cls in _members("strategies", Strategy).items():
        params = parameters(cls)
        parts = [f"{f.name} ({f.type})" for f in fields(cls) if f.name not in params]
        _entry(name, cls, f"takes: {', '.join(parts)}" if parts else "takes no signal")


def studies() -> None:
    """Print every built-in study with the paths of its parameters."""
    for name in study_names():
        spec = load(name)
        screen.OUT.print(Text(name, style="bold"))
        screen.OUT.print(Text(f"  {spec.study.why}"))
        rows = [
            ["  " + knob.path, str(knob.value), knob.param.bounds]
            for knob in spec.knobs()
            if not knob.path.startswith(("study.", "costs.", "execution.", "market."))
        ]
        screen.table("", ["  parameter", "value", "bounds"], rows)
        screen.OUT.print()
    spec = load(study_names()[0])
    rows = [
        [k.path, str(k.value) or "-", k.param.bounds if k.type is not str or k.param.choices else k.param.unit]
        for k in spec.knobs()
        if k.path.startswith(("study.start", "study.end", "study.cash", "costs.", "execution.", "market."))
    ]
    screen.table("every study", ["parameter", "default", "bounds"], rows)


def _members(package: str, base: type) -> dict[str, type[Any]]:
    folder = plugin_folder()
    found = [*names(package), *(str(path) for path in sorted(folder.glob("*.py")))] if folder else names(package)
    return {name: find(name, base) for name in found}


def _entry(name: str, cls: type[Any], line: str) -> None:
    screen.OUT.print(Text(name, style="bold"))
    for paragraph in (inspect.getdoc(cls) or "").split("\n\n"):
        screen.OUT.print(Text("  " + " ".join(paragraph.split())))
    screen.OUT.print(Text(f"  {line}", style="dim"))
    defaults = {f.name: f.default for f in fields(cls) if f.default is not MISSING}
    rows = [["  " + field, str(defaults.get(field, "")), param.bounds] for field, (_, param) in parameters(cls).items()]
    if rows:
        screen.table("", ["  parameter", "default", "bounds"], rows)
    screen.OUT.print()
