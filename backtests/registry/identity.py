"""What decides a run's numbers, as hashes: the experiment, and the source files and libraries that computed it."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from backtests.experiments.experiment import Experiment, MarketSection, StudySection
from backtests.experiments.toml import as_toml, dump, dump_lines, signal_toml
from data.installed import version
from signals.base import Signal
from signals.discovery import user_digests
from signals.earlier_names import as_first_named
from signals.parameters import PlacedParameter, Value

# The folders whose files decide numbers, by what is asked. A folder counts as a whole (its own files, no subfolder), so
# that a new file is covered on the day it is made; whatever is not named here may change without a new identity.
# The tearsheet counts for a run alone: an earlier run answers with the page that it drew, where numbers stand that
# run.json has not (by month, by quantstats); no other question answers with one. The page of a sweep counts for none:
# no sweep answers for a later one. Nor does recovery: its rows have no hash. Batches, and the kernel that runs them,
# count for the questions that import them; a contract holds the others to it.
RUN = (
    *("data", "data/calendars", "data/fed_funds"),
    *("data/sources", "data/sources/folder", "data/sources/simulated"),
    *("signals", "strategies", "backtests/experiments", "backtests/engine", "backtests/metrics"),
    *("backtests/statistics", "backtests/runs"),
)
BATCH = (*RUN, "backtests/engine/kernel", "backtests/runs/batch")
DECIDE = {
    "run": (*RUN, "backtests/runs/tearsheet"),
    "sweep": (
        *BATCH,
        "backtests/sweeps",
        "backtests/sweeps/plans",
        "backtests/sweeps/work",
        "backtests/sweeps/folder",
        "backtests/sweeps/walk_forward",
        "backtests/cluster",
    ),
    "stress": (*BATCH, "backtests/stress"),
    "signal": (*RUN, "backtests/signal_sheets"),
    "lead": (*RUN, "backtests/lead"),
    "evidence": (*BATCH, "backtests/evidence", "backtests/cluster"),
}
SUFFIXES = (".py", ".csv", ".fragment")  # also the tables of FOMC decisions and of events; the frame of a chapter
LIBRARIES = ("harbinger-eth", "backtrader", "pandas", "numpy", "exchange_calendars", "quantstats", "yfinance")
TRIAL_BYTES = 8
USE = re.compile(r'(?m)^use = "(?:.*/)?([^/]+\.py(?::\w+)?)"$')  # of a user's file: its name without its folder


def experiment_hash(experiment: Experiment) -> str:
    """Return the hash of everything in an experiment that decides its numbers: not its name, reason or data."""
    nameless = replace(experiment.study, name=StudySection.name, why=StudySection.why)
    bare = replace(experiment, study=nameless, source="", fingerprint="")
    return hashlib.sha256(as_first_named(dump(bare)).encode()).hexdigest()[:16]


def trial_experiment(experiment: Experiment) -> Experiment:
    """Return the idea of an experiment: its strategy, costs, execution and market without name, span, money or data.

    Two runs of one idea over different days are one trial: running it again tomorrow is no new attempt at luck.
    """
    return replace(experiment, study=StudySection(), source="", fingerprint="", accept=())


def trial_lines(experiment: Experiment) -> list[tuple[str, str | None]]:
    """Return the lines of the text that an idea is known by, each with the path of the parameter that it sets.

    A parameter that came later is no line (None) while it has the value of before, and one that was renamed stands
    under its first name while its value could have stood there, as does a signal that was: ideas keep their hash.

    A file of the user's stands in it by its name and by what it held when it was loaded, with what it imports from
    beside it: an edited file is another idea, the same file in another folder is not.
    """
    idea = trial_experiment(experiment)
    placed = {parameter.path: parameter for parameter in idea.parameters()}
    named = [(path, as_first_named(line)) for path, line in dump_lines(idea)]
    lines = _by_content(named, experiment.strategy)
    return [(path, trial_line(placed[path], placed[path].value) if path else line) for path, line in lines]


def trial_line(parameter: PlacedParameter, value: Value) -> str | None:
    """Return the line of one parameter in the text of an idea, None where it is left out."""
    if parameter.param.absent is not None and value == parameter.param.absent:
        return None
    name = parameter.path.rpartition(".")[2]
    if parameter.param.formerly and not isinstance(value, str):
        name = parameter.param.formerly
    return f"{name} = {as_toml(value)}"


def trial_hash(experiment: Experiment) -> bytes:
    """Return the eight bytes by which the trials of an idea are counted once."""
    return _lines_hash(trial_lines(experiment))


def look_hash(signal: Signal, market: MarketSection) -> bytes:
    """Return the eight bytes by which the sheets of a signal are counted once."""
    text = as_first_named(signal_toml(signal, market))
    return _lines_hash(_by_content([("", line) for line in text.split("\n")], signal))


def _lines_hash(lines: Sequence[tuple[str, str | None]]) -> bytes:
    return text_hash("\n".join(line for _, line in lines if line is not None))


def _by_content(lines: list[tuple[str, str]], node: Any) -> list[tuple[str, str]]:
    digests = user_digests(node)
    if not digests:
        return lines
    named = [(path, without_folders(line) if not path else line) for path, line in lines]
    return [*named, *(("", f"# {digest}") for digest in sorted(digests.values()))]


def without_folders(text: str) -> str:
    """Return a text in which files of the user's stand by their names: the same file elsewhere is no other idea."""
    return USE.sub(r'use = "\1"', text)


def text_hash(text: str) -> bytes:
    """Return eight bytes of the SHA-256 of a text."""
    return hashlib.sha256(text.encode()).digest()[:TRIAL_BYTES]


def code_hash(node: Any, question: str = "run") -> str:
    """Return the hash of the project's files that decide the numbers of a `question` (a key of DECIDE).

    `node` is a strategy or a signal: the user's own files that it is made of count too, as they were when they ran.
    """
    return _hash(question, user_digests(node))


def project_hash(question: str, own: Iterable[Path]) -> str:
    """Return `code_hash` of what is made of the user's files `own`, as they are now."""
    return _hash(question, {file: hashlib.sha256(file.read_bytes()).hexdigest() for file in own})


def _hash(question: str, own: Mapping[Path, str]) -> str:
    root = Path(str(files("backtests"))).parent
    ours = hash_of(root, deciding_files(root, question))
    places = "".join(f"{file.parent.name}/{file.name}\0{digest}\n" for file, digest in sorted(own.items()))
    return hashlib.sha256(f"{ours}\n{places}".encode()).hexdigest()[:16] if own else ours


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
