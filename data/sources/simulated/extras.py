"""The rest of the simulated market: bonds, gold, the dollar, the far VIX, credit, the Federal Reserve's balance sheet.

Made from the equities, the VIX and the yields of the same world, and from a generator of their own, so that they exist
without moving a digit of the others. Bond funds fall when yields rise (duration times the change of DGS10) and carry
some equity risk; nothing here knows of ETH (docs/simulated.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.calendars.publication import federal_holidays
from data.sources.simulated.prices import autoregression
from data.table import DAY

Tables = Mapping[str, pd.DataFrame]
WEDNESDAY = 2


@dataclass(frozen=True)
class Fund:
    """One fund: first price (USD), years of duration against DGS10, beta to SPY, own daily standard deviation."""

    start: float
    duration: float
    beta: float
    sd: float


FUNDS = {
    "HYG": Fund(80.0, 3.0, 0.35, 0.0020),
    "LQD": Fund(115.0, 8.0, 0.10, 0.0015),
    "TLT": Fund(120.0, 16.0, -0.05, 0.0020),
    "GLD": Fund(110.0, 2.0, 0.0, 0.0085),
    "UUP": Fund(25.0, -1.0, -0.05, 0.0040),
}
SHOCKS = (
    *FUNDS,
    *(f"{id}_{what}" for id in FUNDS for what in ("open", "high", "low")),
    "spread",
    "assets",
    "account",
    "repo",
)


def tables(days: pd.DatetimeIndex, seed: int, made: Tables) -> dict[str, pd.DataFrame]:
    """Return the canonical tables over `days`, from the tables already made of the same world and a seed."""
    draws = np.random.default_rng([seed, 1]).standard_normal((len(days), len(SHOCKS)))
    shocks = {name: pd.Series(column, index=days) for name, column in zip(SHOCKS, draws.T, strict=True)}
    out = {id: _fund(id, fund, shocks, made) for id, fund in FUNDS.items()}
    return out | {"VIX3M": _far_vix(made["VIX"])} | _federal(days, shocks, made)


def _fund(id: str, fund: Fund, shocks: Mapping[str, pd.Series[float]], made: Tables) -> pd.DataFrame:
    dates = pd.DatetimeIndex(made["SPY"]["date"])
    market = made["SPY"]["close"].pct_change().fillna(0.0).to_numpy()
    step = made["DGS10"].set_index("date")["value"].reindex(dates, method="ffill").diff().fillna(0.0).to_numpy()
    own = shocks[id].reindex(dates).to_numpy() * fund.sd
    r = -fund.duration * step / 100 + fund.beta * market + own
    close = fund.start * np.cumprod(1 + np.clip(r, -0.15, 0.15))
    before = np.concatenate([[fund.start], close[:-1]])
    o, h, low = (shocks[f"{id}_{what}"].reindex(dates).to_numpy() * 0.001 for what in ("open", "high", "low"))
    open_ = before * (1 + np.clip(o, -0.01, 0.01))
    high, low_ = np.maximum(open_, close) * (1 + np.abs(h)), np.minimum(open_, close) * (1 - np.abs(low))
    columns = {"open": open_, "high": high, "low": low_, "close": close, "adj_close": close}
    return pd.DataFrame({"date": dates.to_numpy().astype(DAY), **columns, "volume": np.full(len(dates), 1e7)})


def _far_vix(vix: pd.DataFrame) -> pd.DataFrame:
    """Return VIX3M: the same states of volatility, a fifth of the way back to 21 in logarithms."""
    return vix.assign(**{name: vix[name] ** 0.8 * 21**0.2 for name in ("open", "high", "low", "close")})


def _federal(days: pd.DatetimeIndex, shocks: Mapping[str, pd.Series[float]], made: Tables) -> dict[str, pd.DataFrame]:
    wednesday = np.asarray(days.day_of_week == WEDNESDAY)
    business = np.is_busday(days.to_numpy().astype("datetime64[D]"), holidays=federal_holidays())
    fear = made["VIX"].set_index("date")["close"].reindex(days, method="ffill").fillna(18.0).to_numpy(dtype=np.float64)
    slow = {name: np.asarray(shocks[name], dtype=np.float64) for name in ("spread", "assets", "account", "repo")}
    spread = np.maximum(1.2 + 0.05 * fear + autoregression(slow["spread"], 0.995, 0.3), 0.5)
    assets = 6e6 * np.exp(autoregression(slow["assets"], 0.999, 0.15))
    account = 5e5 * np.exp(autoregression(slow["account"], 0.99, 0.4))
    week = pd.Series(account).rolling(7, min_periods=1).mean().to_numpy()
    repo = 400 * np.exp(autoregression(slow["repo"], 0.995, 0.6))
    return {
        "BAA10Y": _rate(days[business], np.round(spread[business], 2)),
        "WALCL": _rate(days[wednesday], np.rint(assets[wednesday])),
        "WDTGAL": _rate(days[wednesday], np.rint(account[wednesday])),
        "WTREGEN": _rate(days[wednesday], np.rint(week[wednesday])),
        "RRPONTSYD": _rate(days[business], np.round(repo[business], 3)),
    }


def _rate(dates: pd.DatetimeIndex, value: npt.NDArray[np.floating[Any]]) -> pd.DataFrame:
    return pd.DataFrame({"date": dates.to_numpy().astype(DAY), "value": value})
