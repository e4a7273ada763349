"""Worlds for the verdict on luck: paths of an asset, and sweeps of long/flat rules of which none, or one, knows it.

SIMULATED. A path has clusters of volatility (GARCH) and one of four shapes; rules are long or flat by their own coin, or
by trends of a leader that knows nothing of the asset. The planted rule's truth is its net active Sharpe ratio a year.
"""

import math
from dataclasses import dataclass

import numpy as np

BARS, YEAR, VOLATILITY = 3_285, 365, 0.65  # nine years of days of a crypto asset
SETS, HOLDING_DAYS, COST = 200, 20, 15e-4


@dataclass(frozen=True)
class Cell:
    """One world's name, the shape of its path, how its rules are made, and the true active Sharpe ratio of the planted.

    `holding`: the Sharpe ratio that a drifting path pays.
    """

    name: str
    path: str = "drifting"
    rules: str = "coins"
    planted: float = 0.0
    holding: float = 1.0

    @property
    def null(self):
        return self.planted == 0


CELLS = (
    Cell("drifting", "drifting", "coins"),
    Cell("trending", "trending", "coins"),
    Cell("crashing", "crashing", "coins"),
    Cell("trending, sweep over one leader's trends", "trending", "leader"),
    Cell("planted 0.5, among coins", planted=0.5),
    Cell("planted 1.0, among coins", planted=1.0),
    Cell("planted 1.5, among coins", planted=1.5),
    Cell("planted 2.0, among coins", planted=2.0),
    Cell("planted 0.5, sweep over one leader's trends", rules="leader", planted=0.5),
    Cell("planted 1.0, sweep over one leader's trends", rules="leader", planted=1.0),
    Cell("planted 1.5, sweep over one leader's trends", rules="leader", planted=1.5),
    Cell("planted 2.0, sweep over one leader's trends", rules="leader", planted=2.0),
    Cell("trending, own trend's twins", "trending", "twins"),
    Cell("planted 2.0, sweep over one leader's trends, holding pays 0.5", rules="leader", planted=2.0, holding=0.5),
)
BY_NAME = {cell.name: cell for cell in CELLS}


def draw(cell, seed, noise=None):
    """Return closes (n,) and weights decided (200, n) of one world; the last set is the planted one, if there is one.

    `noise`: another draw of what nobody could know, of the same rules on an asset with the same drift and volatilities.
    """
    rng = np.random.default_rng([20251008, CELLS.index(cell), seed])
    sigma = garch(rng)
    drift = {"drifting": drifting, "trending": trending, "crashing": crashing}[cell.path](rng) * cell.holding
    weights = leader_trends(rng) if cell.rules == "leader" else coins(rng, SETS)
    unknown = rng if noise is None else np.random.default_rng([20251009, CELLS.index(cell), seed, noise])
    returns = drift + sigma * unknown.standard_t(6, BARS) * math.sqrt(4 / 6)
    if cell.planted:
        returns = returns + planted(cell.planted, weights[-1], sigma)
    close = 100 * np.cumprod(np.maximum(1 + returns, 0.05))
    return close, twins(rng, close, weights) if cell.rules == "twins" else weights


def garch(rng):
    """Return daily volatilities that cluster around 65% a year."""
    level, out = 0.0, np.empty(BARS)
    for t, shock in enumerate(rng.standard_normal(BARS).tolist()):
        level = 0.97 * level + 0.09 * shock
        out[t] = level
    return VOLATILITY / math.sqrt(YEAR) * np.exp(out - 0.09**2 / (1 - 0.97**2))


def drifting(rng):
    """A drift that holding would have been paid 1 a year of Sharpe ratio for."""
    return np.full(BARS, VOLATILITY / YEAR)


def trending(rng):
    """Bull and bear markets of about a year: own trend pays, and long rules are lucky together."""
    out, up = np.empty(BARS), True
    for t in range(BARS):
        up = up if rng.random() > 1 / 250 else not up
        out[t] = (1.8 if up else -1.2) * VOLATILITY / YEAR
    return out


def crashing(rng):
    """A drift as above with three falls by four fifths over two months."""
    out = np.full(BARS, 1.6 * VOLATILITY / YEAR)
    for start in rng.integers(0, BARS - 60, 3):
        out[start : start + 60] += math.log(0.2) / 60
    return out


def coins(rng, count):
    """Rules that stay about twenty days: each flips its own coin."""
    flips = rng.random((count, BARS)) < 1 / HOLDING_DAYS
    flips[:, 0] = rng.random(count) < 0.5
    return (np.cumsum(flips, axis=1) % 2).astype(float)


def leader_trends(rng):
    """Rules long while a leader's trend over L sessions is above a threshold: forty L by five thresholds, all alike."""
    price = np.cumsum(rng.standard_normal(BARS + 252) * 0.0145)
    found = []
    for lookback in np.linspace(10, 205, 40).astype(int):
        trend = price[252:] - price[252 - lookback : -lookback]
        spread = 0.0145 * math.sqrt(lookback)
        found += [(trend > level * spread).astype(float) for level in (-0.5, -0.25, 0.0, 0.25, 0.5)]
    middle = 52  # 60 sessions, threshold 0: last, where the planted one is looked for
    return np.stack([*found[:middle], *found[middle + 1 :], found[middle]])


def twins(rng, close, coined):
    """Rules that time, none better than the control: its trend of 28 days, a coin in a fifth of all stretches."""
    trend = np.zeros(BARS)
    trend[28:] = close[28:] > close[:-28]
    chance = np.repeat(rng.random((len(coined), BARS // 60 + 1)) < 0.2, 60, axis=1)[:, :BARS]
    return np.where(chance, coined, trend)


def planted(sharpe, decided, sigma):
    """Return what the planted rule's next bars earn more when it is long and less when it is flat."""
    held = np.concatenate([[0.0], decided[:-1]])
    paid = COST / HOLDING_DAYS  # a day, on average
    spread = math.sqrt(float(np.mean(sigma**2)))
    edge = (sharpe / math.sqrt(YEAR) * 0.5 * spread + paid) / 0.5
    return edge * (2 * held - 1) * sigma / float(np.mean(sigma))
