"""Experiment: strategy, costs, execution, market, span and money of one run."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated

import pandas as pd

from backtests.experiments import user_strategy
from backtests.experiments.costs import BILLS, Costs, Execution
from data.calendars.clock import DAILY, clock_of
from data.catalogue import lookup
from data.checks.accepted import in_order
from data.errors import BadSpec, UnknownName, quoted
from data.market import JOINS, Market
from data.settings import settings
from signals.parameters import (
    Parameter,
    PlacedParameter,
    Value,
    check_bounds,
    parameters,
    present_name,
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

    `source` is what `--source` says ("" : the default); `fingerprint` pins the frozen inputs of an earlier run;
    `accept` names errors of `data check` that a person has looked at (`data.checks.accepted`).
    """

    strategy: Strategy
    study: StudySection = field(default_factory=StudySection)
    costs: Costs = field(default_factory=Costs)
    execution: Execution = field(default_factory=Execution)
    market: MarketSection = field(default_factory=MarketSection)
    source: str = ""
    fingerprint: str = ""
    accept: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "accept", in_order(self.accept))
        if isinstance(self.strategy, user_strategy.Native):
            user_strategy.check(self.strategy, self.execution, self.market.join)

    @property
    def needs(self) -> tuple[str, ...]:
        """Catalogue ids of every series the run reads, sorted: those of its decisions, what accrues, and bills.

        Bills (`costs.BILLS`) also where cash earns something else: a Sharpe ratio over bills is then told apart.
        """
        return tuple(sorted({*self._decides, *self.costs.needs, BILLS}))

    @property
    def optional(self) -> tuple[str, ...]:
        """Those of `needs` without which the run goes on: bills that nothing asks for by name."""
        named = self.costs.needs if self.costs.cash_yield != BILLS else ()
        return tuple(sorted({BILLS} - self._decides - {*named}))

    @property
    def _decides(self) -> set[str]:
        return {self.market.table_of(id) for id in ("traded", "leader", *self.strategy.needs)}

    def parameters(self) -> list[PlacedParameter]:
        """Every parameter by dotted path; the strategy's own stand at the root."""
        parts = [("", self.strategy)] + [(f"{name}.", getattr(self, name)) for name in RESERVED]
        return [parameter for prefix, part in parts for parameter in parameters(part, prefix)]

    def with_value(self, path: str, value: Value) -> Experiment:
        """Return a copy with the parameter at `path` set (see `signals.parameters.with_values`)."""
        return self.with_values({path: value})

    def with_values(self, settings: Mapping[str, Value]) -> Experiment:
        """Return a copy with the parameter at each path set, all at once: two that bound each other may both move."""
        known = {parameter.path for parameter in self.parameters()}
        parts: dict[str, dict[str, Value]] = {}
        for path, value in settings.items():
            root, _, rest = path.partition(".")
            part, inside = (root, rest) if root in RESERVED else ("strategy", path)
            now = present_name(type(getattr(self, part)), inside)
            if path not in known and now == inside:
                raise UnknownName("parameter", path, known)
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
    """Return the date of YYYY-MM-DD, None for the empty text; BadSpec otherwise.

    Nothing else is a date: pandas takes "today" too, and an experiment that says so would be another one tomorrow.
    """
    if not text:
        return None
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return pd.Timestamp(pd.to_datetime(text, format="%Y-%m-%d"))
    except ValueError:
        pass
    raise BadSpec(f"{path} = {quoted(text)} is not a date; write YYYY-MM-DD")


def as_span(start: str | None, end: str | None) -> tuple[pd.Timestamp | None, pd.Timestamp | None]:
    """Return the dates of --start and --end, None where there is none; BadSpec for no dates and for an empty span."""
    first, last = as_date("--start", start or ""), as_date("--end", end or "")
    if first is not None and last is not None and last < first:
        raise BadSpec(f"--end {end} is before --start {start}; give a span that is not empty")
    return first, last


def with_settings(experiment: Experiment, settings: Sequence[str]) -> Experiment:
    """Return `experiment` with every `path=value` of `-s` applied, the last one for a path."""
    found: dict[str, Value] = {}
    for setting in settings:
        path, equals, value = setting.partition("=")
        if not equals:
            raise BadSpec(f"-s {setting}: write -s path=value, such as -s costs.slippage_bps=10")
        found[path.strip()] = value.strip()
    return experiment.with_values(found) if found else experiment


def with_accepted(experiment: Experiment, accept: Sequence[str], source: str | None) -> Experiment:
    """Return `experiment` with every ID:DATE of `--accept` and of harbinger.toml beside those that it accepts.

    One that pins its data, as the spec.toml of a run does, says all that was accepted of them: the folder in which it
    is run again adds nothing, unless it is run on another `source`.
    """
    pinned = bool(experiment.fingerprint) and source is None
    more = (*(() if pinned else settings().accept), *accept)
    return replace(experiment, accept=(*experiment.accept, *more)) if more else experiment
