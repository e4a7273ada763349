"""The answer of a judgement in one paragraph: the verdict on luck, the span, its numbers, after how many trials."""

from __future__ import annotations

from backtests.evidence.record import EvidenceRecord
from backtests.experiments.named import title
from backtests.pages.text import interval, many, signed
from backtests.statistics.verdict import CANNOT_TELL, DOES_NOT, SURVIVES

HEADLINES = {
    SURVIVES: "{what} survives from {start} to {end}: chance, its controls and placebos do not explain it.",
    DOES_NOT: "{what} does not survive from {start} to {end}: an edge worth having is excluded.",
    CANNOT_TELL: "Whether {what} is luck cannot be told yet from {start} to {end}.",
}


def answer(evidence: EvidenceRecord) -> str:
    """Return the answer of a judgement."""
    first = "the" if evidence.verdict == CANNOT_TELL else "The"
    study = title(evidence.study, evidence.params)
    what = study if evidence.kind == "run" else f"{first} best of {evidence.sets:,} sets of {study}"
    said = HEADLINES[evidence.verdict].format(what=what, start=evidence.start, end=evidence.end)
    if evidence.active_sharpe is None or evidence.active_interval is None:
        return said
    percentile = evidence.placebo_percentile
    place = "" if percentile is None else f", better than {percentile:.1%} of placebos"
    active = f"{signed(evidence.active_sharpe)} ({interval(*evidence.active_interval)})"
    return f"{said} Active Sharpe ratio {active}{place}, after {many(evidence.n_trials, 'trial')}."
