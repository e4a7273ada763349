"""How the two move in the same session: through time, by regime, in the tails, and where that broke."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from backtests.lead.breaks import Breaks, find_breaks
from backtests.lead.family import Array
from backtests.lead.sample import Correlation, correlation
from backtests.lead.windows import Windows
from backtests.statistics import hc3
from backtests.statistics.bootstrap import block_length, counts
from data.market import Market

ROLLING, COM = 60, 60
CLAIM = "2025-10-08"
PERIODS = (
    ("2018-19", "2018-01-01", "2019-12-31"),
    ("2020-21", "2020-01-01", "2021-12-31"),
    ("2022", "2022-01-01", "2022-12-31"),
    ("2023 to the claim", "2023-01-01", "2025-10-07"),
    (f"since the claim, {CLAIM}", CLAIM, "2100-01-01"),
)
CALM_VIX = 20.0
STRESS, WORST_MONTHS = 0.05, 0.10
TAILS = (0.05, 0.10)
LEAST_ROWS = 30
Z_95 = 1.959963984540054


@dataclass(frozen=True)
class Part:
    """One sub-period or regime: correlation of the same session, and with the leader's session before."""

    name: str
    n: int
    same: Correlation | None
    eve: Correlation | None

    def as_json(self) -> dict[str, Any]:
        """Return the numbers; null with a reason where there are too few sessions."""
        found = {name: _plain(value) for name, value in (("same_session", self.same), ("leader_before", self.eve))}
        return {"name": self.name, "n": self.n, **found, "missing": None if self.same else _too_few(self.n)}


@dataclass(frozen=True)
class Tail:
    """Share of the leader's tail sessions that are the traded asset's too; `gaussian`: under a normal copula."""

    side: str
    quantile: float
    dependence: float
    low: float
    high: float
    gaussian: float
    n: int


@dataclass(frozen=True)
class Beta:
    """Slope of the traded asset's session on the leader's, over the sessions in which the leader fell, or rose; 95%."""

    slope: float
    se: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Worst:
    """The traded asset on the leader's worst sessions or months, and what it did on the others (simple means)."""

    unit: str
    share: float
    n: int
    leader_mean: float
    traded_mean: float
    traded_fell: float
    traded_mean_otherwise: float


@dataclass(frozen=True, eq=False)
class Comovement:
    """Everything about the same session. `rolling` and `ewma` are on the close of each session."""

    whole: Correlation
    rolling: pd.Series[float]
    ewma: pd.Series[float]
    parts: tuple[Part, ...]
    regimes: tuple[Part, ...]
    tails: tuple[Tail, ...]
    downside: Beta
    upside: Beta
    stress: Worst
    months: Worst | None
    without_stress: Correlation
    breaks: Breaks

    def as_json(self) -> dict[str, Any]:
        """Return the numbers without the daily curves."""
        return {
            "correlation": self.whole.value,
            "interval": [self.whole.low, self.whole.high],
            "rolling_last": _last(self.rolling),
            "rolling_sessions": ROLLING,
            "rolling_range": [float(self.rolling.min()), float(self.rolling.max())],
            "ewma_last": _last(self.ewma),
            "parts": [part.as_json() for part in self.parts],
            "regimes": [part.as_json() for part in self.regimes],
            "tails": [vars(tail) for tail in self.tails],
            "downside_beta": vars(self.downside),
            "upside_beta": vars(self.upside),
            "worst_sessions": vars(self.stress),
            "worst_months": vars(self.months) if self.months else None,
            "correlation_without_worst_sessions": vars(self.without_stress),
            "breaks": self.breaks.as_json(),
        }


def comovement(windows: Windows) -> Comovement:
    """Return the co-movement of a sample that has enough sessions for a verdict."""
    x, y = windows.table[windows.leader], windows.table["traded"]
    u, v = x.to_numpy(), y.to_numpy()
    bound = np.quantile(u, STRESS)
    return Comovement(
        whole=correlation(u, v),
        rolling=x.rolling(ROLLING).corr(y).dropna(),
        ewma=x.ewm(com=COM, min_periods=ROLLING).corr(y).dropna(),
        parts=tuple(parts(windows)),
        regimes=tuple(regimes(windows)),
        tails=tuple(tails(u, v)),
        downside=beta(u, v, u < 0),
        upside=beta(u, v, u > 0),
        stress=worst(u, v, STRESS, "session"),
        months=_worst_months(windows.table[[windows.leader, "traded"]]),
        without_stress=correlation(u[u > bound], v[u > bound]),
        breaks=find_breaks(x, y),
    )


