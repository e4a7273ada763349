"""The verdict on a rule: would it have survived honest testing? Fixed here before any number is seen.

survives           deflated Sharpe of active returns >= .95 after as many independent trials as those tried are worth
                   (each one where that is not known), p of superior ability < .05 against vol-targeted holding
                   and against the asset's own trend, p of the placebo < .05, and costs could double
does not survive   the 95% interval of the annual active Sharpe ratio lies below the smallest useful edge, 0.5
cannot tell yet    neither: what is short, in the order of its weight
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from backtests.experiments.costs import Costs

Word = Literal["survives", "does not survive", "cannot tell yet"]
SURVIVES: Word = "survives"
DOES_NOT: Word = "does not survive"
CANNOT_TELL: Word = "cannot tell yet"
DEFLATED, LEVEL = 0.95, 0.05
SMALLEST_USEFUL = 0.5
DEFAULT_COST_BPS = Costs().commission_bps + Costs().slippage_bps
COST_FACTOR = 2.0
NOT_KNOWN = "not known"


@dataclass(frozen=True, kw_only=True)
class Grounds:
    """What the rule judges by. None is not known, and `missing` says why under the field's (or the benchmark's) name.

    `active_interval` is of the annual active Sharpe ratio; `effective` how many independent ones the trials are worth,
    where it is known: the deflated Sharpe ratio is then after so many; `spa` the p-value against each benchmark that
    counts; `break_even_cost_bps` what an order may cost, of its value, before timing earns nothing.
    """

    active_interval: tuple[float, float] | None
    deflated_sharpe: float | None
    trials: int
    spa: Mapping[str, float | None]
    placebo_p_value: float | None
    break_even_cost_bps: float | None
    missing: Mapping[str, str] = field(default_factory=dict)
    effective: float | None = None


@dataclass(frozen=True)
class Verdict:
    """The word, and its reasons in the order of their weight."""

    word: Word
    reasons: tuple[str, ...]


def verdict(grounds: Grounds) -> Verdict:
    """Return the verdict on the grounds given; what is not known cannot make anything survive."""
    holds = list(_conditions(grounds))
    short = tuple(text for met, text in holds if not met)
    if not short:
        return Verdict(SURVIVES, tuple(text for _, text in holds))
    high = grounds.active_interval[1] if grounds.active_interval else None
    if high is not None and high < SMALLEST_USEFUL:
        low = grounds.active_interval[0] if grounds.active_interval else 0.0
        first = (
            f"the active Sharpe ratio's interval, {low:+.2f} to {high:+.2f}, lies below the smallest useful edge, "
            f"{SMALLEST_USEFUL:g}"
        )
        return Verdict(DOES_NOT, (first, *short))
    return Verdict(CANNOT_TELL, short)


def _conditions(grounds: Grounds) -> Iterator[tuple[bool, str]]:
    """Yield whether each condition is met, and what it says, the heaviest first."""
    tried = f"{grounds.trials:,} trial{'s' if grounds.trials != 1 else ''}"
    tried += "" if grounds.effective is None else f", worth {grounds.effective:,.0f} independent ones"
    deflated, placebo, cost = grounds.deflated_sharpe, grounds.placebo_p_value, grounds.break_even_cost_bps
    if deflated is None:
        yield False, _unknown(grounds, "deflated_sharpe", "the deflated Sharpe ratio")
    else:
        yield (
            deflated >= DEFLATED,
            f"deflated Sharpe of active returns {deflated:.2f} after {tried}; {DEFLATED:g} is due",
        )
    for name, p in grounds.spa.items():
        if p is None:
            yield False, _unknown(grounds, name, f"whether it is better than {name}")
        else:
            yield p < LEVEL, f"better than {name}, at its volatility: p {p:.3f}; under {LEVEL:g} is due"
    if placebo is None:
        yield False, _unknown(grounds, "placebo_p_value", "its place among placebos")
    else:
        yield placebo < LEVEL, f"better than placebos: p {placebo:.3f}; under {LEVEL:g} is due"
    due = COST_FACTOR * DEFAULT_COST_BPS
    if cost is None:
        yield False, _unknown(grounds, "break_even_cost_bps", "what orders may cost")
    else:
        yield cost >= due, f"timing pays orders of up to {cost:.0f} bp of their value; {due:g} are due"


def _unknown(grounds: Grounds, field_name: str, what: str) -> str:
    return f"{what} is not known: {grounds.missing.get(field_name, 'it was not asked')}"
