"""The page of a judgement: the answer first, then what it stands on, in the order of its weight."""

from __future__ import annotations

from backtests.evidence.answer import answer
from backtests.evidence.attribution import Attribution, Part
from backtests.evidence.examination import Examination
from backtests.evidence.figures import attributed, by_trials, overfitting, placebo
from backtests.evidence.record import EvidenceRecord
from backtests.experiments.named import leader, title, traded
from backtests.pages import html
from backtests.pages.html import Cell
from backtests.pages.text import interval, many, number, p_value, signed, signed_percent
from backtests.statistics.verdict import COST_FACTOR, DEFAULT_COST_BPS, DEFLATED, SMALLEST_USEFUL, SURVIVES

FOOTER = (
    "Returns in excess of cash, after costs, unless it says otherwise. Active: net less a constant exposure to the "
    "traded asset of the same mean weight. Formulas, sources and how often the verdict errs: docs/evidence.md. Seeds "
    "are fixed; evidence.json holds what this page says."
)


def render(found: Examination, evidence: EvidenceRecord) -> bytes:
    """Return the page as UTF-8."""
    settings = [[path, str(value)] for path, value in evidence.params.items()]
    parts = [
        html.verdict(answer(evidence)),
        placebo(found),
        html.claim(_by_chance(evidence)),
        html.tiles(_tiles(evidence)),
        html.warnings(evidence.notes),
        html.section("Why", html.paragraph(f"{why(evidence)}:"), html.ordered(evidence.reasons)),
        html.section("Could chance have done it?", _placebos(evidence)),
        html.section("After how many trials?", by_trials(found), _trials(evidence)),
        html.section("Better than what costs nothing to think of?", _controls(evidence)),
        *_of_sweep(found, evidence),
        html.section("Where the money came from", *_attribution(found.attribution)),
        html.section("Intervals", _intervals(evidence)),
        html.method(
            html.facts(_facts(evidence)),
            html.section("Every setting", html.table(["parameter", "value"], settings)),
        ),
    ]
    made = evidence.source if evidence.simulated else ""
    return html.page(
        f"Is {title(evidence.study, evidence.params)} luck?",
        *parts,
        simulated=made,
        footer=f"{FOOTER} {evidence.run_id}.",
    )


def why(evidence: EvidenceRecord) -> str:
    """Return what the reasons of the verdict are, which stand in the order of their weight."""
    return "It met every condition" if evidence.verdict == SURVIVES else "What is short, the heaviest first"


def _by_chance(evidence: EvidenceRecord) -> str:
    """Return what the placebos say, in a line."""
    if not evidence.placebos:
        return "No placebo was drawn."
    one = evidence.placebos[0]
    return (
        f"{one.what}: {one.placebos:,} placebos, 95% of them between {interval(*one.sharpe_95)}; the rule itself "
        f"{signed(one.own_sharpe)}, p {p_value(one.p_value)}."
    )


def _tiles(evidence: EvidenceRecord) -> dict[str, str | tuple[str, str]]:
    percentile, cost = evidence.placebo_percentile, evidence.break_even_cost_bps
    low, high = evidence.active_interval or (None, None)
    return {
        "Active Sharpe ratio": (signed(evidence.active_sharpe), f"95% {interval(low, high)}"),
        "Deflated Sharpe ratio": (
            _two(evidence.judged_deflated_sharpe),
            f"after {many(evidence.n_trials, 'trial')}{_worth(evidence)}; {DEFLATED:g} is due",
        ),
        "p against controls": (p_value(evidence.spa_p_value), "vol-targeted holding and own trend; under 0.05 is due"),
        "Placebos that are worse": ("-" if percentile is None else f"{percentile:.1%}", "over 95% is due"),
        "An order may cost": (
            "-" if cost is None else f"{cost:.0f} bp",
            f"of its value; {COST_FACTOR * DEFAULT_COST_BPS:g} bp are due",
        ),
    }


def _worth(evidence: EvidenceRecord) -> str:
    effective = evidence.n_trials_effective
    return "" if effective is None else f", worth {effective:,.0f} independent ones"


