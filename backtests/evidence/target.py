"""What a check is about: a study, a signal, or a file of the user's, with its parts that can be computed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from backtests.spec import MarketSpec, Spec, load, study_names, with_settings
from data.catalogue import lookup
from data.errors import BadSpec, UnknownName
from data.market import Market
from signals.base import Signal
from signals.discovery import find, find_in_file, names, plugin_folder, use_name
from signals.knobs import components, tune
from strategies.base import Strategy

Field = Literal["value", "weight"]


@dataclass(frozen=True)
class Part:
    """One thing that has a value at instants: a signal, or a strategy's weights on the decision clock."""

    name: str
    node: Signal | Strategy
    delay_bars: int = 0

    @property
    def field(self) -> Field:
        """What its numbers are."""
        return "value" if isinstance(self.node, Signal) else "weight"

    def compute(self, market: Market) -> pd.Series[float]:
        """Return the signal on its instants, or the weights under the market's join policy on the decisions."""
        if isinstance(self.node, Signal):
            return self.node.compute(market)
        return market.joined(self.node.weights(market), self.delay_bars)


@dataclass(frozen=True)
class Target:
    """The parts of one target, the market they live in, and what to tell the user of how it was understood."""

    name: str
    parts: tuple[Part, ...]
    market: MarketSpec = field(default_factory=MarketSpec)
    source: str = ""
    note: str = ""

    @property
    def needs(self) -> tuple[str, ...]:
        """Catalogue ids of every series that the parts and the market need, sorted."""
        named = {"traded": self.market.traded, "leader": self.market.leader}
        wanted = {id for part in self.parts for id in part.node.needs}
        return tuple(sorted({lookup(named.get(id, id)).id for id in (*wanted, "traded", "leader")}))

    def rebuilt(self, tables: Mapping[str, pd.DataFrame], source: str) -> Market:
        """Return the market of raw tables, as a run would build it."""
        return Market.from_tables(
            tables,
            traded=self.market.traded,
            leader=self.market.leader,
            source=source,
            join=self.market.join,  # type: ignore[arg-type]  # its choices are JOINS
            max_age_days=self.market.max_age_days,
        )


def resolve(text: str, settings: Sequence[str] = ()) -> Target:
    """Return the target that `text` names, each `path=value` of `settings` applied.

    A built-in study (`study:NAME`), a `.toml`, a signal (`signal:NAME`), or a `.py` file with a Signal or a Strategy,
    which is registered nowhere. A bare name that is both a study and a signal is the study.
    """
    if text.endswith(".py"):
        return of_file(text, settings)
    kind, colon, name = text.partition(":")
    studies, signals = study_names(), _signal_names()
    if kind == "signal" and colon:
        return of_signal(_made(find(name, Signal)), settings)
    if kind == "study" or text.endswith(".toml") or Path(text).is_file():
        return of_spec(with_settings(load(text), settings))
    if text in studies:
        both = f"{text} is a study and a signal: the study is checked; the signal alone is signal:{text}"
        return of_spec(with_settings(load(text), settings), note=both if text in signals else "")
    if text in signals:
        return of_signal(_made(find(text, Signal)), settings)
    raise UnknownName("study or signal", text, {*studies, *signals}, remedy="(or the path of a .toml or .py file)")


def of_spec(spec: Spec, note: str = "") -> Target:
    """Return the target of an experiment: each of its signals, and its weights."""
    parts = [*_signal_parts(spec.strategy), Part(spec.study.name, spec.strategy, spec.execution.delay_bars)]
    return Target(spec.study.name, tuple(parts), spec.market, spec.source, note)


def of_signal(signal: Signal, settings: Sequence[str] = ()) -> Target:
    """Return the target of one signal; `settings` are its parameters and `market.*`."""
    market = MarketSpec()
    for setting in settings:
        path, equals, value = (word.strip() for word in setting.partition("="))
        if not equals:
            raise BadSpec(f"-s {setting}: write -s path=value, such as -s lookback=90")
        if path.startswith("market."):
            market = tune(market, path.removeprefix("market."), value, root="market.")
        else:
            signal = tune(signal, path, value)
    name = _name(signal)
    return Target(name, (*_signal_parts(signal), Part(name, signal)), market)


def of_file(path: str, settings: Sequence[str] = ()) -> Target:
    """Return the target of a user's `.py` file that defines one Signal or one Strategy, or one of each."""
    found, errors = [], []
    for base in (Signal, Strategy):
        try:
            found.append(find_in_file(path, base, None))
        except BadSpec as error:
            errors.append(str(error))
    if not found:
        raise BadSpec("; ".join(dict.fromkeys(errors)))
    targets = [_of_class(cls, path, settings) for cls in found]
    parts = {part.name + part.field: part for target in targets for part in target.parts}
    return Target(path, tuple(parts.values()), targets[-1].market)


def _of_class(cls: type[Any], path: str, settings: Sequence[str]) -> Target:
    made = _made(cls)
    if isinstance(made, Signal):
        return of_signal(made, settings)
    spec = with_settings(Spec(made), settings)
    strategy = Part(_name(made), spec.strategy, spec.execution.delay_bars)
    return Target(path, (*_signal_parts(spec.strategy), strategy), spec.market)


def _made(cls: type[Any]) -> Any:
    lacking = [f.name for f in fields(cls) if f.default is MISSING and f.default_factory is MISSING]
    if lacking:
        remedy = "give defaults, or name it in the `use` of a .toml that says them"
        raise BadSpec(f"{use_name(cls)}: {cls.__name__} needs {', '.join(lacking)}; {remedy}")
    return cls()


def _signal_names() -> list[str]:
    folder = plugin_folder()
    return [*names("signals"), *([file.stem for file in folder.glob("*.py")] if folder else [])]


def _signal_parts(node: Any) -> list[Part]:
    found = list(_below(node))
    uses = [_name(signal) for _, signal in found]
    return [
        Part(use if uses.count(use) == 1 else f"{use} ({path})", signal)
        for use, (path, signal) in zip(uses, found, strict=True)
    ]


def _below(node: Any, prefix: str = "") -> Iterator[tuple[str, Signal]]:
    for name, child in components(node).items():
        if isinstance(child, Signal):
            yield prefix + name, child
        yield from _below(child, f"{prefix}{name}.")


def _name(node: Signal | Strategy) -> str:
    use = use_name(type(node))
    return Path(use).stem if use.endswith(".py") else use
