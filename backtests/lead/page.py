"""The page of one verdict: what the rule said, the numbers it said it by, and every figure beside them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from backtests.lead import page_figures as draw
from backtests.lead.answer import answer
from backtests.lead.correlogram import Correlogram
from backtests.lead.deciding import LAGS, TERMS
from backtests.lead.examination import Examination
from backtests.lead.page_rule import COLUMNS, LIMIT_COLUMNS, limits, questions
from backtests.lead.page_sections import below
from backtests.lead.record import LeadRecord
from backtests.lead.wording import reading
from backtests.pages.html import claim, facts, method, page, paragraph, section, table, tiles, verdict, warnings
from backtests.pages.places import with_places
from backtests.pages.text import interval, p_equation, signed
from backtests.record import as_text
from backtests.registry import TrialCount
from data.files import write_atomic

FOOTER = (
    "Log returns of matched windows, one row a NYSE session, before costs. The rule is written in docs/lead.md, how "
    "often it errs on SIMULATED markets in docs/calibration.md. Bands are of 95%. None of the figures below the rule "
    "decides anything."
)


def render(found: Examination, trials: TrialCount | None = None) -> bytes:
    """Return the page as UTF-8; `trials`: what had been tried on the traded asset by then."""
    windows, decision = found.windows, found.decision
    parts = [
        verdict(answer(found.record(""))),
        *_picture(found),
        tiles(_tiles(found)),
        warnings(windows.notes),
        section("What it says", paragraph(reading(windows, decision, found.after))),
        section("The rule, question by question", *_rule(found)),
        *_limits(found),
        *below(found),
        *([paragraph(trials.line, "trials")] if trials else []),
        method(facts(_facts(found)), paragraph(FOOTER)),
    ]
    simulated = windows.market.source if windows.market.simulated else ""
    title = f"{windows.leader} and {windows.traded}: {decision.verdict}"
    return page(title, *parts, simulated=simulated, footer="lead.json says the same.")


def write(found: Examination, record: LeadRecord, folder: Path, trials: TrialCount | None = None) -> Path:
    """Write lead.html and lead.json into `folder`, each whole or not at all; lead.json comes last. Returns the page."""
    (folder / "lead.json").unlink(missing_ok=True)
    write_atomic(folder / "lead.html", with_places(render(found, trials), folder, ("lead.json",)))
    write_atomic(folder / "lead.json", (as_text(record) + "\n").encode())
    return folder / "lead.html"


def _picture(found: Examination) -> list[str]:
    """Return the correlogram with its claim, where the sample is enough for one."""
    lags = found.correlogram
    return [draw.correlogram(found, lags), claim(_lags(found, lags))] if lags else []


def _lags(found: Examination, lags: Correlogram) -> str:
    leader, traded = found.windows.leader, found.windows.traded
    same = float(lags.correlation[list(lags.lags).index(0)])
    return (
        f"Raw correlations of single sessions, the same session {same:+.2f}. Largest of {leader}'s lags 1 to 10, after "
        f"the search: {p_equation(lags.p_value_leads)}; of {traded}'s: {p_equation(lags.p_value_led)}. Stationary "
        f"bootstrap, mean block {lags.block:.0f} sessions."
    )


def _tiles(found: Examination) -> dict[str, str | tuple[str, str]]:
    decision, lead = found.decision, found.decision.partial
    if not lead or not decision.power or not decision.correlation:
        return {}
    same, power, limits = decision.correlation, decision.power, decision.bounds
    assert limits is not None
    traded, leader = found.windows.traded, found.windows.leader
    return {
        f"A lead of {leader}": (
            p_equation(min(x.p_value_judged for x in decision.own)),
            f"least of {len(decision.own)}, corrected",
        ),
        f"{traded} for 1% of {leader}": (
            signed(lead.effect, 2, "%"),
            f"95% {interval(lead.low, lead.high)}%; {lead.where}",
        ),
        "Same session": (f"{same.value:.2f}", f"correlation, 95% {interval(same.low, same.high, '.2f')}"),
        "Lead left possible": (
            f"{limits.upper_own:.2%}",
            f"of variance, its own part; whole {limits.upper_whole:.2%}",
        ),
        "Smallest lead it would find": (
            f"{power.smallest_r2:.2%}",
            f"in 4 of 5 (Sharpe {power.sharpe:.1f}); whole {limits.smallest_whole:.2%}",
        ),
    }


def _facts(found: Examination) -> dict[str, str]:
    windows, days = found.windows, pd.DatetimeIndex(found.windows.table.index)
    span = f"{days[0]:%Y-%m-%d} to {days[-1]:%Y-%m-%d}" if len(days) else "none"
    return {
        "Leader, traded": f"{windows.leader}, {windows.traded}",
        "Beyond": f"{windows.beside}, and {windows.traded}'s own past",
        "Windows": windows.text,
        "Sessions": f"{found.n:,}, {span}",
        "Source": windows.market.source,
        "Data fingerprint": windows.market.fingerprint[:16],
    }


def _rule(found: Examination) -> list[str]:
    level = (
        f"The questions are asked in this order, each at 2.5% one-sided, and the first yes is the verdict. Lags 1 to "
        f"{LAGS}: {len(TERMS)} terms a series; trends: seven. p is corrected for the search and, within a question, "
        "for its other statistics. Effect: percent of the one for 1% of the other; of the sign of a trend percent a "
        "session; in question 4 a correlation. In a world that only moves together the first four questions give a "
        "false direction in about 7% (docs/calibration.md)."
    )
    rows = questions(found)
    verdict = next(at for at, row in enumerate(rows) if "this is the verdict" in str(row[-1]))
    return [table(COLUMNS, rows, wrap=(0, 1, 2, 3, 7), chosen=verdict), paragraph(level)]


def _limits(found: Examination) -> list[str]:
    """Return the section of what the sample could not have shown, where a verdict was given."""
    if not found.decision.bounds:
        return []
    note = (
        "A lead that is not shown may still be there, up to the first row: no shape that was asked (lags, their sums, "
        "trends) explains more, through whichever of them it came. Own part: what the controls do not explain. Only "
        "where the first row lies below the last does the verdict say that there is no lead. Not seen, or seen badly:"
    )
    spots = table(["blind spots"], [[spot] for spot in found.blind_spots], wrap=(0,))
    return [section("What it could have shown", table(LIMIT_COLUMNS, limits(found)), paragraph(note), spots)]
