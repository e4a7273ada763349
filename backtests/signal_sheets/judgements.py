"""Judgements: every p-value that a sheet shows, and what is left of it after one has looked at all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backtests.pages.text import many, p_equation
from backtests.signal_sheets.forward import Estimate
from backtests.signal_sheets.sample import HEDGES
from backtests.statistics.multiple import holm

LEVEL = 0.05
RETURNS = {"plain": "plain", **{name: f"net of {asset} beta" for name, asset in HEDGES.items()}}
METHODS = {"hac": "HAC", "hodrick": "Hodrick 1B", "nonoverlapping": "no overlap"}


@dataclass(frozen=True)
class Judgement:
    """One p-value and Holm's among all of the sheet. `part` says where it stands, `returns` of which returns it is."""

    part: str
    returns: str
    horizon: int
    method: str
    p_value: float
    corrected: float


def judgements(parts: Mapping[str, Any]) -> tuple[Judgement, ...]:
    """Return every judgement of a sheet's parts, in the order in which the page shows them."""
    shown = list(_shown(parts))
    corrected = holm([p for *_, p in shown])
    return tuple(Judgement(*what, c) for what, c in zip(shown, corrected, strict=True))


def corrected_of(found: tuple[Judgement, ...], e: Estimate) -> float | None:
    """Return Holm's p-value of one of the sheet's estimates of all rows; None where it has none."""
    key = (CORRELATION, e.returns, e.horizon, METHODS[e.method])
    return next((j.corrected for j in found if (j.part, j.returns, j.horizon, j.method) == key), None)


def apart(found: tuple[Judgement, ...]) -> tuple[Judgement, ...]:
    """Return what is beyond chance after Holm and is no horizon over all bars by the method to judge by."""
    deciding = {METHODS["hac"], METHODS["hodrick"]}
    beyond = [j for j in found if j.corrected < LEVEL and not (j.part == CORRELATION and j.method in deciding)]
    return tuple(sorted(beyond, key=lambda j: j.corrected))


def named(beyond: Sequence[Judgement]) -> str:
    """Return judgements after a colon, the smallest three of them; nothing where there are none."""
    shown = [
        f"{j.part}, {RETURNS[j.returns]} returns, {many(j.horizon, 'bar')} ({p_equation(j.corrected)})"
        for j in sorted(beyond, key=lambda j: j.corrected)[:3]
    ]
    more = f" and {len(beyond) - 3} more" if len(beyond) > 3 else ""
    return f": {'; '.join(shown)}{more}" if shown else ""


CORRELATION = "correlation"


def _shown(parts: Mapping[str, Any]) -> Iterator[tuple[str, str, int, str, float]]:
    """Yield part, returns, horizon, method and p-value."""
    yield from _estimates(CORRELATION, parts["forward"])
    for r in parts["ranks"]:
        if r.p_value is not None:
            yield (
                "rank correlation",
                r.returns,
                r.horizon,
                METHODS["hac" if r.horizon == 1 else "nonoverlapping"],
                r.p_value,
            )
    for period in parts["stability"]:
        yield from _estimates(period.name, period.estimates)
    for c in parts["after_decisions"]:
        if c.p_value is not None:
            yield "after FOMC decisions", "plain", c.horizon, "shuffled sides", c.p_value


def _estimates(part: str, found: tuple[Estimate, ...]) -> Iterator[tuple[str, str, int, str, float]]:
    for e in found:
        if e.p_value is not None:
            yield part, e.returns, e.horizon, METHODS[e.method], e.p_value
