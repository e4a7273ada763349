"""Spec: one experiment, as a file says it. The TOML is the experiment."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import pandas as pd

from backtests.experiments import user_strategy
from backtests.experiments.costs import Costs, Execution
from data.calendars.clock import DAILY, clock_of
from data.catalogue import lookup
from data.errors import BadSpec, OutOfBounds, UnknownName
from data.market import JOINS, Market
from signals.base import Signal
from signals.discovery import find, use_name
from signals.parameters import (
    Parameter,
    PlacedParameter,
    Value,
    check_bounds,
    components,
    convert,
    declared_parameters,
    parameters,
    with_values,
)
from strategies.base import Strategy

RESERVED = ("study", "costs", "execution", "market")


@dataclass(frozen=True)
class StudySection:
    """What the experiment is called, why it is run, over which bars (empty: all there are) and with how much money."""

    name: Annotated[str, Parameter("name")] = "unnamed"
    why: Annotated[str, Parameter("sentence")] = ""
    start: Annotated[str, Parameter("YYYY-MM-DD")] = ""
    end: Annotated[str, Parameter("YYYY-MM-DD")] = ""
    cash_usd: Annotated[float, Parameter("USD", 1.0, 1e12)] = 100_000.0

    def __post_init__(self) -> None:
        check_bounds(self)
        start, end = (as_date(f"study.{name}", getattr(self, name)) for name in ("start", "end"))
        if start and end and end < start:
            raise BadSpec(f"study.end = {self.end} is before study.start = {self.start}")


@dataclass(frozen=True)
class MarketSection:
    """Which asset is traded, which leads, and how the calendars are joined (see `data.market.Market.joined`).

    A value that became known more than `max_age_days` before a decision is no opinion. `allow_revised` takes a revised
    series (NFCI) without vintages as it is today: look-ahead, which every report then says.
    `bar`: "daily" for the source's own bars, else when bars built from hours are cut (`calendars.clock`); `hours`: the
    series of hours, where it is not the traded asset's own.
    """

    traded: Annotated[str, Parameter("series id")] = "ETH-USD"
    leader: Annotated[str, Parameter("series id")] = "IWM"
    join: Annotated[str, Parameter("policy", choices=JOINS)] = "hold"
    max_age_days: Annotated[float, Parameter("days", 0, 3650)] = 7.0
    allow_revised: Annotated[bool, Parameter("true or false")] = False
    bar: Annotated[str, Parameter("daily, HH:00 UTC or NYSE close +Nh")] = DAILY
    hours: Annotated[str, Parameter("series id")] = ""

    def __post_init__(self) -> None:
        check_bounds(self)
        lookup(self.leader)
        self._check_clock()
        if lookup(self.traded).kind != "bars":
            raise BadSpec(f"market.traded = {self.traded} has no open to fill at; name a series of bars")

    def _check_clock(self) -> None:
        if clock_of(self.bar) is not None and lookup(self.traded).calendar != "utc_day":
            raise BadSpec(f"market.bar = {self.bar}: {self.traded} does not trade every day; leave it at {DAILY}")
        if self.hours and lookup(self.hours).kind != "hours":
            raise BadSpec(f"market.hours = {self.hours} has no hours; name a series such as {lookup('ETH-USD').hours}")

    def table_of(self, id: str) -> str:
        """Return the id of the raw table of "traded", "leader" or a series: hours where bars are built from them."""
        row, traded = lookup({"traded": self.traded, "leader": self.leader}.get(id, id)), lookup(self.traded)
        if self.bar == DAILY or row.id != traded.id:
            return row.id
        return lookup(self.hours or traded.hours).id


@dataclass(frozen=True)
class Experiment:
    """A whole experiment: strategy, costs, execution, market, span and money, and where its data come from.

    `source` is what `--source` says ("" : the default); `fingerprint` pins the frozen inputs of an earlier run.
    """

    strategy: Strategy
    study: StudySection = field(default_factory=StudySection)
    costs: Costs = field(default_factory=Costs)
    execution: Execution = field(default_factory=Execution)
    market: MarketSection = field(default_factory=MarketSection)
    source: str = ""
    fingerprint: str = ""

    def __post_init__(self) -> None:
        if isinstance(self.strategy, user_strategy.Native):
            user_strategy.check(self.strategy, self.execution, self.market.join)

    @property
    def needs(self) -> tuple[str, ...]:
        """Catalogue ids of every series the run reads: traded, leader and what the strategy needs, sorted."""
        return tuple(sorted({self.market.table_of(id) for id in ("traded", "leader", *self.strategy.needs)}))

    def parameters(self) -> list[PlacedParameter]:
        """Every parameter by dotted path; the strategy's own stand at the root."""
        parts = [("", self.strategy)] + [(f"{name}.", getattr(self, name)) for name in RESERVED]
        return [parameter for prefix, part in parts for parameter in parameters(part, prefix)]

    def with_value(self, path: str, value: Value) -> Experiment:
        """Return a copy with the parameter at `path` set (see `signals.parameters.tune_all`)."""
        return self.with_values({path: value})

    def with_values(self, settings: Mapping[str, Value]) -> Experiment:
        """Return a copy with the parameter at each path set, all at once: two that bound each other may both move."""
        known = {parameter.path for parameter in self.parameters()}
        parts: dict[str, dict[str, Value]] = {}
        for path, value in settings.items():
            if path not in known:
                raise UnknownName("parameter", path, known)
            root, _, rest = path.partition(".")
            part, inside = (root, rest) if root in RESERVED else ("strategy", path)
            parts.setdefault(part, {})[inside] = value
        roots = {part: "" if part == "strategy" else f"{part}." for part in parts}
        return replace(
            self, **{part: with_values(getattr(self, part), parts[part], root=roots[part]) for part in parts}
        )


