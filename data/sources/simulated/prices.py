"""The prices of the simulated market: regimes, volatilities, shocks, returns, bars (formulas: docs/simulated.md).

Every array runs over the UTC days of the span; equities use the rows of NYSE sessions only. The numbers of a day are
made from the draws of that day and of earlier days. Returns are simple returns and every noise is symmetric around
zero, so that volatility, regimes and fat tails leave the expected return of every bar where it is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.calendars.publication import nyse_closes, sessions
from data.series import PRICES
from data.table import DAY

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Asset:
    """One asset: price before the first bar (USD), mean and standard deviation of a bar's return, usual volume."""

    start: float
    mean: float
    sd: float
    volume: float


EQUITIES = {
    "SPY": Asset(200.0, 0.0004, 0.0113, 8e7),
    "QQQ": Asset(110.0, 0.0005, 0.0141, 5e7),
    "IWM": Asset(110.0, 0.00035, 0.0145, 3e7),
}
CORRELATION = ((1.00, 0.93, 0.87), (0.93, 1.00, 0.77), (0.87, 0.77, 1.00))
"""Of the daily returns of SPY, QQQ and IWM: SPY and QQQ explain 77% of IWM's variance."""
CRYPTO = {"ETH-USD": Asset(100.0, 0.0010, 0.04, 1e10), "BTC-USD": Asset(430.0, 0.0008, 0.033, 3e10)}
INDICES = {"RUT": ("IWM", 10.0), "GSPC": ("SPY", 10.0), "IXIC": ("QQQ", 45.0)}

TAIL = 6
"""Degrees of freedom of the Student t shocks."""
EQUITY_CAP, CRYPTO_CAP = 0.20, 0.50
TO_STRESS, TO_CALM = 1 / 250, 1 / 60
EQUITY_STRESS, CRYPTO_STRESS = 2.0, 1.4
"""Volatility in stress over volatility in calm."""
COMMON_CALM, COMMON_STRESS = 0.35, 0.60
"""Correlation of ETH's shock with the equity market's shock on a session."""
ETH_IN_BTC = 0.8
WEEKEND = 0.76
"""Crypto volatility on Saturday and Sunday over that of other days."""
CRYPTO_GAP = 0.0002
"""Standard deviation of a crypto open over the close before it."""
OVERNIGHT = 0.4
"""Share of an equity's variance that falls before the open."""

SHOCKS = (
    *("regime", "equity_volatility", "crypto_volatility"),
    *("market", "technology", "small_caps", "eth", "btc"),
    *(f"equity_tail_{i}" for i in range(TAIL)),
    *(f"crypto_tail_{i}" for i in range(TAIL)),
    *("overnight", "vix_open", "vix_high", "vix_low"),
    *(f"{id}_{what}" for id in (*EQUITIES, *CRYPTO) for what in ("high", "low", "volume")),
    *(f"{id}_open" for id in CRYPTO),
)


def autoregression(shocks: Array, persistence: float, sd: float) -> Array:
    """Return a stationary AR(1) of standard deviation `sd`, driven by standard normal `shocks`, started in its law."""
    step = sd * math.sqrt(1 - persistence**2)
    out = [sd * float(shocks[0])]
    for shock in shocks[1:].tolist():
        out.append(persistence * out[-1] + step * shock)
    return np.array(out)


def stress(shocks: Array) -> Flags:
    """Return for each day whether the Markov chain is in stress; it starts in calm."""
    enter, leave = (NormalDist().inv_cdf(p) for p in (TO_STRESS, TO_CALM))
    out = [False]
    for shock in shocks[1:].tolist():
        out.append(shock >= leave if out[-1] else shock < enter)
    return np.array(out)


def multiplier(stressed: Flags, ratio: float, log_volatility: Array, sd: float) -> Array:
    """Return the volatility of each day over the unconditional one: the mean of its square is 1."""
    share = TO_STRESS / (TO_STRESS + TO_CALM)
    calm = 1 / math.sqrt(1 - share + share * ratio**2)
    return np.where(stressed, calm * ratio, calm) * np.exp(log_volatility - sd**2)


