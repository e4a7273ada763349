"""The lead lab: one call from a source to the verdict, with everything that a page or a table of it shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from backtests.lead.blind_spots import blind_spots
from backtests.lead.bounds import USEFUL_R2
from backtests.lead.comovement import PERIODS, Comovement, comovement, within
from backtests.lead.correlogram import Correlogram, correlogram
from backtests.lead.deciding import LAGS, Lead, both_forms, partial_lead, search
from backtests.lead.described import described
from backtests.lead.enough import LEAST_SESSIONS, insufficient
from backtests.lead.family import Strongest
from backtests.lead.horizon import LEAST_SESSIONS as LEAST_LONG
from backtests.lead.horizon import Trend
from backtests.lead.placebos import Shifted, Trap, placebos, trap
from backtests.lead.record import LeadRecord, PowerRecord, StatisticRecord, WindowsRecord
from backtests.lead.regressions import Test, granger_tests, out_of_sample_tests, predictive_tests
from backtests.lead.stretches import Stretch
from backtests.lead.verdict import Decision, decide
from backtests.lead.windows import Kind, Windows, load_windows
from backtests.lead.wording import paragraph
from data.sources.base import Source

SEARCHED = "score bootstrap of the largest t, Kline-Santos 2012"
FAMILY = "the same, and minP over the statistics of the question, Westfall-Young 1993"


@dataclass(frozen=True)
class PeriodLead:
    """The deciding statistic within one sub-period, or why it is not asked there."""

    name: str
    n: int
    lead: Lead | None
    missing: str | None


@dataclass(frozen=True, eq=False)
class Examination:
    """What the lab found. All but `windows`, `decision` and `paragraph` is None where there was not enough data.

    `after` is the statistic of short lags on the tradable remainder of each window, from the 00:00 UTC decision on.
    `described` are statistics that decide nothing: after the leader's falls or rises alone, the trend in other seats.
    """

    windows: Windows
    decision: Decision
    paragraph: str
    after: Lead | None = None
    described: Mapping[str, Strongest] = field(default_factory=dict)
    comovement: Comovement | None = None
    correlogram: Correlogram | None = None
    tests: tuple[Test, ...] = ()
    periods: tuple[PeriodLead, ...] = ()
    placebos: dict[str, Lead | Shifted | str] | None = None
    trap: Trap | None = None

    @property
    def n(self) -> int:
        """Joint sessions."""
        return self.windows.n

    @property
    def blind_spots(self) -> tuple[str, ...]:
        """What the rule cannot see in this sample."""
        return blind_spots(self.windows, self.decision)

    def record(self, run_id: str) -> LeadRecord:
        """Return what lead.json holds: the verdict with every number."""
        decision, partial, limits = self.decision, self.decision.partial, self.decision.bounds
        days = pd.DatetimeIndex(self.windows.table.index)
        return LeadRecord(
            run_id=run_id,
            verdict=decision.verdict,
            leader=self.windows.leader,
            traded=self.windows.traded,
            windows=self._windows(),
            n=self.n,
            start=f"{days[0]:%Y-%m-%d}" if self.n else None,
            end=f"{days[-1]:%Y-%m-%d}" if self.n else None,
            effect=partial.effect if partial else None,
            interval=(partial.low, partial.high) if partial else (None, None),
            lag_sessions=partial.last if partial else None,
            p_value=partial.p_value if partial else None,
            p_value_searched=partial.p_value_searched if partial else None,
            p_value_family=partial.p_value_judged if partial else None,
            power=self._power(),
            upper_bound_r2=limits.upper_own if limits else None,
            upper_bound_r2_whole=limits.upper_whole if limits else None,
            useful_r2=USEFUL_R2,
            smallest_r2_own=limits.smallest_own if limits else None,
            smallest_r2_whole=limits.smallest_whole if limits else None,
            horizon=self._statistic(decision.horizon) if partial else None,
            stretch=self._statistic(decision.stretch) if partial else None,
            blind_spots=self.blind_spots,
            controls=(*self.windows.controls, *self.windows.others),
            comovement=self._comovement(),
            placebos=self._placebos(),
            tests=(*self.rule_tests, *self.period_tests, *self.tests),
            accept=self.windows.accept,
        )

    def _windows(self) -> WindowsRecord:
        market = self.windows.market
        return WindowsRecord(
            kind=self.windows.kind,
            text=self.windows.text,
            notes=tuple(self.windows.notes),
            source=market.source,
            simulated=market.simulated,
            fingerprint=market.fingerprint,
        )

    def _power(self) -> PowerRecord | None:
        power = self.decision.power
        if not power:
            return None
        at = {f"{r2:.3f}": power.at(r2) for r2 in (0.001, 0.003, 0.005, 0.010, 0.015)}
        return PowerRecord(power.smallest_r2, power.sharpe, 0.8, at)

    def _statistic(self, found: Strongest | None) -> StatisticRecord:
        limits = self.decision.bounds if isinstance(found, Trend) else None
        return StatisticRecord(
            p_value=found.p_value if found else None,
            p_value_searched=found.p_value_searched if found else None,
            p_value_family=found.p_value_judged if found else None,
            effect=found.effect if found else None,
            interval=(found.low, found.high) if found else (None, None),
            n=found.n if found else None,
            term=self.term(found) if found else None,
            sessions=self.dates(found) if isinstance(found, Stretch) else None,
            upper_bound_r2=limits.trend_upper if limits else None,
            smallest_r2_own=limits.trend_own if limits else None,
            smallest_r2_whole=limits.trend_whole if limits else None,
            missing=None if found else f"{self.n} sessions; at least {LEAST_LONG} are needed",
        )

    def dates(self, stretch: Stretch) -> tuple[str, str]:
        """Return the first and the last session of a stretch."""
        days = pd.DatetimeIndex(self.windows.table.index)
        return f"{days[stretch.begin]:%Y-%m-%d}", f"{days[stretch.end]:%Y-%m-%d}"

    def term(self, found: Strongest) -> str:
        """Return the term of a statistic in words, with dates."""
        if isinstance(found, Stretch):
            return f"{found.lags}, {' to '.join(self.dates(found))}"
        return found.where

    def _comovement(self) -> dict[str, Any] | None:
        if not self.comovement or not self.correlogram:
            return None
        return {**self.comovement.as_json(), "correlogram": self.correlogram.as_json()}

    def _placebos(self) -> dict[str, Any]:
        found = {
            name: {"missing": result} if isinstance(result, str) else {**result.as_json(), "missing": None}
            for name, result in (self.placebos or {}).items()
        }
        return {**found, "wrong labels": self.trap.as_json()} if self.trap else found

    def _named(self, series: str) -> str:
        return self.windows.leader if series == "leader" else series

    @property
    def rule_tests(self) -> tuple[Test, ...]:
        """The tests that the rule looked at, in its order, and the tradable remainder."""
        d = self.decision
        if not d.partial or not d.equities or not d.reverse or not d.correlation:
            bound = f"{LEAST_SESSIONS} sessions that say something"
            return (Test("enough data", self.n, None, self.n, bound, "docs/lead.md", missing=d.reason),)
        same, names = d.correlation, {Trend: "trend", Stretch: "stretch", Lead: "short lags"}
        return (
            *(as_test(f"1. {names[type(x)]}: {self.term(x)}", x) for x in d.own),
            *(
                as_test(f"2. {names[type(x)]}: {self._named(x.series)}, {x.where}", x)
                for x in (d.equities, d.equities_horizon)
                if x
            ),
            as_test(f"3. reversed, {self.windows.traded} to {self.windows.leader}: {d.reverse.where}", d.reverse),
            Test(
                "4. correlation of the same session",
                same.value,
                same.p_value,
                self.n,
                "correlation 0 or less",
                "HC3",
                same.value,
                (same.low, same.high),
            ),
            *((as_test(f"tradable from 00:00 UTC: {self.after.where}", self.after),) if self.after else ()),
            *(as_test(f"{name}: {lead.where}", lead) for name, lead in self.described.items()),
        )

    @property
    def period_tests(self) -> tuple[Test, ...]:
        """The deciding statistic by sub-period."""
        null = f"no lag 1..{LAGS} positive"
        return tuple(
            as_test(f"short lags, {p.name}: {p.lead.where}", p.lead)
            if p.lead
            else Test(f"short lags, {p.name}", None, None, p.n, null, SEARCHED, missing=p.missing)
            for p in self.periods
        )


def as_test(name: str, lead: Strongest) -> Test:
    """Return a statistic as a row of the table of tests, its p-value corrected for its search and its family."""
    return Test(
        name=name,
        statistic=lead.t,
        p_value=lead.p_value_judged,
        n=lead.n,
        null="no trend positive" if isinstance(lead, Trend) else f"no lag 1..{LAGS} positive",
        reference=SEARCHED if lead.p_value_family is None else FAMILY,
        effect=lead.effect,
        interval=(lead.low, lead.high),
    )


def examine(
    source: Source,
    leader: str = "IWM",
    traded: str = "ETH-USD",
    *,
    start: pd.Timestamp | None = None,
    end: pd.Timestamp | None = None,
    kind: Kind | None = None,
    others: Sequence[str] = (),
    accept: Sequence[str] = (),
    progress: Callable[[str], None] = lambda _: None,
) -> Examination:
    """Return what the lab finds of `leader` and `traded` in `source` over sessions dated `start`..`end`.

    `kind`: hours or days; None takes hours where the source has them. `others`: further series held fixed. Errors: see
    `load_windows`.
    """
    progress("matching windows")
    windows = load_windows(source, leader, traded, start=start, end=end, kind=kind, others=others, accept=accept)
    progress("testing the lead")
    decision = decide(windows.sample)
    if not decision.partial:
        return Examination(windows, decision, paragraph(windows, decision, None))
    after = remainder(windows)
    progress("lags in both directions")
    lags = correlogram(windows.sample.leader, windows.sample.traded)
    progress("co-movement and breaks")
    together = comovement(windows)
    progress("regressions")
    sample = windows.sample
    tests = (*predictive_tests(sample), *granger_tests(sample), *out_of_sample_tests(sample))
    progress("placebos")
    return Examination(
        windows=windows,
        decision=decision,
        paragraph=paragraph(windows, decision, after),
        after=after,
        described=described(sample),
        comovement=together,
        correlogram=lags,
        tests=tests,
        periods=tuple(period_leads(windows)),
        placebos=placebos(windows, decision),
        trap=trap(windows),
    )


def remainder(windows: Windows) -> Lead:
    """Return the short lags on the part of each window that a decision at 00:00 UTC can still earn."""
    sample = windows.sample
    target = windows.table["after"].to_numpy()
    return search({"": both_forms(target, sample.leader, sample.beside, sample.beside, sample.traded)})


def period_leads(windows: Windows) -> list[PeriodLead]:
    """Return the deciding statistic by sub-period, where a sub-period has enough sessions for a verdict."""
    day = pd.DatetimeIndex(windows.table.index).tz_localize(None)
    found = []
    for name, first, last in PERIODS:
        rows = within(day, first, last)
        sample = windows.seat(windows.leader, rows)
        if sample.n == 0:
            continue
        few = f"{sample.n} sessions; at least {LEAST_SESSIONS} are needed" if sample.n < LEAST_SESSIONS else None
        lead = None if few or insufficient(sample) else partial_lead(sample.traded, sample.leader, sample.beside)
        found.append(PeriodLead(name, sample.n, lead, few or (None if lead else insufficient(sample))))
    return found
