"""A search that learns: each set is drawn where earlier sets were good (a tree-structured Parzen estimator, TPE).

Bergstra, Bardenet, Bengio and Kegl, "Algorithms for Hyper-Parameter Optimization", NeurIPS 2011, as optuna has it
(`TPESampler`, multivariate). The one importer of optuna. The first STARTUP sets are those of `--sobol`. A set that
failed, was ruined, lacks the metric or does not satisfy the constraint counts as worse than all others. Nothing is
pruned: every set runs over the whole history. The same plan on the same data gives the same sets, for ever: what a
killed search had found is told to a new one in the same order, which therefore goes on as the first would have.
"""

from __future__ import annotations

import math
import random
from dataclasses import replace
from typing import Any

import numpy as np

from backtests.metrics.performance import NAMES
from backtests.sweeps import ranking
from backtests.sweeps.folder.table import SetRow
from backtests.sweeps.plans.axes import Axis
from backtests.sweeps.plans.plan import Plan
from data.errors import RunError, UsageError
from signals.parameters import Value

INSTALL = 'pip install "harbinger-eth[search]"'
STARTUP = 16  # sets spread evenly before anything is learned: a power of two, where Sobol's sequence is balanced
TRIES = 20  # draws of sets that are known or left out, before one is drawn at random from the others
MOST_DRAWS = 10_000  # at random, before the axes count as exhausted

Values = tuple[Value, ...]


class Search:
    """The state of a search; `next_set` and `tell` in turn. UsageError where optuna is not installed."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._optuna = installed()
        self._known: set[Values] = set()
        self._distributions = {axis.path: self._distribution(axis) for axis in plan.axes}
        self._study = self._optuna.create_study(
            direction="maximize",
            sampler=self._optuna.samplers.TPESampler(seed=plan.seed, multivariate=True, n_startup_trials=STARTUP),
            pruner=self._optuna.pruners.NopPruner(),
        )
        self._trial: Any = None
        for values in replace(plan, method="sobol", n=STARTUP, constraint="").sets:
            self._study.enqueue_trial(self._numbers(values))

    def next_set(self) -> Values | None:
        """Return the next set to run; None where none is left that was not run."""
        for _ in range(TRIES):
            values = self._ask()
            if values not in self._known and self._wanted(values):
                return values
            self._study.tell(self._trial, state=self._optuna.trial.TrialState.PRUNED)  # the worst; a draw, not a run
        left = self._any_other()
        if left is None:
            return None
        self._study.enqueue_trial(self._numbers(left))
        return self._ask()

    def tell(self, values: Values, row: SetRow) -> None:
        """Say how the set that `next_set` gave has ended."""
        self._known.add(values)
        score = _score(self.plan, row)
        if math.isnan(score):
            self._study.tell(self._trial, state=self._optuna.trial.TrialState.PRUNED)
        else:
            self._study.tell(self._trial, score)

    def again(self, values: Values, row: SetRow) -> None:
        """Tell what an interrupted search had run. RunError where this one would have run another set."""
        if (found := self.next_set()) != values:
            raise RunError(f"the search would now try {found}, not {values}: another version of optuna; sweep again")
        self.tell(values, row)

    def _ask(self) -> Values:
        self._trial = self._study.ask(fixed_distributions=self._distributions)
        return tuple(self._value(axis, self._trial.params[axis.path]) for axis in self.plan.axes)

    def _wanted(self, values: Values) -> bool:
        condition = self.plan.condition
        if condition is None or condition.names & set(NAMES):
            return True
        return bool(condition.holds(self.plan.columns([values]), 1)[0])

    def _any_other(self) -> Values | None:
        draw = random.Random(f"{self.plan.seed} {len(self._known)}")  # noqa: S311  # a sample, not a secret
        for _ in range(MOST_DRAWS):
            values = tuple(axis.at(draw.random()) for axis in self.plan.axes)
            if values not in self._known and self._wanted(values):
                return values
        return None

    def _distribution(self, axis: Axis) -> Any:
        """Return numbers as numbers, their order kept; words as categories."""
        kinds = self._optuna.distributions
        if not axis.values:
            return (kinds.IntDistribution if axis.integer else kinds.FloatDistribution)(axis.low, axis.high)
        if axis.numeric:
            return kinds.IntDistribution(0, len(axis.values) - 1)
        return kinds.CategoricalDistribution(tuple(range(len(axis.values))))

    def _value(self, axis: Axis, drawn: Any) -> Value:
        if axis.values:
            return _ordered(axis)[int(drawn)]
        return int(drawn) if axis.integer else float(drawn)

    def _numbers(self, values: Values) -> dict[str, Any]:
        pairs = zip(self.plan.axes, values, strict=True)
        return {axis.path: _ordered(axis).index(value) if axis.values else value for axis, value in pairs}


def installed() -> Any:
    """Return optuna; UsageError where it is not installed."""
    try:
        import optuna  # noqa: PLC0415  # an extra, and heavy
    except ImportError as error:
        raise UsageError(f"--tpe needs optuna ({error}); {INSTALL}") from error
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna


def _ordered(axis: Axis) -> tuple[Value, ...]:
    return tuple(sorted(axis.values)) if axis.numeric else axis.values


def _score(plan: Plan, row: SetRow) -> float:
    """Return what the search seeks, higher being better; NaN for what may not be called best."""
    metrics = np.array([row.metrics], dtype=np.float64)
    one = replace(plan, drawn=(row.values,))
    allowed = ranking.eligible(one, metrics, [row.status])
    return float(ranking.target(plan, metrics)[0]) if allowed[0] else math.nan
