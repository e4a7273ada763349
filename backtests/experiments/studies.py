"""The experiment that a name means: a built-in study, a file, or a backtrader strategy of the user's."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

from backtests.experiments import user_strategy
from backtests.experiments.experiment import Experiment, StudySection
from backtests.experiments.toml import parse
from data.errors import BadSpec, UnknownName
from data.files import from_home


def study_names() -> list[str]:
    """Return the names of the built-in studies, sorted."""
    return sorted(file.name.removesuffix(".toml") for file in _studies().iterdir() if file.name.endswith(".toml"))


def load(target: str) -> Experiment:
    """Return the experiment of a built-in study (`small_cap_trend`, `study:small_cap_trend`), a TOML file or a class.

    A class is a `backtrader.Strategy` of the user's, written path/to/file.py:Class.
    """
    if user_strategy.is_native(target):
        return _of_class(target)
    if target.endswith(".py"):
        raise BadSpec(f"{target}: name the class too, {target}:Class; a signal of your own is named in a .toml")
    if target.endswith(".toml") or Path(target).is_file():
        path = from_home(target)
        if not path.is_file():
            raise BadSpec(f"{target}: no such file; `harbinger studies` lists the built-in ones")
        return parse(path.read_bytes(), str(path), near=path.resolve().parent)
    name = target.removeprefix("study:")
    if name not in study_names():
        raise UnknownName("study", target, study_names(), remedy="(or a .toml file, or path/to/file.py:Class)")
    return parse(_studies().joinpath(f"{name}.toml").read_bytes(), f"study {name}")


def _of_class(target: str) -> Experiment:
    made = user_strategy.load(target, None)
    why = " ".join((made.native.__doc__ or "").split("\n\n")[0].split())
    return Experiment(made(), StudySection(name=made.__name__, why=why))


def _studies() -> Any:
    return files("backtests").joinpath("studies")