def _placebos(evidence: EvidenceRecord) -> str:
    rows: list[list[Cell]] = [
        [one.what, signed(one.own_sharpe), f"{one.placebos:,}", interval(*one.sharpe_95), f"{one.percentile:.1%}",
         p_value(one.p_value)]
        for one in evidence.placebos
    ]  # fmt: skip
    said = (
        f"The same rule on signals of another time, the path of {traded(evidence.params)} kept: signals slid around "
        "the calendar together, or drawn again in blocks, weights decided again, filled at the same costs. The same "
        "positions slid need no rule: their ratios, the true one too, are before costs, which are alike for every "
        "slide. Of a sweep every set's are slid at once, which pays for choosing. p: one more than the placebos at "
        "least as good, over one more than all. The first row decides."
    )
    table = (
        html.table(["placebo", "active Sharpe", "placebos", "95% of them", "worse", "p"], rows, wrap=(0,))
        if rows
        else ""
    )
    return table + html.paragraph(said) + _leaders(evidence)


def _leaders(evidence: EvidenceRecord) -> str:
    if not evidence.placebo_leaders:
        return ""
    own = str(evidence.params["market.leader"])
    found = evidence.placebo_leaders | {own: evidence.active_sharpe or "not known"}
    rows: list[list[Cell]] = [[id, signed(value) if isinstance(value, float) else value] for id, value in found.items()]
    said = html.paragraph(f"The same rule with another leader in the seat; {own} must do better than the others:")
    return said + html.table(["leader", "active Sharpe"], rows, chosen=len(rows) - 1)


def _trials(evidence: EvidenceRecord) -> str:
    tried, effective = f"{evidence.n_trials:,}", evidence.n_trials_effective
    rows: list[list[Cell]] = [
        ["probabilistic: one trial", "1", _two(evidence.psr)],
        ["deflated: every trial by itself", tried, _two(evidence.deflated_sharpe)],
        ["deflated: as many independent ones as they are worth", "-" if effective is None else f"{effective:,.1f}",
         _two(evidence.deflated_sharpe_effective)],
        ["raw returns, which reward drift: never judged by", tried, _two(evidence.deflated_sharpe_raw)],
    ]  # fmt: skip
    length = evidence.min_track_record_years
    years = "no record is long enough" if length is None else f"{length:,.{int(length < 100)}f} years"
    said = (
        f"{evidence.years:.1f} years were run. For its active Sharpe ratio to be above 0 with 95%, as a single trial: "
        f"{years}. Below {evidence.min_backtest_years:.1f} years the best of {tried} trials without skill is expected "
        "to show a Sharpe ratio of 1."
    )
    return html.table(["Sharpe ratio", "trials", "probability"], rows, wrap=(0,)) + html.paragraph(said)


def _controls(evidence: EvidenceRecord) -> str:
    rows: list[list[Cell]] = []
    for name, p in evidence.spa.items():
        why = evidence.missing.get(name, "") if p is None else ""
        rows.append([name, p_value(p), why])
    shown = 3 if any(row[2] for row in rows) else 2
    said = (
        "Superior predictive ability (Hansen 2005), every rule at the control's volatility and at the same costs; of a "
        "sweep, of the best of all its sets. Cash is no control in a market that rose."
    )
    table = html.table(["control", "p", "why not"][:shown], [row[:shown] for row in rows], wrap=(2,))
    return table + html.paragraph(said) + _representatives(evidence) + html.paragraph(_decisive(evidence))


def _representatives(evidence: EvidenceRecord) -> str:
    """Return which sets that stand for alike ones beat which control; nothing for a run by itself."""
    if not evidence.representatives:
        return ""
    rows: list[list[Cell]] = [
        [name, *("yes" if name in beat else "no" for beat in evidence.superior.values())]
        for name in evidence.representatives
    ]
    said = "The best of each cluster of alike sets, against each control, at 5% for all (StepM; Romano, Wolf 2005):"
    return html.paragraph(said) + html.table(["set", *(f"beats {name}" for name in evidence.superior)], rows, wrap=(0,))


