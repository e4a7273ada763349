"""Variants: one study with settings of several values is one run each, all of them compared."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from backtests.experiments.experiment import Experiment, with_accepted, with_settings
from backtests.experiments.studies import load
from data.errors import BadSpec, UnknownName


def variants(
    studies: Sequence[str], settings: Sequence[str], accept: Sequence[str] = (), source: str | None = None
) -> dict[str, tuple[Experiment, ...]]:
    """Return the experiments of each study under every combination of `settings` (PATH=VALUE or PATH=a,b,c).

    A study that has no parameter of a path is left as it is in that; UnknownName if none of them has it.
    """
    axes = [_axis(setting) for setting in settings]
    loaded = {study: with_accepted(load(study), accept, source) for study in dict.fromkeys(studies)}
    paths = {study: {parameter.path for parameter in own.parameters()} for study, own in loaded.items()}
    for path, _ in axes:
        if not any(path in own for own in paths.values()):
            raise UnknownName("parameter", path, set().union(*paths.values()))
    found = {}
    for study, experiment in loaded.items():
        own = [[f"{path}={value}" for value in values] for path, values in axes if path in paths[study]]
        found[study] = tuple(with_settings(experiment, chosen) for chosen in product(*own))
    return found


def _axis(setting: str) -> tuple[str, list[str]]:
    path, equals, values = setting.partition("=")
    if not equals or not path.strip():
        raise BadSpec(f"-s {setting}: write PATH=VALUE, or PATH=a,b,c for a run each")
    return path.strip(), [value.strip() for value in values.split(",")]
