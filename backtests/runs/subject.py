"""What a check is about: a study, a signal, or a file of the user's, with its parts that can be computed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from backtests.experiments.experiment import Experiment, MarketSection, market_of, with_settings
from backtests.experiments.studies import load, study_names
from backtests.experiments.toml import parse_signal, says_signal
from backtests.experiments.user_strategy import Native, is_native
from backtests.runs.carry import Known, known
from backtests.runs.native import asked
from data.errors import BadSpec, UnknownName
from data.files import from_home
from data.market import Market, load_tables
from data.sources.base import Source
from data.sources.open import load_some
from signals import expression
from signals.base import Signal
from signals.discovery import find, find_in_file, names, plugin_folder, use_name
from signals.parameters import components, with_value
from strategies.base import Strategy

Field = Literal["value", "weight", "order", "rate"]


@dataclass(frozen=True)
class Part:
    """One thing that has a value at instants: a signal, weights, a native strategy's orders, or a rate that accrues."""

    name: str
    node: Signal | Strategy | Known
    delay_bars: int = 0
    native: Experiment | None = None

    @property
    def field(self) -> Field:
        """What its numbers are."""
        if isinstance(self.node, Signal):
            return "value"
        return "rate" if isinstance(self.node, Known) else "weight" if self.native is None else "order"

    def compute(self, market: Market, until: pd.Timestamp | None = None) -> pd.Series[float]:
        """Return the signal on its instants; else, on the decisions, the weights under the join policy or the orders.

        Orders are in USD at the price they were made for (`backtests.runs.native.asked`). What lies after `until` is
        not asked for.
        """
        if isinstance(self.node, Signal | Known):
            return self.node.compute(market)
        if self.native is not None:
            return asked(self.native, market, until)
        return market.joined(self.node.weights(market), self.delay_bars)


@dataclass(frozen=True)
class Target:
    """The parts of one target, the market they live in, and what to tell the user of how it was understood.

    `accept` names errors of `data check` that a person has looked at.
    """

    name: str
    parts: tuple[Part, ...]
    market: MarketSection = field(default_factory=MarketSection)
    source: str = ""
    note: str = ""
    accept: tuple[str, ...] = ()

    @property
    def needs(self) -> tuple[str, ...]:
        """Catalogue ids of every series that the parts and the market need, sorted."""
        wanted = {id for part in self.parts for id in part.node.needs}
        return tuple(sorted({self.market.table_of(id) for id in (*wanted, "traded", "leader")}))

    def load(self, source: Source) -> dict[str, pd.DataFrame]:
        """Return the validated tables of a source; of the rates that accrue those that it has."""
        others = replace(self, parts=tuple(part for part in self.parts if part.field != "rate")).needs
        rates, _ = load_some(source, set(self.needs) - set(others))
        tables = load_tables(source, others) | rates
        return {id: tables[id] for id in sorted(tables)}

    def parts_in(self, tables: Mapping[str, pd.DataFrame]) -> tuple[Part, ...]:
        """Return the parts, without the rates that accrue and are not among the tables: nothing accrues by them."""
        return tuple(part for part in self.parts if part.field != "rate" or set(part.node.needs) <= set(tables))

    def rebuilt(self, tables: Mapping[str, pd.DataFrame], source: str) -> Market:
        """Return the market of raw tables, as a run would build it."""
        return market_of(self.market, tables, source)


