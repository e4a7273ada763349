"""The verdict in words: one plain paragraph, every statement with its number."""

from __future__ import annotations

import pandas as pd

from backtests.lead.comovement import CLAIM
from backtests.lead.deciding import Lead
from backtests.lead.horizon import Trend
from backtests.lead.stretches import Stretch
from backtests.lead.verdict import (
    EQUITIES,
    IS_LED,
    LEADS,
    NO_RELATION,
    NONE_SHOWN,
    NOT_ENOUGH,
    NOT_SHOWN,
    TOGETHER,
    Decision,
)
from backtests.lead.windows import Windows
from backtests.pages.text import interval, p_equation, signed

HEAD = {
    LEADS: "{leader} leads {traded} beyond what {controls} and {traded}'s own past say.",
    EQUITIES: "Equities lead {traded}; that {leader} adds anything to {controls} is not shown.",
    IS_LED: "{traded}'s past says something of {leader}'s next sessions; no lead of {leader} is shown.",
    TOGETHER: "{leader} and {traded} move together, and {leader} does not lead.",
    NOT_SHOWN: "{leader} and {traded} move together; no lead of {leader} is shown.",
    NO_RELATION: "{leader} and {traded} have no relation, in the same session or later.",
    NONE_SHOWN: "No relation of {leader} and {traded} is shown, in the same session or later.",
}


def headline(windows: Windows, decision: Decision) -> str:
    """Return the verdict in a sentence or two: what is not shown comes with what is left possible."""
    if decision.verdict == NOT_ENOUGH:
        return f"Not enough data for a verdict: {decision.reason}."
    names = {"leader": windows.leader, "traded": windows.traded, "controls": windows.beside}
    said = HEAD[decision.verdict].format(**names)
    return said if decision.verdict == LEADS else f"{said} {possible(windows.leader, decision)}"


def possible(leader: str, decision: Decision) -> str:
    """Return what a sample without a lead leaves possible, and what it would have shown: own part and whole leader."""
    limits = decision.bounds
    assert limits is not None
    trend = ""
    if limits.trend_own is not None and limits.trend_whole is not None:
        trend = f", by the sign of its 60-session trend {limits.trend_own:.2%} and {limits.trend_whole:.2%}"
    return (
        f"Left possible (95%): a lead that explains up to {limits.upper_own:.2%} of the next session's variance "
        f"through {leader}'s own part, {limits.upper_whole:.2%} through the whole of it. In four samples of five would "
        f"have been found: {limits.smallest_own:.2%} through its own part, {limits.smallest_whole:.2%} through the "
        f"whole of it (as a lead of equities){trend}."
    )


def reading(windows: Windows, decision: Decision, after: Lead | None) -> str:
    """Return what stands behind the verdict, every statement with its number; nothing where there was no data."""
    if not decision.partial or not decision.power:
        return ""
    parts = [
        _same(decision),
        _lead(windows, decision.partial),
        _long(windows, decision),
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
    family = "" if lead.p_value_family is None else f" and {p_equation(lead.p_value_family)} among the three statistics"
    return (
        f"Of its lags 1 to 10 the strongest beyond {windows.beside} and {windows.traded}'s own past is "
        f"{where}: {signed(lead.effect, unit='%')} of {windows.traded} for 1% of {windows.leader} "
        f"(95%, corrected: {interval(lead.low, lead.high)}), {p_equation(lead.p_value)} before the search, "
        f"{p_equation(lead.p_value_searched)} after it{family}."
    )


def _long(windows: Windows, decision: Decision) -> str:
    trend, stretch = decision.horizon, decision.stretch
    if not trend or not stretch:
        return ""
    return (
        f"Of its trends over 20 to 120 sessions the strongest is the {trend.where}: {effect(trend)} in "
        f"{windows.traded}'s next session (95%: {interval(trend.low, trend.high)}), "
        f"{p_equation(trend.p_value_judged)}. Of all stretches of the sample the strongest is "
        f"{spell(windows, stretch)}, {stretch.lags}: {p_equation(stretch.p_value_judged)}."
    )


def effect(trend: Trend) -> str:
    """Return the effect of a trend in percent: of its sign, or for 1% of the leader over the trend."""
    return f"{signed(trend.effect, unit='%')} {'while it is up' if trend.form == 'sign' else 'for 1% of it'}"


def spell(windows: Windows, stretch: Stretch) -> str:
    """Return the dates of a stretch."""
    days = pd.DatetimeIndex(windows.table.index)
    return f"{days[stretch.begin]:%Y-%m-%d} to {days[stretch.end]:%Y-%m-%d}"


def _others(windows: Windows, decision: Decision) -> str:
    equities, reverse = decision.equities, decision.reverse
    assert equities is not None
    assert reverse is not None
    name = windows.leader if equities.series == "leader" else equities.series
    trend = decision.equities_horizon
    long = f", its trend {p_equation(trend.p_value_judged)} ({trend.where})" if trend else ""
    return (
        f"Raw lags of any equity: {p_equation(equities.p_value_judged)} ({name}, {equities.where}){long}; the other "
        f"way, {windows.traded} to {windows.leader}: {p_equation(reverse.p_value_searched)}."
    )


def _after(after: Lead) -> str:
    return f"On what a decision at 00:00 UTC can still earn: {p_equation(after.p_value_searched)}."


def _power(windows: Windows, decision: Decision) -> str:
    n = windows.n
    days = pd.DatetimeIndex(windows.table.index)
    span = f"{n:,} sessions, {days[0]:%Y-%m-%d} to {days[-1]:%Y-%m-%d}."
    if decision.verdict != LEADS:
        return span
    assert decision.power is not None
    return (
        f"{span} They would have shown, with a power of 80%, a lead through its own part that explains "
        f"{decision.power.smallest_r2:.2%} of next-session variance: a Sharpe ratio of {decision.power.sharpe:.1f} "
        "before costs."
    )


def _claim(windows: Windows) -> str:
    days = pd.DatetimeIndex(windows.table.index).tz_localize(None)
    since = int((days >= pd.Timestamp(CLAIM)).sum())
    if not since or since == len(days):
        return ""
    return f"{since} of the sessions are later than the published claim ({CLAIM}): too few to confirm it alone."
