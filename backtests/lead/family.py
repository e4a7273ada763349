"""What a search finds, and what searching does to its p-values: over terms, and over the statistics of one question.

The largest t of a search is held against its own distribution under no lead, by a score bootstrap that keeps volatility
clusters and the dependence between terms (Kline and Santos 2012, Journal of Econometric Methods 1; normal weights on
HC3 scores, MacKinnon and White 1985). Statistics of one question are corrected for one
another by the smallest p-value of each draw (single-step minP, Westfall and Young 1993): each has an equal say, however
many terms it has, and what depends on the same sessions counts as dependent.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

DRAWS = 2000
"""Draws of a distribution under no lead: half of them by chance, the other half the same ones turned round."""
ALPHA = 0.025
"""One-sided level of every question of the verdict: the side of a two-sided 95% interval."""
Z_POWER = 0.8416212335729143
"""Standard normal quantile of a power of 80%."""


@dataclass(frozen=True, kw_only=True)
class Strongest:
    """The strongest term of a search, positive side, with its interval and p-values.

    `p_value`: of this term alone, one-sided; `p_value_searched`: corrected for the search over terms (and series);
    `p_value_family`: corrected for the other statistics of the same question too, None where there is none. `critical`:
    the t that it must pass, `low`..`high`: 95%, both corrected alike, so that `low` > 0 where the term is found.
    """

    effect: float
    se: float
    t: float
    p_value: float
    p_value_searched: float
    low: float
    high: float
    critical: float
    n: int
    p_value_family: float | None = None

    @property
    def p_value_judged(self) -> float:
        """The p-value by which the rule goes: of the family where there is one."""
        return self.p_value_searched if self.p_value_family is None else self.p_value_family

    @property
    def found(self) -> bool:
        """Whether the search finds a lead at the level of the verdict."""
        return self.p_value_judged <= ALPHA

    @property
    def where(self) -> str:
        """The term in words."""
        raise NotImplementedError

    def as_json(self) -> dict[str, Any]:
        """Return the term as plain numbers."""
        return {
            "effect": self.effect,
            "interval": [self.low, self.high],
            "t": self.t,
            "p_value": self.p_value,
            "p_value_searched": self.p_value_searched,
            "p_value_family": self.p_value_family,
            "critical_t": self.critical,
            "n": self.n,
        }


@lru_cache(maxsize=8)
def _normals(blocks: int, terms: int) -> Array:
    """Return (blocks, terms, DRAWS / 2), the same on every day of asking: a verdict does not depend on it."""
    return np.random.default_rng(20251008).standard_normal((blocks, terms, DRAWS // 2))


def draws(*scores: Array, blocks: int = 1) -> list[Array]:
    """Return what the terms of each of `scores` (rows, terms) give without a lead: (blocks, terms, DRAWS / 2) each.

    The rows of all end with the same session. Every session's score is multiplied by a normal weight, the same one for
    all terms. Summed within a block they are normal with the covariance of the scores, and are drawn as such.
    """
    rows = max(map(len, scores))
    joint = np.concatenate([np.pad(x, ((rows - len(x), 0), (0, 0))) for x in scores], axis=1)
    size = np.sqrt((joint**2).sum(axis=0))
    joint = joint / np.where(
        size > 0, size, 1.0
    )  # the root of a covariance depends on units, that of a correlation not
    edges = block_edges(rows, blocks)
    parts = [joint[a:b].T @ joint[a:b] for a, b in pairwise(edges)]
    drawn = np.stack([_root(part) for part in parts]) @ _normals(blocks, joint.shape[1]) * size[:, None]
    ends = np.cumsum([x.shape[1] for x in scores])[:-1]
    return np.split(drawn, ends, axis=1)


def block_edges(rows: int, blocks: int) -> npt.NDArray[np.int64]:
    """Return the first row of each block, and the row after the last."""
    return np.linspace(0, rows, blocks + 1).astype(np.int64)


def _root(covariance: Array) -> Array:
    """Return the symmetric root, the only one that does not depend on the order of the terms."""
    values, vectors = np.linalg.eigh(covariance)
    root: Array = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    return root


def highest(drawn: Array) -> Array:
    """Return (DRAWS,): the largest of the terms (terms, DRAWS / 2) in each draw, and in the same draw turned round."""
    return np.concatenate([drawn.max(axis=0), -drawn.min(axis=0)])


def strongest(effect: float, se: float, drawn: Array) -> dict[str, float]:
    """Return the numbers of the strongest term beside the largest t of every draw."""
    t = effect / se
    critical = float(np.sort(drawn)[-round(ALPHA * (len(drawn) + 1))])
    return {
        "effect": effect,
        "se": se,
        "t": t,
        "p_value": 0.5 * math.erfc(t / math.sqrt(2)),
        "p_value_searched": float(1 + (drawn >= t).sum()) / (1 + len(drawn)),
        "low": effect - critical * se,
        "high": effect + critical * se,
        "critical": critical,
    }


def family(*statistics: tuple[Strongest, Array]) -> tuple[Any, ...]:
    """Return the statistics of one question, each corrected for the others.

    Each comes as its strongest term and the largest t of every draw; one draw has the same weights in all of them.
    """
    ordered = [np.sort(drawn) for _, drawn in statistics]
    ranks = [len(o) - np.searchsorted(o, drawn) for o, (_, drawn) in zip(ordered, statistics, strict=True)]
    smallest = np.sort(np.minimum.reduce(ranks))
    allowed = int(smallest[math.floor(ALPHA * (1 + len(smallest))) - 1]) - 1
    return tuple(_corrected(lead, o, smallest, allowed) for (lead, _), o in zip(statistics, ordered, strict=True))


def _corrected(lead: Strongest, ordered: Array, smallest: Array, allowed: int) -> Strongest:
    rank = 1 + len(ordered) - int(np.searchsorted(ordered, lead.t))
    p_value = float(1 + np.searchsorted(smallest, rank, side="right")) / (1 + len(ordered))
    critical = float(ordered[-allowed])
    low, high = lead.effect - critical * lead.se, lead.effect + critical * lead.se
    return replace(lead, p_value_family=p_value, critical=critical, low=low, high=high)
