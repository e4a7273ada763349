"""Spec: one experiment, as a file says it. The TOML is the experiment."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import pandas as pd

from backtests.costs import Costs, Execution
from data.catalogue import lookup
from data.errors import BadSpec, OutOfBounds, UnknownName
from data.market import JOINS
from signals.base import Signal
from signals.discovery import find, use_name
from signals.knobs import Knob, Param, Value, check_bounds, components, convert, knobs, parameters, tune
from strategies.base import Strategy

RESERVED = ("study", "costs", "execution", "market")


@dataclass(frozen=True)
class StudySpec:
    """What the experiment is called, why it is run, over which bars (empty: all there are) and with how much money."""

    name: Annotated[str, Param("name")] = "unnamed"
    why: Annotated[str, Param("sentence")] = ""
    start: Annotated[str, Param("YYYY-MM-DD")] = ""
    end: Annotated[str, Param("YYYY-MM-DD")] = ""
    cash_usd: Annotated[float, Param("USD", 1.0, 1e12)] = 100_000.0

    def __post_init__(self) -> None:
        check_bounds(self)
        start, end = (as_date(f"study.{name}", getattr(self, name)) for name in ("start", "end"))
        if start and end and end < start:
            raise BadSpec(f"study.end = {self.end} is before study.start = {self.start}")


@dataclass(frozen=True)
class MarketSpec:
    """Which asset is traded, which leads, and how the calendars are joined (see `data.market.Market.joined`).

    A value that became known more than `max_age_days` before a decision is no opinion.
    """

    traded: Annotated[str, Param("series id")] = "ETH-USD"
    leader: Annotated[str, Param("series id")] = "IWM"
    join: Annotated[str, Param("policy", choices=JOINS)] = "hold"
    max_age_days: Annotated[float, Param("days", 0, 3650)] = 7.0

    def __post_init__(self) -> None:
        check_bounds(self)
        lookup(self.leader)
        if lookup(self.traded).kind != "bars":
            raise BadSpec(f"market.traded = {self.traded} has no open to fill at; name a series of bars")


@dataclass(frozen=True)
class Spec:
    """A whole experiment: strategy, costs, execution, market, span and money, and where its data come from.

    `source` is what `--source` says ("" : the default); `fingerprint` pins the frozen inputs of an earlier run.
    """

    strategy: Strategy
    study: StudySpec = field(default_factory=StudySpec)
    costs: Costs = field(default_factory=Costs)
    execution: Execution = field(default_factory=Execution)
    market: MarketSpec = field(default_factory=MarketSpec)
    source: str = ""
    fingerprint: str = ""

    @property
    def needs(self) -> tuple[str, ...]:
        """Catalogue ids of every series the run reads: traded, leader and what the strategy needs, sorted."""
        named = {"traded": self.market.traded, "leader": self.market.leader}
        return tuple(sorted({lookup(named.get(id, id)).id for id in ("traded", "leader", *self.strategy.needs)}))

    def knobs(self) -> list[Knob]:
        """Every parameter by dotted path; the strategy's own stand at the root."""
        parts = [("", self.strategy)] + [(f"{name}.", getattr(self, name)) for name in RESERVED]
        return [knob for prefix, part in parts for knob in knobs(part, prefix)]

    def tune(self, path: str, value: Value) -> Spec:
        """Return a copy with the parameter at `path` set (see `signals.knobs.tune`)."""
        root, _, rest = path.partition(".")
        known = [knob.path for knob in self.knobs()]
        if path not in known:
            raise UnknownName("parameter", path, known)
        if root in RESERVED:
            return replace(self, **{root: tune(getattr(self, root), rest, value, root=f"{root}.")})
        return replace(self, strategy=tune(self.strategy, path, value))


def as_date(path: str, text: str) -> pd.Timestamp | None:
    """Return the date of YYYY-MM-DD, None for the empty text; BadSpec otherwise."""
    if not text:
        return None
    try:
        return pd.Timestamp(pd.to_datetime(text, format="%Y-%m-%d"))
    except ValueError:
        raise BadSpec(f"{path} = {text!r} is not a date; write YYYY-MM-DD") from None


def study_names() -> list[str]:
    """Return the names of the built-in studies, sorted."""
    return sorted(file.name.removesuffix(".toml") for file in _studies().iterdir() if file.name.endswith(".toml"))


