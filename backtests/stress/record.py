"""StressRecord: what stress.json says. Screen and page read it."""

from __future__ import annotations

from dataclasses import dataclass, field

from backtests.runs.record import Numbers
from signals.parameters import Value


@dataclass(frozen=True)
class CaseRecord:
    """One case: settings by path (none where an input was changed), its metrics, or why it has none.

    `reason` also says over which days it ran, where they are others. `holding_sharpe`: of holding over these days, or
    those of a case of another start month; `assumed_sharpe`: of the run as assumed over these days.
    """

    name: str
    settings: dict[str, Value]
    metrics: Numbers
    as_assumed: bool = False
    reason: str = ""
    holding_sharpe: float | None = None
    assumed_sharpe: float | None = None


@dataclass(frozen=True)
class GroupRecord:
    """The cases of one assumption. `low`, `median`, `high` are of their Sharpe ratios; None where none is defined."""

    group: str
    low: float | None
    median: float | None
    high: float | None
    cases: tuple[CaseRecord, ...]

    def as_assumed(self, sharpe: float | None) -> list[float]:
        """Return the Sharpe ratios as assumed over the days of the cases; `sharpe` is that over all days."""
        found = {sharpe if case.assumed_sharpe is None else case.assumed_sharpe for case in self.cases}
        return sorted(value for value in found if value is not None)

    @property
    def other_days(self) -> list[CaseRecord]:
        """The cases on days that are not those of the run, because there are no others of their series."""
        return [case for case in self.cases if case.assumed_sharpe is not None]


@dataclass(frozen=True)
class BreakEven:
    """What a fill may cost, of its value in basis points, before the run earns nothing, and before holding is better.

    By growth over the whole span; None where the run earns nothing at no cost, more than `most` would still leave
    something (`most` is the largest cost tried), or nothing was bought or sold.
    """

    nothing_bps: float | None
    holding_bps: float | None
    most_bps: float


@dataclass(frozen=True, kw_only=True)
class StressRecord:
    """One stress test of a run, whose id is `of`.

    `groups` stand by the width of their Sharpe ratios, what moves the result most first. `sharpe_interval_95` is that
    of the Sharpe ratio as assumed; None where it is undefined.
    """

    run_id: str
    of: str = ""
    study: str
    simulated: bool
    source: str
    data_fingerprint: str
    start: str
    end: str
    cases: int
    metrics: Numbers
    holding: Numbers
    break_even: BreakEven
    groups: tuple[GroupRecord, ...]
    missing: dict[str, str]
    params: dict[str, Value]
    sharpe_interval_95: tuple[float, float] | None = None
    versions: dict[str, str] = field(default_factory=dict)
