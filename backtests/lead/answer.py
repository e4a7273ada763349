"""The answer of an examination in one paragraph: the verdict, the sessions, how sure, and what is left possible."""

from __future__ import annotations

from backtests.lead.record import LeadRecord
from backtests.lead.verdict import LEADS, NOT_ENOUGH
from backtests.lead.wording import HEAD
from backtests.pages.text import many, p_equation

HEADS: dict[str, str] = {verdict: text for verdict, text in HEAD.items()}  # noqa: C416  # a plain key for mypy


def answer(lead: LeadRecord) -> str:
    """Return the answer of an examination."""
    span = f"{many(lead.n, 'session')}, {lead.start} to {lead.end}" if lead.n else "no sessions"
    if lead.verdict == NOT_ENOUGH:
        return f"Not enough data for a verdict on {lead.leader} and {lead.traded}: {span}."
    *most, last = lead.controls
    said = HEADS[lead.verdict].format(
        leader=lead.leader, traded=lead.traded, controls=f"{', '.join(most)} and {last}" if most else last
    )
    return f"{said}{_possible(lead)} {span}{_sure(lead)}."


def _sure(lead: LeadRecord) -> str:
    """Return the p-value of the first question: the least of its statistics, each corrected for the searches of all."""
    lags = lead.p_value_searched if lead.p_value_family is None else lead.p_value_family
    beside = [x.p_value_family for x in (lead.horizon, lead.stretch) if x]
    found = [p for p in (lags, *beside) if p is not None]
    searched = "lags, trends and stretches" if found[1:] else "lags"
    return f"; {p_equation(min(found))} after the search over {searched}" if found else ""


def _possible(lead: LeadRecord) -> str:
    if lead.verdict == LEADS or lead.upper_bound_r2 is None or lead.upper_bound_r2_whole is None:
        return ""
    return (
        f" Left possible (95%): a lead that explains up to {lead.upper_bound_r2:.2%} of the next session's variance "
        f"through {lead.leader}'s own part, {lead.upper_bound_r2_whole:.2%} through the whole of it."
    )
