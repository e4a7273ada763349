"""One account on its bars: `follow` is `engine.loop`, operation by operation."""

# mypy: disable-error-code="no-untyped-def"
# numba gives the types of what it compiles; annotations there would only look as if they were checked.

from __future__ import annotations

import math

import numpy as np

from backtests.engine.kernel.compiled import compiled
from backtests.engine.kernel.layout import DEEPEST, DUST, HELD, ORDERS, PAID, RAN, RUINED, TURNOVER


@compiled
def bound_and_shift(decided, lag, bound, targets):
    """Fill the weight applied at each open, as `Decisions.targets` of the bounded decisions; return whether all end."""
    n = len(decided)
    lag = min(lag, n)
    targets[:lag] = np.nan
    later = targets[lag:]
    for t in range(n - lag):
        low = -bound if decided[t] < -bound else decided[t]
        high = bound if low > bound else low
        later[t] = 0.0 if abs(high) <= DUST else high
    return all_end(decided)


@compiled
def all_end(decided):
    """Return whether no weight is infinite. Counted, because a loop that stops early is not vectorised."""
    without_end = 0
    for t in range(len(decided)):
        without_end += abs(decided[t]) == np.inf
    return without_end == 0


@compiled
def left_by_closing(worth, units, open_, bps, slip):
    """Return what `contract.Account.left_by_closing` does."""
    price = open_ * (1 + math.copysign(slip, -units))
    return worth - abs(units) * (abs(price - open_) + price * bps / 1e4)


@compiled
def wanted_size(target, worth, value, units, open_, bps, slip, band):
    """Return the order as `contract.Account.order_size` does, 0 for none; NaN where its costs leave no equity."""
    weight = value / worth
    near = (abs(target - weight) <= band) & (target != 0) & (target * weight >= 0)
    idle = (target == 0) & (units == 0)
    if near | idle | (target != target):
        return 0.0
    wanted = target * worth - value
    lessens = wanted * units < 0 and abs(wanted) > DUST * worth
    if lessens and left_by_closing(worth, units, open_, bps, slip) <= DUST * max(worth, abs(value)):
        return np.nan
    if target == 0:
        size = -units
    else:
        price = open_ * (1 + math.copysign(slip, wanted))
        size = wanted / (open_ + target * ((price - open_) + math.copysign(price, wanted) * bps / 1e4))
    return size if abs(size * open_) > DUST * worth else 0.0


@compiled
def accrued(cash, units, close, years, borrow, cash_yield):
    """Return what `contract.accrual` does before funding, for a price above zero.

    Without a short position equity is not below cash, which leaves one product, equal to the bit: the sums and the
    smaller of the two would be waited for on every bar.
    """
    value = units * close
    if value >= 0:
        return years * (cash * (cash_yield if cash > 0 else borrow))
    worth = cash + value
    lent = worth if worth < cash else cash
    paid = (-value + (-cash if cash < 0 else 0.0)) * borrow
    return years * ((lent if lent > 0 else 0.0) * cash_yield - paid)


@compiled
def follow(opens, closes, years, cash_yield, funding, accrues, funded, targets, terms, start, ends, equity, stands):
    """Run one set as `engine.loop` does; fill `equity`, NaN after ruin. `accrues`, `funded`: whether anything does.

    `ends`: rising numbers of bars, the last of all of them; `stands` (ends, STAND) is filled with what a run of the
    first so many bars comes to: bars run, ruined, deepest ratio to the running maximum, bars held, orders, turnover,
    costs.
    """
    ruined, bars, first = False, len(opens), 0
    band, bps, slip, borrow = terms[1], terms[2], terms[3], terms[4]
    cash, units, peak, trough, depth = start, 0.0, start, start, 1.0
    holds, held, orders, turnover, paid = 0, 0, 0, 0.0, 0.0
    for at in range(len(ends)):
        end = bars if ruined else ends[at]
        for t in range(first, end):
            open_, close = opens[t], closes[t]
            value = units * open_
            worth = cash + value
            size = wanted_size(targets[t], worth, value, units, open_, bps, slip, band) if not worth <= 0 else np.nan
            if size != size:
                left = left_by_closing(worth, units, open_, bps, slip) if worth > 0 else worth
                worth = 0.0 if left > 0 else left
                equity[t], ruined, bars = worth, True, t + 1
                trough = worth if worth < trough else trough
                break
            if size != 0:
                price = open_ * (1 + math.copysign(slip, size))
                commission = abs(size) * price * bps / 1e4
                cash -= size * price + commission
                units = 0.0 if size == -units else units + size
                holds = 1 if units != 0 else 0
                orders += 1
                turnover += abs(size * price) / worth
                paid += commission + abs(size) * abs(price - open_)
            if accrues:
                interest = accrued(cash, units, close, years[t], borrow, cash_yield[t])
                cash += interest - units * close * funding[t] if funded else interest
            worth = cash + units * close
            equity[t] = worth
            if worth > peak:
                # Rounding keeps order, so the deepest ratio under one maximum is that of the lowest equity.
                depth, peak, trough = min(depth, trough / peak), worth, worth
            trough = worth if worth < trough else trough
            held += holds
            if worth <= 0:
                ruined, bars = True, t + 1
                break
        first = bars if ruined else end
        stands[at, RAN], stands[at, RUINED], stands[at, DEEPEST] = first, ruined, min(depth, trough / peak)
        stands[at, HELD], stands[at, ORDERS], stands[at, TURNOVER], stands[at, PAID] = held, orders, turnover, paid
    equity[bars:] = np.nan
