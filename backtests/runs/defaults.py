"""What a run changed of its study's defaults, read off its TOML: no class is looked up and no code of a user's runs."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from backtests.experiments.studies import load, study_names
from backtests.experiments.toml import dump
from signals.earlier_names import present_use

ASIDE = ("study.", "data.")  # spans and sources are told by themselves
Values = dict[str, object]


def changed(study: str, spec: str) -> Values:
    """Return the parameters by path whose values in `spec` (TOML) are not those of the built-in `study`.

    Empty for another study, whose file is its own default, and where there is no TOML.
    """
    if study not in study_names():
        return {}
    try:
        own = dict(_flat(tomllib.loads(spec)))
    except ValueError:
        return {}
    usual = _usual(study)
    return {_path(path): value for path, value in own.items() if usual.get(path, value) != value or path not in usual}


def as_words(values: Mapping[str, object]) -> str:
    """Return parameters in one line: "trend.lookback=90, costs.slippage_bps=10"."""
    return ", ".join(f"{path}={f'{value:g}' if isinstance(value, float) else value}" for path, value in values.items())


@cache
def _usual(study: str) -> Values:
    return dict(_flat(tomllib.loads(dump(load(study)))))


def _flat(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, object]]:
    for name, value in table.items():
        path = f"{before}{name}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{path}.")
        elif not path.startswith(ASIDE):
            yield path, present_use(value) if name == "use" and isinstance(value, str) else value


def _path(path: str) -> str:
    return path.removeprefix("strategy.")
