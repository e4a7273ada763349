"""Many sets at once through the compiled kernel: the numbers of each, and the metrics of one in words.

Sets name a row of the distinct weight series, so that those which differ only in costs share it; weights are read in
place, never copied.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
import numpy.typing as npt

from backtests.engine.kernel.layout import ENDLESS, room
from backtests.engine.ledger import Decisions, Floats
from backtests.experiments.costs import Costs, Execution
from backtests.metrics.performance import NAMES, Metrics
from backtests.processors import processors
from backtests.runs.batch.kernel_inputs import Ints, by_set, carried, check_bars, fixed, rising_cuts, whole_delays
from data.catalogue import PERIODS_PER_YEAR
from data.errors import RunError

Bools = npt.NDArray[np.bool_]
# By the codes of `engine.layout`.
REASONS = (
    "",
    "under two bars",
    "no variance",
    "no loss",
    "no drawdown",
    "equity ended below zero",
    "too large: the span is too short",
    "a decided weight is infinite",
    "equity is beyond any float",
)
BLOCK = 64
SETS_A_THREAD = 128


@dataclass(frozen=True, eq=False)
class Batch:
    """The numbers of many sets. Shapes: n bars, p parts.

    `metrics` (sets, 11) in the order of metrics.NAMES, NaN where `why` (sets, 11) is not 0. `bars` run and `ruined`
    (sets,). `equity` (sets, n) at closes, NaN after ruin; `sharpe_by_part` (sets, p), NaN where undefined; both only
    when asked for.
    """

    metrics: Floats
    why: npt.NDArray[np.uint8]
    ruined: Bools
    bars: Ints
    equity: Floats | None = None
    sharpe_by_part: Floats | None = None

    def __len__(self) -> int:
        return len(self.metrics)

    @property
    def failed(self) -> Bools:
        """Which sets have no numbers; `failure` says why."""
        return np.asarray(self.why[:, 0] >= ENDLESS)

    def failure(self, i: int) -> str | None:
        """Return why set `i` has no numbers, None where it has."""
        return REASONS[self.why[i, 0]] if self.why[i, 0] >= ENDLESS else None

    def of(self, i: int) -> Metrics:
        """Return the metrics of set `i` as `metrics.of_ledger` does: None with a reason where undefined."""
        codes = dict(zip(NAMES, self.why[i].tolist(), strict=True))
        values: dict[str, float | int | None] = dict(zip(NAMES, self.metrics[i].tolist(), strict=True))
        values |= {name: None for name, code in codes.items() if code}
        if values["orders"] is not None:
            values["orders"] = int(values["orders"])
        return Metrics(values, {name: REASONS[code] for name, code in codes.items() if code})


def run_many(
    bars_open: Floats,
    bars_close: Floats,
    days: Floats,
    decided: Floats,
    *,
    rows: Ints | None = None,
    cash_yield: float | Floats = 0.0,
    funding: float | Floats = 0.0,
    carries: Ints | None = None,
    commission_bps: float | Floats,
    slippage_bps: float | Floats,
    borrow_pct_per_year: float | Floats,
    rebalance_band: float | Floats,
    delay_bars: int | Ints,
    max_leverage: float | Floats,
    cash_usd: float,
    periods_per_year: int,
    keep_equity: bool = False,
    cuts: Sequence[int] | Ints | None = None,
    threads: int | None = None,
) -> Batch:
    """Run every set by the contract of `engine.contract` and measure it by `metrics`.

    `bars_open`, `bars_close`, `days` (n,) as in `Decisions`. `decided` (k, n): the distinct weight series, before
    the bound of leverage, NaN for no opinion. `rows` (sets,): the row of `decided` of each set, by default one set a
    row. `cash_yield` (percent a year) and `funding` (fraction of the position's value), as in `Decisions`: a number,
    (n,) or (c, n) by bar; `carries` (sets,) is the row of both of each set, by default the first. Costs and execution
    are one value for all or (sets,). `cuts`: bars between each two of which `sharpe_by_part` is taken. `threads`: None
    for as many as help; the result is the same to the bit. ValueError where shapes do not fit, a row is not there, or a
    price, day or cost is not finite; what goes wrong in one set is its `failure` alone.
    """
    from backtests.engine.kernel.machine_code import Call  # noqa: PLC0415  # loads LLVM

    rows = np.arange(len(decided)) if rows is None else np.asarray(rows)
    sets, n = len(rows), len(bars_open)
    terms = by_set(
        sets,
        max_leverage=max_leverage,
        rebalance_band=rebalance_band,
        commission_bps=commission_bps,
        slippage=np.asarray(slippage_bps) / 1e4,
        borrow_pct_per_year=borrow_pct_per_year,
    )
    lags = whole_delays(sets, delay_bars)
    check_bars(bars_open, bars_close, days, decided, rows, cash_usd)
    yields, fundings, carries = carried(cash_yield, funding, carries, sets, n)
    edges = rising_cuts(cuts, n)
    batch, equity = _room(sets, n if keep_equity else 0, len(edges) - 1 if cuts is not None else None)
    parts = np.empty((sets, 0)) if batch.sharpe_by_part is None else batch.sharpe_by_part
    given = [fixed(a) for a in (bars_open, bars_close, np.divide(days, 36500), decided, yields, fundings)]
    any_of = [fixed((each != 0).any(axis=1), np.bool_) for each in (yields, fundings)]
    sets_given = (fixed(rows, np.int64), fixed(carries, np.int64), fixed(terms), fixed(lags, np.int64))
    rest = (float(cash_usd), float(periods_per_year), fixed(edges, np.int64), fixed([n], np.int64), equity,
            batch.metrics, batch.why, batch.bars, batch.ruined, parts)  # fmt: skip
    run = Call("run_sets", partial(room, n, 1), *given, *any_of, *sets_given, *rest)
    spread(lambda first: run(first, min(first + BLOCK, sets)), sets, threads, BLOCK)
    return batch


def load_kernel() -> None:
    """Have the kernel compiled, or read from its cache, by two bars that do nothing: before it is waited for."""
    one = np.ones(2)
    free = dict.fromkeys(("commission_bps", "slippage_bps", "borrow_pct_per_year", "rebalance_band"), 0.0)
    rest = {"delay_bars": 0, "max_leverage": 1.0, "cash_usd": 1.0, "periods_per_year": PERIODS_PER_YEAR["utc_day"]}
    run_many(one, one, one, one[None], **free, **rest, cuts=(0, 2))  # type: ignore[arg-type]  # a number each


def _room(sets: int, bars: int, parts: int | None) -> tuple[Batch, Floats]:
    """Return a batch to be filled, and the array for equity (no columns if it is not kept)."""
    equity = np.empty((sets, bars))
    batch = Batch(
        metrics=np.empty((sets, len(NAMES))),
        why=np.empty((sets, len(NAMES)), np.uint8),
        ruined=np.empty(sets, np.bool_),
        bars=np.empty(sets, np.int64),
        equity=equity if bars else None,
        sharpe_by_part=None if parts is None else np.empty((sets, parts)),
    )
    return batch, equity


def run_decisions(
    decisions: Decisions, costs: Costs, execution: Execution, cash_usd: float, periods_per_year: int
) -> Floats:
    """Return the equity at the closes of the bars that were run; RunError where the set fails."""
    batch = run_many(
        decisions.bars["open"].to_numpy(),
        decisions.bars["close"].to_numpy(),
        decisions.days,
        decisions.decided[None],
        cash_yield=decisions.yields(costs),
        funding=decisions.funded(costs),
        commission_bps=costs.commission_bps,
        slippage_bps=costs.slippage_bps,
        borrow_pct_per_year=costs.charged_borrow_pct,
        **vars(execution),
        cash_usd=cash_usd,
        periods_per_year=periods_per_year,
        keep_equity=True,
    )
    why = batch.failure(0)
    if why or batch.equity is None:
        raise RunError(why or "the kernel gave no equity")
    return batch.equity[0, : batch.bars[0]]


def spread(block: Callable[[int], None], sets: int, threads: int | None, size: int) -> None:
    """Call `block` with the first of each `size` sets, in so many threads: None for as many as help."""
    firsts = range(0, sets, size)
    if threads is None:
        threads = min(processors(), sets // SETS_A_THREAD)
    if threads <= 1:
        for first in firsts:
            block(first)
        return
    list(_pool(threads).map(block, firsts))


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    """Return threads that stay: blocks come by the hundred, and to start threads is a part of each."""
    return ThreadPoolExecutor(threads, "kernel")
