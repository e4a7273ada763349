"""Cases: every assumption of an experiment, one at a time, made better or worse."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from backtests.experiments.experiment import RESERVED, Experiment
from backtests.stress import inputs
from backtests.stress.answer import TO_BOUNDS
from data.catalogue import BY_ID, lookup
from data.errors import UsageError
from data.market import JOINS
from signals.parameters import PlacedParameter, Value

COST_FACTORS = (0.0, 0.5, 1.0, 2.0, 3.0, 4.0)
DELAYS = (0, 1, 2, 3)
BANDS = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2)
AGES = (2.0, 4.0, 7.0, 14.0, 30.0)
CLOCKS = {"1 h after New York": "NYSE close +1h", "4 h after New York": "NYSE close +4h",
          "24 h after New York": "NYSE close +0h"}  # fmt: skip
FACTORS = (0.5, 0.75, 1.25, 1.5, 2.0)
ACROSS = 5  # values from bound to bound
SEEDS = range(5)


@dataclass(frozen=True, eq=False)
class Case:
    """One assumption changed: the group it belongs to, its name, settings by path, tables that stand in for others.

    `as_assumed`: it is the experiment itself, among its neighbours.
    """

    group: str
    name: str
    settings: Mapping[str, Value] = field(default_factory=dict)
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    as_assumed: bool = False


def cases(experiment: Experiment, tables: Mapping[str, pd.DataFrame]) -> list[Case]:
    """Return every case that the tables, by series id, have what it takes for; start months are apart."""
    return [
        *_costs(experiment),
        *_one(experiment, "delay", "execution.delay_bars", DELAYS),
        *_one(experiment, "rebalance band", "execution.rebalance_band", BANDS),
        *_one(experiment, "join", "market.join", JOINS),
        *_one(experiment, "staleness, days", "market.max_age_days", AGES),
        *_clocks(experiment, tables),
        *_vendors(experiment, tables),
        *_inputs(experiment, tables),
        *_parameters(experiment),
        *_to_bounds(experiment),
    ]


def wanted(experiment: Experiment) -> set[str]:
    """Return the ids of the series that cases may ask for besides those of the experiment."""
    traded = lookup(experiment.market.traded)
    return {*_others(traded.id), *([traded.hours] if traded.hours else [])}


def _costs(experiment: Experiment) -> Iterator[Case]:
    costs = experiment.costs
    if not costs.commission_bps and not costs.slippage_bps:
        return  # four times nothing
    for factor in COST_FACTORS:
        settings: dict[str, Value] = {
            "costs.commission_bps": factor * costs.commission_bps,
            "costs.slippage_bps": factor * costs.slippage_bps,
        }
        yield Case("costs", f"{factor:g} times", settings, as_assumed=factor == 1)


def _one(experiment: Experiment, group: str, path: str, values: Collection[Value]) -> Iterator[Case]:
    """Yield a case for each value of one path, the experiment's own among them."""
    own = next(parameter.value for parameter in experiment.parameters() if parameter.path == path)
    for value in _in_order({*values, own}):
        yield Case(
            group, f"{value:g}" if isinstance(value, float) else str(value), {path: value}, as_assumed=value == own
        )


def _in_order(values: Collection[Value]) -> list[Value]:
    numbers = [value for value in values if isinstance(value, int | float)]
    return [*sorted(numbers), *sorted(str(value) for value in values if isinstance(value, str))]


def _clocks(experiment: Experiment, tables: Collection[str]) -> Iterator[Case]:
    hours = lookup(experiment.market.traded).hours
    if hours and hours in tables:
        for name, bar in CLOCKS.items():
            yield Case("fill clock", name, {"market.bar": bar}, as_assumed=experiment.market.bar == bar)


def _others(traded: str) -> list[str]:
    """Return the other series of bars of the same underlying."""
    own = lookup(traded)
    return [
        row.id for row in BY_ID.values()
        if row.id != own.id and row.kind == "bars" and row.underlying and row.underlying == own.underlying
    ]  # fmt: skip


def _vendors(experiment: Experiment, tables: Collection[str]) -> Iterator[Case]:
    for id in _others(experiment.market.traded):
        if id in tables:
            yield Case("vendor", id, {"market.traded": id})


def _inputs(experiment: Experiment, tables: Mapping[str, pd.DataFrame]) -> Iterator[Case]:
    traded = experiment.market.table_of("traded")
    names = {experiment.market.table_of(id) for id in experiment.strategy.needs} - {traded}
    for id in sorted(names & set(tables)):
        row, table = lookup(id), tables[id]
        yield Case("input dropped", id, tables={id: inputs.dropped(table)})
        if row.kind not in inputs.KINDS:
            continue
        yield Case("input late by a row", id, tables={id: inputs.late(table)})
        for seed in SEEDS:
            made = inputs.noise(table, row, seed=seed)
            yield Case("input made noise", f"{id}, draw {seed + 1}", tables={id: made})


def own_parameters(experiment: Experiment) -> list[PlacedParameter]:
    """Return the parameters of the strategy itself."""
    return [one for one in experiment.parameters() if one.path.partition(".")[0] not in RESERVED]


def _parameters(experiment: Experiment) -> Iterator[Case]:
    for parameter in own_parameters(experiment):
        yield from _of_parameter(experiment, parameter, parameter.path, _around(parameter))


def _to_bounds(experiment: Experiment) -> Iterator[Case]:
    """Yield each parameter over all that it may be: the ends are often no rule that anybody would trade."""
    for parameter in own_parameters(experiment):
        if parameter.type in (int, float) and not is_open_ended(parameter):
            group = f"{parameter.path}{TO_BOUNDS}"
            yield from _of_parameter(experiment, parameter, group, _across(parameter))


def _of_parameter(
    experiment: Experiment, parameter: PlacedParameter, group: str, values: Iterable[Value]
) -> Iterator[Case]:
    for value in values:
        settings = {parameter.path: value}
        try:
            experiment.with_values(settings)
        except UsageError:
            continue  # out of bounds, or it does not go with the others
        shown = f"{value:g}" if isinstance(value, float) else str(value)
        yield Case(group, shown, settings, as_assumed=value == parameter.value)


def is_open_ended(parameter: PlacedParameter) -> bool:
    """Whether a parameter is a number without a lowest or a highest value."""
    return parameter.type in (int, float) and not math.isfinite(parameter.param.high - parameter.param.low)


def _across(parameter: PlacedParameter) -> list[Value]:
    """Return values from the lowest to the highest that a number may be, in equal steps or, above 0, ratios."""
    low, high, own = parameter.param.low, parameter.param.high, parameter.value
    steps = (np.geomspace if low > 0 else np.linspace)(low, high, ACROSS).tolist()
    if parameter.type is int:
        return _in_order({own, *(round(value) for value in steps)})
    return _in_order({own, low, high, *(float(f"{value:.3g}") for value in steps[1:-1])})


def _around(parameter: PlacedParameter) -> list[Value]:
    """Return the values worth comparing, and those around the one in force."""
    own, grid = parameter.value, parameter.param.grid or parameter.param.choices
    if isinstance(own, bool):
        return [own, not own]
    if not isinstance(own, int | float):
        return _in_order({*grid, own}) if isinstance(own, str) and grid else []
    scaled = {own * factor for factor in FACTORS} if own else set()
    if parameter.type is int:
        return _in_order({own, *grid, *(round(value) for value in scaled)})
    return _in_order({float(own), *map(float, grid), *(round(value, 10) for value in scaled)})