def load(target: str) -> Spec:
    """Return the experiment of a built-in study (`small_cap_trend`, `study:small_cap_trend`) or of a TOML file."""
    if target.endswith(".toml") or Path(target).is_file():
        path = Path(target).expanduser()
        if not path.is_file():
            raise BadSpec(f"{target}: no such file; `harbinger studies` lists the built-in ones")
        return parse(path.read_bytes(), str(path), near=path.resolve().parent)
    name = target.removeprefix("study:")
    if name not in study_names():
        raise UnknownName("study", target, study_names(), remedy="(or the path of a .toml file)")
    return parse(_studies().joinpath(f"{name}.toml").read_bytes(), f"study {name}")


def parse(text: bytes, origin: str, near: Path | None = None) -> Spec:
    """Return the experiment written in TOML; every error names `origin` or the path of the parameter."""
    try:
        table = tomllib.loads(text.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSpec(f"{origin}: not TOML: {error}") from error
    _only_known(table, ("strategy", "data", *RESERVED), f"{origin}: table")
    if "strategy" not in table:
        raise BadSpec(f'{origin}: no [strategy] table; it needs at least: use = "long_flat"')
    data = table.get("data", {})
    _only_known(data, ("source", "fingerprint"), f"{origin}: data")
    return Spec(
        strategy=_component(table["strategy"], Strategy, "", near),
        study=_flat(StudySpec, table.get("study", {}), "study"),
        costs=_flat(Costs, table.get("costs", {}), "costs"),
        execution=_flat(Execution, table.get("execution", {}), "execution"),
        market=_flat(MarketSpec, table.get("market", {}), "market"),
        source=str(data.get("source", "")),
        fingerprint=str(data.get("fingerprint", "")),
    )


def dump(spec: Spec) -> str:
    """Return the TOML of an experiment, every parameter spelled out; `parse` gives the same experiment back."""
    lines = [table for name in RESERVED for table in _lines(f"[{name}]", getattr(spec, name))]
    lines += _component_lines("strategy", spec.strategy)
    if spec.source or spec.fingerprint:
        lines += ["[data]", f"source = {_toml(spec.source)}", f"fingerprint = {_toml(spec.fingerprint)}", ""]
    return "\n".join(lines)


def with_settings(spec: Spec, settings: Sequence[str]) -> Spec:
    """Return `spec` with every `path=value` of `-s` applied in order."""
    for setting in settings:
        path, equals, value = setting.partition("=")
        if not equals:
            raise BadSpec(f"-s {setting}: write -s path=value, such as -s costs.slippage_bps=10")
        spec = spec.tune(path.strip(), value)
    return spec


def _studies() -> Any:
    return files("backtests").joinpath("studies")


def _only_known(table: Mapping[str, Any], known: Sequence[str], where: str) -> None:
    for name in table:
        if name not in known:
            raise UnknownName(where, name, known)


def _flat(cls: type, table: Mapping[str, Any], prefix: str) -> Any:
    params = parameters(cls)
    _only_known(table, list(params), f"parameter of [{prefix}]")
    values = {name: convert(f"{prefix}.{name}", _plain(value), params[name][0]) for name, value in table.items()}
    return _make(cls, values, f"{prefix}.")


def _make(cls: type, values: Mapping[str, Any], prefix: str) -> Any:
    try:
        return cls(**values)
    except OutOfBounds as error:
        raise OutOfBounds(prefix + error.path, error.value, error.bound) from None


def _component(table: Any, base: type, path: str, near: Path | None) -> Any:
    if not isinstance(table, Mapping) or not isinstance(table.get("use"), str):
        raise BadSpec(f'strategy{"." + path if path else ""}: a table with use = "name" is wanted')
    cls = find(table["use"], base, near)
    params, hints = parameters(cls), get_type_hints(cls)
    known = [f.name for f in fields(cls)]
    given = {name: value for name, value in table.items() if name != "use"}
    _only_known(given, known, f"parameter of {table['use']}")
    prefix = f"{path}." if path else ""
    values = {
        name: convert(prefix + name, _plain(value), params[name][0])
        if name in params
        else _component(value, Strategy if issubclass(hints[name], Strategy) else Signal, prefix + name, near)
        for name, value in given.items()
    }
    missing = [name for name in known if name not in given and name not in params]
    if missing:
        raise BadSpec(f"{table['use']} needs {', '.join(missing)}: add [strategy.{prefix}{missing[0]}] use = ...")
    return _make(cls, values, prefix)


def _plain(value: object) -> object:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _lines(header: str, node: Any) -> list[str]:
    return [header, *(f"{name} = {_toml(getattr(node, name))}" for name in parameters(type(node))), ""]


def _component_lines(path: str, node: Any) -> list[str]:
    header, *rest = _lines(f"[{path}]", node)
    lines = [header, f"use = {_toml(use_name(type(node)))}", *rest]
    for name, child in components(node).items():
        lines += _component_lines(f"{path}.{name}", child)
    return lines


def _toml(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)
