"""The sheet of one signal, one page: what the numbers say, and every figure that they say it by."""

from __future__ import annotations

import inspect
from pathlib import Path

import numpy as np

from backtests.pages.html import (
    Cell,
    claim,
    facts,
    method,
    page,
    paragraph,
    section,
    side_by_side,
    table,
    tiles,
    verdict,
    warnings,
)
from backtests.pages.places import with_places
from backtests.pages.text import age, in_short, instant, interval, many, p_value, signed
from backtests.record import as_text
from backtests.registry import TrialCount
from backtests.runs.files import table_csv
from backtests.signal_sheets import figures as draw
from backtests.signal_sheets.answer import of_all_bars
from backtests.signal_sheets.coverage import Ages
from backtests.signal_sheets.events import EventStudy
from backtests.signal_sheets.forward import HORIZONS, Estimate
from backtests.signal_sheets.judgements import LEVEL, METHODS, RETURNS, named
from backtests.signal_sheets.record import SignalSheetRecord
from backtests.signal_sheets.sample import BETA_BARS, HEDGES
from backtests.signal_sheets.sheet import SignalSheet
from backtests.signal_sheets.stability import CLAIMED
from data.files import write_atomic
from signals.parameters import parameters

SHOWN = 10
FOOTER = (
    "Log returns from the open after each decision, where it is filled, to a later open; before costs. "
    "Bands are of 95% and each by itself. Sizes of the tests under the null: Hodrick 1B and rows without overlap about "
    "5%, HAC about 5% at one bar. A correlation is no strategy: costs, and the choice among many signals, come after."
)


def render(p: SignalSheet, trials: TrialCount | None = None) -> bytes:
    """Return the page as UTF-8; `trials`: what had been tried on the traded asset by then."""
    parts = [
        verdict(of_all_bars(p.record(""))),
        draw.over_time(p),
        claim(_seen(p)),
        tiles(_tiles(p)),
        *([paragraph(p.aside)] if p.aside else []),
        warnings(p.warnings),
        paragraph(_what(p), "lead"),
        section("What followed", *_followed(p)),
        section("After low and high values", *_values(p)),
        section("How long it lasts", side_by_side(draw.decay_daily(p), draw.decay_response(p)), paragraph(DECAY)),
        section("Period by period", *_periods(p)),
        section("Around decisions and catalysts", *_events(p)),
        section("Beside the other signals", *_kin(p)),
        section("The values themselves", *_distribution(p)),
        section("Coverage and age of the inputs", *_coverage(p)),
        section("How often one has looked", paragraph(looks(p)), *_tried(trials), _judgements(p)),
        method(facts(_facts(p)), paragraph(FOOTER)),
    ]
    simulated = p.market.source if p.market.simulated else ""
    return page(f"{p.name}: the signal by itself", *parts, simulated=simulated, footer="signal.json says the same.")


DECAY = (
    "Each bar's band stands by itself: of 60 bars about three lie outside by chance. On the right the bars add up, per "
    "standard deviation of the signal; a response that stops rising says that nothing more follows."
)


def _tried(trials: TrialCount | None) -> list[str]:
    return [paragraph(trials.line, "trials")] if trials else []


def looks(p: SignalSheet) -> str:
    """Return how many p-values stand on the sheet and what correction leaves of one family."""
    said = f"This sheet shows {p.looks.p_values} p-values, each by itself; Holm's correction is for all of them."
    if p.looks.smallest is None:
        return said
    beyond = [j for j in p.looks.judgements if j.corrected < LEVEL]
    family = ", ".join(map(str, p.looks.horizons))
    left = f"{len(beyond)} {'is' if len(beyond) == 1 else 'are'}"
    return (
        f"{said} After it {left} below {LEVEL:.0%}{named(beyond)}. Of the horizons on plain returns ({family} bars, "
        f"HAC at one bar and Hodrick 1B beyond), which alone make the headline, the smallest is "
        f"{p_value(p.looks.smallest)}, at {p.looks.at_horizon} bars. "
        "Other signals, and other parameters of this one, that were looked at before are further looks."
    )


