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
class StatisticRecord:
    """One statistic beside the short lags. `lags` or `trend` names its term; `sessions` is the stretch, as dates.

    Shares of next-session variance: `upper_bound_r2` is what is left possible (95%), `smallest_r2_own` and
    `smallest_r2_whole` what is found with 80%. None, with the reason under `missing`, where it is not asked.
    """

    p_value: float | None
    p_value_searched: float | None
    p_value_family: float | None
    effect: float | None
    interval: tuple[float | None, float | None]
    n: int | None
    term: str | None
    sessions: tuple[str, str] | None
    upper_bound_r2: float | None
    smallest_r2_own: float | None
    smallest_r2_whole: float | None
    missing: str | None


@dataclass(frozen=True, kw_only=True)
class LeadRecord:
    """One examination. What is missing is None, and its reason is under `missing` beside it; without a verdict, in
    `tests`. `comovement` and `placebos` hold their parts by name; an interval is of 95%.

    `p_value_searched` is corrected for the search over lags, `p_value_family` for the other two statistics too: by that
    one the verdict goes. `upper_bound_r2` is the largest share of next-session variance that a lead through the
    leader's own part may still explain, `upper_bound_r2_whole` through all of it, `useful_r2` the smallest that would
    be of use; `smallest_r2_own` and `smallest_r2_whole` are what is found with 80%. `accept` names the errors of `data
    check` that were accepted (ID:DATE); `asked` are the first and the last day that were asked for, "" where none was.
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
    p_value_family: float | None
    power: PowerRecord | None
    upper_bound_r2: float | None
    upper_bound_r2_whole: float | None
    useful_r2: float
    smallest_r2_own: float | None
    smallest_r2_whole: float | None
    horizon: StatisticRecord | None
    stretch: StatisticRecord | None
    blind_spots: tuple[str, ...]
    controls: tuple[str, ...]
    comovement: dict[str, Any] | None
    placebos: dict[str, Any]
    tests: tuple[Test, ...]
    accept: tuple[str, ...] = ()
    asked: tuple[str, str] | None = None
