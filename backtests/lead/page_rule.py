"""The rule as a table: each question in its order, what it was asked of, what it said; and what it could have said."""

from __future__ import annotations

from collections.abc import Sequence

from backtests.lead.bounds import USEFUL_R2, sharpe
from backtests.lead.enough import LEAST_SESSIONS
from backtests.lead.examination import Examination
from backtests.lead.family import ALPHA, Strongest
from backtests.lead.horizon import Trend
from backtests.lead.verdict import (
    EQUITIES,
    IS_LED,
    LEADS,
    NO_RELATION,
    NONE_SHOWN,
    NOT_ENOUGH,
    NOT_SHOWN,
    TOGETHER,
    Verdict,
)
from backtests.lead.wording import effect
from backtests.pages.html import Cell
from backtests.pages.text import interval, p_value, signed

ENOUGH = ("0. Enough data?", f"{LEAST_SESSIONS} sessions that say something", "", "", "", "", "")
COLUMNS = ["question", "asked of", "strongest", "effect", "95%", "p, its search", "p", "said"]


def questions(found: Examination) -> list[list[Cell]]:
    """Return a row a statistic of the rule, in its order; what lies after the verdict was not needed."""
    d, w = found.decision, found.windows
    if not d.partial or not d.equities or not d.reverse or not d.correlation:
        return [[*ENOUGH, f"no: this is the verdict; {d.reason}"]]
    same, beyond, every = d.correlation, f"beyond {w.beside}", ", ".join((w.leader, *w.controls))
    own = [
        (f"1. Does {w.leader} lead?", f"its lags 1 to 10 {beyond} and {w.traded}'s own past", d.partial),
        (
            "1, at the traded horizon",
            f"its trends of 20 to 120 sessions {beyond} and {w.traded}'s own",
            d.horizon,
        ),
        ("1, in a part of the sample", "the lags within every stretch of a quarter and more", d.stretch),
    ]
    equities = [
        ("2. Do equities lead?", f"lags of {every}, each beside {w.traded}'s own past", d.equities),
        ("2, at the traded horizon", f"their trends, each beside {w.traded}'s own", d.equities_horizon),
    ]  # fmt: skip
    return [
        [*ENOUGH, f"yes: {found.n:,}"],
        *_answers(found, own, LEADS),
        *_answers(found, equities, EQUITIES),
        [f"3. Is {w.leader} led?", f"{w.traded}'s lags for {w.leader}, {beyond} and {w.leader}'s own past",
         *_search(found, d.reverse), _said(IS_LED, d.verdict, d.reverse.found)],
        ["4. Do they move together?", "the same session", "correlation", signed(same.value, 2),
         interval(same.low, same.high), "", p_value(same.p_value), _together(found)],
        ["5. Else", f"{NO_RELATION}, where a useful one is excluded", "", "", "", "", "",
         "this is the verdict" if d.verdict in (NO_RELATION, NONE_SHOWN) else ""],
        ["beside: tradable", f"the lags of question 1 from the 00:00 UTC after {w.leader}'s close on",
         *(_search(found, found.after) if found.after else [""] * 5), "decides nothing"],
        *([name_of(found, name), "beyond the controls", *_search(found, lead), "decides nothing"]
          for name, lead in found.described.items()),
    ]  # fmt: skip


def name_of(found: Examination, name: str) -> str:
    """Return the name of a statistic that is described alone, with the leader's."""
    return f"beside: {found.windows.leader}'s lags {name}" if name.startswith("after") else f"beside: {name}"


def _answers(
    found: Examination, asked: Sequence[tuple[str, str, Strongest | None]], verdict: Verdict
) -> list[list[Cell]]:
    """Return a row a statistic of one question; the first that finds something is the verdict's."""
    given = found.decision.verdict == verdict
    first = next((x for _, _, x in asked if x and x.found), None)
    rows: list[list[Cell]] = []
    for name, of, x in asked:
        if x is None:
            rows.append([name, of, "", "", "", "", "", f"not asked: {found.n:,} sessions are too few"])
        else:
            said = "yes: this is the verdict" if given and x is first else "yes, too" if given and x.found else ""
            rows.append([name, of, *_search(found, x), said or _said(verdict, None, x.found)])
    return rows


def _search(found: Examination, x: Strongest) -> list[Cell]:
    series = getattr(x, "series", "")
    name = {"leader": f"{found.windows.leader}, ", "": ""}.get(series, f"{series}, ")
    searched = p_value(x.p_value_searched) if x.p_value_family is not None else ""
    if isinstance(x, Trend):
        return [name + x.where, effect(x), interval(x.low, x.high), searched, p_value(x.p_value_judged)]
    return [name + found.term(x), signed(x.effect, 2), interval(x.low, x.high), searched, p_value(x.p_value_judged)]


def _said(own: Verdict, verdict: Verdict | None, found: bool) -> str:
    if own == verdict:
        return "yes: this is the verdict"
    assert verdict != NOT_ENOUGH
    return "yes, after the verdict" if found else "no"


def _together(found: Examination) -> str:
    d = found.decision
    assert d.correlation is not None
    if d.verdict in (TOGETHER, NOT_SHOWN):
        return "yes: this is the verdict"
    return _said(TOGETHER, d.verdict, d.correlation.p_value <= ALPHA)


LIMIT_COLUMNS = ["next-session variance", "its own part", "the whole of it"]


def limits(found: Examination) -> list[list[Cell]]:
    """Return what is left possible and what would have been found, through the leader's own part and the whole."""
    b = found.decision.bounds
    assert b is not None
    rows: list[list[Cell]] = [
        ["left possible (95%)", _share(b.upper_own), _share(b.upper_whole)],
        ["found (4 of 5), one session", _share(b.smallest_own), f"{_share(b.smallest_whole)}, of equities"],
    ]
    if b.trend_own is not None and b.trend_whole is not None:
        rows.append(["found (4 of 5), 60 sessions", _share(b.trend_own), _share(b.trend_whole)])
    return [*rows, ["smallest useful, declared", _share(USEFUL_R2), _share(USEFUL_R2)]]


def _share(r2: float) -> str:
    return f"{r2:.2%}, Sharpe {sharpe(r2):.1f}"
