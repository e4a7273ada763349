"""An experiment as TOML: the file is the experiment. `parse` reads it, `dump` writes it with every parameter."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, get_type_hints

from backtests.experiments import user_strategy
from backtests.experiments.costs import Costs, Execution
from backtests.experiments.experiment import RESERVED, Experiment, MarketSection, StudySection
from data.errors import BadSpec, OutOfBounds, UnknownName, quoted
from signals.base import Signal
from signals.discovery import find, shown_use, use_name
from signals.earlier_names import present_use
from signals.parameters import Value, components, convert, declared_parameters, present_name
from strategies.base import Strategy

LONGEST_HASH = 64  # hexadecimal digits


def parse(text: bytes, origin: str, near: Path | None = None) -> Experiment:
    """Return the experiment written in TOML; every error names `origin` or the path of the parameter."""
    table = _tables(text, origin, "strategy", "data", *RESERVED)
    if "strategy" not in table:
        raise BadSpec(f'{origin}: no [strategy] table; it needs at least: use = "long_flat"')
    data = table.get("data", {})
    _only_known(data, ("source", "fingerprint", "accept"), f"{origin}: data")
    return Experiment(
        strategy=_component(table["strategy"], Strategy, "", near),
        study=_flat(StudySection, table.get("study", {}), "study"),
        costs=_flat(Costs, table.get("costs", {}), "costs"),
        execution=_flat(Execution, table.get("execution", {}), "execution"),
        market=_flat(MarketSection, table.get("market", {}), "market"),
        source=str(convert("data.source", data.get("source", ""), str)),
        fingerprint=_fingerprint(data.get("fingerprint", "")),
        accept=_accept(data.get("accept", ()), origin),
    )


def says_signal(text: bytes) -> bool:
    """Whether a TOML says a signal by itself, in a table [signal], and not an experiment."""
    try:
        return "signal" in tomllib.loads(text.decode())
    except (ValueError, RecursionError):
        return False


def parse_signal(text: bytes, origin: str, near: Path | None = None) -> tuple[Signal, MarketSection]:
    """Return the signal, composed or not, and the market that a TOML says (`signal_toml` writes it)."""
    table = _tables(text, origin, "signal", "market")
    if "signal" not in table:
        raise BadSpec(f'{origin}: no [signal] table; it needs at least: use = "small_cap_momentum"')
    signal: Signal = _component(table["signal"], Signal, "", near, "signal")
    return signal, _flat(MarketSection, table.get("market", {}), "market")


def _tables(text: bytes, origin: str, main: str, *others: str) -> dict[str, Any]:
    """Return the tables of a file, `main` and `others` and no more; BadSpec where it is no TOML, or one is no table."""
    try:
        found = tomllib.loads(text.decode())
    except (ValueError, RecursionError) as error:  # no TOML, no UTF-8, a number of thousands of digits, too deep
        raise BadSpec(f"{origin}: not TOML: {error}") from error
    _only_known(found, (main, *others), f"{origin}: table")
    for name in others:
        if not isinstance(found.get(name, {}), Mapping):
            raise BadSpec(f"{origin}: {name} = {quoted(found[name])} is no table; write [{name}]")
    return found


def _fingerprint(value: object) -> str:
    """Return a fingerprint: empty, or the hexadecimal digits of a file's name in the store, and nothing else."""
    if isinstance(value, str) and re.fullmatch("[0-9a-f]*", value) and len(value) <= LONGEST_HASH:
        return value
    raise BadSpec(f"data.fingerprint = {quoted(value)} is none; it is what run.json calls data_fingerprint")


def dump(experiment: Experiment) -> str:
    """Return the TOML of an experiment, every parameter spelled out; `parse` gives the same experiment back."""
    return "\n".join(line for _, line in dump_lines(experiment))


def dump_to_pass_on(experiment: Experiment, near: Path | None = None) -> str:
    """Return `dump` without absolute paths, for a file in the folder `near`: the user's files stand as `shown` says."""
    return "\n".join(line for _, line in dump_lines(experiment, lambda cls: shown_use(use_name(cls), near)))


def signal_toml(signal: Signal, market: MarketSection) -> str:
    """Return the TOML of a signal and of the market that it is looked at in, every parameter spelled out."""
    lines = [*_component_lines("signal", signal, ""), *_lines("[market]", market, "market.")]
    return "\n".join(line for _, line in lines)


def signal_toml_to_pass_on(text: str) -> str:
    """Return a text of `signal_toml` without absolute paths."""
    return re.sub('(?m)^use = (".*")$', lambda use: f"use = {as_toml(shown_use(json.loads(use[1])))}", text)


