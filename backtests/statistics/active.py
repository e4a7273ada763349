"""Active returns: what a rule's timing earned beyond holding, all along, as much of the asset as it held on average."""

from __future__ import annotations

import numpy as np

from backtests.engine.ledger import Floats, Ledger
from backtests.metrics.performance import returns


def active_returns(net: Floats, asset: Floats, weights: Floats) -> Floats:
    """Return net - mean(weights) * asset, all of (n,) and in excess of cash: net pays every cost, the exposure none.

    Where positions know nothing of returns its mean is minus the costs, whatever the asset's drift.
    """
    return net - float(np.mean(weights)) * asset


def held_weights(ledger: Ledger) -> Floats:
    """Return the fraction of equity that each bar held from its open on (n,): after its fill, before its move."""
    bars = ledger.decisions.bars.iloc[: ledger.bars]
    opens, closes = (bars[name].to_numpy(dtype=np.float64) for name in ("open", "close"))
    worth = ledger.equity_usd - ledger.position * (closes - opens)
    value = ledger.position * opens
    weights: Floats = np.divide(value, worth, out=np.zeros_like(value), where=worth > 0)
    return weights


def asset_returns(ledger: Ledger) -> Floats:
    """Return the traded asset's return of each bar (n,), close to close; of the first from its open."""
    bars = ledger.decisions.bars.iloc[: ledger.bars]
    return returns(bars["close"].to_numpy(dtype=np.float64), float(bars["open"].iloc[0]))