def market_of(
    choice: MarketSection, tables: Mapping[str, pd.DataFrame], source: str, *, simulated: bool = False
) -> Market:
    """Return the market that `choice` asks for, from validated tables by series id."""
    return Market.from_tables(
        tables,
        traded=choice.traded,
        leader=choice.leader,
        source=source,
        simulated=simulated,
        join=choice.join,  # type: ignore[arg-type]  # its choices are JOINS
        max_age_days=choice.max_age_days,
        allow_revised=choice.allow_revised,
        bar=choice.bar,
        hours=choice.hours,
    )


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


def load(target: str) -> Experiment:
    """Return the experiment of a built-in study (`small_cap_trend`, `study:small_cap_trend`), a TOML file or a class.

    A class is a `backtrader.Strategy` of the user's, written path/to/file.py:Class.
    """
    if user_strategy.is_native(target):
        return _of_class(target)
    if target.endswith(".py"):
        raise BadSpec(f"{target}: name the class too, {target}:Class; a signal of your own is named in a .toml")
    if target.endswith(".toml") or Path(target).is_file():
        path = Path(target).expanduser()
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


def parse(text: bytes, origin: str, near: Path | None = None) -> Experiment:
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
    return Experiment(
        strategy=_component(table["strategy"], Strategy, "", near),
        study=_flat(StudySection, table.get("study", {}), "study"),
        costs=_flat(Costs, table.get("costs", {}), "costs"),
        execution=_flat(Execution, table.get("execution", {}), "execution"),
        market=_flat(MarketSection, table.get("market", {}), "market"),
        source=str(data.get("source", "")),
        fingerprint=str(data.get("fingerprint", "")),
    )


def dump(experiment: Experiment) -> str:
    """Return the TOML of an experiment, every parameter spelled out; `parse` gives the same experiment back."""
    return "\n".join(line for _, line in dump_lines(experiment))


def signal_toml(signal: Signal, market: MarketSection) -> str:
    """Return the TOML of a signal and of the market that it is looked at in, every parameter spelled out."""
    lines = [*_component_lines("signal", signal, ""), *_lines("[market]", market, "market.")]
    return "\n".join(line for _, line in lines)


def dump_lines(experiment: Experiment) -> list[tuple[str, str]]:
    """Return the lines of `dump`, each with the path of the parameter that it sets ("" for the others)."""
    lines = [line for name in RESERVED for line in _lines(f"[{name}]", getattr(experiment, name), f"{name}.")]
    lines += _component_lines("strategy", experiment.strategy, "")
    if experiment.source or experiment.fingerprint:
        pins = [
            "[data]",
            f"source = {as_toml(experiment.source)}",
            f"fingerprint = {as_toml(experiment.fingerprint)}",
            "",
        ]
        lines += [("", pin) for pin in pins]
    return lines


def with_settings(experiment: Experiment, settings: Sequence[str]) -> Experiment:
    """Return `experiment` with every `path=value` of `-s` applied, the last one for a path."""
    found: dict[str, Value] = {}
    for setting in settings:
        path, equals, value = setting.partition("=")
        if not equals:
            raise BadSpec(f"-s {setting}: write -s path=value, such as -s costs.slippage_bps=10")
        found[path.strip()] = value
    return experiment.with_values(found) if found else experiment


def _studies() -> Any:
    return files("backtests").joinpath("studies")


def _only_known(table: Mapping[str, Any], known: Sequence[str], where: str) -> None:
    for name in table:
        if name not in known:
            raise UnknownName(where, name, known)


def _flat(cls: type, table: Mapping[str, Any], prefix: str) -> Any:
    params = declared_parameters(cls)
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
    if user_strategy.is_native(table["use"]):
        if path:
            raise BadSpec(f"strategy.{path}: {table['use']} trades by its own orders and cannot be part of another")
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
        else _component(value, Strategy if issubclass(hints[name], Strategy) else Signal, prefix + name, near)
        for name, value in given.items()
    }
    missing = [f.name for f in fields(cls) if f.default is MISSING and f.name not in (*given, *params)]
    if missing:
        raise BadSpec(f"{table['use']} needs {', '.join(missing)}: add [strategy.{prefix}{missing[0]}] use = ...")
    return _make(cls, values, prefix)


def _plain(value: object) -> object:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _lines(header: str, node: Any, prefix: str) -> list[tuple[str, str]]:
    own = [(f"{prefix}{name}", f"{name} = {as_toml(getattr(node, name))}") for name in declared_parameters(type(node))]
    return [("", header), *own, ("", "")]


def _component_lines(table: str, node: Any, prefix: str) -> list[tuple[str, str]]:
    header, *rest = _lines(f"[{table}]", node, prefix)
    lines = [header, ("", f"use = {as_toml(use_name(type(node)))}"), *rest]
    for name, child in components(node).items():
        lines += _component_lines(f"{table}.{name}", child, f"{prefix}{name}.")
    return lines


def as_toml(value: Value) -> str:
    """Return a value as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)
