"""The checks as assertions, for a user's own tests: `from backtests.checks.testing import assert_no_lookahead`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from backtests.checks import INSTANTS, SEED
from backtests.checks.lookahead import check_lookahead
from backtests.checks.warmup import TOLERANCE, check_warmup
from backtests.experiments.experiment import Experiment, StudySection
from backtests.runs.subject import Target, of_signal, of_spec, resolve
from data.sources.open import open_source
from data.store import Store
from signals.base import Signal
from strategies.base import Strategy

Checked = str | Path | Signal | Strategy | Experiment


def assert_no_lookahead(
    target: Checked, source: str = "simulated", *, cuts: int | None = None, seed: int = SEED
) -> None:
    """Raise AssertionError with the findings of `harbinger check lookahead`, a line each.

    `target`: a signal, strategy or experiment, or what the command takes (a name, a .toml, a .py file); `source` as
    after --source.
    """
    __tracebackhide__ = True
    chosen, opened = _target(target), open_source(source, Store())
    tables = chosen.load(opened)
    outcome = check_lookahead(chosen, tables, source=opened.name, cuts=cuts, seed=seed)
    if not outcome.clean:
        raise AssertionError("\n".join(map(str, outcome.findings)))


def assert_warm(
    target: Checked,
    source: str = "simulated",
    *,
    instants: int = INSTANTS,
    seed: int = SEED,
    tolerance: float = TOLERANCE,
) -> None:
    """Raise AssertionError where the declared history of a signal of `target` does not suffice."""
    __tracebackhide__ = True
    chosen, opened = _target(target), open_source(source, Store())
    tables = chosen.load(opened)
    outcomes = check_warmup(chosen, tables, source=opened.name, instants=instants, seed=seed, tolerance=tolerance)
    lacking = [outcome for outcome in outcomes if not outcome.suffices]
    if lacking:
        lines = [
            f"{o.name}: history {o.history}: drift {o.drifts[0].drift:g}, {o.drifts[0].missing} missing"
            for o in lacking
        ]
        raise AssertionError("\n".join(lines))


def _target(target: Any) -> Target:
    if isinstance(target, Signal):
        return of_signal(target)
    if isinstance(target, Strategy):
        return of_spec(Experiment(target, StudySection(name=type(target).__name__)))
    return of_spec(target) if isinstance(target, Experiment) else resolve(str(target))