def _judgements(p: SignalSheet) -> str:
    """Return the ten smallest p-values of the sheet with what the correction leaves of them."""
    rows: list[list[Cell]] = [
        [j.part, RETURNS[j.returns], j.horizon, j.method, p_value(j.p_value), p_value(j.corrected)]
        for j in sorted(p.looks.judgements, key=lambda j: j.p_value)[:SHOWN]
    ]
    return table(["where", "returns", "bars", "method", "p", "after Holm"], rows, words=(1, 3))


def _what(p: SignalSheet) -> str:
    """Return the first paragraph of the signal's own words."""
    return " ".join((inspect.getdoc(type(p.signal)) or "").split("\n\n")[0].replace("`", "").split())


def _facts(p: SignalSheet) -> dict[str, str]:
    first, last = p.span
    covered = f"{p.coverage.with_value:,} of {p.coverage.decisions:,} with a value"
    own = ", ".join(f"{parameter.path} = {parameter.value}" for parameter in parameters(p.signal)) or "none"
    return {
        "Parameters": own,
        "Expected sign": f"{p.signal.sign}; unit: {p.signal.unit}",
        "Traded, leader": f"{p.market.traded}, {p.market.leader}",
        "Bars": f"{first:%Y-%m-%d} to {last:%Y-%m-%d}; {covered}",
        "Decided": f"{p.market.closing}; filled at the next bar's open",
        "Values too old": f"older than {p.market.max_age_days:g} days are ignored as stale",
        "Source": p.market.source,
        "Data fingerprint": p.market.fingerprint[:16],
    }


def _seen(p: SignalSheet) -> str:
    """Return what the first picture shows: the last value and its place among all."""
    known = p.rows.x[np.isfinite(p.rows.x)]
    if not known.size:
        return "No decision has a value."
    last = float(known[-1])
    return (
        f"The last value is {last:.4g} ({p.signal.unit}), percentile rank {float(np.mean(known < last)):.0%}; between "
        f"{float(known.min()):.4g} and {float(known.max()):.4g} at {known.size:,} decisions."
    )


def _tiles(p: SignalSheet) -> dict[str, str | tuple[str, str]]:
    by = {(e.horizon, e.returns): e for e in p.forward if e.method != "nonoverlapping"}
    found: dict[str, str | tuple[str, str]] = {}
    for horizon in (1, 5, 20):
        e = by[horizon, "plain"]
        name = "next bar" if horizon == 1 else f"next {horizon} bars"
        found[f"Correlation, {name}"] = (signed(e.correlation, 3), _band(e))
    hit, smallest = p.hits[0], p.looks.smallest
    found["Hit rate of the next bar"] = (
        ("-", "not known")
        if hit.rate is None
        else (f"{hit.rate:.1%}", f"95% {hit.low:.1%} to {hit.high:.1%}; by chance {hit.by_chance:.1%}")
    )
    found["Smallest p of all horizons"] = (
        p_value(smallest),
        f"of {len(HORIZONS)}, after Holm over {p.looks.p_values}",
    )
    return found


def _band(e: Estimate) -> str:
    return "no interval" if e.low is None else f"95% {interval(e.low, e.high)}"


def _followed(p: SignalSheet) -> list[str]:
    panels = [draw.forward(p, "plain", f"Returns of {p.market.traded}")]
    panels += [draw.forward(p, name, f"Net of {HEDGES[name]} beta") for name in p.rows.hedged]
    columns = [
        "returns",
        "bars",
        "method",
        "n",
        "correlation",
        "95%",
        "return per sd",
        "t",
        "p",
        "rank corr.",
        "its p (no overlap)",
    ]
    rows = [_estimate_row(p, e) for e in p.forward]
    assets = " or ".join(HEDGES[name] for name in p.rows.hedged)
    hedge = (
        f" Net of beta: less beta times {assets}, beta of the {BETA_BARS} bars before the decision." if assets else ""
    )
    note = (
        f"Returns of the bars that follow the fill at the next open.{hedge} Dots that leave zero inside their bars say "
        "nothing. Returns of several bars overlap from one decision to the next: ordinary errors would be far too "
        "narrow, so none are shown."
    )
    return [
        side_by_side(*panels),
        paragraph(note),
        table(columns, rows, sortable=True, words=(2,)),
        *_missing(p.forward),
    ]


