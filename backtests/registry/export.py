"""The registry as tables, for pandas, Parquet and SQL."""

from __future__ import annotations

import json

import pandas as pd

from backtests.metrics.performance import NAMES
from backtests.registry.registry import Registry
from backtests.registry.runs import Filter

EVERYTHING = 10**9


def runs_table(wanted: Filter | None = None) -> pd.DataFrame:
    """Return one row a run: the registry's columns, with each metric (a fraction; NaN where undefined) in its own."""
    entries = Registry().runs.newest(EVERYTHING, wanted)
    metrics = [json.loads(entry.metrics) or {} for entry in entries]
    rows = pd.DataFrame([vars(entry) for entry in entries]).drop(columns="metrics", errors="ignore")
    for name in NAMES:
        rows[name] = pd.Series([found.get(name) for found in metrics], dtype="float64")
    return rows


def trials_table(wanted: Filter | None = None, sweep_id: str = "") -> pd.DataFrame:
    """Return one row a set of every sweep (or of one): sweep_id, set, trial_hash, metrics, status, reason, params.

    `params` is JSON by path. A removed sweep's rows have no params and no metrics.
    """
    kept = Registry().sweeps
    sweeps = [kept.show(sweep_id)] if sweep_id else kept.newest(EVERYTHING, wanted)
    parts = [kept.rows(sweep) for sweep in sweeps]
    if not parts:
        return pd.DataFrame(columns=["sweep_id", "set", "trial_hash", *NAMES, "status", "reason", "params"])
    return pd.concat(parts, ignore_index=True)
