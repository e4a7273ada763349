"""The rule as a table: each question in its order, what it was asked of, what it said."""

from __future__ import annotations

from backtests.lead.deciding import ALPHA, Lead
from backtests.lead.examination import Examination
from backtests.lead.verdict import EQUITIES, IS_LED, LEADS, LEAST_SESSIONS, NO_RELATION, NOT_ENOUGH, TOGETHER, Verdict
from backtests.pages.html import Cell
from backtests.pages.text import interval, p_value, signed

ENOUGH = ("0. Enough data?", f"{LEAST_SESSIONS} sessions that say something", "", "", "", "")
COLUMNS = ["question", "asked of", "strongest", "effect", "95%", "p", "said"]


def questions(found: Examination) -> list[list[Cell]]:
    """Return a row a question of the rule, in its order; what lies after the verdict was not needed."""
    d, w = found.decision, found.windows
    beyond = " and ".join(w.controls)
    if not d.partial or not d.equities or not d.reverse or not d.correlation:
        return [[*ENOUGH, f"no: this is the verdict; {d.reason}"]]
    equity = w.leader if d.equities.series == "leader" else d.equities.series
    same = d.correlation
    return [
        [*ENOUGH, f"yes: {found.n:,}"],
        [f"1. Does {w.leader} lead?", f"{w.leader}'s lags beyond {beyond} and {w.traded}'s own past",
         *_search(d.partial), _said(LEADS, d.verdict, d.partial.found)],
        ["2. Do equities lead?", f"lags of {w.leader}, {beyond}, each beside {w.traded}'s own past",
         *_search(d.equities, equity), _said(EQUITIES, d.verdict, d.equities.found)],
        [f"3. Is {w.leader} led?", f"{w.traded}'s lags for {w.leader}, beyond {beyond} and {w.leader}'s own past",
         *_search(d.reverse), _said(IS_LED, d.verdict, d.reverse.found)],
        ["4. Do they move together?", "the same session", "correlation", signed(same.value, 2),
         interval(same.low, same.high), p_value(same.p_value), _said(TOGETHER, d.verdict, same.p_value <= ALPHA)],
        ["5. Else", NO_RELATION, "", "", "", "", "this is the verdict" if d.verdict == NO_RELATION else ""],
        ["beside: tradable", f"question 1 from the 00:00 UTC after {w.leader}'s close on",
         *(_search(found.after) if found.after else [""] * 4), "decides nothing"],
    ]  # fmt: skip


def _search(lead: Lead, series: str = "") -> list[Cell]:
    where = f"{series}, {lead.where}" if series else lead.where
    return [
        where,
        signed(lead.effect, 2),
        interval(lead.low, lead.high),
        p_value(lead.p_value_searched),
    ]


def _said(own: Verdict, verdict: Verdict, found: bool) -> str:
    if own == verdict:
        return "yes: this is the verdict"
    assert verdict != NOT_ENOUGH
    return "yes, after the verdict" if found else "no"