def _estimate_row(p: SignalSheet, e: Estimate) -> list[Cell]:
    rank = next(r for r in p.ranks if (r.returns, r.horizon) == (e.returns, e.horizon))
    first = e.method != "nonoverlapping"
    return [
        RETURNS[e.returns],
        e.horizon,
        METHODS[e.method],
        f"{e.n:,}",
        signed(e.correlation, 3),
        interval(e.low, e.high),
        signed(e.slope_pct, unit="%"),
        signed(e.t, 2),
        p_value(e.p_value),
        signed(rank.rho, 3) if first else "",
        "" if not first else p_value(rank.p_value),
    ]


def _missing(rows: tuple[Estimate, ...]) -> list[str]:
    lacking = {
        f"{METHODS[e.method]} at {e.horizon} bars: {e.missing}." for e in rows if e.missing and e.returns == "plain"
    }
    return [paragraph("Not shown: " + " ".join(sorted(lacking)))] if lacking else []


def _values(p: SignalSheet) -> list[str]:
    shown = [h for h in (1, 5, 20, 60) if any(g.horizon == h and g.mean_pct is not None for g in p.group_returns)]
    edges = "; ".join(
        (f"{g.name}: {g.lowest:.4g} to {g.highest:.4g}" if g.highest > g.lowest else g.name) + f" ({g.n:,})"
        for g in p.groups
    )
    above = "not above" if p.signal.sign == "-" else "above"
    quantiles = len(p.groups) < p.distribution.distinct
    edged = "The edges are those of the whole sample: they describe, nobody could have traded on them. " * quantiles
    return [
        side_by_side(*(draw.quantiles(p, h) for h in shown)),
        paragraph(
            f"Mean log return by group of values ({p.signal.unit}; how many): {edges}. {edged}"
            "The dashed line is the mean of all decisions. "
            "Errors count every return as often as it is used."
        ),
        draw.hit_rates(p),
        paragraph(
            f"A hit: the return up after a signal {above} {p.rows.middle}, down after any other. Wilson intervals, "
            "rows without overlap. The grey dashes are what two independent series with the same shares of ups would "
            "give."
        ),
    ]


def _periods(p: SignalSheet) -> list[str]:
    columns = [
        "period",
        "from",
        "to",
        "with a value",
        "mean signal",
        f"{p.market.traded}",
        "1 bar",
        "5 bars",
        "20 bars",
    ]
    rows = [
        [q.name, q.start, q.end, f"{q.n:,} of {q.bars:,}", "-" if q.mean is None else f"{q.mean:.4g}",
         f"{q.asset_return:+,.0%}", *(signed(e.correlation, 2) + _p(e) for e in q.estimates)]
        for q in p.stability
    ]  # fmt: skip
    note = (
        "The same correlations within each period, by HAC at one bar and Hodrick 1B beyond; no return reaches over the "
        f"end of its period. What lies after the claim was published ({CLAIMED:%Y-%m-%d}) is too short to confirm it; "
        "it can only embarrass it."
    )
    return [draw.stability(p), paragraph(note), table(columns, rows)]


def _p(e: Estimate) -> str:
    return "" if e.p_value is None else f" (p {p_value(e.p_value)})"


def _events(p: SignalSheet) -> list[str]:
    parts = [part for study in p.events for part in _study(p, study)]
    columns = ["bars after", "high signal", "n", "low signal", "n", "difference", "p"]
    rows: list[list[Cell]] = [
        [c.horizon, signed(c.high_pct, unit="%"), c.n_high, signed(c.low_pct, unit="%"), c.n_low,
         signed(c.difference_pct, unit="%"),
         c.missing or p_value(c.p_value)]
        for c in p.after_decisions
    ]  # fmt: skip
    note = (
        f"Mean log return of {p.market.traded} from the open after an FOMC decision is known, by the signal's side of "
        f"{p.rows.middle} at that instant; p by shuffling the sides."
    )
    return [paragraph(EVENTS), *parts, paragraph(note), table(columns, rows)]


EVENTS = (
    "Average signal, and average log return from the close before, around the bar of the event. The band holds 95% of "
    "the averages of as many random dates, at each bar by itself. Upgrades are announced ahead: they annotate, they "
    "are no forecast. Events whose date is not verified, or whose window is not whole, are left out."
)


