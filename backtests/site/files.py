"""What a card needs of the JSON of each kind of work. Every field but the id may be missing, as in files of old."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Interval = tuple[float | None, float | None] | None
Numbers = dict[str, float | None]


@dataclass
class Luck:
    """The verdict that stands on a run."""

    verdict: str = ""
    active_sharpe: float | None = None
    active_interval: Interval = None
    n_trials: int | None = None


@dataclass(kw_only=True)
class OfStudy:
    """What every file about one study says of it."""

    run_id: str
    study: str = ""
    simulated: bool = False
    source: str = ""
    start: str = ""
    end: str = ""
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(kw_only=True)
class RunFile(OfStudy):
    """run.json."""

    metrics: Numbers = field(default_factory=dict)
    evidence: Luck | None = None


@dataclass
class Point:
    """A set of a sweep."""

    metrics: Numbers = field(default_factory=dict)


@dataclass
class Walked:
    """The walk-forward of a sweep."""

    run_id: str = ""
    metrics: Numbers = field(default_factory=dict)


@dataclass
class SweepFile:
    """sweep.json."""

    sweep_id: str
    study: str = ""
    simulated: bool = False
    source: str = ""
    start: str = ""
    end: str = ""
    sets: int = 0
    best_region: Point | None = None
    evidence: Luck | None = None
    walk_forward: Walked | None = None


@dataclass
class LookedAt:
    """How often a sheet looked."""

    smallest: float | None = None
    p_values: int = 0


@dataclass
class Forward:
    """One correlation with returns to come."""

    correlation: float | None = None
    low: float | None = None
    high: float | None = None
    returns: str = ""
    method: str = ""


@dataclass
class SignalFile:
    """signal.json."""

    run_id: str
    signal: str = ""
    simulated: bool = False
    source: str = ""
    start: str = ""
    end: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    looks: LookedAt = field(default_factory=LookedAt)
    forward: list[Forward] = field(default_factory=list)


@dataclass
class WindowsFile:
    """The windows of an examination."""

    source: str = ""
    simulated: bool = False


@dataclass
class LeadFile:
    """lead.json."""

    run_id: str
    verdict: str = ""
    leader: str = ""
    traded: str = ""
    windows: WindowsFile = field(default_factory=WindowsFile)
    start: str | None = None
    end: str | None = None
    effect: float | None = None
    interval: Interval = None


@dataclass(kw_only=True)
class EvidenceFile(OfStudy):
    """evidence.json."""

    of: str = ""
    verdict: str = ""
    sharpe: float | None = None
    active_sharpe: float | None = None
    active_interval: Interval = None
    n_trials: int | None = None


@dataclass
class Group:
    """The cases of one assumption."""

    low: float | None = None
    median: float | None = None
    high: float | None = None


@dataclass(kw_only=True)
class StressFile(OfStudy):
    """stress.json."""

    of: str = ""
    cases: int = 0
    metrics: Numbers = field(default_factory=dict)
    groups: list[Group] = field(default_factory=list)


@dataclass
class Compared:
    """One run of a comparison."""

    name: str = ""
    run_id: str = ""
    source: str = ""


@dataclass
class Pair:
    """A difference from the first run."""

    sharpe_p_value: float | None = None
    sharpe_difference: float | None = None
    sharpe_difference_95: Interval = None


@dataclass
class CompareFile:
    """compare.json."""

    comparison_id: str
    simulated: bool = False
    start: str = ""
    end: str = ""
    runs: list[Compared] = field(default_factory=list)
    paired: list[Pair] = field(default_factory=list)
