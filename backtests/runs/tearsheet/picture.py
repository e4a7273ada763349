"""The picture of a run: its equity beside what it is held against, both drawdowns, and what it held."""

from __future__ import annotations

import numpy as np
import pandas as pd

from backtests.engine.ledger import Floats
from backtests.metrics.labels import LABELS
from backtests.pages.chart import Curve, Panel, chart
from backtests.pages.text import number
from backtests.runs.record import RunRecord
from backtests.runs.result import Result

OWN, HELD, LEADER = "--c1", "--soft", "--c2"


def picture(result: Result, run: RunRecord) -> str:
    """Return the first picture of the page of a run, with its claim."""
    cash, labels = run.cash_usd, result.returns.index
    equity = np.asarray(result.ledger.equity_usd, dtype=np.float64)
    benchmarks = {name: _on(curve, labels) for name, curve in result.benchmark_curves.items()}
    held_name, held = next(iter(benchmarks.items()))
    others = [Curve(name, _grown(curve, cash), LEADER, 1.2) for name, curve in list(benchmarks.items())[1:2]]
    lines = [Curve(f"{run.study}, {run.net}", equity, OWN, 2.0), Curve(held_name, held, HELD, 1.4), *others]
    falls = [
        Curve(f"{run.study}", drawdown(equity, cash), OWN, 1.2, area=True),
        Curve(held_name, drawdown(held, cash), HELD, 1.0),
    ]
    weight = _weight(result)
    low, high = min(0.0, float(np.nanmin(weight))), max(1.0, float(np.nanmax(weight)))
    panels = [
        Panel("Equity at closes, USD, log scale", lines, 236, "money", log=True),
        Panel("Drawdown", falls, 84, "percent"),
        Panel("Position, of equity", [Curve(run.study, weight, OWN, 1.0, area=True)], 34, "percent", steps=True,
              ends=(low, high)),
    ]  # fmt: skip
    says = f"Equity of {run.study} and of {held_name} on a log scale, their drawdowns, and the position, by bar"
    return chart(labels, panels, says=says, claim=_claim(run, labels, equity, held_name))


def drawdown(equity: Floats, cash: float) -> Floats:
    """Return each bar's drawdown (bars,), a fraction of at most 0, from the peak so far; the start is `cash`."""
    known = np.where(np.isfinite(equity), equity, -np.inf)
    peak = np.maximum.accumulate(np.concatenate([[cash], known]))[1:]
    return np.asarray(equity / peak - 1)


def deepest(labels: pd.Index, equity: Floats, cash: float) -> tuple[str, str]:
    """Return when the worst drawdown began, its peak, and when it was deepest."""
    falls = drawdown(equity, cash)
    low = int(np.nanargmin(falls))
    top = int(np.nanargmax(equity[: low + 1]))
    return f"{labels[top]:%Y-%m-%d}", f"{labels[low]:%Y-%m-%d}"


def _claim(run: RunRecord, labels: pd.Index, equity: Floats, held_name: str) -> str:
    worst, held = run.metrics["max_drawdown"], run.held["max_drawdown"]
    top, low = deepest(labels, equity, run.cash_usd)
    fall = (
        f"{LABELS['max_drawdown']} {number('max_drawdown', worst)}, {top} to {low}; {held_name}: "
        f"{number('max_drawdown', held)}."
        if worst
        else "It never stood below an earlier close."
    )
    share, orders = run.metrics["time_in_market"], run.metrics["orders"]
    count = f"{number('orders', orders)} order{'s' * (orders != 1)}"
    return f"{fall} A position on {number('time_in_market', share)} of {run.bars:,} bars, by {count}."


def _on(curve: pd.Series, labels: pd.Index) -> Floats:
    return np.asarray(curve.reindex(labels).ffill().to_numpy(dtype="float64"))


def _grown(prices: Floats, cash: float) -> Floats:
    """Return what `cash` in something at its first known price would be."""
    known = prices[np.isfinite(prices)]
    return np.asarray(prices / known[0] * cash) if known.size else prices


def _weight(result: Result) -> Floats:
    """Return the position at each close as a fraction of equity (bars,)."""
    ledger = result.ledger
    close = ledger.decisions.bars["close"].to_numpy(dtype="float64")[: ledger.bars]
    equity = np.asarray(ledger.equity_usd, dtype=np.float64)
    share = np.divide(ledger.position * close, equity, out=np.zeros_like(equity), where=equity > 0)
    return np.asarray(share)
