"""What must hold before a verdict: sessions, returns that change, something of the leader's own, dates that fit.

A common move under a wrong date looks like a lead of a session. Three marks of it are seen in the returns alone: the
correlation stands one session off in the whole sample, or in a stretch of it, or the traded asset's returns repeat, as
they do where a price was carried on or stamped late. Labels that are late on single sessions without repeating leave no
mark: see `LATE` in `deciding`.
"""

from __future__ import annotations

import math

import numpy as np

from backtests.lead.deciding import residual
from backtests.lead.family import Array
from backtests.lead.sample import Sample

LEAST_SESSIONS = 250
"""Fewer joint sessions than this decide nothing: 40 lags are estimated, and only a lead above 6% could be seen."""
LEAST_OWN = 1e-3
"""Least share of the leader's variance that the other equities must leave (23% for IWM beside SPY and QQQ)."""
MOST_NEXT_R2 = 0.03
"""A share of next-session variance above this (a Sharpe ratio of 2.7) beside half as strong a correlation in the same
session, or less, is what shifted dates look like."""
STRETCH, STEP = 240, 30
MOST_STRETCH_T = 4.0
"""A t above this one session off within a stretch of 240, a quarter of it or less in the same session there, and a
t above this in the same session outside the stretch: the common move is there, and stands under another date."""
CLIP = 3.0
MOST_REPEATED = 0.02
"""Prices of a coin, to the cent and at fixed hours, hardly ever repeat a return; more than this share is a fault."""


def insufficient(sample: Sample) -> str:
    """Return why no verdict can be given, or nothing."""
    if sample.n < LEAST_SESSIONS:
        return f"{sample.n} joint sessions; at least {LEAST_SESSIONS} are needed"
    for name, x in {"traded": sample.traded, **sample.equities, **sample.others}.items():
        if float(np.ptp(x)) == 0:
            return f"the returns of {name} never change"
    own = residual(sample.leader, sample.beside).var() / sample.leader.var()
    if own < LEAST_OWN:
        return f"the controls explain {1 - own:.4%} of the leader: nothing of its own is left to look at"
    return shifted_dates(sample) or repeated(sample.traded) or shifted_stretch(sample)


def shifted_dates(sample: Sample) -> str:
    """Return what looks like labels a day off, or nothing.

    A common move that stands under the wrong date appears one session off and leaves the session itself: the
    correlation there is more than twice that of the same session, and stronger than any market would leave.
    """
    x, y = sample.leader, sample.traded
    here = abs(float(np.corrcoef(x, y)[0, 1]))
    before, after = (abs(float(np.corrcoef(*pair)[0, 1])) for pair in ((x[:-1], y[1:]), (x[1:], y[:-1])))
    for there, when in ((before, "next"), (after, "last")):
        if there > 2 * here and there**2 > MOST_NEXT_R2:
            return (
                f"the dates look shifted: the leader's correlation is {there:.2f} with the {when} session of the "
                f"traded asset and {here:.2f} with the same one (bound: twice that, or {math.sqrt(MOST_NEXT_R2):.2f}); "
                "look at both with `harbinger data check`"
            )
    return ""


def repeated(traded: Array) -> str:
    """Return what looks like prices that were carried on or stamped late, or nothing."""
    share = float(((traded[1:] == traded[:-1]) | (traded[1:] == 0)).mean())
    if share <= MOST_REPEATED:
        return ""
    return (
        f"the traded asset's return is 0 or that of the session before in {share:.1%} of sessions (bound: "
        f"{MOST_REPEATED:.0%}): prices carried on, or stamped late; look at them with `harbinger data check`"
    )


def shifted_stretch(sample: Sample) -> str:
    """Return in which sessions the labels look a day off, or nothing: the same mark, within 240 sessions.

    Each return over its root mean square of the sample, held to +-3, so that one crash is no stretch.
    """
    y = _clipped(sample.traded)
    for x in map(_clipped, sample.equities.values()):
        here, rest = _stretch_t(x[1:-1] * y[1:-1])
        for when, other in (("next", x[:-2]), ("last", x[2:])):
            there, _ = _stretch_t(other * y[1:-1])
            off = (there > MOST_STRETCH_T) & (there > 4 * np.abs(here)) & (rest > MOST_STRETCH_T)
            if off.any():
                first = int(np.argmax(off)) * STEP + 1
                return (
                    f"the dates look shifted in sessions {first + 1:,} to {first + STRETCH:,} of {sample.n:,}: an "
                    f"equity moves with the {when} session of the traded asset there (t {there[off][0]:.1f}), and not "
                    "with the same one as elsewhere; look at both with `harbinger data check`"
                )
    return ""


def _clipped(x: Array) -> Array:
    unit: Array = np.clip((x - x.mean()) / x.std(), -CLIP, CLIP)
    return unit


def _stretch_t(product: Array) -> tuple[Array, Array]:
    """Return the t of the mean of every 30th stretch of 240 products, and that of the rest of the sample."""
    sums, squares = (np.concatenate([[0.0], np.cumsum(z)]) for z in (product, product**2))
    first = np.arange(0, max(1, len(product) - STRETCH + 1), STEP)
    last = np.minimum(first + STRETCH, len(product))
    total, spread = sums[last] - sums[first], squares[last] - squares[first]
    least = np.finfo(float).tiny
    inside: Array = total / np.sqrt(np.maximum(spread, least))
    outside: Array = (sums[-1] - total) / np.sqrt(np.maximum(squares[-1] - spread, least))
    return inside, outside
