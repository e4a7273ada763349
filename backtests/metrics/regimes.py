"""What a run returned in each regime that its strategy knows: the split of time and return."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pandas as pd

from backtests.engine.ledger import Ledger
from backtests.experiments.costs import Costs
from backtests.metrics import performance

NONE = "none"
Names = npt.NDArray[np.object_]


def in_force(regimes: pd.Series[str], bars: int, delay_bars: int) -> Names:
    """Return the name of the decision in force on each of the first `bars` bars, "none" before the first."""
    lag = min(1 + delay_bars, bars)
    return np.concatenate([np.full(lag, NONE, dtype=object), regimes.to_numpy(dtype=object)[: bars - lag]])


def split(
    ledger: Ledger, regimes: pd.Series[str], costs: Costs, delay_bars: int, periods_per_year: int
) -> dict[str, dict[str, float | int | None]]:
    """Return, by regime, what the bars returned on which a decision of that regime was in force.

    `regimes`: the regime of each decision, one for every bar. The bar after it (later by `delay_bars`) is
    the first that it moves; bars before the first decision are under "none". `total_return` is compounded over the
    regime's own bars, so that 1 + total returns multiply to the run's; `sharpe` is over cash, None where undefined.
    """
    n = ledger.bars
    names = in_force(regimes, n, delay_bars)
    r = performance.returns(ledger.equity_usd, ledger.start_cash_usd)
    over_cash, parts = performance.excess(ledger, costs), {}
    for name in sorted(set(names)):
        own = r[names == name]
        ratio = performance.sharpe(over_cash[names == name], periods_per_year)
        parts[name] = {
            "bars": len(own),
            "share_of_bars": len(own) / n,
            "total_return": float(np.prod(1 + own)) - 1,
            "sharpe": None if math.isnan(ratio) else ratio,
            "time_in_market": float(np.mean(ledger.position[names == name] != 0)),
        }
    return parts
