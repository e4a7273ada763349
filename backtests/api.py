"""The same work from Python: `from backtests import run, sweep, compare`.

    r = run("small_cap_trend", source="simulated", settings={"trend.lookback": 90})
    s = sweep("small_cap_trend", {"trend.lookback": range(20, 121, 20)}, source="simulated")
    compare(r, run("small_cap_trend", source="simulated", settings=s.best))

Every run and every set of a sweep is remembered, so that the count of trials stays true.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from backtests.comparisons.comparison import Comparison
from backtests.comparisons.comparison import compare as of_sides
from backtests.comparisons.recorded import Target, side_of, written
from backtests.experiments.experiment import Experiment, with_accepted
from backtests.experiments.studies import load
from backtests.runs import recorded as runs_recorded
from backtests.runs.files import new_run_id
from backtests.runs.result import Result
from backtests.runs.targets import run_unsaved
from backtests.statistics.paired import SEED
from backtests.sweeps import recorded as sweeps_recorded
from backtests.sweeps.plans.axes import Axis, axis
from backtests.sweeps.plans.plan import Method, Plan
from backtests.sweeps.plans.schedule import Choose, Schedule
from backtests.sweeps.result import Sweep
from data.errors import UnknownKeyword, UsageError
from data.files import results_folder
from data.objects import is_url
from signals.parameters import Value

Settings = Mapping[str, Value]
SETTINGS = '(parameters go into settings={"trend.lookback": 90}, or into the axes of a sweep)'
Axes = Mapping[str, str | Iterable[Value]]


P = ParamSpec("P")
R = TypeVar("R")


def _explained(function: Callable[P, R]) -> Callable[P, R]:
    """Return a function that answers a wrong keyword as the command answers a wrong option: with the near ones."""
    known = inspect.signature(function).parameters

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        for name in kwargs:
            if name not in known:
                raise UnknownKeyword(f"keyword of {function.__name__}()", name, known, SETTINGS)
        return function(*args, **kwargs)

    return call


@_explained
def run(
    study: str | Path | Experiment,
    *,
    source: str | None = None,
    settings: Settings | None = None,
    start: str | None = None,
    end: str | None = None,
    out: str | Path | None = None,
    tearsheet: bool = False,
    accept: Sequence[str] = (),
) -> Result:
    """Run an experiment: a study's name, a .toml file, path/to/file.py:Class, or a Spec.

    `source` is what --source says, `settings` parameters by path, `start` and `end` YYYY-MM-DD, `accept` errors of
    `data check` that you looked at (ID:DATE). Writes nothing but its row in the registry; with `out` the files of a
    run, and with `tearsheet` its page too.
    """
    experiment = with_accepted(_spec(study, settings, start, end), accept, source)
    if out is None:
        if tearsheet:
            raise UsageError("tearsheet=True needs out=, the folder of its files")
        return run_unsaved(experiment, source)
    done = runs_recorded.run_and_record(experiment, source, Path(out), tearsheet=tearsheet)
    assert done.result is not None
    return done.result


@_explained
def sweep(
    study: str | Path | Experiment,
    axes: Axes,
    *,
    source: str | None = None,
    settings: Settings | None = None,
    start: str | None = None,
    end: str | None = None,
    random: int | None = None,
    sobol: int | None = None,
    tpe: int | None = None,
    seed: int = 1,
    constraint: str = "",
    metric: str = "sharpe",
    walk_forward: str | None = None,
    anchored: bool = False,
    choose: Choose = "region",
    workers: int | None = None,
    dask: str | None = None,
    tearsheets: bool = False,
    curves: bool = False,
    out: str | Path | None = None,
    accept: Sequence[str] = (),
) -> Sweep:
    """Run every set over `axes`: values by path, or text as after -s ("20:120:10", with random or sobol "0:20").

    Writes what `harbinger sweep` does into `out` (default runs/<sweep id>): an interrupted sweep can be resumed.
    Where `out` is a URL (s3://bucket/path) they are uploaded there in the end.
    `curves` keeps the equity of every set, for `Sweep.curves`. `walk_forward`: "2y/6m" chooses in two years, trades in
    the six months after them, and so on; `anchored` and `choose` as after the option. `tpe`: that many sets, each
    drawn where earlier ones were good. `workers`: processes, None for one a processor, 2 to 8. `dask` is the address of
    a dask.distributed scheduler whose workers compute. A UserWarning says why there is no walk-forward where in a
    window no set can be chosen; the sweep is whole.
    """
    if sum(bool(n) for n in (random, sobol, tpe)) > 1:
        raise UsageError("choose one of random, sobol and tpe")
    if tpe and dask:
        raise UsageError("tpe chooses each set by the one before it: a cluster has no work; leave dask out")
    experiment = with_accepted(_spec(study, settings, start, end), accept, source)
    method: Method = "random" if random else "sobol" if sobol else "tpe" if tpe else "grid"
    found = tuple(_axis(experiment, path, values) for path, values in axes.items())
    windows = None if walk_forward is None else Schedule.parse(walk_forward, anchored=anchored, choose=choose)
    plan = Plan(experiment, found, method, random or sobol or tpe or 0, seed, constraint, metric, curves, windows)
    to = str(out) if out is not None and is_url(str(out)) else ""
    done = sweeps_recorded.run_and_record(
        plan, source, None if out is None or to else Path(out), to=to, workers=workers, dask=dask, tearsheets=tearsheets
    )
    if done.lacks_its_walk:
        warnings.warn(done.lacks_its_walk, stacklevel=3)
    return done


@_explained
def compare(
    first: Target,
    second: Target,
    *others: Target,
    source: str | None = None,
    seed: int = SEED,
    out: str | Path | None = None,
) -> Comparison:
    """Hold runs against the first: a Result, a run id or its beginning, a run's folder, or a study, which is run.

    `source` is for studies. Writes compare.json and compare.html where `out` is given.
    """
    found = of_sides([side_of(target, source) for target in (first, second, *others)], seed=seed)
    if out is not None:
        folder = results_folder(Path(out), "")
        written(found.title, new_run_id("compare", datetime.now(UTC)), folder, lambda: found)
    return found


def _spec(study: str | Path | Experiment, settings: Settings | None, start: str | None, end: str | None) -> Experiment:
    experiment = study if isinstance(study, Experiment) else load(str(study))
    span = {f"study.{name}": value for name, value in (("start", start), ("end", end)) if value is not None}
    wanted = {path: _plain(value) for path, value in (settings or {}).items()} | span
    return experiment.with_values(wanted) if wanted else experiment


def _axis(experiment: Experiment, path: str, values: str | Iterable[Value]) -> Axis:
    return axis(experiment, path, values if isinstance(values, str) else [_plain(value) for value in values])


def _plain(value: Any) -> Value:
    """Return a number of numpy's as Python's own."""
    plain: Value = value.item() if hasattr(value, "item") else value
    return plain