@dataclass(frozen=True)
class Prices:
    """Prices of one world over `days` (naive UTC dates, unbroken) from one row of standard normal `shocks` a day."""

    days: pd.DatetimeIndex
    shocks: Mapping[str, Array] = field(repr=False)
    lead: int
    strength: float

    @cached_property
    def session(self) -> Flags:
        """Whether the day has a NYSE session."""
        return np.asarray(self.days.isin(sessions(self.days[0], self.days[-1])))

    @cached_property
    def stressed(self) -> Flags:
        """Whether the day lies in the stress regime."""
        return stress(self.shocks["regime"])

    @cached_property
    def equity_volatility(self) -> Array:
        """Volatility of equities over the unconditional one."""
        log_volatility = autoregression(self.shocks["equity_volatility"], 0.985, 0.35)
        return multiplier(self.stressed, EQUITY_STRESS, log_volatility, 0.35)

    @cached_property
    def crypto_volatility(self) -> Array:
        """Volatility of ETH and BTC over the unconditional one, weekends included."""
        log_volatility = autoregression(self.shocks["crypto_volatility"], 0.96, 0.35)
        weekday = 1 / math.sqrt((5 + 2 * WEEKEND**2) / 7)
        week = np.where(self.days.day_of_week >= 5, WEEKEND * weekday, weekday)
        return week * multiplier(self.stressed, CRYPTO_STRESS, log_volatility, 0.35)

    def heavy(self, group: str, *names: str) -> Array:
        """Return the named shocks as Student t of unit variance, one row each; those of one day share their size."""
        chi_squared: Array = np.sum([self.shocks[f"{group}_tail_{i}"] ** 2 for i in range(TAIL)], axis=0)
        scale = np.sqrt((TAIL - 2) / chi_squared)
        return np.stack([self.shocks[name] * scale for name in names])

    @cached_property
    def own(self) -> Array:
        """Small caps' own shock, unit variance: the part of IWM that SPY and QQQ do not explain."""
        shock: Array = self.heavy("equity", "small_caps")[0]
        return self.equity_volatility * shock

    @cached_property
    def equity_returns(self) -> dict[str, Array]:
        """Simple returns of SPY, QQQ and IWM; the rows of days without a session mean nothing."""
        weights = np.linalg.cholesky(np.array(CORRELATION))
        factors = self.heavy("equity", "market", "technology", "small_caps")
        out = {}
        for weight, (id, asset) in zip(weights, EQUITIES.items(), strict=True):
            shock = weight[0] * factors[0] + weight[1] * factors[1] + weight[2] * factors[2]
            noise = asset.sd * self.equity_volatility * shock
            out[id] = asset.mean + np.clip(noise, -EQUITY_CAP, EQUITY_CAP)
        return out

    @cached_property
    def lead_term(self) -> Array:
        """What the lead adds to ETH's expected return: 0 in the null world and until `lead` sessions are known.

        The own shocks of the last `lead` sessions closed at or before the bar's open, summed and divided by
        sqrt(lead), have unit variance; the factor makes them `strength` of the variance of ETH's bar.
        """
        closes = pd.DatetimeIndex(nyse_closes()[self.days[self.session]])
        known = closes.searchsorted(self.days.tz_localize("UTC"), side="right")
        total = np.concatenate([[0.0], np.cumsum(self.own[self.session])])
        trend = np.where(known >= self.lead, total[known] - total[np.maximum(known - self.lead, 0)], 0.0)
        return CRYPTO["ETH-USD"].sd * math.sqrt(self.strength / (1 - self.strength) / self.lead) * trend

    @cached_property
    def crypto_returns(self) -> dict[str, Array]:
        """Simple returns of ETH and BTC: constant mean, plus the lead in ETH, plus noise."""
        eth, btc = self.heavy("crypto", "eth", "btc")
        common = np.where(self.session, np.where(self.stressed, COMMON_STRESS, COMMON_CALM), 0.0)
        eth = common * self.heavy("equity", "market")[0] + np.sqrt(1 - common**2) * eth
        btc = ETH_IN_BTC * eth + math.sqrt(1 - ETH_IN_BTC**2) * btc
        out = {}
        for id, shock in (("ETH-USD", eth), ("BTC-USD", btc)):
            noise = CRYPTO[id].sd * self.crypto_volatility * shock
            out[id] = CRYPTO[id].mean + np.clip(noise, -CRYPTO_CAP, CRYPTO_CAP)
        return out | {"ETH-USD": out["ETH-USD"] + self.lead_term}

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the canonical tables of every price series."""
        tables = {id: self._equity_bars(id) for id in EQUITIES}
        for index, (etf, points) in INDICES.items():
            tables[index] = tables[etf].drop(columns=["adj_close", "volume"])
            tables[index][list(PRICES)] *= points
        return tables | {"VIX": self._vix()} | {id: self._crypto_bars(id) for id in CRYPTO}

    def _crypto_bars(self, id: str) -> pd.DataFrame:
        asset = CRYPTO[id]
        close, before = _path(asset.start, self.crypto_returns[id])
        opened = before * (1 + CRYPTO_GAP * self.shocks[f"{id}_open"])
        return self._bars(id, asset, np.full(len(self.days), True), opened, close, self.crypto_volatility)

    def _equity_bars(self, id: str) -> pd.DataFrame:
        asset, at = EQUITIES[id], self.session
        returns = self.equity_returns[id][at]
        close, before = _path(asset.start, returns)
        bridge = asset.sd * math.sqrt(OVERNIGHT * (1 - OVERNIGHT)) * self.equity_volatility * self.shocks["overnight"]
        opened = before * (1 + np.clip(OVERNIGHT * returns + bridge[at], -EQUITY_CAP, EQUITY_CAP))
        table = self._bars(id, asset, at, opened, close, self.equity_volatility)
        table.insert(5, "adj_close", close)
        return table

    def _bars(self, id: str, asset: Asset, at: Flags, opened: Array, close: Array, volatility: Array) -> pd.DataFrame:
        up, down = (0.5 * asset.sd * (volatility * np.abs(self.shocks[f"{id}_{side}"]))[at] for side in ("high", "low"))
        high, low = np.maximum(opened, close) * (1 + up), np.minimum(opened, close) / (1 + down)
        volume = asset.volume * (volatility**0.6 * np.exp(0.25 * self.shocks[f"{id}_volume"]))[at]
        return _table(self.days[at], open=opened, high=high, low=low, close=close, volume=np.round(volume))

    def _vix(self) -> pd.DataFrame:
        """The level of volatility times a fear that follows falls but moves no volatility: an edge would hide in it."""
        at = self.session
        fear = -autoregression(self.heavy("equity", "market")[0][at], 0.95, 0.35)
        close = 8.0 + 10.5 * self.equity_volatility[at] * np.exp(fear)
        opened = np.concatenate([close[:1], close[:-1]]) * np.exp(0.03 * self.shocks["vix_open"][at])
        high = np.maximum(opened, close) * np.exp(0.04 * np.abs(self.shocks["vix_high"][at]))
        low = np.minimum(opened, close) * np.exp(-0.04 * np.abs(self.shocks["vix_low"][at]))
        return _table(self.days[at], open=opened, high=high, low=low, close=close)


def _path(start: float, returns: Array) -> tuple[Array, Array]:
    close = start * np.cumprod(1 + returns, dtype=np.float64)
    return close, np.concatenate([[start], close[:-1]])


def _table(days: pd.DatetimeIndex, **columns: Array) -> pd.DataFrame:
    return pd.DataFrame({"date": days.to_numpy().astype(DAY), **columns})
