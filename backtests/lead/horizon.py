"""The traded horizon: what the leader's trend over 20 to 120 sessions says of the next session.

The return of one session on trends of the sessions before it, so that no two rows share a term of the return: the
overlap of longer returns, under which ordinary errors reject a true null of no prediction in 68 of 100 cases at 20
sessions, does not arise (Hodrick 1992, 1B). Seven terms are searched: the sign of the trend at five lengths, which is
what a trend rule trades, and its size at 60 and 120 sessions. Beyond them: signs and sizes of the trends of every
control and of the target itself at 20, 60 and 120 sessions, and the same session of the equities, which takes the
common move out of the error. Each term must hold in two forms, and the lesser t counts:

    plain   the trend of the sessions before.
    strict  the same less the trend of the sessions AFTER. A slow drift that two series share makes the trend before
            and the trend after say the same, a lead does not. The difference has twice the variance of one trend: its t
            is counted 1.3 times, between once and the square root of 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from backtests.lead.deciding import basis
from backtests.lead.family import Array, Strongest, highest, strongest
from backtests.statistics import hc3

LENGTHS = (20, 40, 60, 90, 120)
BESIDE = (20, 60, 120)
LONGEST = max(LENGTHS)
TERMS = (*(("sign", length) for length in LENGTHS), ("size", 60), ("size", 120))
COLUMNS = [LENGTHS.index(length) + len(LENGTHS) * (form == "size") for form, length in TERMS]
LEAST_SESSIONS = 500
"""Fewer leave too few rows between the first trend before and the last one after."""
LEAST_OWN = 1e-6
STRICT = 1.3
"""How many times the t of the strict form is counted. Chosen on the worlds for tuning: the square root of 2 would take
a strong shared drift for a lead half again as often, 1 would miss half of the leads of 1.5% of variance."""
GAP = 2
"""The trend after begins two sessions later: windows of daily bars reach into the next session."""


@dataclass(frozen=True, kw_only=True)
class Trend(Strongest):
    """The strongest trend. `effect`: percent of the target in its next session, while the trend is up or for 1% of it.

    `share` is that part of the term's variance which the controls leave. `series`: which one, of several.
    """

    form: str
    sessions: int
    share: float
    series: str = ""

    @property
    def where(self) -> str:
        """The term in words."""
        return f"{self.form} of the {self.sessions}-session trend"

    def as_json(self) -> dict[str, Any]:
        """Return the term as plain numbers."""
        return {**super().as_json(), "form": self.form, "sessions": self.sessions, "series": self.series}


@dataclass(frozen=True, eq=False)
class TrendTerms:
    """The terms of one series: `effect` and `se` of the form with the lesser t, `scaled` scores of the plain one.

    `plain_t`, `spread` (standard error times the deviation of what is left of the term) and `share` bound the plain
    form: a trend that explains r2 has the t sqrt(r2) / spread, in units of the target's deviation.
    """

    effect: Array
    se: Array
    scaled: Array
    plain_t: Array
    spread: Array
    share: Array
    n: int

    @property
    def t(self) -> Array:
        """The t that counts of each term."""
        t: Array = self.effect / self.se
        return t


def trends(x: Array, lengths: Sequence[int], *, after: bool = False) -> Array:
    """Return (sessions, 2 terms a length) of signs, then sums, of the returns before each session, or after it.

    Zero where the window reaches beyond the sample: those rows are never used.
    """
    n, sums = len(x), np.concatenate([[0.0], np.cumsum(x)])
    out = np.zeros((n, len(lengths)))
    for column, h in enumerate(lengths):
        if after:
            out[: n - h - GAP, column] = sums[h + GAP : n] - sums[GAP : n - h]
        else:
            out[h:, column] = sums[h:n] - sums[: n - h]
    return np.concatenate([np.sign(out), out], axis=1)


def trend_terms(
    target: Array, tested: Sequence[Array], controls: Sequence[Array], now: Sequence[Array]
) -> list[TrendTerms]:
    """Return the terms of the trends of each of `tested` for `target`, one series at a time.

    Beyond the trends of `controls` and of the target itself, and beyond the same session of `now`. All arrays have one
    return a session, `LEAST_SESSIONS` at least.
    """
    n, rows = len(target), slice(LONGEST, len(target) - LONGEST - GAP)
    before = [trends(x, BESIDE) for x in (target, *controls)]
    later = [trends(x, BESIDE, after=True) for x in (target, *controls)]
    same = np.column_stack(now)
    own = np.concatenate([trends(x, LENGTHS)[:, COLUMNS] for x in tested], axis=1)
    apart = own - np.concatenate([trends(x, LENGTHS, after=True)[:, COLUMNS] for x in tested], axis=1)
    effect, se, scores, left = _slopes(target[LONGEST:], own[LONGEST:], [x[LONGEST:] for x in (*before, same)])
    strict, strict_se, *_ = _slopes(target[rows], apart[rows], [x[rows] for x in (*before, *later, same)])
    strict, strict_se = 2 * strict, 2 * strict_se / STRICT
    lesser = strict / strict_se < effect / se
    columns = {
        "effect": np.where(lesser, strict, effect),
        "se": np.where(lesser, strict_se, se),
        "scaled": scores / se,
        "plain_t": effect / se,
        "spread": np.where(left > 0, se, 1.0) * np.sqrt(left) / float(target[LONGEST:].std()),
        "share": left / np.maximum(own[LONGEST:].var(axis=0), np.finfo(float).tiny),
    }
    parts = [slice(at, at + len(TERMS)) for at in range(0, own.shape[1], len(TERMS))]
    return [TrendTerms(**{name: x[..., part] for name, x in columns.items()}, n=n - LONGEST) for part in parts]


def _slopes(y: Array, tested: Array, beside: Sequence[Array]) -> tuple[Array, Array, Array, Array]:
    """Return slope, HC3 error, scores and the variance left of each column of `tested`, each beyond `beside`.

    A column that the others make up has slope 0 and an infinite error.
    """
    q = basis(np.column_stack([np.ones(len(y)), *beside]))
    left = y - q @ (q.T @ y)
    own = tested - q @ (q.T @ tested)
    squares = (own**2).sum(axis=0)
    empty = squares <= LEAST_OWN * np.maximum((tested**2).sum(axis=0), np.finfo(float).tiny)
    squares = np.where(empty, 1.0, squares)
    slopes = np.where(empty, 0.0, own.T @ left / squares)
    leverage = (q**2).sum(axis=1)[:, None] + own**2 / squares
    scores = hc3.scores(own / squares, np.ones(len(y)), np.zeros(len(y)))
    scores = scores * (left[:, None] - own * slopes) / (1 - np.minimum(leverage, hc3.MOST_LEVERAGE))
    errors = np.where(empty, np.inf, hc3.standard_error(scores))
    return slopes, errors, np.where(empty, 0.0, scores), np.where(empty, 0.0, squares) / len(y)


def searched(terms: dict[str, TrendTerms], drawn: Array) -> tuple[Trend, Array]:
    """Return the strongest positive trend of all (by series), and the largest t of every draw without a lead.

    `drawn`: (all terms, DRAWS / 2), from `draws` of their scores.
    """
    names = list(terms)
    t = np.concatenate([terms[name].t for name in names])
    most = highest(drawn)
    name, term = names[int(np.argmax(t)) // len(TERMS)], int(np.argmax(t)) % len(TERMS)
    chosen = terms[name]
    form, length = TERMS[term]
    unit = 100.0 if form == "sign" else 1.0
    found = Trend(
        **strongest(unit * float(chosen.effect[term]), unit * float(chosen.se[term]), most),
        n=chosen.n,
        form=form,
        sessions=length,
        share=float(chosen.share[term]),
        series=name,
    )
    return found, most
