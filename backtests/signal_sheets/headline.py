"""The sentence that stands first: made from the numbers, a null result told as one."""

from __future__ import annotations

from collections.abc import Sequence

from backtests.pages.text import interval, p_value, signed
from backtests.signal_sheets.forward import Estimate, primary
from backtests.statistics.multiple import holm

LEVEL = 0.05


def headline(
    name: str, expected: str, traded: str, found: Sequence[Estimate], corrected: Sequence[float | None]
) -> str:
    """Return one or two sentences; `corrected` are Holm's p-values of the plain estimates in order of the horizons."""
    judged = [(e, c) for e, c in zip(primary(found), corrected, strict=True) if e.p_value is not None and c is not None]
    if not judged:
        return f"Too little history to say anything: no horizon of {traded}'s returns can be judged."
    best, least = min(judged, key=lambda pair: (pair[1], pair[0].p_value))
    assert best.p_value is not None
    looks = f"{len(judged)} horizons" if len(judged) > 1 else "one horizon"
    after = f"p {p_value(best.p_value)}, {p_value(least)} after correction for {looks}"
    if least < LEVEL:
        way = "higher" if (best.correlation or 0) > 0 else "lower"
        first = f"High values of {name} were followed by {way} returns of {traded}: {_best(best)}; {after}."
        return f"{first} {_expected(expected, way)}{_hedged(found, best)}"
    if best.p_value < LEVEL:
        first = (
            f"Nothing beyond chance in {name} for {traded}'s returns to come: the closest is {_best(best)}; {after}."
        )
        return first + _only_hedged(found)
    return (
        f"No sign that {name} says anything of {traded}'s returns to come: at none of {looks} is it beyond chance. "
        f"The closest is {_best(best)}; {after}.{_only_hedged(found)}"
    )


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


def _only_hedged(found: Sequence[Estimate]) -> str:
    """Return what the hedged returns say where the plain ones say nothing; nothing where they do not either."""
    judged = [(e, e.p_value) for e in primary(found, "hedged") if e.p_value is not None]
    pairs = [(corrected, e) for corrected, (e, _) in zip(holm([p for _, p in judged]), judged, strict=True)]
    corrected, best = min(pairs, key=lambda pair: pair[0], default=(1.0, None))
    if best is None or corrected >= LEVEL:
        return ""
    after = f"{p_value(corrected)} after correction for {len(pairs)} horizons"
    return f" Of the returns hedged for BTC it does: {_best(best)}, p {after}."


def _hedged(found: Sequence[Estimate], best: Estimate) -> str:
    """Return what is left of the best horizon once BTC is hedged away."""
    same = next((e for e in primary(found, "hedged") if e.horizon == best.horizon), None)
    if same is None or same.p_value is None:
        return ""
    alike = (same.correlation or 0) * (best.correlation or 0) > 0
    left = "stays" if same.p_value < LEVEL and alike else "does not stay"
    return f" Hedged for BTC it {left}: {band_text(same)}, p {p_value(same.p_value)}."
