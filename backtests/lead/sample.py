"""The returns that a verdict is made from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from backtests.lead.family import Array
from backtests.statistics import hc3


@dataclass(frozen=True, eq=False)
class Sample:
    """Returns of one row a session, all of one length and without NaN.

    `traded` and `leader` on matched windows; `controls` the other equities by id; `leader_next` is the leader's return
    over the part of each session's window that begins after `traded`'s previous window has ended: all of it where the
    windows match to the hour, open to close with daily bars. `others` are held fixed too, never asked by themselves.
    """

    traded: Array
    leader: Array
    controls: Mapping[str, Array]
    leader_next: Array
    others: Mapping[str, Array] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """Sessions."""
        return len(self.traded)

    @property
    def equities(self) -> dict[str, Array]:
        """The leader, under that name, and the other equities by id."""
        return {"leader": self.leader, **self.controls}

    @property
    def beside(self) -> list[Array]:
        """All that the leader must say something beyond."""
        return [*self.controls.values(), *self.others.values()]


@dataclass(frozen=True)
class Correlation:
    """Correlation of the same session with its 95% interval and one-sided p-value (HC3, so robust to volatility)."""

    value: float
    low: float
    high: float
    p_value: float


def correlation(x: Array, y: Array) -> Correlation:
    """Return the correlation of two series of returns, with an HC3 standard error."""
    u, v = ((z - z.mean()) / z.std() for z in (x, y))
    r = float((u * v).mean())
    se = hc3.slope(u, v)[1]
    low, high = (max(-1.0, min(1.0, r + side * 1.959963984540054 * se)) for side in (-1, 1))
    return Correlation(r, low, high, 0.5 * math.erfc(r / se / math.sqrt(2)) if se > 0 else float(r <= 0))
