"""The engine's contract as an independent few-line recursion, written from its text and sharing no code with it."""

from dataclasses import replace

import numpy as np
import pandas as pd

from backtests.engine.ledger import Decisions


def recursion(opens, closes, decided, days, *, commission=0.0, slippage=0.0, borrow=0.0, cash_yield=0.0,
              funding=None, band=0.0, delay=0, cash=1e5):  # fmt: skip
    """Return (position, cash, equity) at each close; stops at ruin. `cash_yield`: a number or one a bar."""
    yields = np.broadcast_to(cash_yield, len(opens))
    borrow, funding = (borrow, np.zeros(len(opens))) if funding is None else (0.0, funding)
    q, rows = 0.0, []
    for t in range(len(opens)):
        o, c = opens[t], closes[t]
        e = cash + q * o
        if e <= 0:
            rows.append((0.0, e, e))
            break
        w = decided[t - 1 - delay] if t - 1 - delay >= 0 else np.nan
        w = 0.0 if abs(w) <= 1e-9 else w
        if not np.isnan(w):
            now = q * o / e
            quiet = abs(w - now) <= band and w != 0 and not (w > 0 > now or w < 0 < now)
            s = np.sign(w * e - q * o)
            p = o * (1 + s * slippage)
            left = e - abs(q) * (abs(p - o) + p * commission)
            lessens = q * (w * e - q * o) < 0 and abs(w * e - q * o) > 1e-9 * e
            if not quiet and lessens and left <= 1e-9 * max(e, abs(q * o)):  # the order's costs leave nothing
                rows.append((0.0, min(left, 0.0), min(left, 0.0)))
                break
            dq = (w * e - q * o) / (o + w * ((p - o) + s * p * commission))
            if not quiet and abs(dq * o) > 1e-9 * e:
                cash -= dq * p + abs(dq) * p * commission
                q = 0.0 if w == 0 else q + dq
        e = cash + q * c
        earned = max(min(cash, e), 0) * yields[t] - (max(-q * c, 0) + max(-cash, 0)) * borrow
        cash += days[t] / 36500 * earned - q * c * funding[t]
        e = cash + q * c
        rows.append((q, cash, e))
        if e <= 0:
            break
    return tuple(np.array(column) for column in zip(*rows, strict=True))


def with_carry(decisions, seed, yields=True, funding=True):
    """Return the decisions with a path of cash yields (some 0, to 50%) and of funding rates (either sign, some 0)."""
    rng, n = np.random.default_rng([seed, 1]), len(decisions.days)
    named = np.where(rng.random(n) < 0.3, 0.0, rng.uniform(0, 50, n)) if yields else None
    paid = np.where(rng.random(n) < 0.3, 0.0, rng.normal(0, 0.003, n)) if funding else None
    return replace(decisions, cash_yield=named, funding=paid)


def decisions_of(seed, n=150, vol=0.05, gaps=False, decided=None):
    """Return a random walk of bars with opens off the last close, and decisions (default: uniform in -1..1)."""
    rng = np.random.default_rng(seed)
    closes = 100 * np.exp(np.cumsum(rng.normal(0, vol, n)))
    opens = np.r_[100.0, closes[:-1]] * np.exp(rng.normal(0, vol / 4, n))
    top, bottom = np.maximum(opens, closes), np.minimum(opens, closes)
    wick = np.abs(rng.normal(0, vol / 4, n))
    days = rng.choice([1.0, 2.0, 3.0], n) if gaps else np.ones(n)
    labels = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.r_[0, np.cumsum(days[:-1])], unit="D")
    columns = {"open": opens, "high": top * (1 + wick), "low": bottom / (1 + wick), "close": closes}
    bars = pd.DataFrame(columns, index=pd.DatetimeIndex(labels, name="date"))
    return Decisions(bars, rng.uniform(-1, 1, n) if decided is None else np.asarray(decided, float), days)
