"""The answer of a comparison in one paragraph: which is ahead, by how much, over which span, how sure that is."""

from __future__ import annotations

from backtests.comparisons.record import ComparedRunRecord, ComparisonRecord, PairedRecord
from backtests.pages.text import interval, number, signed

MOST_SENTENCES = 3
APART, TOGETHER = "significant at 95%", "not significant at 95%"


def answer(comparison: ComparisonRecord) -> str:
    """Return the answer of a comparison."""
    ranked = [run for run in comparison.runs if run.metrics.get("sharpe") is not None]
    ranked.sort(key=lambda run: run.metrics["sharpe"] or 0.0, reverse=True)
    span = f"from {comparison.start} to {comparison.end}"
    if not ranked:
        return f"No run has a Sharpe ratio {span}."
    named = str if len(ranked) <= MOST_SENTENCES + 1 else _letter  # of many, a line each below says which is which
    others = ", ".join(f"{named(run.name)} {_sharpe(run)}" for run in ranked[1:])
    first = f"{ranked[0].name} has the highest Sharpe ratio {span}, {_sharpe(ranked[0])}" + f"; {others}" * bool(others)
    return f"{first}. {_apart(comparison)} Each is taken as the only one that was tried."


def _sharpe(run: ComparedRunRecord) -> str:
    ends = run.sharpe_interval_95
    return number("sharpe", run.metrics["sharpe"]) + (f" (95%: {interval(*ends, form='.2f')})" if ends else "")


def _apart(comparison: ComparisonRecord) -> str:
    """Return how sure the differences are: each where they are few, else how many are significant."""
    first, pairs = _letter(comparison.runs[0].name), comparison.paired
    if len(pairs) <= MOST_SENTENCES:
        return " ".join(difference(pair) for pair in pairs)
    sure = [_letter(pair.run) for pair in pairs if is_significant(pair)]
    named = f": {', '.join(sure)}" if sure else ""
    return f"Of {len(pairs)} differences from {first} in Sharpe ratio {len(sure)} are {APART}{named}."


def _letter(name: str) -> str:
    return name.partition(" ")[0]


def is_significant(pair: PairedRecord) -> bool:
    """Whether the interval of the difference of Sharpe ratios leaves zero out."""
    low, high = pair.sharpe_difference_95 or (0.0, 0.0)
    return low > 0 or high < 0


def difference(pair: PairedRecord) -> str:
    """Return one difference of Sharpe ratios in a sentence, of runs that were named whole before."""
    less = f"{_letter(pair.run)} less {_letter(pair.against)}"
    if pair.sharpe_difference is None or pair.sharpe_difference_95 is None:
        return f"{less}: no interval, {pair.missing or 'a Sharpe ratio is undefined'}."
    sure = APART if is_significant(pair) else TOGETHER
    ends = interval(*pair.sharpe_difference_95)
    return f"{less}: {signed(pair.sharpe_difference)} (95%: {ends}), {sure}."
