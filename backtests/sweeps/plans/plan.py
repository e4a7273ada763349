"""Plan: which parameter sets a sweep tries, in which order. The same plan gives the same sets, for ever."""

from __future__ import annotations

import json
import math
import random
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from itertools import islice, product
from typing import Any, Literal

import msgspec
import numpy as np

from backtests.experiments.experiment import RESERVED, Experiment
from backtests.experiments.toml import dump, dump_to_pass_on, parse
from backtests.experiments.user_strategy import Native
from backtests.metrics.performance import NAMES
from backtests.sweeps.plans.axes import Axis
from backtests.sweeps.plans.constraint import Constraint
from backtests.sweeps.plans.schedule import Schedule
from data.errors import BadSpec, UnknownName
from signals.parameters import Value

Method = Literal["grid", "random", "sobol", "tpe"]
MOST_SETS, MOST_SOUGHT = 1_000_000, 20_000
SPANS = ("study.start", "study.end")
LOWER_IS_BETTER = ("volatility", "turnover_per_year", "costs_paid_usd")  # as NAMES: pages list them in this order


@dataclass(frozen=True)
class Plan:
    """A base experiment and the axes along which it is changed.

    `n` is the number of draws of `random` and `sobol` (fewer sets where draws coincide) and of sets of `tpe`, 0 for a
    grid. `drawn`: the sets that `tpe` has chosen so far, each by the results of those before it. `constraint`
    leaves out sets by their parameters before they are run; what it says of metrics is judged afterwards. `curves`
    keeps the equity curve of every set. `walk_forward`: windows in which parameters are chosen and then traded.
    """

    base: Experiment
    axes: tuple[Axis, ...]
    method: Method = "grid"
    n: int = 0
    seed: int = 1
    constraint: str = ""
    metric: str = "sharpe"
    curves: bool = False
    walk_forward: Schedule | None = None
    drawn: tuple[tuple[Value, ...], ...] = ()

    def __post_init__(self) -> None:
        if not self.axes:
            raise BadSpec("nothing to sweep: give at least one -s path=a,b,c or -s path=low:high:step")
        if self.metric not in NAMES:
            raise UnknownName("metric", self.metric, NAMES)
        open_axis = next((axis for axis in self.axes if not axis.values), None)
        if self.method == "grid" and open_axis is not None:
            raise BadSpec(f"-s {open_axis.path}: a range without a step needs --random N or --sobol N")
        if self._asked > MOST_SETS:
            raise BadSpec(f"{self._asked:,} sets; at most {MOST_SETS:,} in one sweep: widen a step or use --random N")
        self._check_walk_forward()
        if self.method == "tpe" and self.n > MOST_SOUGHT:
            raise BadSpec(
                f"--tpe {self.n}: at most {MOST_SOUGHT:,}: choosing a set takes longer with each; use --sobol N"
            )
        spans = [path for path in self.paths if path in SPANS]
        if self.method == "tpe" and spans:
            raise BadSpec(f"-s {spans[0]}: sets over different days have no ranking to learn from; use --sobol N")
        self.condition  # noqa: B018  # read at once, so that a mistake is said before any work

    def _check_walk_forward(self) -> None:
        if self.walk_forward is None:
            return
        if isinstance(self.base.strategy, Native):
            raise BadSpec("--walk-forward: a native strategy has no weights to hand over; sweep it without")
        if self.method == "tpe":
            raise BadSpec(
                "--walk-forward with --tpe: the search has seen the whole history, so windows would choose among sets "
                "that only the future made likely; use --sobol N"
            )
        fixed = next((path for path in self.paths if path.partition(".")[0] in RESERVED), None)
        if fixed is not None:
            raise BadSpec(f"-s {fixed}: --walk-forward chooses parameters of the strategy only; give one value here")

    @property
    def lower_is_better(self) -> bool:
        """Whether a lower value of the metric is the better one."""
        return self.metric in LOWER_IS_BETTER

    @property
    def paths(self) -> tuple[str, ...]:
        """The swept parameters, in the order given."""
        return tuple(axis.path for axis in self.axes)

    @cached_property
    def condition(self) -> Constraint | None:
        """The constraint, read."""
        known = [*(parameter.path for parameter in self.base.parameters()), *NAMES]
        return Constraint.parse(self.constraint, known) if self.constraint else None

    @cached_property
    def sets(self) -> list[tuple[Value, ...]]:
        """The values of every set to be run, in order, one for each path; of `tpe` those that are chosen so far."""
        if self.method == "tpe":
            return list(self.drawn)
        drawn = {"grid": self._grid, "random": self._random, "sobol": self._sobol}[self.method]()
        if self.condition is None or self.condition.names & set(NAMES):
            return drawn
        keep = self.condition.holds(self.columns(drawn), len(drawn))
        if not keep.any():
            raise BadSpec(f"--constraint {self.constraint!r} leaves none of {len(drawn):,} sets")
        return [values for values, kept in zip(drawn, keep, strict=True) if kept]

    def pinned(self, source: str, fingerprint: str) -> Plan:
        """Return the plan on pinned data; its sets, which may be a million, are those that are made already."""
        found = replace(self, base=replace(self.base, source=source, fingerprint=fingerprint))
        if "sets" in vars(self):
            vars(found)["sets"] = self.sets
        return found

    def columns(self, sets: list[tuple[Value, ...]]) -> dict[str, Any]:
        """Return every parameter by path: arrays over `sets` of the swept, single values of the others."""
        fixed: dict[str, Any] = {parameter.path: parameter.value for parameter in self.base.parameters()}
        return fixed | {
            path: np.array(column) for path, column in zip(self.paths, zip(*sets, strict=True), strict=True)
        }

    @property
    def count(self) -> int:
        """How many sets are planned: of `tpe` at most so many, fewer where its axes have no more."""
        return self.n if self.method == "tpe" else len(self.sets)

    @property
    def base_text(self) -> str:
        """The TOML of the base, with absolute paths."""
        return dump(self.base)

    @property
    def _asked(self) -> int:
        return self.n or math.prod(len(axis.values) for axis in self.axes)

    def _grid(self) -> list[tuple[Value, ...]]:
        return list(islice(product(*(axis.values for axis in self.axes)), self._asked))

    def _point(self, at: int) -> tuple[Value, ...]:
        """Return the grid's point number `at`; the last axis turns fastest."""
        values: list[Value] = []
        for axis in reversed(self.axes):
            at, own = divmod(at, len(axis.values))
            values.append(axis.values[own])
        return tuple(reversed(values))

    def _random(self) -> list[tuple[Value, ...]]:
        draw = random.Random(self.seed)  # noqa: S311  # a sample, not a secret
        if all(axis.values for axis in self.axes):
            size = math.prod(len(axis.values) for axis in self.axes)
            return [self._point(at) for at in draw.sample(range(size), min(self.n, size))]
        return _distinct([tuple(axis.at(draw.random()) for axis in self.axes) for _ in range(self.n)])

    def _sobol(self) -> list[tuple[Value, ...]]:
        from scipy.stats.qmc import Sobol  # noqa: PLC0415  # heavy: loaded when it is needed

        # The sequence is balanced at powers of two: draw the next one and keep the first n.
        power = max(math.ceil(math.log2(self.n)), 0)
        points = Sobol(len(self.axes), rng=np.random.default_rng(self.seed)).random_base2(power)[: self.n]
        return _distinct([tuple(axis.at(u) for axis, u in zip(self.axes, row, strict=True)) for row in points.tolist()])

    def as_json(self) -> str:
        """Return the plan as JSON text; `Plan.read` gives it back."""
        content = {name: getattr(self, name) for name in ("method", "n", "seed", "constraint", "metric", "curves")}
        windows = None if self.walk_forward is None else asdict(self.walk_forward)
        parts = {"base": dump_to_pass_on(self.base), "axes": [asdict(axis) for axis in self.axes]}
        return json.dumps(parts | {"walk_forward": windows} | content, indent=1)

    @classmethod
    def read(cls, text: str, origin: str) -> Plan:
        """Return the plan of `as_json`; BadSpec where it is none."""
        try:
            content = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise BadSpec(f"{origin}: not the plan of a sweep: {error}") from error
        return cls.of_content(content, origin)

    @classmethod
    def of_content(cls, content: Any, origin: str) -> Plan:
        """Return the plan of the content of `as_json`."""
        try:
            plain = msgspec.convert(content, _Plain)
            return cls(**(vars(plain) | {"base": parse(plain.base.encode(), origin)}))
        except (msgspec.ValidationError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadSpec(f"{origin}: not the plan of a sweep: {error}") from error


@dataclass(frozen=True)
class _Plain:
    """The content of a plan's JSON: the base as TOML."""

    base: str
    axes: tuple[Axis, ...]
    method: Method
    n: int
    seed: int
    constraint: str
    metric: str
    curves: bool
    walk_forward: Schedule | None = None


def _distinct(sets: list[tuple[Value, ...]]) -> list[tuple[Value, ...]]:
    return list(dict.fromkeys(sets))
