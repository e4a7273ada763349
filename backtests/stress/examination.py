"""One stress test: its cases in groups, those that move the result most first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np
import pandas as pd

from backtests.experiments.experiment import Experiment
from backtests.registry import versions
from backtests.runs.run import is_simulated
from backtests.stress.answer import START_MONTH
from backtests.stress.cases import Case, cases, is_open_ended, own_parameters
from backtests.stress.measured import LEAST_DAYS, Kernel
from backtests.stress.record import CaseRecord, GroupRecord, StressRecord
from data.catalogue import lookup

Progress = Callable[[str], None]


def stress(
    experiment: Experiment,
    tables: Mapping[str, pd.DataFrame],
    run_id: str,
    progress: Progress = lambda _: None,
    unread: str = "",
) -> StressRecord:
    """Return the stress test of an experiment that pins source and data, on its tables and others beside them.

    `unread`: why there are no others, where their source could not be asked.
    """
    kernel, wanted = Kernel(experiment, tables, experiment.source), cases(experiment, tables)
    base = kernel.case(Case("", "", {}))
    records: dict[str, list[CaseRecord]] = {}
    for at, case in enumerate(wanted, 1):
        progress(f"case {at} of {len(wanted)}: {case.group} {case.name}")
        records.setdefault(case.group, []).append(kernel.case(case))
    records[START_MONTH] = list(kernel.start_months())
    records = {name: rows for name, rows in records.items() if _asks(rows)}
    own = base.metrics.get("sharpe")
    groups = sorted((_group(name, rows) for name, rows in records.items()), key=lambda g: reach(g, own), reverse=True)
    labels = kernel.bars.labels
    return StressRecord(
        run_id=run_id,
        study=experiment.study.name,
        simulated=is_simulated(experiment.source),
        source=experiment.source,
        data_fingerprint=experiment.fingerprint,
        start=f"{labels[0]:%Y-%m-%d}",
        end=f"{labels[-1]:%Y-%m-%d}",
        cases=sum(len(group.cases) for group in groups),
        metrics=base.metrics,
        holding=kernel.holding(),
        break_even=kernel.break_even(),
        groups=tuple(groups),
        missing=_missing(experiment, wanted, records, unread),
        params={parameter.path: parameter.value for parameter in experiment.parameters()},
        sharpe_interval_95=kernel.interval(),
        versions=versions(),
    )


def _asks(rows: Iterable[CaseRecord]) -> bool:
    """Whether anything but what is assumed is among some cases."""
    return any(not row.as_assumed for row in rows)


def _group(name: str, rows: Iterable[CaseRecord]) -> GroupRecord:
    chosen = tuple(rows)
    known = [float(value) for row in chosen if (value := row.metrics.get("sharpe")) is not None]
    low, median, high = (float(found(known)) if known else None for found in (np.min, np.median, np.max))
    return GroupRecord(name, low, median, high, chosen)


def reach(group: GroupRecord, own: float | None) -> float:
    """Return how far apart the Sharpe ratios of a group and the one as assumed are, over its days; -1 where undefined.

    `own` is the one as assumed over all days.
    """
    ends = [value for value in (group.low, group.high, *group.as_assumed(own)) if value is not None]
    return -1.0 if group.low is None else max(ends) - min(ends)


def _missing(
    experiment: Experiment, wanted: Iterable[Case], records: Mapping[str, list[CaseRecord]], unread: str
) -> dict[str, str]:
    """Return which questions were not asked, and why."""
    traded = lookup(experiment.market.traded)
    found = {}
    if "fill clock" not in records:
        found["fill clock"] = unread or f"the source has no hours of {traded.id} ({traded.hours or 'none are known'})"
    if "costs" not in records:
        found["costs"] = "none are assumed, and four times nothing is nothing: the break-even says what a fill may cost"
    if "vendor" not in records:
        found["vendor"] = unread or f"the source has no other series of bars of {traded.underlying or traded.id}"
    if "input dropped" not in records:
        found["inputs"] = f"the strategy reads nothing but {traded.id}, on which it trades"
    if START_MONTH not in records:
        found[START_MONTH] = f"a run that begins a month later has less than {LEAST_DAYS} days"
    open_ended = [parameter.path for parameter in own_parameters(experiment) if is_open_ended(parameter)]
    if open_ended:
        found["to bounds"] = f"{', '.join(open_ended)}: no bound on one side or both; asked around the own value alone"
    asked = {case.group for case in wanted} & set(records)
    for path in (parameter.path for parameter in own_parameters(experiment)):
        if path not in asked:
            found[path] = "no other value of it is known to be worth comparing: stress the study with -s at another"
    return found
