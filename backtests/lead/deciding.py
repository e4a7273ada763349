"""Short lags: what the past ten sessions of one series say of another beyond what others' pasts say already.

One regression: the target's return of a session on the lags 1..10 of the tested series and of every control. Fourteen
terms are searched: each lag alone, and the sums over lags 1..k for leads that are spread over sessions. Each term must
hold in two forms, and the lesser t of the two counts:

    plain   lag 0 is left out: it is no prediction, and a tested series that reverses would seem to lead by it.
    strict  lag 0 of the equities is held fixed and every series is taken beside its own centred mean of 121 sessions:
            a tested series that continues and moves together leads by its own autocorrelation alone, and a slow drift
            that both share makes every lag of one seem to lead the other.

The largest t of all terms is held against its own distribution under no lead (`family`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from backtests.lead.family import Array, Strongest, draws, highest, strongest
from backtests.statistics import hc3

LAGS = 10
SPANS = (2, 3, 5, 10)
TERMS = (*((k, k) for k in range(1, LAGS + 1)), *((1, k) for k in SPANS))
"""(first, last) lag of every searched term."""
LOCAL = 121
"""Sessions of the centred mean beside which the strict form takes each return."""
Z_LATE = 1.6448536269514722
LATE = 0.25
"""A first lag of at most this share of the same session is what late labels of some sessions would show by themselves:
a share p of them gives p / (1 - p), so a fifth of all labels."""

CONTRASTS: Array = np.array([[float(first <= k <= last) for k in range(1, LAGS + 1)] for first, last in TERMS])
FIRST_LAG: Array = CONTRASTS[:, 0]
"""Which terms hold lag 1."""


@dataclass(frozen=True, eq=False)
class Fit:
    """Terms of one tested series: sums of coefficients, robust standard errors, and what each session adds to them.

    `scores` (sessions, terms) sums over sessions to the sampling error of each term: its squares sum to `se`**2.
    `r2` is the share of the target's variance that the ten lags take from the residual of the controls, in the sample.
    `first` and `same` are the coefficients of lag 1 and, where lag 0 is held fixed, of lag 0 (else NaN).
    """

    effect: Array
    se: Array
    scores: Array
    r2: float
    n: int
    first: float
    same: float

    @property
    def t(self) -> Array:
        """Robust t of each term."""
        t: Array = self.effect / self.se
        return t

    @property
    def terms(self) -> Terms:
        """The terms as they are searched where this form is the only one."""
        return Terms(self.effect, self.se, self.scores / self.se, self.effect, self.se, self.r2, self.n)

    @property
    def late(self) -> bool:
        """Whether lag 1 is no more of lag 0 than late labels would make it."""
        return 0 < self.first <= LATE * self.same


@dataclass(frozen=True, eq=False)
class Terms:
    """Terms as they are searched: `effect` and `se` of the form with the lesser t, `scaled` scores of the plain form.

    `scaled` (sessions, terms): what each session adds to the t of each term; its squares sum to 1. `plain` and
    `plain_se` are effect and error of the plain form; `late`: lag 1 was left out of the strict one.
    """

    effect: Array
    se: Array
    scaled: Array
    plain: Array
    plain_se: Array
    r2: float
    n: int
    late: bool = False

    @property
    def se_next(self) -> float:
        """Standard error of lag 1, plain."""
        return float(self.plain_se[0])

    @property
    def t(self) -> Array:
        """The t that counts of each term."""
        t: Array = self.effect / self.se
        return t


@dataclass(frozen=True, kw_only=True)
class Lead(Strongest):
    """The strongest of the short lags.

    `effect`: the target's return, over the sessions `first`..`last` after it, for a return of 1 of the tested series
    that the controls do not share. `se_next`: standard error of lag 1. `series`: which one, of several. `late`: whether
    a first lag above 0 (5%) was left out as what late labels would show.
    """

    first: int
    last: int
    se_next: float
    r2: float
    series: str = ""
    late: bool = False

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
        return {**super().as_json(), "lags": self.lags, "r2": self.r2, "series": self.series}


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


def basis(x: Array) -> Array:
    """Return an orthonormal basis of what x's columns span; columns that others make up add nothing."""
    scale = np.sqrt((x**2).sum(axis=0))
    unit = x[:, scale > 0] / scale[scale > 0]
    values, vectors = np.linalg.eigh(unit.T @ unit)
    kept = values > 1e-9 * values[-1]
    q: Array = unit @ (vectors[:, kept] / np.sqrt(values[kept]))
    return q


