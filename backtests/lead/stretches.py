"""A lead that came or went: the short lags within every stretch of a quarter of the sample and more.

The sample is cut into eight blocks; each run of two to seven neighbours is a stretch. What each session adds to a
lag's slope (its score: the lag beyond all controls, times the residual without the lag) is summed within the stretch,
over the root of the sum of its squares, so that a few loud weeks cannot make a stretch. The largest of all stretches
and terms is held against its own distribution (the idea of Andrews 1993, Econometrica 61: the largest statistic over
all places of a break). Each term in the two forms of the short lags, within the same stretch, and the strongest in a
regression of its stretch alone too, so that a crash elsewhere cannot bend the controls; the least counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from backtests.lead.deciding import CONTRASTS, FIRST_LAG, LAGS, TERMS, basis, beside_local_mean, fit, lagged
from backtests.lead.family import Array, Strongest, block_edges, highest, strongest
from backtests.statistics.hc3 import MOST_LEVERAGE

BLOCKS, SHORTEST = 8, 2
STRETCHES = tuple((a, b) for a in range(BLOCKS) for b in range(a + SHORTEST, BLOCKS + 1) if b - a < BLOCKS)
"""(first block, block after the last) of every stretch."""
LEAST_SESSIONS = 500
"""A stretch has an eighth of a year at least."""


@dataclass(frozen=True, kw_only=True)
class Stretch(Strongest):
    """The strongest term within a stretch: the rows `begin`..`end` (the last one included) of the sample.

    `effect`: as of the short lags, each lag or sum by itself, within the stretch.
    """

    first: int
    last: int
    begin: int
    end: int

    @property
    def lags(self) -> str:
        """The lags of the term in words: lag 1, or lags 1-5."""
        return f"lag {self.first}" if self.first == self.last else f"lags {self.first}-{self.last}"

    @property
    def where(self) -> str:
        """The term in words."""
        return f"{self.lags}, sessions {self.begin + 1:,} to {self.end + 1:,}"

    def as_json(self) -> dict[str, Any]:
        """Return the term as plain numbers."""
        return {**super().as_json(), "lags": self.lags, "begin": self.begin, "end": self.end}


@dataclass(frozen=True, eq=False)
class StretchTerms:
    """Every term in every stretch: `t` (stretches, terms), the lesser of both forms.

    `scores` and `squares` (rows, terms) are of the plain form, of the sample `series`: target, tested, controls.
    """

    t: Array
    scores: Array
    squares: Array
    series: tuple[Array, ...]

    def within(self, begin: int, end: int, term: int) -> float:
        """Return the t of a term from the sessions `begin`..`end` (not included) alone, every control fitted there.

        0 where a control says the same as others there, so that nothing can be told apart.
        """
        target, tested, *controls = (x[max(0, begin - LAGS) : end] for x in self.series)
        try:
            return float(fit(target, tested, [target, *controls]).t[term])
        except np.linalg.LinAlgError:
            return 0.0

    def of_draws(self, drawn: Array) -> Array:
        """Return the largest and the least of each draw, (2, DRAWS / 2), from sums of scores by block."""
        unit = _unit(self.scores)
        running = np.concatenate([np.zeros((1, *drawn.shape[1:])), np.cumsum(drawn, axis=0)])
        most, least = np.full(drawn.shape[2], -np.inf), np.full(drawn.shape[2], np.inf)
        for (a, b), scale in zip(STRETCHES, unit, strict=True):
            t = (running[b] - running[a]) * scale[:, None]
            most, least = np.maximum(most, t.max(axis=0)), np.minimum(least, t.min(axis=0))
        return np.stack([most, least])


def stretch_terms(target: Array, tested: Array, controls: Sequence[Array], *, late: bool = False) -> StretchTerms:
    """Return the terms of `tested`'s lags in every stretch, beyond `controls` and the target's own past.

    `late`: leave out the terms that hold lag 1, which late labels would show by themselves.
    """
    plain, squares = _scores(target, tested, [target, *controls], [])
    y, x, *others = map(beside_local_mean, (target, tested, *controls))
    strict, _ = _scores(y, x, [y, *others], [x, *others])
    t = np.minimum(*(_of_stretches(_sums(s)) * _unit(s) for s in (plain, strict)))
    t[:, (FIRST_LAG > 0) & late] = -np.inf
    return StretchTerms(t, plain, squares, (target, tested, *controls))


def searched(terms: StretchTerms, drawn: Array) -> tuple[Stretch, Array]:
    """Return the strongest stretch, and the largest statistic of every draw without a lead.

    `drawn`: (BLOCKS, terms, DRAWS / 2), from `draws` of the scores.
    """
    at, term = np.unravel_index(int(np.argmax(terms.t)), terms.t.shape)
    edges = block_edges(len(terms.scores), BLOCKS)
    begin, end = (int(edges[block]) for block in STRETCHES[at])
    squares = float(terms.squares[begin:end, term].sum())
    se = float(np.sqrt((terms.scores[begin:end, term] ** 2).sum())) / squares
    most = highest(terms.of_draws(drawn))
    t = min(float(terms.t[at, term]), terms.within(LAGS + begin, LAGS + end, int(term)))
    found = Stretch(
        **strongest(t * se, se, most),
        n=end - begin,
        first=TERMS[term][0],
        last=TERMS[term][1],
        begin=LAGS + begin,
        end=LAGS + end - 1,
    )
    return found, most


def _scores(target: Array, tested: Array, controls: Sequence[Array], now: Sequence[Array]) -> tuple[Array, Array]:
    """Return what each session adds to each term's slope, and to the squares under it, (rows, terms) each."""
    y = target[LAGS:]
    q = basis(np.column_stack([np.ones(len(y)), *map(lagged, controls), *(x[LAGS:] for x in now)]))
    own = lagged(tested) @ (CONTRASTS / CONTRASTS.sum(axis=1, keepdims=True)).T
    own -= q @ (q.T @ own)
    leverage = np.minimum((q**2).sum(axis=1), MOST_LEVERAGE)
    return own * ((y - q @ (q.T @ y)) / (1 - leverage))[:, None], own**2


def _sums(scores: Array) -> Array:
    """Return the sums by block."""
    sums: Array = np.add.reduceat(scores, block_edges(len(scores), BLOCKS)[:-1], axis=0)
    return sums


def _unit(scores: Array) -> Array:
    """Return one over the root of the sum of squares, (stretches, terms); 0 where nothing moves in a stretch."""
    squares = _of_stretches(_sums(scores**2))
    unit: Array = np.where(squares > 0, 1 / np.sqrt(np.where(squares > 0, squares, 1.0)), 0.0)
    return unit


def _of_stretches(sums: Array) -> Array:
    """Return (stretches, ...) from sums by block (blocks, ...)."""
    running = np.concatenate([np.zeros((1, *sums.shape[1:])), np.cumsum(sums, axis=0)])
    first, last = np.array(STRETCHES).T
    stretches: Array = running[last] - running[first]
    return stretches
