"""What decides a run's numbers, as hashes: the experiment, and the source files and libraries that computed it."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import replace
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from backtests.experiments.experiment import Experiment, StudySection, dump
from signals.discovery import user_files

PACKAGES = ("data", "signals", "strategies", "backtests")
# These print, write, look up, compare or choose what to run; no number of a run depends on them.
ONLY_TELLS = (
    *("cli", "reports", "registry", "search", "lead", "profile", "evidence", "statistics"),
    *("api.py", "board.py", "card.py", "comparing.py", "comparison.py", "differences.py", "experiment.py", "labels.py"),
    *("lead_report.py", "outputs.py", "rerun.py", "sheets.py", "side.py", "sweeping.py"),
)
LIBRARIES = ("harbinger-eth", "backtrader", "pandas", "numpy", "exchange_calendars", "quantstats", "yfinance")
TRIAL_BYTES = 8


def experiment_hash(experiment: Experiment) -> str:
    """Return the hash of everything in an experiment that decides its numbers: not its name, reason or data."""
    nameless = replace(experiment.study, name=StudySection.name, why=StudySection.why)
    bare = replace(experiment, study=nameless, source="", fingerprint="")
    return hashlib.sha256(dump(bare).encode()).hexdigest()[:16]


def trial_experiment(experiment: Experiment) -> Experiment:
    """Return the idea of an experiment: its strategy, costs, execution and market without name, span, money or data.

    Two runs of one idea over different days are one trial: running it again tomorrow is no new attempt at luck.
    """
    return replace(experiment, study=StudySection(), source="", fingerprint="")


def trial_hash(experiment: Experiment) -> bytes:
    """Return the eight bytes by which the trials of an idea are counted once."""
    return text_hash(dump(trial_experiment(experiment)))


def text_hash(text: str) -> bytes:
    """Return eight bytes of the SHA-256 of a text."""
    return hashlib.sha256(text.encode()).digest()[:TRIAL_BYTES]


def code_hash(node: Any) -> str:
    """Return the hash of the project's source files that compute a run, and of the user's own that `node` is made of.

    `node` is a strategy or a signal.
    """
    digest = hashlib.sha256()
    for file in [*_own_files(), *user_files(node)]:
        digest.update(f"{file.parent.name}/{file.name}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _own_files() -> list[Path]:
    roots = [Path(str(files(package))) for package in PACKAGES]
    tells = [roots[-1] / name for name in ONLY_TELLS]
    found = (file for root in roots for file in root.rglob("*.py"))
    return sorted(file for file in found if not any(tell == file or tell in file.parents for tell in tells))


def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that numbers depend on."""
    python = ".".join(map(str, sys.version_info[:3]))
    return {"python": python} | {name: version(name) for name in LIBRARIES}