def beside_local_mean(x: Array, width: int = LOCAL) -> Array:
    """Return x less its mean over the `width` sessions around each (fewer at the ends): slow drifts are gone.

    The mean holds sessions that come later: it serves a test of what was, never a decision.
    """
    sums = np.concatenate([[0.0], np.cumsum(x)])
    at = np.arange(len(x))
    first, last = np.maximum(at - width // 2, 0), np.minimum(at + width // 2 + 1, len(x))
    left: Array = x - (sums[last] - sums[first]) / (last - first)
    return left


def fit(target: Array, tested: Array, controls: Sequence[Array], now: Sequence[Array] = ()) -> Fit:
    """Return the terms of `tested`'s lags for `target`, beyond the lags of every one of `controls`.

    `now`: series whose same session is held fixed, the tested one first. All arrays have one return a session, in one
    order, without NaN.
    """
    y = target[LAGS:]
    own = lagged(tested)
    others = np.column_stack(
        [np.ones(len(y)), *(lagged(control) for control in controls), *(x[LAGS:] for x in reversed(now))]
    )
    q, inverse = orthonormal(np.column_stack([others, own]))
    base = others.shape[1]
    solution = q.T @ y
    left = y - q @ solution
    coefficients = inverse @ solution
    scores = hc3.scores(q @ (CONTRASTS @ inverse[base:]).T, left, (q**2).sum(axis=1))
    taken = float((solution[base:] ** 2).sum())
    return Fit(
        effect=CONTRASTS @ coefficients[base:],
        se=hc3.standard_error(scores),
        scores=scores,
        r2=taken / float(((y - y.mean()) ** 2).sum()),
        n=len(y),
        first=float(coefficients[base]),
        same=float(coefficients[base - 1]) if now else math.nan,
    )


def both_forms(
    target: Array, tested: Array, controls: Sequence[Array], now: Sequence[Array] = (), past: Array | None = None
) -> Terms:
    """Return the terms of `tested` for `target` beyond `controls` and the target's own past, the lesser of two forms.

    `now`: equities whose same session the strict form holds fixed beside the tested one's. `past`: what stands for the
    target's own past where that is not the target itself.
    """
    before = [target if past is None else past, *controls]
    plain = fit(target, tested, before)
    y, x = beside_local_mean(target), beside_local_mean(tested)
    strict = fit(y, x, list(map(beside_local_mean, before)), [x, *map(beside_local_mean, now)])
    effect = strict.effect - FIRST_LAG * strict.first * strict.late
    lesser = effect / strict.se < plain.t
    return Terms(
        effect=np.where(lesser, effect, plain.effect),
        se=np.where(lesser, strict.se, plain.se),
        scaled=plain.scores / plain.se,
        plain=plain.effect,
        plain_se=plain.se,
        r2=plain.r2,
        n=plain.n,
        late=strict.late,
    )


def searched(terms: dict[str, Terms], drawn: Array) -> tuple[Lead, Array]:
    """Return the strongest positive term of all (by series), and the largest t of every draw without a lead.

    `drawn`: (all terms, DRAWS / 2), from `draws` of their scores.
    """
    names = list(terms)
    t = np.concatenate([terms[name].t for name in names])
    most = highest(drawn)
    best = int(np.argmax(t))
    name, term = names[best // len(TERMS)], best % len(TERMS)
    chosen = terms[name]
    effect, se = float(chosen.effect[term]), float(chosen.se[term])
    lead = Lead(
        **strongest(effect, se, most),
        n=chosen.n,
        first=TERMS[term][0],
        last=TERMS[term][1],
        se_next=chosen.se_next,
        r2=chosen.r2,
        series=name,
        late=any(x.late and x.plain[0] > Z_LATE * x.plain_se[0] for x in terms.values()),
    )
    return lead, most


def search(terms: dict[str, Terms]) -> Lead:
    """Return the strongest positive term of all (by series), corrected for the search over all of them."""
    (drawn,) = draws(np.concatenate([x.scaled for x in terms.values()], axis=1))
    return searched(terms, drawn[0])[0]


def partial_lead(target: Array, tested: Array, controls: Sequence[Array], name: str = "") -> Lead:
    """Return the lead of `tested` over `target` beyond the pasts of `controls` and of `target` itself."""
    return search({name: both_forms(target, tested, controls, controls)})
