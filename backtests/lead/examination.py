"""The lead lab: one call from a source to the verdict, with everything that a page or a table of it shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from backtests.lead.comovement import PERIODS, Comovement, comovement, within
from backtests.lead.correlogram import Correlogram, correlogram
from backtests.lead.deciding import LAGS, Lead, fit, search
from backtests.lead.placebos import Shifted, Trap, placebos, trap
from backtests.lead.record import LeadRecord, PowerRecord, WindowsRecord
from backtests.lead.regressions import Test, granger_tests, out_of_sample_tests, predictive_tests
from backtests.lead.verdict import LEAST_SESSIONS, Decision, decide
from backtests.lead.windows import Kind, Windows, load_windows
from backtests.lead.wording import paragraph
from data.sources.base import Source

SEARCHED = "score bootstrap of the largest t, Kline-Santos 2012"


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

    `after` is the deciding statistic on the tradable remainder of each window, from the 00:00 UTC decision on.
    """

    windows: Windows
    decision: Decision
    paragraph: str
    after: Lead | None = None
    comovement: Comovement | None = None
    correlogram: Correlogram | None = None
    tests: tuple[Test, ...] = ()
    periods: tuple[PeriodLead, ...] = ()
    placebos: dict[str, Lead | Shifted | str] | None = None
    trap: Trap | None = None

    @property
    def n(self) -> int:
        """Joint sessions."""
        return len(self.windows.table)

    def record(self, run_id: str) -> LeadRecord:
        """Return what lead.json holds: the verdict with every number."""
        decision, partial = self.decision, self.decision.partial
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
            power=self._power(),
            comovement=self._comovement(),
            placebos=self._placebos(),
            tests=(*self.rule_tests, *self.period_tests, *self.tests),
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
        names = " and ".join(self.windows.controls)
        same = d.correlation
        return (
            as_test(f"lead beyond {names} (decides)", d.partial),
            as_test("the same, tradable from 00:00 UTC", self.after or d.partial),
            as_test(f"raw lead of the strongest equity, {self._named(d.equities.series)}", d.equities),
            as_test(f"reversed, {self.windows.traded} to {self.windows.leader}", d.reverse),
            Test(
                "correlation of the same session",
                same.value,
                same.p_value,
                self.n,
                "correlation 0 or less",
                "HC3",
                same.value,
                (same.low, same.high),
            ),
        )

    @property
    def period_tests(self) -> tuple[Test, ...]:
        """The deciding statistic by sub-period."""
        null = f"no lag 1..{LAGS} positive"
        return tuple(
            as_test(f"beyond the controls, {p.name}", p.lead)
            if p.lead
            else Test(f"beyond the controls, {p.name}", None, None, p.n, null, SEARCHED, missing=p.missing)
            for p in self.periods
        )


def as_test(name: str, lead: Lead) -> Test:
    """Return a searched lead as a row of the table of tests, p-value corrected for its search."""
    return Test(
        name=f"{name}, {lead.where}",
        statistic=lead.t,
        p_value=lead.p_value_searched,
        n=lead.n,
        null=f"no lag 1..{LAGS} positive",
        reference=SEARCHED,
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
    accept: Sequence[str] = (),
    progress: Callable[[str], None] = lambda _: None,
) -> Examination:
    """Return what the lab finds of `leader` and `traded` in `source` over sessions dated `start`..`end`.

    `kind`: hours or days; None takes hours where the source has them. Errors: see `load_windows`.
    """
    progress("matching windows")
    windows = load_windows(source, leader, traded, start=start, end=end, kind=kind, accept=accept)
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
        comovement=together,
        correlogram=lags,
        tests=tests,
        periods=tuple(period_leads(windows)),
        placebos=placebos(windows, decision),
        trap=trap(windows),
    )


def remainder(windows: Windows) -> Lead:
    """Return the deciding statistic on the part of each window that a decision at 00:00 UTC can still earn."""
    sample = windows.sample
    target = windows.table["after"].to_numpy()
    return search({"": fit(target, sample.leader, [sample.traded, *sample.controls.values()])})


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
        lead = None if few else decide(sample).partial
        found.append(PeriodLead(name, sample.n, lead, few or (None if lead else "no variation of its own")))
    return found
