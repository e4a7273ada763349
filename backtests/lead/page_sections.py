"""The sections of the lead page below the rule, from a sample with enough data; nothing in them decides."""

from __future__ import annotations

from backtests.lead import page_figures as draw
from backtests.lead import page_panels as panel
from backtests.lead.breaks import NEAR_DAYS
from backtests.lead.comovement import Beta, Comovement, Part, Worst
from backtests.lead.deciding import Lead
from backtests.lead.examination import Examination, PeriodLead
from backtests.lead.family import ALPHA
from backtests.lead.placebos import SHIFTS, Shifted, Trap
from backtests.lead.regressions import Test
from backtests.pages.html import Cell, paragraph, section, side_by_side, table
from backtests.pages.text import interval, p_equation, p_value, signed


def below(found: Examination) -> list[str]:
    """Return the sections that need a sample with enough data."""
    together, lead = found.comovement, found.decision.partial
    if not together or not found.correlogram or not lead:
        return []
    return [
        section("Together, and where that broke", *_over_time(found, together)),
        section("Period by period, state by state", *_parts(found, together)),
        section("Placebos in the leader's seat", *_placebos(found, lead)),
        *([section("The trap of wrong labels", *_trap(found, found.trap))] if found.trap else []),
        section("When small caps fall", *_tails(found, together)),
        section("The field's usual tests", *_tests(found.tests)),
    ]


def _over_time(found: Examination, together: Comovement) -> list[str]:
    breaks = together.breaks
    rows: list[list[Cell]] = [
        [f"{b.date:%Y-%m-%d}", signed(b.before, 2), signed(b.after, 2), "; ".join(b.events) or "none"]
        for b in breaks.dates
    ]
    said = (
        f"Test of no break at all: {p_equation(breaks.p_value)}. The CUSUM of the product of standardised returns sees "
        "a change of correlation, not one of volatility. Dates are described by PELT, not tested one by one; a "
        f"catalyst is named where one lies within {NEAR_DAYS} days, which is no proof that it was the cause."
    )
    made = "The dates of decisions and catalysts are real, the prices are made. " * found.windows.market.simulated
    columns = ["break after", "correlation before", "after", "catalysts near"]
    listed = [table(columns, rows, wrap=(3,))] if rows else [paragraph("No break is dated.")]
    return [draw.over_time(found, together), draw.cusum(together), paragraph(made + said), *listed]


def _parts(found: Examination, together: Comovement) -> list[str]:
    columns = ["part", "sessions", "same session", "95%", "leader before", "95%"]
    rows = [_part_row(part) for part in (*together.parts, *together.regimes)]
    note = (
        "States are known the day before. A correlation with the leader's session before would be a lead of one "
        "session; those shown are single ones, not corrected for the search. The deciding statistic, in each period:"
    )
    return [
        side_by_side(panel.parts(together.parts, "By period"), panel.parts(together.regimes, "By state")),
        table(columns, rows),
        paragraph(note),
        table(PERIOD_COLUMNS, [_period_row(period) for period in found.periods]),
    ]


PERIOD_COLUMNS = ["period", "sessions", "strongest", "% for 1%", "95%", "p after the search"]


def _period_row(period: PeriodLead) -> list[Cell]:
    lead = period.lead
    if not lead:
        return [period.name, f"{period.n:,}", "", "", period.missing, "-"]
    found = [lead.where, signed(lead.effect, 2), interval(lead.low, lead.high), p_equation(lead.p_value_searched)]
    return [period.name, f"{period.n:,}", *found]


def _part_row(part: Part) -> list[Cell]:
    if not part.same or not part.eve:
        return [part.name, f"{part.n:,}", "too few", "", "", ""]
    pairs = [(signed(v.value, 3), interval(v.low, v.high)) for v in (part.same, part.eve)]
    return [part.name, f"{part.n:,}", *pairs[0], *pairs[1]]


def _placebos(found: Examination, lead: Lead) -> list[str]:
    said = [
        "Each placebo is the whole search with another series in the leader's seat. A dot beyond the stroke is a find. "
        f"{_found(found)}"
    ]
    for name, result in (found.placebos or {}).items():
        if isinstance(result, str):
            said.append(f"{name}: {result}.")
        elif isinstance(result, Shifted):
            said.append(
                f"The calendars slid past each other in a circle, {SHIFTS} times: a t as large as the leader's "
                f"({result.t:.2f}) in {result.p_value:.0%} of them."
            )
    return [panel.placebos(found, lead), paragraph(" ".join(said))]


