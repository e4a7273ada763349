"""The sentence that stands first: made from the numbers, a null result told as one."""

from __future__ import annotations

from collections.abc import Sequence

from backtests.pages.text import interval, p_value, signed
from backtests.signal_sheets.forward import Estimate, primary
from backtests.signal_sheets.judgements import Judgement, corrected_of
from backtests.signal_sheets.sample import EQUITIES, HEDGE, HEDGES

LEVEL = 0.05
SHORT = {HEDGE: "BTC", EQUITIES: EQUITIES}


def headline(name: str, expected: str, traded: str, found: Sequence[Estimate], judged: tuple[Judgement, ...]) -> str:
    """Return one or two sentences: of the plain returns by the method to judge by, corrected for the whole sheet."""
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
        f"No sign that {name} says anything of {traded}'s returns to come: at none of {looks} is it beyond chance. "
        f"The closest is {_best(best)}; {after}.{_only_hedged(found, judged)}"
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
