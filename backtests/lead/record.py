"""LeadRecord: what lead.json says of an examination."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from backtests.lead.regressions import Test


@dataclass(frozen=True)
class WindowsRecord:
    """Which windows were examined, and of which market."""

    kind: str
    text: str
    notes: tuple[str, ...]
    source: str
    simulated: bool
    fingerprint: str


@dataclass(frozen=True)
class PowerRecord:
    """The smallest share of variance found with probability `power`, its Sharpe ratio, and the power at others."""

    smallest_r2: float
    sharpe: float
    power: float
    at_r2: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class LeadRecord:
    """One examination. What is missing is None, and its reason is under `missing` beside it; without a verdict, in
    `tests`. `comovement` and `placebos` hold their parts by name; an interval is of 95%.
    """

    run_id: str
    verdict: str
    leader: str
    traded: str
    windows: WindowsRecord
    n: int
    start: str | None
    end: str | None
    effect: float | None
    interval: tuple[float | None, float | None]
    lag_sessions: int | None
    p_value: float | None
    p_value_searched: float | None
    power: PowerRecord | None
    comovement: dict[str, Any] | None
    placebos: dict[str, Any]
    tests: tuple[Test, ...]
