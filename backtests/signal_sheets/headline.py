"""The sentence that stands first: made from the numbers, a null result told as one."""

from __future__ import annotations

from collections.abc import Sequence

from backtests.pages.text import interval, p_value, signed
from backtests.signal_sheets.forward import Estimate, primary
from backtests.signal_sheets.judgements import LEVEL, Judgement, apart, corrected_of, named
from backtests.signal_sheets.sample import EQUITIES, HEDGE, HEDGES
from backtests.signal_sheets.stability import Period

SHORT = {HEDGE: "BTC", EQUITIES: EQUITIES}


def headline(
    name: str,
    expected: str,
    traded: str,
    found: Sequence[Estimate],
    judged: tuple[Judgement, ...],
) -> str:
    """Return what all bars together say: plain returns, the method to judge by, corrected for the whole sheet."""
    plain = _corrected(primary(found), judged)
    if not plain:
        return f"Too little history to say anything: no horizon of {traded}'s returns can be judged."
    least, best = plain[0]
    assert best.p_value is not None
    after = f"p {p_value(best.p_value)}, {p_value(least)} {_after(judged)}"
    if least < LEVEL:
        way = "higher" if (best.correlation or 0) > 0 else "lower"
        first = f"High values of {name} were followed by {way} returns of {traded}: {_best(best)}; {after}."
        return f"{first} {_expected(expected, way)}{_hedged(found, best)}"
    if best.p_value < LEVEL:
        first = (
            f"Nothing beyond chance in {name} for {traded}'s returns to come: the closest is {_best(best)}; {after}."
        )
        return first + _only_hedged(found, judged)
    looks = f"{len(plain)} horizons" if len(plain) > 1 else "one horizon"
    return (
        f"No sign that {name} says anything of {traded}'s returns to come: over all bars it is at none of {looks} "
        f"beyond chance. The closest is {_best(best)}; {after}.{_only_hedged(found, judged)}"
    )


def _corrected(found: Sequence[Estimate], judged: tuple[Judgement, ...]) -> list[tuple[float, Estimate]]:
    """Return the estimates that have a p-value with the corrected one, the least first."""
    pairs = [(c, e) for e in found if e.p_value is not None and (c := corrected_of(judged, e)) is not None]
    return sorted(pairs, key=lambda pair: (pair[0], pair[1].p_value))


def _after(judged: tuple[Judgement, ...]) -> str:
    return f"after correction for all {len(judged)} p-values of the sheet" if len(judged) > 1 else "as the only p-value"


def band_text(e: Estimate) -> str:
    """Return a correlation with its band, a dash where there is none."""
    if e.correlation is None:
        return "-"
    return f"{signed(e.correlation)} (95%: {interval(e.low, e.high)})"


def days(horizon: int) -> str:
    """Return a horizon in words."""
    return "the next bar" if horizon == 1 else f"the next {horizon} bars"


def _best(e: Estimate) -> str:
    return f"correlation {band_text(e)} with the return of {days(e.horizon)}"


def _expected(expected: str, way: str) -> str:
    if expected not in ("+", "-"):
        return "No sign was expected of it."
    right = (expected == "+") == (way == "higher")
    return "That is the sign expected of it." if right else "The sign expected of it is the opposite."


def _only_hedged(found: Sequence[Estimate], judged: tuple[Judgement, ...]) -> str:
    """Return what the hedged returns say where the plain ones say nothing; nothing where they do not either."""
    said = ""
    for returns, asset in HEDGES.items():
        pairs = _corrected(primary(found, returns), judged)
        if pairs and pairs[0][0] < LEVEL:
            after = f"p {p_value(pairs[0][0])} {_after(judged)}"
            said += f" Net of {SHORT[asset]} beta there is something: {_best(pairs[0][1])}, {after}."
    return said


def aside(
    expected: str, found: Sequence[Estimate], judged: tuple[Judgement, ...], periods: Sequence[Period] = ()
) -> str:
    """Return what is beyond chance where the horizons over all bars are not, and why it does not decide; else ""."""
    plain, beyond = _corrected(primary(found), judged), apart(judged)
    if not plain or plain[0][0] < LEVEL or not beyond:
        return ""
    count = "one thing is" if len(beyond) == 1 else f"{len(beyond)} things are"
    return (
        f"Elsewhere on the sheet {count} beyond chance after the same correction{named(beyond)}"
        f"{_way(expected, beyond[0], periods)}. That does not decide: the headline is of all bars together, and what "
        "one part of the sheet shows by itself is a question for bars to come."
    )


def _way(expected: str, smallest: Judgement, periods: Sequence[Period]) -> str:
    """Return the correlation of a judgement of one period, and whether it is against the sign expected."""
    signs = {(period.name, e.horizon): e.correlation for period in periods for e in period.estimates}
    correlation = signs.get((smallest.part, smallest.horizon))
    if correlation is None:
        return ""
    against = expected in ("+", "-") and (correlation > 0) != (expected == "+")
    said = f"; {smallest.part} the correlation is {signed(correlation)}"
    return f"{said}, against the sign expected" if against else said


def _hedged(found: Sequence[Estimate], best: Estimate) -> str:
    """Return what is left of the best horizon once the coin and the equities are hedged away, each by itself."""
    said = ""
    for returns, asset in HEDGES.items():
        same = next((e for e in primary(found, returns) if e.horizon == best.horizon), None)
        if same is None or same.p_value is None:
            continue
        alike = (same.correlation or 0) * (best.correlation or 0) > 0
        left = "stays" if same.p_value < LEVEL and alike else "does not stay"
        said += f" Net of {SHORT[asset]} beta it {left}: {band_text(same)}, p {p_value(same.p_value)}."
    return said
