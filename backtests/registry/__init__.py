"""The registry: every run, sweep and trial ever made, and what decides a run's numbers."""

from backtests.registry.export import runs_table, trials_table
from backtests.registry.identity import code_hash, spec_hash, text_hash, trial_hash, trial_spec, versions
from backtests.registry.runs import COLUMNS, Entry, Filter, Registry, as_json
from backtests.registry.sweeps import SweepEntry, TrialCount, TrialRow, Trials

__all__ = [
    "COLUMNS",
    "Entry",
    "Filter",
    "Registry",
    "SweepEntry",
    "TrialCount",
    "TrialRow",
    "Trials",
    "as_json",
    "code_hash",
    "runs_table",
    "spec_hash",
    "text_hash",
    "trial_hash",
    "trial_spec",
    "trials_table",
    "versions",
]
