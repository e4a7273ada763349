"""Native: a `backtrader.Strategy` of the user's, as an experiment's strategy.

`use = "path/to/file.py:Class"`. The class is written for backtrader; what it adds is `signals`, a mapping of line names
to signals (or to what their `use` would say):

    class Mine(bt.Strategy):
        params = (("hold_bars", 20),)
        signals = {"trend": SmallCapMomentum(lookback=60), "own": "own_momentum"}

Its params that are bool, int, float or str are parameters (`-s hold_bars=10`), its signals' too
(`-s trend.lookback=90`).
This module never imports backtrader: the user's file does. `engine.native` runs the class.
"""

from __future__ import annotations

import keyword
import math
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, make_dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, ClassVar

import pandas as pd

from backtests.experiments.costs import Execution
from data.errors import BadSpec, UnknownName
from data.market import Market
from signals.base import Signal
from signals.discovery import find, load_file
from signals.parameters import Parameter, Value
from strategies.base import Strategy

EARLY = ("next_open", "nextstart_open", "prenext_open")
TABLES = ("study", "costs", "execution", "market", "data", "use")


@dataclass(frozen=True)
class Native(Strategy):
    """A backtrader strategy that trades by its own orders. Made by `load`; a subclass a class of the user's.

    The fields are the class's params and, by the names of their lines, its signals.
    """

    native: ClassVar[type[Any]]
    use: ClassVar[str]

    def weights(self, market: Market) -> pd.Series[float]:  # noqa: ARG002  # part of the interface
        """Raise BadSpec: its orders are its own."""
        raise BadSpec(f"{self.use} trades by its own orders: it has no weights and cannot be part of another strategy")

    @property
    def params(self) -> dict[str, Value]:
        """The parameters that the class is started with."""
        return {name: getattr(self, name) for name in _params(self.native)}

    @property
    def line_signals(self) -> dict[str, Signal]:
        """The signal of each line."""
        return {name: getattr(self, name) for name in _declared(self.native)}

    def lines(self, market: Market) -> dict[str, pd.Series[float]]:
        """Return each line on `market.decisions`: the value known at that bar's close, NaN where none or too old."""
        return {name: signal.known(market) for name, signal in self.line_signals.items()}


def is_native(use: str) -> bool:
    """Whether `use` names a class in a file: path/to/file.py:Class."""
    return re.search(r"\.py:\w+$", use) is not None


def load(use: str, near: Path | None) -> type[Native]:
    """Return the Native of "file.py:Class"; a relative path is taken from `near`, then from the current folder."""
    path, _, name = use.rpartition(":")
    module = load_file(path, near, "backtrader.Strategy")
    backtrader = sys.modules.get("backtrader")
    base: Any = backtrader.Strategy if backtrader else ()
    found = {n: c for n, c in vars(module).items() if isinstance(c, type) and issubclass(c, base)}
    if name not in found:
        own = [n for n, c in found.items() if c.__module__ == module.__name__]
        raise UnknownName("backtrader.Strategy", use, own, remedy=f"in {path}")
    return _made(found[name], f"{Path(str(module.__file__))}:{name}", Path(str(module.__file__)).parent)


def check(native: Native, execution: Execution, join: str) -> None:
    """Raise BadSpec for settings that mean nothing where the orders are the strategy's own."""
    default = Execution()
    for path, value, neutral in (
        ("execution.rebalance_band", execution.rebalance_band, default.rebalance_band),
        ("execution.delay_bars", execution.delay_bars, default.delay_bars),
        ("market.join", join, "hold"),
    ):
        if value != neutral:
            raise BadSpec(f"{path} = {value}: {native.use} makes its own orders; leave it at {neutral}")


@cache
def _made(cls: type[Any], use: str, near: Path) -> type[Native]:
    backtrader: Any = sys.modules["backtrader"]
    for name in EARLY:
        if getattr(cls, name) is not getattr(backtrader.Strategy, name):
            raise BadSpec(f"{use}: {name} sees the close of a bar before its open is filled; decide in next")
    params, signals = _params(cls), _declared(cls)
    for name in (*params, *signals):
        _check_name(name, use, name in params and name in signals)
    for name in signals:
        if hasattr(backtrader.feed.DataBase, name) or name in backtrader.feed.DataBase.lines.getlinealiases():
            raise BadSpec(f"{use}: signals[{name!r}]: the feed has that name already; choose another")
    fields: list[Any] = [(name, Annotated[type(v), Parameter("as the class says")], v) for name, v in params.items()]
    fields += [(name, Signal, field(default=_signal(use, name, s, near))) for name, s in signals.items()]
    namespace = {"native": cls, "use": use, "__module__": cls.__module__, "__doc__": cls.__doc__ or cls.__name__}
    return make_dataclass(cls.__name__, fields, bases=(Native,), frozen=True, namespace=namespace)


def _params(cls: type[Any]) -> dict[str, Value]:
    """Return the params of a backtrader class that text can set; the others keep their defaults."""
    pairs: Mapping[str, object] = cls.params._getpairs()
    return {
        name: value
        for name, value in pairs.items()
        if isinstance(value, bool | int | str) or (isinstance(value, float) and math.isfinite(value))
    }


def _declared(cls: type[Any]) -> dict[str, object]:
    declared = getattr(cls, "signals", {})
    if not isinstance(declared, Mapping) or not all(isinstance(name, str) for name in declared):
        raise BadSpec(
            f'{cls.__name__}.signals is no mapping; write signals = {{"trend": SmallCapMomentum(lookback=60)}}'
        )
    return dict(declared)


def _check_name(name: str, use: str, twice: bool) -> None:
    if twice:
        raise BadSpec(f"{use}: {name} is a param and a signal; rename one")
    if not name.isidentifier() or keyword.iskeyword(name) or name.startswith("_"):
        raise BadSpec(f"{use}: {name!r} is no name for a line or a param")
    if name in TABLES or hasattr(Native, name):
        raise BadSpec(f"{use}: the name {name} is taken by harbinger; choose another")


def _signal(use: str, name: str, value: object, near: Path) -> Signal:
    try:
        made: object = find(value, Signal, near)() if isinstance(value, str) else value
    except TypeError as error:
        raise BadSpec(
            f"{use}: signals[{name!r}]: {value} has parts; write it out, such as ZScore(OwnMomentum())"
        ) from error
    if not isinstance(made, Signal):
        raise BadSpec(f"{use}: signals[{name!r}] is no Signal and no name of one, but {value!r}")
    return made
