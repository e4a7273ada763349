"""SIMULATED worlds for the lead lab: returns of sessions with a relation that is known because it was planted.

A session's window runs from one NYSE close to the next, in three parts: from the close to 00:00 UTC, from there to the
NYSE's open, and the session itself. The parts let the same world be seen through windows matched to the hour, through
daily bars, and through daily bars under the wrong date.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from backtests.lead.deciding import Array
from backtests.lead.verdict import EQUITIES, IS_LED, LEADS, NO_RELATION, NOT_ENOUGH, TOGETHER, Sample, Verdict

SESSIONS = 2260
NAMES = ("SPY", "QQQ", "IWM")
CORRELATION = np.array([[1.00, 0.93, 0.87], [0.93, 1.00, 0.77], [0.87, 0.77, 1.00]])
SD = np.array([0.0113, 0.0141, 0.0145])
ETH_SD = 0.042
EQUITY_PARTS = np.array([0.10, 0.25, 0.65])
ETH_PARTS = np.array([4.0, 13.5, 6.5]) / 24
"""Shares of the variance of a window that fall into its three parts."""
OVERLAP = float(np.sqrt(EQUITY_PARTS * ETH_PARTS).sum())
WARM = 30


@dataclass(frozen=True)
class World:
    """One world: what is planted, how it is seen, and the verdict that ought to be given.

    `together`: correlation of ETH with SPY in the same window (with IWM's own part too where `own_together`).
    `lead`: share of the variance of ETH's next sessions that `through` explains, spread over `days` sessions, until
    the share `until` of the sample; `reverse`: the same share of IWM's variance from ETH's last session.
    `volatility`: "constant", "garch", "drift"; `tail`: degrees of freedom of the shocks (0: normal).
    `seen`: "hours", "days", "close date" (daily bars under the date of their close).
    """

    name: str
    expected: Verdict
    target: float | None = None
    together: float = 0.0
    own_together: bool = False
    lead: float = 0.0
    through: str = "own"
    days: int = 1
    until: float = 1.0
    reverse: float = 0.0
    volatility: str = "constant"
    tail: int = 0
    seen: str = "hours"
    follows: float = 0.0
    sessions: int = SESSIONS

    @property
    def small_caps_lead(self) -> bool:
        """Whether small caps lead in this world, by any part."""
        return self.lead > 0 and self.through in ("own", "IWM")

    def draw(self, seed: int) -> Sample:
        """Return one sample of the world: the same for the same name and seed, whatever other worlds there are."""
        return _Draw(self, np.random.default_rng([zlib.crc32(self.name.encode()), seed])).sample()


class _Draw:
    def __init__(self, world: World, rng: np.random.Generator) -> None:
        self.world, self.rng, self.n = world, rng, world.sessions + WARM + 1

    def shocks(self, scale: Array, tails: Array, *shape: int) -> Array:
        """Return (n, ..., 3 parts) of shocks; those of one session share the size of its tail."""
        return self.rng.standard_normal((self.n, *shape, 3)) * (scale * tails).reshape(-1, *([1] * (len(shape) + 1)))

    def scale(self) -> tuple[Array, Array]:
        """Return the volatilities of equities and of ETH, mean square about 1."""
        n, kind = self.n, self.world.volatility
        if kind == "garch":
            shared = _garch(self.rng, n)
            return shared, shared
        if kind == "drift":
            path = np.exp(np.linspace(0.6, -0.6, n) + 0.03 * np.cumsum(self.rng.standard_normal(n)))
            return _unit(path), _unit(path[::-1] ** 0.5 * path**0.5)
        return np.ones(n), np.ones(n)

    def tails(self) -> Array:
        if not self.world.tail:
            return np.ones(self.n)
        return np.sqrt((self.world.tail - 2) / self.rng.chisquare(self.world.tail, self.n))

    def sample(self) -> Sample:
        world = self.world
        equity_scale, eth_scale = self.scale()
        tails = self.tails()
        weights = np.linalg.cholesky(CORRELATION)
        factors = self.shocks(equity_scale, tails, 3)
        equities = np.einsum("ij,njp->nip", weights, factors) * np.sqrt(EQUITY_PARTS) * SD[:, None]
        eth = self._eth(factors, eth_scale, tails)
        own = _unit((factors[:, 2] * np.sqrt(EQUITY_PARTS)).sum(axis=1))
        if world.follows:
            equities[1:, 2] += (
                world.follows * np.sqrt(EQUITY_PARTS) * equities[:-1, 0].sum(axis=1)[:, None] * SD[2] / SD[0]
            )
        self._plant_lead(eth, own, equities.sum(axis=2))
        if world.reverse:
            push = np.sqrt(world.reverse / (1 - world.reverse)) * SD[2] * _unit(eth.sum(axis=1))[:-1]
            equities[1:, 2] += push[:, None] * EQUITY_PARTS
        return self._seen(equities, eth)

    def _eth(self, factors: Array, scale: Array, tails: Array) -> Array:
        """Return (n, 3) returns of ETH with the planted correlation in each part."""
        common = factors[:, 0]
        if self.world.own_together:
            common = np.einsum("j,njp->np", np.linalg.cholesky(CORRELATION)[2], factors)
        r = self.world.together / OVERLAP
        noise = self.shocks(scale, tails)
        return ETH_SD * np.sqrt(ETH_PARTS) * (r * common + np.sqrt(1 - r**2) * noise)

    def _plant_lead(self, eth: Array, own: Array, totals: Array) -> None:
        world = self.world
        if not world.lead:
            return
        source = {"own": own, "IWM": _unit(totals[:, 2]), "SPY": _unit(totals[:, 0])}[world.through]
        past = np.zeros(self.n)
        for k in range(1, world.days + 1):
            past[k:] += source[:-k]
        past /= np.sqrt(world.days)
        past[int(world.until * self.n) :] = 0.0
        eth += (np.sqrt(world.lead / (1 - world.lead)) * eth.sum(axis=1).std() * past)[:, None] * ETH_PARTS

    def _seen(self, equities: Array, eth: Array) -> Sample:
        whole = equities.sum(axis=2)
        matched = eth.sum(axis=1)
        day = np.append(eth[:-1, 1:].sum(axis=1) + eth[1:, 0], 0.0)  # from 00:00 UTC to 00:00 UTC
        wrong = np.concatenate([[0.0], day[:-1]])
        seen = {"hours": matched, "days": day, "close date": wrong}[self.world.seen]
        rows = slice(WARM, WARM + self.world.sessions)
        leader_next = whole[:, 2] if self.world.seen == "hours" else equities[:, 2, 2]
        return Sample(
            traded=seen[rows],
            leader=whole[rows, 2],
            controls={"SPY": whole[rows, 0], "QQQ": whole[rows, 1]},
            leader_next=leader_next[rows],
        )


def _unit(x: Array) -> Array:
    scaled: Array = x / np.sqrt(np.mean(x**2))
    return scaled


def _garch(rng: np.random.Generator, n: int, a: float = 0.09, b: float = 0.90) -> Array:
    """Return the volatility path of a GARCH(1,1) with normal shocks and a variance of about 1."""
    shocks = rng.standard_normal(n + 500) ** 2
    out = np.empty(n + 500)
    variance = 1.0
    for t, shock in enumerate(shocks):
        out[t] = variance
        variance = 1 - a - b + (a * shock + b) * variance
    return np.sqrt(out[500:])


def _rough(**planted: object) -> dict[str, object]:
    return {"volatility": "garch", "tail": 5, **planted}


TOGETHER_3, TOGETHER_5 = {"together": 0.3}, {"together": 0.5}
NULLS: tuple[tuple[str, Verdict, float | None, dict[str, object]], ...] = (
    ("no relation", NO_RELATION, None, {}),
    ("no relation, GARCH and fat tails", NO_RELATION, None, _rough()),
    ("no relation, drifting volatility", NO_RELATION, None, {"volatility": "drift", "tail": 5}),
    ("move together .3", TOGETHER, 0.90, TOGETHER_3),
    ("move together .5", TOGETHER, None, TOGETHER_5),
    ("move together .3, shared GARCH and fat tails", TOGETHER, 0.90, _rough(**TOGETHER_3)),
    ("move together .5, shared GARCH and fat tails", TOGETHER, None, _rough(**TOGETHER_5)),
    ("move together .3, drifting volatility", TOGETHER, 0.90, {**TOGETHER_3, "volatility": "drift", "tail": 5}),
    ("move together .3, seen in daily bars", TOGETHER, 0.90, {**TOGETHER_3, "seen": "days"}),
    ("move together .5, seen in daily bars", TOGETHER, None, {**TOGETHER_5, "seen": "days"}),
    ("move together .5, IWM lags SPY by a session", TOGETHER, None, {**TOGETHER_5, "follows": 0.15}),
    ("move together .3, wrong labels", NOT_ENOUGH, None, {**TOGETHER_3, "own_together": True, "seen": "close date"}),
    ("move together .3 through SPY, wrong labels", NOT_ENOUGH, None, {**TOGETHER_3, "seen": "close date"}),
    ("move together .5, wrong labels, GARCH", NOT_ENOUGH, None, _rough(**TOGETHER_5, own_together=True, seen="close date")),
    ("ETH leads 1.5%", IS_LED, 0.80, {"reverse": 0.015}),
    ("ETH leads 1.5%, together .3, GARCH", IS_LED, 0.80, _rough(reverse=0.015, **TOGETHER_3)),
    ("ETH leads 1.5%, together .3, seen in daily bars", IS_LED, 0.80, {"reverse": 0.015, **TOGETHER_3, "seen": "days"}),
    ("SPY leads 1.5%, IWM follows", EQUITIES, 0.80, {"lead": 0.015, "through": "SPY"}),
    ("SPY leads 1.5%, together .3, GARCH", EQUITIES, 0.80, _rough(lead=0.015, through="SPY", **TOGETHER_3)),
    ("SPY leads 5%, together .5", EQUITIES, 0.80, {"lead": 0.05, "through": "SPY", **TOGETHER_5}),
    ("SPY leads 1.5%, IWM lags SPY by a session", EQUITIES, 0.80, {"lead": 0.015, "through": "SPY", **TOGETHER_3, "follows": 0.15}),
)  # fmt: skip
STRENGTHS = (0.001, 0.003, 0.005, 0.010, 0.015)
OWN = {"lead": 0.015, **TOGETHER_3}
LEADING: tuple[tuple[str, Verdict, float | None, dict[str, object]], ...] = (
    *((f"own part leads {r2:.1%}", LEADS, 0.80 if r2 >= 0.015 else None, {"lead": r2, **TOGETHER_3}) for r2 in STRENGTHS),
    ("own part leads 1.5%, no co-movement", LEADS, 0.80, {"lead": 0.015}),
    ("own part leads 1.5%, GARCH and fat tails", LEADS, 0.80, _rough(**OWN)),
    ("own part leads 1.5%, seen in daily bars", LEADS, 0.80, {**OWN, "seen": "days"}),
    ("own part leads 1.5%, over 5 sessions", LEADS, 0.80, {**OWN, "days": 5}),
    ("own part leads 0.5%, over 5 sessions", LEADS, None, {"lead": 0.005, **TOGETHER_3, "days": 5}),
    ("own part leads 1.5%, over 10 sessions", LEADS, 0.80, {**OWN, "days": 10}),
    ("own part leads 1.5%, breaks off half way", LEADS, None, {**OWN, "until": 0.5}),
    ("own part leads 3%, breaks off half way", LEADS, None, {"lead": 0.03, "until": 0.5, **TOGETHER_3}),
    ("all of IWM leads 0.5%", LEADS, None, {"lead": 0.005, "through": "IWM", **TOGETHER_3}),
    ("all of IWM leads 1.5%", LEADS, None, {"lead": 0.015, "through": "IWM", **TOGETHER_3}),
    ("all of IWM leads 5%", LEADS, None, {"lead": 0.05, "through": "IWM", **TOGETHER_3}),
    ("own part leads 1.5%, one year of days", LEADS, None, {**OWN, "sessions": 252}),
    ("half a year of days", NOT_ENOUGH, None, {**TOGETHER_3, "sessions": 126}),
)  # fmt: skip
BLIND: tuple[tuple[str, Verdict, float | None, dict[str, object]], ...] = (
    (
        "move together .15, wrong labels",
        NOT_ENOUGH,
        None,
        {"together": 0.15, "own_together": True, "seen": "close date"},
    ),
)


def made(rows: tuple[tuple[str, Verdict, float | None, dict[str, object]], ...]) -> tuple[World, ...]:
    """Return the worlds of a table of (name, verdict that ought to be given, its target, what is planted)."""
    return tuple(World(name, expected, target, **planted) for name, expected, target, planted in rows)  # type: ignore[arg-type]


WORLDS = made((*NULLS, *LEADING))
"""Every cell of the calibration."""
BLIND_SPOTS = made(BLIND)
"""What the rule cannot see by itself: shown, and held to no target."""
BY_NAME = {world.name: world for world in (*WORLDS, *BLIND_SPOTS)}
