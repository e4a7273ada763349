"""Sample: a signal at every decision beside the returns that a decision could earn.

Row i is decision i, at the close of bar i. `x` is the signal's last value known by then. `y` is the log return from the
open of bar i+1, where a decision is filled, to the open of bar i+2; a return over h bars is the sum of h such rows. `y`
is NaN in the last two rows. `past` is the log return of the closes of bars i-1 and i, known at decision i.

Returns hedged for another asset are y less beta times that asset's move over the same bar, beta of the moves of the
last 180 bars, known at the decision; the hedge is set again at every open. A coin's moves are from open to open of its
own bars. An equity's move over a bar is that of its closes known at the two ends: none where no session ended between.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from data.calendars.clock import bars_from_hours
from data.catalogue import lookup
from data.market import Market
from data.table import to_bars

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

HEDGE, EQUITIES = "BTC-USD", "SPY"
HEDGES = {"hedged": HEDGE, "hedged_spy": EQUITIES}
"""What returns are hedged for, by the name that they have beside the plain ones."""
BETA_BARS = 180
SIGNED_SHARE = 0.05  # of the values on each side of zero: with fewer, zero is not where the signal turns
WARMUP = 60


@dataclass(frozen=True, eq=False)
class Sample:
    """Rows of one span, as above. `state` is 1 where x is above its middle, 0 where it is not, NaN where unknown.

    `hedged` holds y less the hedging asset's share by the names of HEDGES; `no_hedge` why one is not there.
    """

    labels: pd.DatetimeIndex
    decisions: pd.DatetimeIndex
    x: Floats
    y: Floats
    close: Floats
    past: Floats
    hedged: Mapping[str, Floats]
    no_hedge: Mapping[str, str]
    state: Floats
    middle: str

    def __len__(self) -> int:
        return len(self.labels)

    def between(self, start: pd.Timestamp | None, end: pd.Timestamp | None) -> Sample:
        """Return the bars labelled `start`..`end`, both included; no return of theirs reaches beyond the last."""
        rows = np.ones(len(self), dtype=bool)
        rows &= self.labels >= start if start is not None else True
        rows &= self.labels < end + pd.Timedelta(days=1) if end is not None else True
        cut = {name: getattr(self, name)[rows] for name in ("labels", "decisions", "x", "close", "past", "state")}
        hedged = {name: _without_last(y[rows]) for name, y in self.hedged.items()}
        return replace(self, **cut, y=_without_last(self.y[rows]), hedged=hedged)

    def table(self) -> pd.DataFrame:
        """Return a row a decision: label of its bar, instant, value, close, next log returns plain and hedged."""
        columns = {"decided_at": self.decisions.strftime("%Y-%m-%dT%H:%MZ"), "value": self.x, "close": self.close}
        none = np.full(len(self), np.nan)
        hedged = {f"next_log_return_{name}": self.hedged.get(name, none) for name in HEDGES}
        more = {"next_log_return": self.y, **hedged}
        return pd.DataFrame(columns | more, index=self.labels.rename("date"))

    def returns(self) -> dict[str, Floats]:
        """Return the one-bar next returns by name: plain, and hedged where there are any."""
        return {"plain": self.y, **self.hedged}


@dataclass(frozen=True, eq=False)
class Hedge:
    """Log moves of a hedging asset, a row a bar of the market: over the bar itself, and over the bar that `y` holds."""

    past: Floats
    following: Floats


def sample(market: Market, values: pd.Series[float], hedges: Mapping[str, Hedge | str]) -> Sample:
    """Return the sample of a signal's `values` on a market.

    `hedges`: by the names of HEDGES the moves of the hedging asset, or the reason why there are none (`hedges_of`).
    """
    bars, x = market.bars, np.asarray(market.asof(values), dtype=np.float64)
    opens, closes = (np.log(bars[name].to_numpy(dtype=np.float64)) for name in ("open", "close"))
    y, past = _next_returns(opens), np.diff(closes, prepend=np.nan)
    state, middle = _state(x)
    return Sample(
        labels=pd.DatetimeIndex(bars.index),
        decisions=market.decisions,
        x=x,
        y=y,
        close=bars["close"].to_numpy(dtype=np.float64),
        past=past,
        hedged={name: _hedged(y, past, h) for name, h in hedges.items() if isinstance(h, Hedge)},
        no_hedge={name: why for name, why in hedges.items() if isinstance(why, str)},
        state=state,
        middle=middle,
    )


def hedge_table(market: Market) -> str:
    """Return the id of the raw table that bars of the hedging asset on the market's clock are made of."""
    return HEDGE if market.clock is None else lookup(HEDGE).hours