def _study(p: SignalSheet, study: EventStudy) -> list[str]:
    left = f", {study.left_out} left out" if study.left_out else ""
    if study.signal is None or study.asset is None:
        return [paragraph(f"{study.name} ({study.n}{left}): {study.missing}.")]
    title = f"{study.name} ({study.n}{left})"
    return [
        side_by_side(
            draw.event_panel(study, study.signal, f"{title}: {p.name}", draw.BLUE, ""),
            draw.event_panel(study, study.asset, f"{title}: {p.market.traded}", draw.ORANGE, "%"),
        )
    ]


def _kin(p: SignalSheet) -> list[str]:
    rows = [[name, in_short(why)] for name, why in p.kin.missing.items()]
    lacking = [table(["not among them", "why"], rows, wrap=(1,))] if rows else []
    if len(p.kin.names) < 2:
        return [paragraph("No other signal has a value on enough of these decisions."), *lacking]
    note = "Spearman's rank correlation at the decisions, the other signals with their default parameters."
    return [draw.kin_bars(p), draw.kin_map(p), paragraph(note), *lacking]


def _distribution(p: SignalSheet) -> list[str]:
    d = p.distribution
    half = f"{d.half_life} bars" if d.half_life else "more than 60 bars"
    columns = ["values", "distinct", "mean", "sd", "skewness", "kurtosis - 3"]
    moments: list[Cell] = [
        f"{d.n:,}",
        f"{d.distinct:,}",
        f"{d.mean:.4g}",
        f"{d.sd:.4g}",
        signed(d.skewness, 2),
        signed(d.excess_kurtosis, 2),
    ]
    ends = {"0": "least", "50": "median", "100": "most"}
    percentiles = table([ends.get(q, f"{q}%") for q in d.percentiles], [[f"{v:.4g}" for v in d.percentiles.values()]])
    note = (
        f"Autocorrelation falls to a half after {half}: neighbouring values are almost the same observation, so there "
        "are far fewer independent ones than decisions. The ends of the histogram hold what lies beyond."
    )
    return [
        side_by_side(draw.histogram(p), draw.autocorrelation(p)),
        paragraph(note),
        table(columns, [moments]),
        percentiles,
    ]


def _coverage(p: SignalSheet) -> list[str]:
    c = p.coverage
    pace = "never" if c.days_between_updates is None else f"every {c.days_between_updates:.1f} days"
    median, p95, most = _ages(c.ages)
    empty = many(c.empty_after_first, "decision") if c.empty_after_first else "none"
    said = (
        f"A value at {c.share:.1%} of the decisions, from {instant(c.first_value)} to {instant(c.last_value)} UTC; "
        f"after the first it is missing at {empty}. It is new {pace} on average, and {median} old at "
        f"the median decision, {p95} at the 95th percentile, {most} at most."
    )
    columns = ["input", "observations", "first", "last", "median age", "95%", "most", "stale", "known at"]
    rows = [
        [i.id, f"{i.observations:,}", i.first, i.last, *_ages(i.ages),
         f"{i.stale:.1%}", i.rule]
        for i in c.inputs
    ]  # fmt: skip
    ladder = [[known.id, known.observed, instant(known.known_at), age(known.age_hours)] for known in c.ladder]
    return [
        paragraph(said),
        table(columns, rows, wrap=(8,)),
        paragraph(f"One decision, that of {instant(c.sample_decision)} UTC, and what it stood on:"),
        table(["input", "observed", "known at (UTC)", "age"], ladder),
    ]


def write(p: SignalSheet, record: SignalSheetRecord, folder: Path, trials: TrialCount | None = None) -> Path:
    """Write signal.csv (a row a decision), signal.html and signal.json into `folder`, each whole or not at all.

    Returns the page. signal.json comes last: a folder without it is of a sheet that did not finish.
    """
    (folder / "signal.json").unlink(missing_ok=True)
    write_atomic(folder / "signal.csv", table_csv(p.rows.table()))
    write_atomic(folder / "signal.html", with_places(render(p, trials), folder, ("signal.json", "signal.csv")))
    write_atomic(folder / "signal.json", (as_text(record) + "\n").encode())
    return folder / "signal.html"


def _ages(ages: Ages) -> list[str]:
    return [age(24 * days) for days in (ages.median, ages.p95, ages.most)]