def _found(found: Examination) -> str:
    tested = {name: result for name, result in (found.placebos or {}).items() if not isinstance(result, str)}
    p_values = {name: r.p_value_searched if isinstance(r, Lead) else r.p_value for name, r in tested.items()}
    names = [name for name, p_value in p_values.items() if p_value <= ALPHA]
    chance = 1 - (1 - ALPHA) ** len(tested)
    return (
        f"Found here: {', '.join(names) if names else 'none'}. {len(tested)} placebos at {ALPHA:.1%} each find "
        f"something in {chance:.0%} of samples in which there is nothing."
    )


def _trap(found: Examination, wrong: Trap) -> list[str]:
    values = {"matched": "matched windows", "bars": "bar of the same date", "close date": "under the date of its close"}
    rows: list[list[Cell]] = [
        [values[name], *(signed(value, 3) for value in row), p_equation(wrong.p_value[name])]
        for name, row in wrong.correlations.items()
    ]
    leader, traded = found.windows.leader, found.windows.traded
    columns = ["labelling", f"{traded} before", "same session", f"{leader} before", f"p of a raw lead of {leader}"]
    matched, false = (signed(wrong.correlations[name][2], 2) for name in ("matched", "close date"))
    said = (
        f"A bar of {traded} closes at 00:00 UTC. Put under that date it stands a session late, and the common move "
        f"appears as a lead of one day: a correlation of {false} where matched windows show {matched}. "
        f"Nothing in it can be traded. The grey band is what {wrong.n:,} sessions show by chance."
    )
    return [paragraph(said), panel.trap(found, wrong), table(columns, rows)]


def _tails(found: Examination, together: Comovement) -> list[str]:
    down, up = together.downside, together.upside
    leader, traded = found.windows.leader, found.windows.traded
    columns = [f"{leader} at its worst", "n", leader, traded, f"{traded} fell in", f"{traded} otherwise"]
    rows = [_worst_row(w) for w in (together.stress, together.months) if w]
    rest = together.without_stress
    said = (
        f"Beta of {traded} on the sessions in which {leader} fell {_beta(down)}, on those in which it rose {_beta(up)}."
        f" Without the worst {together.stress.share:.0%} of sessions the correlation is {rest.value:.2f} "
        f"({interval(rest.low, rest.high, '.2f')}). Tail dependence above a normal copula's would say that the two "
        "fall together more often than their correlation makes them. A hedge would have a beta of 0 or less where "
        f"{leader} falls, and share no more of its worst tenth than the tenth that chance gives."
    )
    figures = side_by_side(panel.scatter(found, together), panel.tails(together))
    return [figures, paragraph(said), table(columns, rows)]


def _beta(beta: Beta) -> str:
    return f"{beta.slope:.2f} ({interval(beta.low, beta.high, '.2f')}, n {beta.n:,})"


def _worst_row(w: Worst) -> list[Cell]:
    name = f"worst {w.share:.0%} of {w.unit}s"
    return [name, w.n, f"{w.leader_mean:+.2%}", f"{w.traded_mean:+.2%}", f"{w.traded_fell:.0%}",
            f"{w.traded_mean_otherwise:+.2%}"]  # fmt: skip


TEST_COLUMNS = ["test", "effect", "95%", "p", "n", "of"]


def _tests(tests: tuple[Test, ...]) -> list[str]:
    note = (
        "Raw lags, or no correction for having looked at several: none of these decides. An effect is the percent that "
        "the traded asset returns in the sessions to come for 1% of the leader in its last one. Errors by Newey-West "
        "and, beyond one session, by Hodrick's 1B, whose size under the null is nearer to 5%."
    )
    return [paragraph(note), table(TEST_COLUMNS, [_test_row(test) for test in tests], wrap=(0, 5))]


def _test_row(test: Test) -> list[Cell]:
    if test.missing:
        return [test.name, "", "", "-", f"{test.n:,}", test.missing]
    effect = "" if test.effect is None else signed(test.effect, 3)
    bounds = "" if test.interval is None else interval(*test.interval)
    return [test.name, effect, bounds, p_value(test.p_value), f"{test.n:,}", f"{test.null}; {test.reference}"]