def dump_lines(experiment: Experiment, named: Callable[[type], str] = use_name) -> list[tuple[str, str]]:
    """Return the lines of `dump`, each with the path of the parameter that it sets ("" for the others).

    `named` gives what `use` says of a class.
    """
    lines = [line for name in RESERVED for line in _lines(f"[{name}]", getattr(experiment, name), f"{name}.")]
    lines += _component_lines("strategy", experiment.strategy, "", named)
    if experiment.source or experiment.fingerprint or experiment.accept:
        accept = f"accept = [{', '.join(map(as_toml, experiment.accept))}]"
        pins = [
            "[data]",
            f"source = {as_toml(experiment.source)}",
            f"fingerprint = {as_toml(experiment.fingerprint)}",
            *([accept] if experiment.accept else []),
            "",
        ]
        lines += [("", pin) for pin in pins]
    return lines


def _accept(value: object, origin: str) -> tuple[str, ...]:
    if isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
        return tuple(value)
    raise BadSpec(f'{origin}: data.accept = {quoted(value)} is no list of texts; write accept = ["ETH-USD:2021-03-01"]')


def _only_known(table: Mapping[str, Any], known: Sequence[str], where: str) -> None:
    for name in table:
        if name not in known:
            raise UnknownName(where, name, known)


def _flat(cls: type, table: Mapping[str, Any], prefix: str) -> Any:
    params = declared_parameters(cls)
    table = _renamed(cls, table, prefix)
    _only_known(table, list(params), f"parameter of [{prefix}]")
    values = {name: convert(f"{prefix}.{name}", _plain(value), params[name][0]) for name, value in table.items()}
    return _make(cls, values, f"{prefix}.")


def _make(cls: type, values: Mapping[str, Any], prefix: str) -> Any:
    try:
        return cls(**values)
    except OutOfBounds as error:
        raise OutOfBounds(prefix + error.path, error.value, error.bound) from None


def _component(table: Any, base: type, path: str, near: Path | None, root: str = "strategy") -> Any:
    if not isinstance(table, Mapping) or not isinstance(table.get("use"), str):
        raise BadSpec(f'{root}{"." + path if path else ""}: a table with use = "name" is wanted')
    if user_strategy.is_native(table["use"]):
        if path or base is Signal:
            raise BadSpec(f"{root}.{path}: {table['use']} trades by its own orders and cannot be part of another")
        cls: type[Any] = user_strategy.load(table["use"], near)
    else:
        cls = find(table["use"], base, near)
    params, hints = declared_parameters(cls), get_type_hints(cls)
    known = [f.name for f in fields(cls)]
    given = {name: value for name, value in table.items() if name != "use"}
    _only_known(given, known, f"parameter of {table['use']}")
    prefix = f"{path}." if path else ""
    values = {
        name: convert(prefix + name, _plain(value), params[name][0])
        if name in params
        else _component(value, Strategy if issubclass(hints[name], Strategy) else Signal, prefix + name, near, root)
        for name, value in given.items()
    }
    missing = [f.name for f in fields(cls) if f.default is MISSING and f.name not in (*given, *params)]
    if missing:
        raise BadSpec(f"{table['use']} needs {', '.join(missing)}: add [{root}.{prefix}{missing[0]}] use = ...")
    return _make(cls, values, prefix)


def _renamed(cls: type, table: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Return `table` with earlier names of parameters replaced; BadSpec where a parameter stands under both names."""
    renamed: dict[str, Any] = {}
    for name, value in table.items():
        now = present_name(cls, name)
        if now in renamed or (now != name and now in table):
            raise BadSpec(f"{prefix}.{name} is the earlier name of {prefix}.{now}; give one of them")
        renamed[now] = value
    return renamed


def _plain(value: object) -> object:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _lines(header: str, node: Any, prefix: str) -> list[tuple[str, str]]:
    own = [(f"{prefix}{name}", f"{name} = {as_toml(getattr(node, name))}") for name in declared_parameters(type(node))]
    return [("", header), *own, ("", "")]


def _component_lines(
    table: str, node: Any, prefix: str, named: Callable[[type], str] = use_name
) -> list[tuple[str, str]]:
    header, *rest = _lines(f"[{table}]", node, prefix)
    lines = [header, ("", f"use = {as_toml(named(type(node)))}"), *rest]
    for name, child in components(node).items():
        lines += _component_lines(f"{table}.{name}", child, f"{prefix}{name}.", named)
    return lines


def as_toml(value: Value) -> str:
    """Return a value as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):  # JSON's escapes are TOML's too; U+007F alone stands in JSON as it is and not in TOML
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)


def uses(text: str) -> list[str]:
    """Return what each `use` of an experiment's TOML says today, without looking at any of it."""
    return list(_uses(tomllib.loads(text).get("strategy", {})))


def _uses(table: Any) -> Iterator[str]:
    if isinstance(table, Mapping):
        for name, value in table.items():
            yield from [present_use(str(value))] if name == "use" else _uses(value)
