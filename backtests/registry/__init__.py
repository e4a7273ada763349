"""The registry: every run, sweep and trial ever made, and what decides a run's numbers."""

from backtests.registry.annotations import Annotation
from backtests.registry.attempt import Attempt, attempt, reason_of
from backtests.registry.blocks import TrialRow
from backtests.registry.count import TrialCount
from backtests.registry.export import runs_table, trials_table
from backtests.registry.identity import (
    code_hash,
    experiment_hash,
    look_hash,
    text_hash,
    trial_experiment,
    trial_hash,
    trial_line,
    trial_lines,
    versions,
    without_folders,
)
from backtests.registry.registry import Registry
from backtests.registry.runs import COLUMNS, Entry, Filter, as_json
from backtests.registry.sweeps import SweepEntry

__all__ = [
    "COLUMNS",
    "Annotation",
    "Attempt",
    "Entry",
    "Filter",
    "Registry",
    "SweepEntry",
    "TrialCount",
    "TrialRow",
    "as_json",
    "attempt",
    "code_hash",
    "experiment_hash",
    "look_hash",
    "reason_of",
    "runs_table",
    "text_hash",
    "trial_experiment",
    "trial_hash",
    "trial_line",
    "trial_lines",
    "trials_table",
    "versions",
    "without_folders",
]