def resolve(text: str, settings: Sequence[str] = ()) -> Target:
    """Return the target that `text` names, each `path=value` of `settings` applied.

    A built-in study (`study:NAME`), a `.toml`, a signal (`signal:NAME`, or made of others: `zscore(NAME)`), a `.py`
    file with a Signal or a Strategy, or a `backtrader.Strategy` as path/to/file.py:Class; files are registered nowhere.
    A bare name that is both a study and a signal is the study.
    """
    if text.endswith(".py"):
        return of_file(text, settings)
    if "(" in text or _is_signal_file(text):
        return of_signal_text(text.removeprefix("signal:"), settings)
    kind, colon, name = text.partition(":")
    studies, signals = study_names(), _signal_names()
    if kind == "signal" and colon:
        return of_signal(_made(find(name, Signal)), settings)
    if kind == "study" or text.endswith(".toml") or Path(text).is_file() or is_native(text):
        return of_spec(with_settings(load(text), settings))
    if text in studies:
        both = f"{text} is a study and a signal: the study is checked; the signal alone is signal:{text}"
        return of_spec(with_settings(load(text), settings), note=both if text in signals else "")
    if text in signals:
        return of_signal(_made(find(text, Signal)), settings)
    raise UnknownName("study or signal", text, {*studies, *signals}, remedy="(or the path of a .toml or .py file)")


def signal_of(text: str) -> Signal:
    """Return the signal that `text` says: a built-in one, a plugin's, that of a `.py` file, or one made of others.

    With its defaults where `text` sets none (`signals.expression`).
    """
    if text.endswith(".py"):  # whatever characters its path has
        signal: Signal = _made(find(text, Signal))
        return signal
    return expression.parse(text)


def of_signal_text(text: str, settings: Sequence[str] = ()) -> Target:
    """Return the target of a signal: what `signal_of` takes, or a `.toml` with a table [signal]."""
    if not text.endswith(".toml"):
        return of_signal(signal_of(text), settings)
    file = from_home(text)
    if not file.is_file():
        raise BadSpec(f"{text}: no such file; give the path of a .toml with a table [signal]")
    signal, market = parse_signal(file.read_bytes(), text, file.parent)
    return of_signal(signal, settings, market)


def _is_signal_file(text: str) -> bool:
    file = from_home(text)
    return text.endswith(".toml") and file.is_file() and says_signal(file.read_bytes())


def built_in_signals() -> dict[str, Signal]:
    """Return every signal of the project that stands by itself, with its defaults."""
    classes = {name: find(name, Signal) for name in names("signals")}
    return {name: cls() for name, cls in classes.items() if not _lacking(cls)}


def of_spec(experiment: Experiment, note: str = "") -> Target:
    """Return the target of an experiment: each of its signals, its weights or orders, and the rates that accrue."""
    native = experiment if isinstance(experiment.strategy, Native) else None
    whole = Part(experiment.study.name, experiment.strategy, experiment.execution.delay_bars, native)
    rates = [Part(path, node) for path, node in known(experiment.costs).items()]
    parts = [*_signal_parts(experiment.strategy), *rates, whole]
    return Target(experiment.study.name, tuple(parts), experiment.market, experiment.source, note, experiment.accept)


def of_signal(signal: Signal, settings: Sequence[str] = (), market: MarketSection | None = None) -> Target:
    """Return the target of one signal; `settings` are its parameters and `market.*`."""
    market = market or MarketSection()
    for setting in settings:
        path, equals, value = (word.strip() for word in setting.partition("="))
        if not equals:
            raise BadSpec(f"-s {setting}: write -s path=value, such as -s lookback=90")
        if path.startswith("market."):
            market = with_value(market, path.removeprefix("market."), value, root="market.")
        else:
            signal = with_value(signal, path, value)
    return Target(expression.text_of(signal), (*_signal_parts(signal), Part(_name(signal), signal)), market)


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
    experiment = with_settings(Experiment(made), settings)
    strategy = Part(_name(made), experiment.strategy, experiment.execution.delay_bars)
    return Target(path, (*_signal_parts(experiment.strategy), strategy), experiment.market)


def _made(cls: type[Any]) -> Any:
    lacking = _lacking(cls)
    if lacking:
        remedy = "give defaults, or name it in the `use` of a .toml that says them"
        raise BadSpec(f"{use_name(cls)}: {cls.__name__} needs {', '.join(lacking)}; {remedy}")
    return cls()


def _lacking(cls: type[Any]) -> list[str]:
    return [f.name for f in fields(cls) if f.default is MISSING and f.default_factory is MISSING]


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
