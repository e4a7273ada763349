"""The verdict in words: one plain paragraph, every statement with its number."""

from __future__ import annotations

import pandas as pd

from backtests.lead.comovement import CLAIM
from backtests.lead.deciding import Lead
from backtests.lead.verdict import EQUITIES, IS_LED, LEADS, NO_RELATION, NOT_ENOUGH, TOGETHER, Decision
from backtests.lead.windows import Windows
from backtests.pages.text import interval, p_equation, signed

HEAD = {
    LEADS: "{leader} leads {traded} beyond what {controls} and {traded}'s own past say.",
    EQUITIES: "Equities lead {traded}, and {leader} adds nothing to {controls}.",
    IS_LED: "{leader} does not lead {traded}: {traded}'s past says something of {leader}'s next sessions.",
    TOGETHER: "{leader} and {traded} move together, and {leader} does not lead.",
    NO_RELATION: "{leader} and {traded} show no relation, in the same session or later.",
}


def headline(windows: Windows, decision: Decision) -> str:
    """Return the verdict as one sentence."""
    if decision.verdict == NOT_ENOUGH:
        return f"Not enough data for a verdict: {decision.reason}."
    names = {"leader": windows.leader, "traded": windows.traded, "controls": " and ".join(windows.controls)}
    return HEAD[decision.verdict].format(**names)


def reading(windows: Windows, decision: Decision, after: Lead | None) -> str:
    """Return what stands behind the verdict, every statement with its number; nothing where there was no data."""
    if not decision.partial or not decision.power:
        return ""
    parts = [
        _same(decision),
        _lead(windows, decision.partial),
        _others(windows, decision),
        _after(after) if windows.kind == "hours" and after else "",
        _power(windows, decision),
        _claim(windows),
    ]
    return " ".join(part for part in parts if part)


def paragraph(windows: Windows, decision: Decision, after: Lead | None) -> str:
    """Return the plain paragraph of a verdict."""
    simulated = "SIMULATED data. " if windows.market.simulated else ""
    return f"{simulated}{headline(windows, decision)} {reading(windows, decision, after)}".rstrip()


def _same(decision: Decision) -> str:
    same = decision.correlation
    assert same is not None
    return f"In the same session the correlation is {same.value:.2f} (95%: {interval(same.low, same.high, '.2f')})."


def _lead(windows: Windows, lead: Lead) -> str:
    where = f"lag {lead.first}" if lead.first == lead.last else f"lags {lead.first} to {lead.last} together"
    return (
        f"Of its lags 1 to 10 the strongest beyond {' and '.join(windows.controls)} and {windows.traded}'s own past is "
        f"{where}: {signed(lead.effect, unit='%')} of {windows.traded} for 1% of {windows.leader} "
        f"(95%, corrected for the search: {interval(lead.low, lead.high)}), {p_equation(lead.p_value_searched)} after "
        f"the search and {p_equation(lead.p_value)} before it."
    )


def _others(windows: Windows, decision: Decision) -> str:
    equities, reverse = decision.equities, decision.reverse
    assert equities is not None
    assert reverse is not None
    name = windows.leader if equities.series == "leader" else equities.series
    return (
        f"Raw lags of any equity: {p_equation(equities.p_value_searched)} ({name}, {equities.where}); the other way, "
        f"{windows.traded} to {windows.leader}: {p_equation(reverse.p_value_searched)}."
    )


def _after(after: Lead) -> str:
    return f"On what a decision at 00:00 UTC can still earn: {p_equation(after.p_value_searched)}."


def _power(windows: Windows, decision: Decision) -> str:
    found, n = decision.power, len(windows.table)
    assert found is not None
    days = pd.DatetimeIndex(windows.table.index)
    return (
        f"{n:,} sessions, {days[0]:%Y-%m-%d} to {days[-1]:%Y-%m-%d}, would have shown, with a power of 80%, a lead "
        f"that explains {found.smallest_r2:.2%} of next-session variance: a Sharpe ratio of {found.sharpe:.1f} before "
        "costs; a weaker one may be there unseen."
    )


def _claim(windows: Windows) -> str:
    days = pd.DatetimeIndex(windows.table.index).tz_localize(None)
    since = int((days >= pd.Timestamp(CLAIM)).sum())
    if not since or since == len(days):
        return ""
    return f"{since} of the sessions are later than the published claim ({CLAIM}): too few to confirm it alone."
