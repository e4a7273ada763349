"""The registry: every run, sweep and trial ever made, and what decides a run's numbers."""

from backtests.registry.count import TrialCount
from backtests.registry.export import runs_table, trials_table
from backtests.registry.identity import code_hash, experiment_hash, text_hash, trial_experiment, trial_hash, versions
from backtests.registry.registry import Registry
from backtests.registry.runs import COLUMNS, Entry, Filter, as_json
from backtests.registry.sweeps import SweepEntry, TrialRow

__all__ = [
    "COLUMNS",
    "Entry",
    "Filter",
    "Registry",
    "SweepEntry",
    "TrialCount",
    "TrialRow",
    "as_json",
    "code_hash",
    "experiment_hash",
    "runs_table",
    "text_hash",
    "trial_experiment",
    "trial_hash",
    "trials_table",
    "versions",
]
