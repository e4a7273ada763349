"""The contract compiled: one weight series after another through the same arithmetic, with the numbers of each.

`runs.batch.sets` and `.windows` are the ways in, by `machine_code`, which keeps what numba made of `run_sets` and
`run_windows`: this file is imported only to compile. So nothing here asks for memory, which callers bring as room, or
raises, and what is compiled needs numba no more.

`follow` is the engine, `measure` and `measure_rest` are the numbers; `run_sets` goes over the sets, `run_windows` over
the windows of each, where those that begin together are one run, measured at the end of each of them. Every float
operation stands in the order of `contract` and `metrics.performance`, without fast-math, so that equity is equal to the
reference engine's to the bit; sums go pairwise as numpy's do, so that the numbers are too. A set reads nothing of
another set's, and so does not depend on its neighbours, its block or the number of threads.
"""
# mypy: disable-error-code="no-untyped-def"
# numba gives the types of what it compiles; annotations there would only look as if they were checked.

from __future__ import annotations

import math

import numpy as np

from backtests.engine.compiled import compiled
from backtests.engine.layout import (
    BELOW_ZERO,
    DEEPEST,
    DEFINED,
    DEPTH,
    ENDLESS,
    HELD,
    NO_DRAWDOWN,
    NO_LOSS,
    NO_VARIANCE,
    NOT_FINITE,
    ORDERS,
    PAID,
    RAN,
    RUINED,
    SHARPE,
    SHORT,
    TOO_LARGE,
    TURNOVER,
)

# Those of `engine.ledger` and `metrics`, again: what is kept on the disk is renewed only when this file or `layout` is.
DUST, NO_ROOM = 1e-9, 1e-15
LEAF = 128


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


@compiled
def run_sets(first, last, room, stack, stands, opens, closes, years, decided, yields, fundings, earning, funded, rows,
             carries, terms, delays, start, periods, cuts, ends, kept, numbers, why, bars, ruined, parts):  # fmt: skip
    """Run sets first:last and fill their rows of the outputs, and of `kept` where it has any bars.

    `years`: days to the next bar in percents of a year. `yields` (percent a year) and `fundings` (fractions), both
    (c, n), by `carries` (sets,); `earning` and `funded` (c,) where any of them is not zero. `terms` (sets, 5): bound of
    |weight|, band, commission bps, slippage as a fraction, borrow in percent a year. `ends`: the number of bars.
    """
    curve, targets, x, spare = room[0], room[1], room[2], room[3]
    for i in range(first, last):
        usable = bound_and_shift(decided[rows[i]], delays[i] + 1, terms[i, 0], targets)
        equity = kept[i] if kept.shape[1] else curve
        c = carries[i]
        accrues = earning[c] or funded[c] or terms[i, 4] != 0
        follow(opens, closes, years, yields[c], fundings[c], accrues, funded[c], targets, terms[i], start, ends, equity,
               stands)  # fmt: skip
        ran, ruined[i] = int(stands[0, RAN]), stands[0, RUINED] != 0
        status = ENDLESS if not usable else DEFINED if math.isfinite(equity[ran - 1]) else NOT_FINITE
        bars[i] = ran
        if status:
            numbers[i], why[i], parts[i], bars[i], ruined[i] = np.nan, status, np.nan, 0, False
            if kept.shape[1]:
                equity[:] = np.nan
            continue
        measure(equity[:ran], years, yields[c], earning[c], start, periods, x[:ran], spare[:ran], stack, numbers[i],
                why[i])  # fmt: skip
        measure_rest(stands[0], periods, numbers[i], why[i])
        sharpe_by_part(x[:ran], cuts, periods, spare, stack, parts[i])


@compiled
def run_windows(first, last, room, stack, stands, numbers, why, opens, closes, years, yields, fundings, earning, funded,
                edges, begins, bounds, ends, owners, decided, rows, terms, lag, start, periods, columns, values,
                ended):  # fmt: skip
    """Run sets first:last over windows, each as a run of its own bars alone; fill `values` and `ended` of their owners.

    A run r: its bars edges[r]:edges[r+1] of the five arrays, decisions from the column begins[r] on, and the windows
    bounds[r]:bounds[r+1] that are its first `ends` bars; `earning` and `funded` (r,) where any bar is not zero.
    `values` (owners, sets, columns) NaN where undefined; `ended` (owners, sets): neither failed nor ruined. The bars of
    a run are read again by each set while they are at hand.
    """
    targets, curve, x, spare = room[0], room[1], room[2], room[3]
    for r in range(len(begins)):
        a, b, own = edges[r], edges[r + 1], ends[bounds[r] : bounds[r + 1]]
        n, cash_yield, funding = b - a, yields[a:b], fundings[a:b]
        accrues = earning[r] or funded[r] or terms[4] != 0
        equity = curve[:n]
        for i in range(first, last):
            row = decided[rows[i]][begins[r] : begins[r] + n]
            usable = bound_and_shift(row, lag, terms[0], targets[:n])
            follow(opens[a:b], closes[a:b], years[a:b], cash_yield, funding, accrues, funded[r], targets[:n], terms,
                   start, own, equity, stands)  # fmt: skip
            measure_windows(equity, years[a:b], cash_yield, earning[r], start, periods, own, stands, row, usable, x,
                            spare, stack, numbers, why, columns, owners[bounds[r] : bounds[r + 1]], i, values,
                            ended)  # fmt: skip


@compiled
def measure_windows(equity, years, cash_yield, earns, start, periods, ends, stands, decided, usable, x, spare, stack,
                    numbers, why, columns, owners, i, values, ended):  # fmt: skip
    """Fill set i of `run_windows` for the windows of one run; where all that is wanted is the Sharpe ratio, that alone.

    The returns of a window are the first ones of the run's.
    """
    alone = len(columns) == 1 and columns[0] == SHARPE
    if alone:
        longest = int(stands[len(ends) - 1, RAN])
        returns(equity[:longest], start, x[:longest])
        if earns:
            in_excess(x[:longest], years, cash_yield)
    for at in range(len(ends)):
        ran, to = int(stands[at, RAN]), owners[at]
        runs = math.isfinite(equity[ran - 1]) and (usable or all_end(decided[: ends[at]]))
        ended[to, i] = runs and stands[at, RUINED] == 0
        if not runs:
            values[to, i] = np.nan
        elif alone:
            values[to, i, 0] = sharpe(x[:ran], periods, spare[:ran], stack)[0]
        else:
            measure(equity[:ran], years, cash_yield, earns, start, periods, x[:ran], spare[:ran], stack, numbers, why)
            measure_rest(stands[at], periods, numbers, why)
            for column in range(len(columns)):
                values[to, i, column] = numbers[columns[column]] if why[columns[column]] == DEFINED else np.nan