def _decisive(evidence: EvidenceRecord) -> str:
    found, name = evidence.c5_minus_c4, leader(evidence.params)
    if found.interval is None:
        return f"Added by {name} to own trend: {evidence.missing.get('c5_minus_c4', 'not known')}."
    return (
        f"Own trend and that of {name} together less own trend alone, at one volatility: Sharpe ratio "
        f"{signed(found.sharpe)} ({interval(*found.interval)}), p {p_value(found.p_value)}."
    )


def _of_sweep(found: Examination, evidence: EvidenceRecord) -> list[str]:
    if evidence.overfitting is None or found.among is None:
        return []
    own = evidence.overfitting
    said = (
        f"In {own.pbo:.0%} of {own.choices:,} halvings the set that was best in one half stands in the lower half of "
        f"the other (CSCV, {own.blocks} blocks); it lost money there in {own.loses_outside:.0%}. Over noise this is "
        "50% on average with a standard deviation of 20 points: read the distribution, not the number."
    )
    return [html.section("Does the best of one half stay good in the other?", overfitting(found), html.paragraph(said))]


def _attribution(found: Attribution | None) -> list[str]:
    if found is None:
        return [html.paragraph("Too few bars to take apart.")]
    low, high = found.beta_95
    long, timed, costs, net, alpha = map(
        signed_percent,
        (found.long_per_year, found.timing_per_year, -found.costs_per_year, found.net_per_year, found.alpha_per_year),
    )
    said = (
        f"Held {found.mean_weight:.0%} of equity on average. A year: {long} from being long as much all along, {timed} "
        f"from timing, {costs} of costs, {net} in all. Beta {found.beta:.2f} ({interval(low, high, '.2f')}), alpha "
        f"{alpha} a year. Arithmetic, in excess of cash; the parts of a split add up to the whole."
    )
    splits = {"year": found.by_year, "weekday": found.by_weekday, "regime": found.by_regime, "stress": found.stress}
    tables = [_split(name, parts) for name, parts in splits.items() if parts]
    return [attributed(found), html.paragraph(said), *tables]


def _split(name: str, parts: tuple[Part, ...]) -> str:
    rows: list[list[Cell]] = []
    for part in parts:
        earned = map(signed_percent, (part.asset, part.net, part.long, part.active))
        rows.append([part.name, f"{part.bars:,}", f"{part.mean_weight:.0%}", *earned])
    return html.table([f"by {name}", "bars", "mean weight", "asset", "net", "being long", "active"], rows)


def _intervals(evidence: EvidenceRecord) -> str:
    rows: list[list[Cell]] = [
        ["Sharpe ratio, net", _two(evidence.sharpe), _ends(evidence.interval)],
        ["Sharpe ratio, active", _two(evidence.active_sharpe), _ends(evidence.active_interval)],
        ["Growth a year (CAGR)", number("cagr", evidence.cagr), _ends(evidence.cagr_interval, ".0%")],
        ["Worst drawdown", number("max_drawdown", evidence.max_drawdown), _ends(evidence.max_drawdown_interval, ".0%")],
        ["Calmar ratio", number("calmar", evidence.calmar), _ends(evidence.calmar_interval)],
    ]
    said = (
        "95% by stationary bootstrap of whole bars, blocks by Politis and White. Each takes the run as the only one "
        f"that was tried. The smallest useful active Sharpe ratio is set at {SMALLEST_USEFUL:g}: an interval below it "
        "excludes an edge worth having."
    )
    return html.table(["number", "value", "95%"], rows) + html.paragraph(said)


def _facts(evidence: EvidenceRecord) -> dict[str, str]:
    return {
        "Judged": f"{evidence.kind} {evidence.of}",
        "Bars": f"{evidence.start} to {evidence.end}, {evidence.bars:,}",
        "Sets": f"{evidence.sets:,}",
        "Trials": f"{evidence.n_trials:,}, of which {evidence.prior_trials:,} elsewhere",
        "Source": evidence.source,
        "Data fingerprint": evidence.data_fingerprint,
    }


def _two(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _ends(bounds: tuple[float, float] | None, form: str = "+z.2f") -> str:
    low, high = bounds or (None, None)
    return interval(low, high, form)
