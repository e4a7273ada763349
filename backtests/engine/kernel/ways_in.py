"""The two ways into the kernel: over sets, and over windows of each.

A set reads nothing of another set's, and so does not depend on its neighbours, its block or the number of threads.
Windows that begin together are one run, measured at the end of each of them.
"""

# mypy: disable-error-code="no-untyped-def"
# numba gives the types of what it compiles; annotations there would only look as if they were checked.

from __future__ import annotations

import math

import numpy as np

from backtests.engine.kernel.account import all_end, bound_and_shift, follow
from backtests.engine.kernel.compiled import compiled
from backtests.engine.kernel.layout import DEFINED, ENDLESS, NOT_FINITE, RAN, RUINED, SHARPE
from backtests.engine.kernel.measures import in_excess, measure, measure_rest, returns, sharpe, sharpe_by_part


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
