"""What decides a run's numbers, as hashes: the experiment, and the source files and libraries that computed it."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable
from dataclasses import replace
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from backtests.experiments.experiment import Experiment, StudySection
from backtests.experiments.toml import dump
from signals.discovery import user_files

# The folders whose files decide numbers, by what is asked. A folder counts as a whole (its own files, no subfolder), so
# that a new file is covered on the day it is made; whatever is not named here may change without a new identity.
RUN = (
    *("data", "data/calendars", "data/fed_funds"),
    *("data/sources", "data/sources/folder", "data/sources/simulated"),
    *("signals", "strategies", "backtests/experiments", "backtests/engine", "backtests/metrics"),
    *("backtests/statistics", "backtests/runs"),
)
DECIDE = {
    "run": RUN,
    "sweep": (*RUN, "backtests/sweeps"),
    "signal": (*RUN, "backtests/signal_sheets"),
    "lead": (*RUN, "backtests/lead"),
    "evidence": (*RUN, "backtests/evidence"),
}
SUFFIXES = (".py", ".csv")  # the tables of FOMC decisions and of events decide too
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
    return replace(experiment, study=StudySection(), source="", fingerprint="", accept=())


def trial_hash(experiment: Experiment) -> bytes:
    """Return the eight bytes by which the trials of an idea are counted once."""
    return text_hash(dump(trial_experiment(experiment)))


def text_hash(text: str) -> bytes:
    """Return eight bytes of the SHA-256 of a text."""
    return hashlib.sha256(text.encode()).digest()[:TRIAL_BYTES]


def code_hash(node: Any, question: str = "run") -> str:
    """Return the hash of the project's files that decide the numbers of a `question` (a key of DECIDE).

    `node` is a strategy or a signal: the user's own files that it is made of count too.
    """
    return project_hash(question, user_files(node))


def project_hash(question: str, own: Iterable[Path]) -> str:
    """Return the hash of the project's files that decide the numbers of a question, and of the user's files `own`."""
    root = Path(str(files("backtests"))).parent
    return hash_of(root, [*deciding_files(root, question), *own])


def deciding_files(root: Path, question: str) -> list[Path]:
    """Return the files below `root`, the parent of the packages, that decide the numbers of a question."""
    return sorted(file for folder in DECIDE[question] for file in (root / folder).iterdir() if file.suffix in SUFFIXES)


def hash_of(root: Path, paths: Iterable[Path]) -> str:
    """Return 16 hex digits over the content of `paths` and their place below `root` (elsewhere: folder and name)."""
    digest = hashlib.sha256()
    for path in paths:
        place = path.relative_to(root) if path.is_relative_to(root) else Path(path.parent.name, path.name)
        digest.update(f"{place.as_posix()}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that numbers depend on."""
    python = ".".join(map(str, sys.version_info[:3]))
    return {"python": python} | {name: version(name) for name in LIBRARIES}
