"""A finished sweep read from its folder, as it was in memory when it ended. Nothing of it is run."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from backtests import record
from backtests.metrics.performance import NAMES
from backtests.registry import Registry
from backtests.runs.recovery.columns import names_code
from backtests.sweeps import ranking
from backtests.sweeps.folder import planned
from backtests.sweeps.plans.plan import Plan
from backtests.sweeps.record import SweepRecord
from backtests.sweeps.result import Sweep
from data.errors import BadFile


def reopen(folder: Path) -> Sweep:
    """Return the finished sweep in `folder`; BadFile or BadSpec where its files are not those of one.

    A plan that names code of the user's is read only where the registry vouches for it, and the code is as it was.
    """
    done = record.read(SweepRecord, folder / "sweep.json")
    plan = _plan(folder)
    header, rows = _table(folder / "trials.csv")
    at = header.index(NAMES[0])
    metrics = _numbers([row[at : at + len(NAMES)] for row in rows])
    parts = _numbers(_table(folder / "subperiods.csv")[1])
    status, reason = [row[-2] for row in rows], [row[-1] for row in rows]
    if len(rows) != len(plan.sets):
        raise BadFile(folder / "trials.csv", "", f"has {len(rows)} sets, its plan {len(plan.sets)}", "sweep again")
    _, plateau = ranking.best_region(plan, metrics, parts, ranking.eligible(plan, metrics, status))
    equity = pd.read_csv(folder / "equity.csv", index_col="date", parse_dates=["date"])
    trials = Registry().count(plan.base.market.traded, done.start, done.end, simulated=done.simulated)
    return Sweep(plan, folder, metrics, parts, status, reason, plateau, done, equity, trials)


def _plan(folder: Path) -> Plan:
    path = folder / "plan.json"
    try:
        content = json.loads(json.loads(path.read_text(encoding="utf-8"))["plan"])
        if names_code(content["base"]):
            return planned.read(folder)[0]
        return Plan.of_content(content, str(path))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadFile(
            path, "", f"is not the plan of a sweep ({type(error).__name__}: {error})", "sweep again"
        ) from error


def _table(path: Path) -> tuple[list[str], list[list[str]]]:
    try:
        header, *rows = csv.reader(path.read_text(encoding="utf-8").splitlines())
    except (OSError, ValueError) as error:
        raise BadFile(path, "", f"cannot be read ({error})", "sweep again") from error
    return header, rows


def _numbers(rows: list[list[str]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([[float(cell) if cell else math.nan for cell in row] for row in rows], dtype=np.float64)
