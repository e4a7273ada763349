"""The other side of `tests.benchmarks.kernel`: vectorbt on the arrays of a folder, one measured call a line of stdin.

Run by the python of `.venv-bench`, never imported: vectorbt is no dependency of the project. A line is JSON with `path`
(from_orders or order_func); the answer is JSON with the seconds of the fills alone, of fills and the same seven numbers
together, the orders a set and the final equity of each of the sets in columns.npy.
"""

import json
import sys
import time
import warnings
from pathlib import Path

warnings.simplefilter("ignore")

import numpy as np  # noqa: E402
import vectorbt as vbt  # noqa: E402
from numba import njit  # noqa: E402
from vectorbt.portfolio import nb  # noqa: E402
from vectorbt.portfolio.enums import SizeType  # noqa: E402

FOLDER = Path(sys.argv[1])
opens, closes, targets, rows, bands, COLUMNS = (
    np.load(FOLDER / f"{name}.npy") for name in ("opens", "closes", "targets", "rows", "bands", "columns")
)
given = json.loads((FOLDER / "terms.json").read_text())
FEES, SLIPPAGE, CASH = given["commission_bps"] / 1e4, given["slippage_bps"] / 1e4, given["cash_usd"]
CHUNK = 1000  # columns at a time: one call on all 10,000 needs 6 GB and is slower


def clock():
    """Return seconds: by the wall, and of the processor."""
    return np.array([time.perf_counter(), time.process_time()])


@njit
def follow(c, opens, targets, bands, fees, slippage):
    """Order to the target as the contract says: a band, and a size that is exact after costs."""
    o, w = opens[c.i], targets[c.i, c.col]
    equity = c.cash_now + c.position_now * o
    now = c.position_now * o / equity
    if np.isnan(w) or (abs(w - now) <= bands[c.col] and w != 0 and w * now >= 0):
        return nb.order_nothing_nb()
    wanted = w * equity - c.position_now * o
    side = 1.0 if wanted > 0 else -1.0
    price = o * (1 + side * slippage)
    size = wanted / (o + w * ((price - o) + side * price * fees)) if w != 0 else -c.position_now
    if abs(size * o) <= 1e-9 * equity:
        return nb.order_nothing_nb()
    return nb.order_nb(size=size, price=o, size_type=SizeType.Amount, fees=fees, slippage=slippage)


def from_orders(columns):
    """The fastest path: target percents, no band; columns contiguous, compiled by Rust."""
    size = np.asfortranarray(targets[rows[columns]].T)
    began = clock()
    pf = vbt.Portfolio.from_orders(
        closes[:, None], size=size, size_type="targetpercent", price=opens[:, None], fees=FEES, slippage=SLIPPAGE,
        init_cash=CASH, freq="1D", engine="rust",
    )  # fmt: skip
    return began, pf


def order_func(columns):
    """The same job as ours."""
    size = np.asfortranarray(targets[rows[columns]].T)
    close = np.broadcast_to(closes[:, None], size.shape)
    began = clock()
    pf = vbt.Portfolio.from_order_func(
        close, follow, opens, size, bands[columns], FEES, SLIPPAGE, init_cash=CASH, freq="1D",
    )  # fmt: skip
    return began, pf


def measure(path, wanted):
    """Return the seconds of fills alone and with the numbers, chunk after chunk."""
    fills, whole, orders, ends = np.zeros(2), np.zeros(2), 0, []
    for first in range(0, len(wanted), CHUNK):
        began, pf = path(wanted[first : first + CHUNK])
        fills += clock() - began
        found = (pf.total_return(), pf.annualized_return(), pf.annualized_volatility(), pf.sharpe_ratio(),
                 pf.sortino_ratio(), pf.max_drawdown(), pf.calmar_ratio())  # fmt: skip
        whole += clock() - began
        orders += len(pf.orders.records)
        ends.append(CASH * (1 + np.asarray(found[0])))
    return {
        "fills": fills.tolist(),
        "whole": whole.tolist(),
        "orders": orders / len(wanted),
        "ends": np.concatenate(ends).tolist(),
    }


PATHS = {"from_orders": from_orders, "order_func": order_func}
for path in PATHS.values():
    measure(path, COLUMNS[:10])  # compile
print(json.dumps({"version": vbt.__version__}), flush=True)  # noqa: T201  # the answer to the parent
for line in sys.stdin:
    asked = json.loads(line)
    print(json.dumps(measure(PATHS[asked["path"]], COLUMNS)), flush=True)  # noqa: T201
