"""The numbers of one curve: `metrics.performance`, operation by operation."""

# mypy: disable-error-code="no-untyped-def"
# numba gives the types of what it compiles; annotations there would only look as if they were checked.

from __future__ import annotations

import math

import numpy as np

from backtests.engine.kernel.compiled import compiled
from backtests.engine.kernel.layout import (
    BELOW_ZERO,
    DEEPEST,
    DEFINED,
    DEPTH,
    HELD,
    NO_DRAWDOWN,
    NO_LOSS,
    NO_ROOM,
    NO_VARIANCE,
    ORDERS,
    PAID,
    RAN,
    SHORT,
    TOO_LARGE,
    TURNOVER,
)

LEAF = 128


@compiled
def leaf(x, lo, n):
    """Return the sum of x[lo:lo+n], up to 128 values, as numpy adds them: in eight partial sums, then the rest."""
    part = x[lo : lo + n]
    whole = n // 8
    found = 0.0
    if whole > 0:
        a, b, c, d = part[0], part[1], part[2], part[3]
        e, f, g, h = part[4], part[5], part[6], part[7]
        for i in range(1, whole):
            at = 8 * i
            a, b, c, d = a + part[at], b + part[at + 1], c + part[at + 2], d + part[at + 3]
            e, f, g, h = e + part[at + 4], f + part[at + 5], g + part[at + 6], h + part[at + 7]
        found = ((a + b) + (c + d)) + ((e + f) + (g + h))
    for i in range(8 * whole, n):
        found += part[i]
    return found


@compiled
def total(x, stack):
    """Return the sum as numpy adds: in halves down to 128. By a `stack`: numba cannot load recursion."""
    todo, done = stack[:DEPTH], stack[DEPTH:]
    todo[0], waiting, found, lo = len(x), 1, 0, 0
    while waiting:
        waiting -= 1
        size = int(todo[waiting])
        if size < 0:
            found -= 1
            done[found - 1] += done[found]
        elif size <= LEAF:
            done[found] = leaf(x, lo, size)
            found += 1
            lo += size
        else:
            half = size // 2 - size // 2 % 8
            todo[waiting], todo[waiting + 1], todo[waiting + 2] = -1, size - half, half
            waiting += 3
    return done[0]


@compiled
def deviation(x, mean, spare, stack):
    """Return the standard deviation (ddof 1) about the mean; `spare` is as long as `x`."""
    for i in range(len(x)):
        off = x[i] - mean
        spare[i] = off * off
    return math.sqrt(total(spare, stack) / (len(x) - 1))


@compiled
def returns(equity, start, x):
    """Fill the returns from bar to bar, the first from `start`."""
    x[0] = equity[0] / start - 1
    before, after, later = equity[: len(equity) - 1], equity[1:], x[1:]
    for t in range(len(equity) - 1):
        later[t] = after[t] / before[t] - 1


@compiled
def in_excess(x, years, cash_yield):
    """Take what cash yields from the returns."""
    for t in range(len(x)):
        x[t] = x[t] - years[t] * cash_yield[t]


@compiled
def sharpe(x, periods, spare, stack):
    """Return (Sharpe ratio of excess returns, why it is undefined)."""
    n = len(x)
    mean = total(x, stack) / n
    spread = deviation(x, mean, spare, stack) if n > 1 else np.nan
    if spread > NO_ROOM:
        return mean / spread * math.sqrt(periods), DEFINED
    return np.nan, NO_VARIANCE if n > 1 else SHORT


@compiled
def measure(equity, years, cash_yield, earns, start, periods, x, spare, stack, out, why):
    """Fill what `metrics.of_curve` gives except the drawdown and Calmar, and the excess returns `x`.

    `earns`: whether cash yields anything on any bar.
    """
    n, scale = len(equity), math.sqrt(periods)
    returns(equity, start, x)
    mean = total(x, stack) / n
    spread = deviation(x, mean, spare, stack) if n > 1 else np.nan
    out[2], why[2] = spread * scale, DEFINED if n > 1 else SHORT
    if earns:
        in_excess(x, years, cash_yield)
        mean = total(x, stack) / n
        spread = deviation(x, mean, spare, stack) if n > 1 else np.nan
    for t in range(n):
        low = x[t] if x[t] < 0 else 0.0
        spare[t] = low * low
    downside = math.sqrt(total(spare, stack) / n)
    growth = equity[n - 1] / start
    cagr = growth ** (periods / n) - 1 if growth >= 0 else np.nan
    out[0], why[0] = growth - 1, DEFINED
    out[1], why[1] = (cagr, DEFINED) if cagr < np.inf else (np.nan, BELOW_ZERO if growth < 0 else TOO_LARGE)
    out[3], why[3] = (mean / spread * scale, DEFINED) if spread > NO_ROOM else (np.nan, NO_VARIANCE if n > 1 else SHORT)
    if downside > NO_ROOM and n > 1:
        out[4], why[4] = mean / downside * scale, DEFINED
    else:
        out[4], why[4] = np.nan, NO_LOSS if n > 1 else SHORT


@compiled
def measure_rest(stand, periods, out, why):
    """Fill the drawdown, Calmar and the numbers about orders."""
    fall, ran = stand[DEEPEST] - 1, stand[RAN]
    if fall < 0 and why[1] == DEFINED:
        out[6], why[6] = out[1] / -fall, DEFINED
    else:
        out[6], why[6] = np.nan, SHORT if ran < 2 else why[1] or NO_DRAWDOWN
    out[5], out[7], out[8] = fall, stand[HELD] / ran, stand[TURNOVER] * periods / ran
    out[9], out[10] = stand[ORDERS], stand[PAID]
    why[5], why[7:] = DEFINED, DEFINED


@compiled
def sharpe_by_part(x, cuts, periods, spare, stack, out):
    """Fill the Sharpe ratio of the bars between each two cuts, NaN where it is undefined."""
    for i in range(len(cuts) - 1):
        part = x[cuts[i] : cuts[i + 1]]
        out[i] = sharpe(part, periods, spare[: len(part)], stack)[0] if len(part) else np.nan
