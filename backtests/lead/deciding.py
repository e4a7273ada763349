"""The statistic that decides: what the past of one series says of another beyond what others' pasts say already.

One regression: the target's return of a session on the lags 1..10 of the tested series and of every control. Lag 0 is
left out on purpose: it is no prediction, and holding it fixed would turn the tested series' own autocorrelation into a
lead. Fourteen terms are searched: each lag alone, and the sums over lags 1..k for leads that are spread over sessions.

The largest t of all terms is held against its own distribution under no lead, by a wild (score) bootstrap that keeps
volatility clusters, fat tails and the dependence between terms (Kline and Santos 2012, Journal of Econometric Methods
1; Rademacher draws on HC3 residuals, MacKinnon and White 1985).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from backtests.statistics import hc3

Array = npt.NDArray[np.float64]

LAGS = 10
SPANS = (2, 3, 5, 10)
TERMS = (*((k, k) for k in range(1, LAGS + 1)), *((1, k) for k in SPANS))
"""(first, last) lag of every searched term."""
DRAWS = 1999
ALPHA = 0.025
"""One-sided level of every test of the verdict: the side of a two-sided 95% interval."""
Z_POWER = 0.8416212335729143
"""Standard normal quantile of a power of 80%."""

CONTRASTS: Array = np.array([[float(first <= k <= last) for k in range(1, LAGS + 1)] for first, last in TERMS])


@dataclass(frozen=True, eq=False)
class Fit:
    """Terms of one tested series: sums of coefficients, robust standard errors, and what each session adds to them.

    `scores` (sessions, terms) sums over sessions to the sampling error of each term: its squares sum to `se`**2.
    `r2` is the share of the target's variance that the ten lags take from the residual of the controls, in the sample.
    """

    effect: Array
    se: Array
    scores: Array
    r2: float
    n: int

    @property
    def t(self) -> Array:
        """Robust t of each term."""
        t: Array = self.effect / self.se
        return t


@dataclass(frozen=True)
class Lead:
    """The strongest term of a search, positive side, with its interval and p-values.

    `effect`: the target's return, over the sessions `first`..`last` after it, for a return of 1 of the tested series
    that the controls do not share. `p_value`: of this term alone, one-sided; `p_value_searched`: corrected for the
    search over terms (and series); `low`..`high`: 95%, corrected alike, so that `low` > 0 where `p_value_searched`
    is below 2.5%. `critical`: the corrected t. `se_next`: standard error of lag 1. `series`: which one, of several.
    """

    effect: float
    se: float
    t: float
    first: int
    last: int
    p_value: float
    p_value_searched: float
    low: float
    high: float
    critical: float
    se_next: float
    r2: float
    n: int
    series: str = ""

    @property
    def found(self) -> bool:
        """Whether the search finds a lead at the level of the verdict."""
        return self.p_value_searched <= ALPHA

    @property
    def lags(self) -> str:
        """The lags of the term: 1, or 1-5."""
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"

    @property
    def where(self) -> str:
        """The lags in words: lag 1, or lags 1-5."""
        return f"lag{'s' * (self.first != self.last)} {self.lags}"

    def as_json(self) -> dict[str, Any]:
        """Return the term as plain numbers."""
        return {
            "effect": self.effect,
            "interval": [self.low, self.high],
            "lags": self.lags,
            "t": self.t,
            "p_value": self.p_value,
            "p_value_searched": self.p_value_searched,
            "critical_t": self.critical,
            "r2": self.r2,
            "n": self.n,
            "series": self.series,
        }


def lagged(x: Array, lags: int = LAGS) -> Array:
    """Return (n - lags, lags): the row of session t has x[t-1] .. x[t-lags]."""
    return np.column_stack([x[lags - k : len(x) - k] for k in range(1, lags + 1)])


def orthonormal(x: Array) -> tuple[Array, Array]:
    """Return q, an orthonormal basis of x's columns, and the matrix that turns q's coefficients into x's.

    By Cholesky: with a few dozen scaled columns it is exact enough, and one product of matrices where a QR of a tall
    matrix is many small ones (300 times slower on a busy machine).
    """
    scale = np.sqrt((x**2).sum(axis=0))
    lower = np.linalg.cholesky((x / scale).T @ (x / scale))
    inverse: Array = np.linalg.inv(lower).T / scale[:, None]
    return x @ inverse, inverse


def residual(y: Array, others: Sequence[Array]) -> Array:
    """Return what a constant and `others` leave of y."""
    q, _ = orthonormal(np.column_stack([np.ones(len(y)), *others]))
    left: Array = y - q @ (q.T @ y)
    return left


def fit(target: Array, tested: Array, controls: Sequence[Array]) -> Fit:
    """Return the terms of `tested`'s lags for `target`, beyond the lags of every one of `controls`.

    All arrays have one return a session, in one order, without NaN.
    """
    y = target[LAGS:]
    own = lagged(tested)
    others = np.column_stack([np.ones(len(y)), *(lagged(control) for control in controls)])
    q, inverse = orthonormal(np.column_stack([others, own]))
    base = others.shape[1]
    inverse = inverse[base:]
    solution = q.T @ y
    left = y - q @ solution
    scores = hc3.scores(q @ (CONTRASTS @ inverse).T, left, (q**2).sum(axis=1))
    taken = float((solution[base:] ** 2).sum())
    return Fit(
        effect=CONTRASTS @ (inverse @ solution),
        se=hc3.standard_error(scores),
        scores=scores,
        r2=taken / float(((y - y.mean()) ** 2).sum()),
        n=len(y),
    )


@lru_cache(maxsize=4)
def signs(n: int, draws: int = DRAWS) -> npt.NDArray[np.float32]:
    """Return (draws, n) of -1 and 1, the same for the same n: a verdict does not depend on the day of asking."""
    bits = np.random.default_rng(20251008).integers(0, 2, (draws, n), dtype=np.int8)
    return (2 * bits - 1).astype(np.float32)


def search(fits: dict[str, Fit]) -> Lead:
    """Return the strongest positive term of all fits (by series), corrected for the search over all of them.

    The fits must be of the same sessions: one draw of signs goes through all, so that their dependence counts.
    """
    names = list(fits)
    t = np.concatenate([fits[name].t for name in names])
    scaled = np.concatenate([fits[name].scores / fits[name].se for name in names], axis=1).astype(np.float32)
    highest = (signs(len(scaled)) @ scaled).max(axis=1)
    best = int(np.argmax(t))
    name, term = names[best // len(TERMS)], best % len(TERMS)
    chosen = fits[name]
    critical = float(np.sort(highest)[-round(ALPHA * (len(highest) + 1))])
    effect, se = float(chosen.effect[term]), float(chosen.se[term])
    return Lead(
        effect=effect,
        se=se,
        t=float(t[best]),
        first=TERMS[term][0],
        last=TERMS[term][1],
        p_value=0.5 * math.erfc(float(t[best]) / math.sqrt(2)),
        p_value_searched=float(1 + (highest >= t[best]).sum()) / (1 + len(highest)),
        low=effect - critical * se,
        high=effect + critical * se,
        critical=critical,
        se_next=float(chosen.se[0]),
        r2=chosen.r2,
        n=chosen.n,
        series=name,
    )


def partial_lead(target: Array, tested: Array, controls: Sequence[Array], name: str = "") -> Lead:
    """Return the lead of `tested` over `target` beyond the pasts of `controls` and of `target` itself."""
    return search({name: fit(target, tested, [target, *controls])})