def part(name: str, leader: Array, traded: Array, rows: np.ndarray[Any, np.dtype[np.bool_]]) -> Part:
    """Return the correlations over `rows`; the leader's session before may lie outside them."""
    n = int(rows.sum())
    if n < LEAST_ROWS:
        return Part(name, n, None, None)
    late = rows.copy()
    late[0] = False
    eve = correlation(leader[:-1][late[1:]], traded[late])
    return Part(name, n, correlation(leader[rows], traded[rows]), eve)


def within(days: pd.DatetimeIndex, first: str, last: str) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return which instants (naive UTC) lie on the dates `first`..`last`."""
    return np.asarray((days >= pd.Timestamp(first)) & (days < pd.Timestamp(last) + pd.Timedelta(days=1)))


def parts(windows: Windows) -> list[Part]:
    """Return one row for each sub-period that the sample touches."""
    day = pd.DatetimeIndex(windows.table.index).tz_localize(None)
    x, y = (windows.table[name].to_numpy() for name in (windows.leader, "traded"))
    masks = [(name, within(day, first, last)) for name, first, last in PERIODS]
    return [part(name, x, y, rows) for name, rows in masks if rows.any()]


def regimes(windows: Windows) -> list[Part]:
    """Return one row for each regime, all of them known before the session begins."""
    x, y = (windows.table[name].to_numpy() for name in (windows.leader, "traded"))
    found = []
    for (low, high), state, bound in _states(windows, windows.market):
        known = np.isfinite(state)
        found += [part(low, x, y, known & (state < bound)), part(high, x, y, known & (state >= bound))]
    return found


def _states(windows: Windows, market: Market) -> list[tuple[tuple[str, str], Array, float]]:
    closes = pd.DatetimeIndex(windows.table.index)
    x = windows.table[windows.leader]
    trend = x.rolling(ROLLING).sum().shift().to_numpy()
    found = [
        (
            (f"{windows.leader} fell over {ROLLING} sessions", f"{windows.leader} rose over {ROLLING} sessions"),
            trend,
            0.0,
        )
    ]
    if "VIX" in market.series:
        eve = market.asof(market["VIX"].values, at=closes).to_numpy()  # at the close: VIX of the session before
        found.append(((f"VIX below {CALM_VIX:g}", f"VIX {CALM_VIX:g} or more"), eve, CALM_VIX))
    return found


def tails(x: Array, y: Array) -> list[Tail]:
    """Return the tail dependence of both sides at each of TAILS, with 95% by the stationary bootstrap."""
    times = counts(len(x), block_length(x, y))
    r = float(np.corrcoef(x, y)[0, 1])
    found = []
    for side, sign in (("lower", 1), ("upper", -1)):
        for q in TAILS:
            in_x, in_y = ((sign * z <= np.quantile(sign * z, q)) for z in (x, y))
            drawn = (times @ (in_x & in_y)) / np.maximum(times @ in_x, 1)
            low, high = np.quantile(drawn, [0.025, 0.975])
            share = float((in_x & in_y).sum() / in_x.sum())
            found.append(Tail(side, q, share, float(low), float(high), gaussian_tail(r, q), int(in_x.sum())))
    return found


def gaussian_tail(r: float, q: float) -> float:
    """Return P(both below their q-quantile) / q of two normal variables with correlation r."""
    from scipy.stats import multivariate_normal, norm  # noqa: PLC0415  # heavy: loaded when it is needed

    z = float(norm.ppf(q))
    return float(multivariate_normal.cdf([z, z], mean=[0, 0], cov=[[1, r], [r, 1]])) / q


def beta(x: Array, y: Array, rows: np.ndarray[Any, np.dtype[np.bool_]]) -> Beta:
    """Return the slope with a constant over `rows`, HC3 error."""
    slope, se = hc3.slope(x[rows], y[rows])
    return Beta(slope, se, slope - Z_95 * se, slope + Z_95 * se, int(rows.sum()))


def worst(x: Array, y: Array, share: float, unit: str) -> Worst:
    """Return what the traded asset did in the worst `share` of the leader's returns (logarithmic, shown as simple)."""
    bad = x <= np.quantile(x, share)
    u, v = np.expm1(x), np.expm1(y)
    means = (float(z.mean()) for z in (u[bad], v[bad], v[bad] < 0, v[~bad]))
    return Worst(unit, share, int(bad.sum()), *means)


def _worst_months(table: pd.DataFrame) -> Worst | None:
    month = pd.DatetimeIndex(table.index).tz_localize(None).to_period("M")
    sums = table.groupby(month).sum().to_numpy()
    return worst(sums[:, 0], sums[:, 1], WORST_MONTHS, "month") if len(sums) >= LEAST_ROWS else None


def _plain(value: Correlation | None) -> dict[str, float] | None:
    return vars(value) if value else None


def _too_few(n: int) -> str:
    return f"{n} sessions; at least {LEAST_ROWS} are needed"


def _last(curve: pd.Series[float]) -> float | None:
    return float(curve.iloc[-1]) if len(curve) else None