def hedges_of(market: Market, table: pd.DataFrame | None) -> dict[str, Hedge | str]:
    """Return the hedges of a market by name: of the coin by its raw `table`, of equities by the market's own series."""
    bars = hedge_bars(market, table)
    coin = bars if isinstance(bars, str) else coin_hedge(market, bars)
    return {"hedged": coin, "hedged_spy": equity_hedge(market)}


def coin_hedge(market: Market, bars: pd.DataFrame) -> Hedge:
    """Return the hedge of bars on the labels of the market's own; NaN where one is missing."""
    aligned = bars.reindex(market.bars.index)
    opens, closes = (np.log(aligned[name].to_numpy(dtype=np.float64)) for name in ("open", "close"))
    return Hedge(np.diff(closes, prepend=np.nan), _next_returns(opens))


def equity_hedge(market: Market) -> Hedge | str:
    """Return the hedge of the equities' closes known at each decision, or why there is none."""
    if market.traded == EQUITIES:
        return f"{EQUITIES} is the traded asset itself"
    if EQUITIES not in market.series:
        return f"{market.source} has no {EQUITIES}"
    known = np.log(market.asof(market[EQUITIES].values).to_numpy(dtype=np.float64))
    past = np.diff(known, prepend=np.nan)
    return Hedge(past, np.append(past[1:], np.nan))


def hedge_bars(market: Market, table: pd.DataFrame | None) -> pd.DataFrame | str:
    """Return bars of the hedging coin cut as the market's own, or why there are none."""
    if market.traded == HEDGE:
        return f"{HEDGE} is the traded asset itself"
    if market.asset.calendar != "utc_day":
        return f"{market.traded} does not trade on the days of {HEDGE}"
    if table is None:
        return f"{market.source} has no {hedge_table(market)}"
    if market.clock is None:
        return to_bars(table, lookup(HEDGE))
    bars = bars_from_hours(table, market.clock).bars
    return bars if len(bars) else f"{market.source} has no whole bar of {hedge_table(market)}"


def _next_returns(log_opens: Floats) -> Floats:
    """Return, for each row i, the log return from open i+1 to open i+2."""
    found = np.full(len(log_opens), np.nan)
    found[:-2] = np.diff(log_opens)[1:]
    return found


def _without_last(y: Floats) -> Floats:
    """Return `y` whose last two rows, which need later opens, are NaN."""
    cut = y.copy()
    cut[-2:] = np.nan
    return cut


def _hedged(y: Floats, past: Floats, hedge: Hedge) -> Floats:
    """Return y minus beta times the hedging asset's move of the same bar; NaN until beta has half of its bars."""
    both = pd.DataFrame({"own": past, "hedge": hedge.past}).where(lambda t: t.notna().all(axis=1))
    window = both["hedge"].rolling(BETA_BARS, min_periods=BETA_BARS // 2)
    beta = window.cov(both["own"]) / window.var()
    return np.asarray(y - beta.to_numpy(dtype=np.float64) * hedge.following)


def _state(x: Floats) -> tuple[Floats, str]:
    """Return 1 where x is above the middle, 0 where it is not, NaN where unknown; and what the middle is.

    Zero where at least 5% of the values lie on each side of it, the lower of two values where there are no others, else
    the median of all values up to the row, from 60 values on.
    """
    known = x[np.isfinite(x)]
    if len(set(known)) == 2:
        return np.where(np.isfinite(x), (x == known.max()).astype(float), np.nan), "its lower value"
    if len(known) and min((known > 0).mean(), (known < 0).mean()) >= SIGNED_SHARE:
        return np.where(np.isfinite(x), (x > 0).astype(float), np.nan), "zero"
    median = pd.Series(x).expanding(WARMUP).median().to_numpy()
    whole = np.isfinite(x) & np.isfinite(median)
    return np.where(whole, (x > median).astype(float), np.nan), "the median of its own past"
