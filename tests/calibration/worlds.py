"""SIMULATED worlds for the lead lab: returns of sessions with a relation that is known because it was planted.

A session's window runs from one NYSE close to the next, in three parts: from the close to 00:00 UTC, from there to the
NYSE's open, and the session itself. The parts let the same world be seen through windows matched to the hour, through
daily bars, and through daily bars under the wrong date.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from backtests.lead.family import Array
from backtests.lead.sample import Sample
from backtests.lead.verdict import EQUITIES, IS_LED, LEADS, NONE_SHOWN, NOT_ENOUGH, NOT_SHOWN, Verdict

SESSIONS = 2260
NAMES = ("SPY", "QQQ", "IWM")
CORRELATION = np.array([[1.00, 0.93, 0.87], [0.93, 1.00, 0.77], [0.87, 0.77, 1.00]])
SD = np.array([0.0113, 0.0141, 0.0145])
ETH_SD = 0.042
EQUITY_PARTS = np.array([0.10, 0.25, 0.65])
ETH_PARTS = np.array([4.0, 13.5, 6.5]) / 24
"""Shares of the variance of a window that fall into its three parts."""
OVERLAP = float(np.sqrt(EQUITY_PARTS * ETH_PARTS).sum())
WARM = 130
HORIZON = 60
"""Sessions of the trend that leads where one does."""


@dataclass(frozen=True)
class World:
    """One world: what is planted, how it is seen, and the verdict that ought to be given.

    `together`: correlation of ETH with SPY in the same window (with all of IWM where `own_together`), from the middle
    of the sample on `together_later` where that is given.
    `lead`: share of the variance of ETH's next sessions that `through` explains (own, IWM, SPY; trend: the sign of
    IWM's return over the 60 sessions before; SPY trend: of SPY's; fall: IWM's own part where it fell), spread over
    `days` sessions from lag `first` on, between the shares `since` and `until` of the sample; `reverse`: the same
    share of IWM's variance from ETH's last session.
    `continues`: autocorrelation of IWM's own part; ETH moves with all of it, or with its news alone where `news`.
    `drift`: share of the variance of IWM's own part and of ETH that one slow drift explains (AR(1), .99 a session).
    `omitted`: share of ETH's next session that a series explains which has a correlation of .3 with IWM's own part in
    the same session; `given`: whether the lab has it as a control.
    `late`: share of sessions under which ETH's return is that of the session before ("repeat"), or misses the NYSE's
    session, which falls to the next ("part"), or of one stretch that stands a session late ("stretch"): `lateness`.
    `volatility`: "constant", "garch", "drift", "jumps", "break"; `tail`: degrees of freedom of the shocks (0: normal).
    `seen`: "hours", "days", "close date" (daily bars under the date of their close).
    """

    name: str
    expected: Verdict
    target: float | None = None
    together: float = 0.0
    together_later: float | None = None
    own_together: bool = False
    lead: float = 0.0
    through: str = "own"
    days: int = 1
    first: int = 1
    since: float = 0.0
    until: float = 1.0
    reverse: float = 0.0
    continues: float = 0.0
    news: bool = False
    drift: float = 0.0
    omitted: float = 0.0
    given: bool = False
    late: float = 0.0
    lateness: str = "repeat"
    volatility: str = "constant"
    tail: int = 0
    seen: str = "hours"
    follows: float = 0.0
    sessions: int = SESSIONS

    @property
    def small_caps_lead(self) -> bool:
        """Whether small caps lead in this world, by any part."""
        return self.lead > 0 and self.through in ("own", "IWM", "trend", "fall")

    def draw(self, seed: int, *, tuning: bool = False) -> Sample:
        """Return one sample of the world: the same for the same name and seed, whatever other worlds there are.

        `tuning`: from the other generator and from other seeds, of which the rule's constants were chosen.
        """
        key = zlib.crc32(self.name.encode())
        if tuning:
            return _TuningDraw(self, np.random.Generator(np.random.Philox([key, 7_000_000 + seed]))).sample()
        return _Draw(self, np.random.default_rng([key, 1_000_000 + seed])).sample()


class _Draw:
    """The generator of the table: normal shocks or Student's t, GARCH(1,1), correlations of history by Cholesky."""

    def __init__(self, world: World, rng: np.random.Generator) -> None:
        self.world, self.rng, self.n = world, rng, world.sessions + WARM + 1

    def noise(self, *shape: int) -> Array:
        """Return independent shocks of variance 1."""
        return self.rng.standard_normal(shape)

    def shocks(self, scale: Array, tails: Array, *shape: int) -> Array:
        """Return (n, ..., 3 parts) of shocks; those of one session share the size of its tail."""
        return self.noise(self.n, *shape, 3) * (scale * tails).reshape(-1, *([1] * (len(shape) + 1)))

    def scale(self) -> tuple[Array, Array]:
        """Return the volatilities of equities and of ETH, mean square about 1."""
        n, kind = self.n, self.world.volatility
        if kind == "garch":
            shared = self.clustered()
            return shared, shared
        if kind == "drift":
            path = np.exp(np.linspace(0.6, -0.6, n) + 0.03 * np.cumsum(self.rng.standard_normal(n)))
            return _unit(path), _unit(path[::-1] ** 0.5 * path**0.5)
        if kind == "jumps":
            path = np.where(self.rng.random(n) < 0.01, 6.0, 1.0)  # shared, as news are
            return _unit(path), _unit(path)
        if kind == "break":
            path = np.where(np.arange(n) < n // 2, 1.0, 2.5)
            return _unit(path), _unit(path[::-1])
        return np.ones(n), np.ones(n)

    def clustered(self) -> Array:
        """Return a volatility path with clusters."""
        return _garch(self.rng, self.n)

    def tails(self) -> Array:
        if not self.world.tail:
            return np.ones(self.n)
        return np.sqrt((self.world.tail - 2) / self.rng.chisquare(self.world.tail, self.n))

    def weights(self) -> Array:
        """Return what SPY, QQQ and IWM have of the common factors and, last, of IWM's own."""
        return np.linalg.cholesky(CORRELATION)

    def sample(self) -> Sample:
        world = self.world
        equity_scale, eth_scale = self.scale()
        tails = self.tails()
        weights = self.weights()
        factors = self.shocks(equity_scale, tails, 3)
        news = factors.copy()
        self._own_part(factors)
        equities = np.einsum("ij,njp->nip", weights, factors) * np.sqrt(EQUITY_PARTS) * SD[:, None]
        eth = self._eth(news if world.news else factors, weights[2], eth_scale, tails)
        own = _unit((factors[:, 2] * np.sqrt(EQUITY_PARTS)).sum(axis=1))
        if world.follows:
            equities[1:, 2] += (
                world.follows * np.sqrt(EQUITY_PARTS) * equities[:-1, 0].sum(axis=1)[:, None] * SD[2] / SD[0]
            )
        omitted = self._omitted(equities, eth, own)
        self._slow_drift(equities, eth)
        self._plant_lead(eth, own, equities.sum(axis=2))
        if world.reverse:
            push = np.sqrt(world.reverse / (1 - world.reverse)) * SD[2] * _unit(eth.sum(axis=1))[:-1]
            equities[1:, 2] += push[:, None] * EQUITY_PARTS
        return self._seen(equities, eth, omitted)

    def _own_part(self, factors: Array) -> None:
        """Let IWM's own part continue (or reverse) from session to session."""
        part = np.sqrt(EQUITY_PARTS)
        if self.world.continues:
            for t in range(1, self.n):
                factors[t, 2] += self.world.continues * (factors[t - 1, 2] @ part) * part

    def _eth(self, factors: Array, whole: Array, scale: Array, tails: Array) -> Array:
        """Return (n, 3) returns of ETH with the planted correlation in each part."""
        common = np.einsum("j,njp->np", whole, factors) if self.world.own_together else factors[:, 0]
        later = self.world.together if self.world.together_later is None else self.world.together_later
        r = np.where(np.arange(self.n) < self.n // 2, self.world.together, later)[:, None] / OVERLAP
        noise = self.shocks(scale, tails)
        return ETH_SD * np.sqrt(ETH_PARTS) * (r * common + np.sqrt(1 - r**2) * noise)

    def _omitted(self, equities: Array, eth: Array, own: Array) -> Array:
        """Return the returns of a series that leads ETH and shares a session with IWM's own part."""
        other = 0.3 * own + np.sqrt(1 - 0.3**2) * self.noise(self.n)
        if self.world.omitted:
            push = np.sqrt(self.world.omitted / (1 - self.world.omitted)) * ETH_SD * other[:-1]
            eth[1:] += push[:, None] * ETH_PARTS
        return other

    def _slow_drift(self, equities: Array, eth: Array) -> None:
        if not self.world.drift:
            return
        path, keep = np.zeros(self.n + 500), 0.99
        for t, shock in enumerate(self.noise(self.n + 500)[1:], 1):
            path[t] = keep * path[t - 1] + np.sqrt(1 - keep**2) * shock
        path = np.sqrt(self.world.drift) * path[500:, None]
        own = SD[2] * np.sqrt(1 - CORRELATION[2, 0] ** 2)
        equities[:, 2] += own * path * EQUITY_PARTS
        eth += ETH_SD * path * ETH_PARTS

    def _plant_lead(self, eth: Array, own: Array, totals: Array) -> None:
        world = self.world
        if not world.lead:
            return
        trends = {name: _trend_signs(totals[:, at]) for name, at in (("trend", 2), ("SPY trend", 0))}
        fall = np.minimum(own, 0.0)
        source = {
            "own": own, "IWM": _unit(totals[:, 2]), "SPY": _unit(totals[:, 0]), "fall": _unit(fall - fall.mean()), **trends,
        }[world.through]  # fmt: skip
        past = np.zeros(self.n)
        for k in range(world.first, world.first + world.days):
            past[k:] += source[:-k]
        past /= np.sqrt(world.days)
        past[: int(world.since * self.n)] = past[int(world.until * self.n) :] = 0.0
        eth += (np.sqrt(world.lead / (1 - world.lead)) * eth.sum(axis=1).std() * past)[:, None] * ETH_PARTS

    def _seen(self, equities: Array, eth: Array, omitted: Array) -> Sample:
        whole = equities.sum(axis=2)
        matched = eth.sum(axis=1)
        day = np.append(eth[:-1, 1:].sum(axis=1) + eth[1:, 0], 0.0)  # from 00:00 UTC to 00:00 UTC
        wrong = np.concatenate([[0.0], day[:-1]])
        seen = {"hours": matched, "days": day, "close date": wrong}[self.world.seen]
        seen = self._late(seen, eth)
        rows = slice(WARM, WARM + self.world.sessions)
        leader_next = whole[:, 2] if self.world.seen == "hours" else equities[:, 2, 2]
        return Sample(
            traded=seen[rows],
            leader=whole[rows, 2],
            controls={"SPY": whole[rows, 0], "QQQ": whole[rows, 1]},
            leader_next=leader_next[rows],
            others={"OTHER": omitted[rows]} if self.world.given else {},
        )

    def _late(self, seen: Array, eth: Array) -> Array:
        """Return ETH's returns under labels of which some are late."""
        if not self.world.late:
            return seen
        late = self.rng.random(self.n) < self.world.late
        before = np.concatenate([[0.0], seen[:-1]])
        if self.world.lateness == "stretch":
            begin = self.rng.integers(WARM, int((1 - self.world.late) * self.n))
            late = (np.arange(self.n) >= begin) & (np.arange(self.n) < begin + self.world.late * self.n)
        if self.world.lateness == "part":
            missed = late * eth[:, 2]
            return seen - missed + np.concatenate([[0.0], missed[:-1]])
        return np.where(late, before, seen)


class _TuningDraw(_Draw):
    """The generator of which the rule's constants were chosen; the table never sees it.

    It differs in the stream of numbers (Philox), in the shocks (a mixture of two normals, one three times as wide, in
    place of normal or Student's t), in volatility (a stochastic log AR(1) in place of GARCH, which answers to returns)
    and in the equities (a market and a technology factor with loadings, IWM's own part smaller, in place of the
    correlations of history).
    """

    def noise(self, *shape: int) -> Array:
        wide = np.where(self.rng.random(shape) < 0.1, 3.0, 1.0)
        return self.rng.standard_normal(shape) * wide / np.sqrt(1.8)

    def clustered(self) -> Array:
        path = np.zeros(self.n)
        for t, shock in enumerate(self.rng.standard_normal(self.n - 1), 1):
            path[t] = 0.98 * path[t - 1] + 0.16 * shock
        return _unit(np.exp(0.5 * path))

    def weights(self) -> Array:
        loadings = np.array([[1.0, 0.0, 0.0], [0.90, 0.4, 0.0], [0.84, -0.10, 0.45]])
        return loadings / np.sqrt((loadings**2).sum(axis=1, keepdims=True))


def _trend_signs(x: Array) -> Array:
    """Return the sign of the sum of each session and the 59 before it; 0 where there are fewer."""
    sums = np.concatenate([[0.0], np.cumsum(x)])
    out = np.zeros(len(x))
    out[HORIZON - 1 :] = np.sign(sums[HORIZON:] - sums[:-HORIZON])
    return out


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
OWN_3, OWN_5 = {"together": 0.3, "own_together": True}, {"together": 0.5, "own_together": True}
Rows = tuple[tuple[str, Verdict, float | None, dict[str, object]], ...]
NULLS: Rows = (
    ("no relation", NONE_SHOWN, None, {}),
    ("no relation, GARCH and fat tails", NONE_SHOWN, None, _rough()),
    ("no relation, drifting volatility", NONE_SHOWN, None, {"volatility": "drift", "tail": 5}),
    ("move together .3", NOT_SHOWN, 0.90, TOGETHER_3),
    ("move together .5", NOT_SHOWN, None, TOGETHER_5),
    ("move together .3, shared GARCH and fat tails", NOT_SHOWN, 0.90, _rough(**TOGETHER_3)),
    ("move together .5, shared GARCH and fat tails", NOT_SHOWN, None, _rough(**TOGETHER_5)),
    ("move together .3, drifting volatility", NOT_SHOWN, 0.90, {**TOGETHER_3, "volatility": "drift", "tail": 5}),
    ("move together .3, shared jumps", NOT_SHOWN, None, {**OWN_3, "volatility": "jumps"}),
    ("move together 0, then .6, volatility breaks", NOT_SHOWN, None, {"together_later": 0.6, "own_together": True, "volatility": "break"}),
    ("move together .3, seen in daily bars", NOT_SHOWN, 0.90, {**TOGETHER_3, "seen": "days"}),
    ("move together .5, seen in daily bars", NOT_SHOWN, None, {**TOGETHER_5, "seen": "days"}),
    ("move together .5, IWM lags SPY by a session", NOT_SHOWN, None, {**TOGETHER_5, "follows": 0.15}),
    ("move together .5, own part continues .2", NOT_SHOWN, None, {**OWN_5, "continues": 0.2}),
    ("move together .5, own part continues .2, GARCH", NOT_SHOWN, None, _rough(**OWN_5, continues=0.2)),
    ("move together .5 by news, own part reverses .2", NOT_SHOWN, None, {**OWN_5, "continues": -0.2, "news": True}),
    ("slow shared drift, 0.8% of variance", NONE_SHOWN, None, {"drift": 0.008}),
    ("slow shared drift, 0.8% of variance, together .3", NOT_SHOWN, None, {"drift": 0.008, **TOGETHER_3}),
    ("an omitted series leads 1%", NOT_SHOWN, None, {"omitted": 0.01, **TOGETHER_3}),
    ("a series leads 3%, given as a control", NOT_SHOWN, None, {"omitted": 0.03, "given": True, **TOGETHER_3}),
    ("move together .5, 15% of labels late", NOT_ENOUGH, None, {**OWN_5, "late": 0.15}),
    ("move together .5, 15% late in one stretch", NOT_ENOUGH, None, {**OWN_5, "late": 0.15, "lateness": "stretch"}),
    ("move together .3, 15% late in one stretch", NOT_ENOUGH, None, {**OWN_3, "late": 0.15, "lateness": "stretch"}),
    ("move together .5, 15% late by the NYSE's session", NOT_SHOWN, None, {**OWN_5, "late": 0.15, "lateness": "part"}),
    ("move together .3, wrong labels", NOT_ENOUGH, None, {**OWN_3, "seen": "close date"}),
    ("move together .3 through SPY, wrong labels", NOT_ENOUGH, None, {**TOGETHER_3, "seen": "close date"}),
    ("move together .5, wrong labels, GARCH", NOT_ENOUGH, None, _rough(**OWN_5, seen="close date")),
    ("ETH leads 1.5%", IS_LED, 0.80, {"reverse": 0.015}),
    ("ETH leads 1.5%, together .3, GARCH", IS_LED, 0.80, _rough(reverse=0.015, **TOGETHER_3)),
    ("ETH leads 1.5%, together .3, seen in daily bars", IS_LED, 0.80, {"reverse": 0.015, **TOGETHER_3, "seen": "days"}),
    ("SPY leads 1.5%, IWM follows", EQUITIES, 0.80, {"lead": 0.015, "through": "SPY"}),
    ("SPY leads 1.5%, together .3, GARCH", EQUITIES, 0.80, _rough(lead=0.015, through="SPY", **TOGETHER_3)),
    ("SPY leads 5%, together .5", EQUITIES, 0.80, {"lead": 0.05, "through": "SPY", **TOGETHER_5}),
    ("SPY leads 1.5%, IWM lags SPY by a session", EQUITIES, 0.80, {"lead": 0.015, "through": "SPY", **TOGETHER_3, "follows": 0.15}),
    ("SPY's trend leads 1.5%", EQUITIES, None, {"lead": 0.015, "through": "SPY trend", **TOGETHER_3}),
)  # fmt: skip
STRENGTHS = (0.001, 0.003, 0.005, 0.010, 0.015)
TREND_STRENGTHS = (0.005, 0.010, 0.015, 0.020)
OWN = {"lead": 0.015, **TOGETHER_3}
LEADING: Rows = (
    *((f"own part leads {r2:.1%}", LEADS, 0.80 if r2 >= 0.015 else None, {"lead": r2, **TOGETHER_3}) for r2 in STRENGTHS),
    ("own part leads 1.5%, no co-movement", LEADS, 0.80, {"lead": 0.015}),
    ("own part leads 1.5%, GARCH and fat tails", LEADS, 0.80, _rough(**OWN)),
    ("own part leads 1.5%, seen in daily bars", LEADS, 0.80, {**OWN, "seen": "days"}),
    ("own part leads 1.5%, over 5 sessions", LEADS, 0.80, {**OWN, "days": 5}),
    ("own part leads 0.5%, over 5 sessions", LEADS, None, {"lead": 0.005, **TOGETHER_3, "days": 5}),
    ("own part leads 1.5%, over 10 sessions", LEADS, 0.80, {**OWN, "days": 10}),
    ("own part leads 1.5%, breaks off half way", LEADS, None, {**OWN, "until": 0.5}),
    ("own part leads 3%, breaks off half way", LEADS, None, {"lead": 0.03, "until": 0.5, **TOGETHER_3}),
    *((f"IWM's trend leads {r2:.1%}", LEADS, 0.60 if r2 == 0.015 else None, {"lead": r2, "through": "trend", **TOGETHER_3}) for r2 in TREND_STRENGTHS),
    ("IWM's trend leads 1.5%, GARCH and fat tails", LEADS, None, _rough(lead=0.015, through="trend", **TOGETHER_3)),
    ("all of IWM leads 0.5%", LEADS, None, {"lead": 0.005, "through": "IWM", **TOGETHER_3}),
    ("all of IWM leads 1.5%", LEADS, None, {"lead": 0.015, "through": "IWM", **TOGETHER_3}),
    ("all of IWM leads 5%", LEADS, None, {"lead": 0.05, "through": "IWM", **TOGETHER_3}),
    ("own part leads 1.5%, one year of days", LEADS, None, {**OWN, "sessions": 252}),
    ("half a year of days", NOT_ENOUGH, None, {**TOGETHER_3, "sessions": 126}),
)  # fmt: skip
BLIND: Rows = (
    ("own part leads 1.5% at lags 11 to 20", LEADS, None, {**OWN, "first": 11, "days": 10}),
    ("own part leads 1.5%, after its falls alone", LEADS, None, {**OWN, "through": "fall"}),
    ("own part leads 1.5% in the last two years alone", LEADS, None, {**OWN, "since": 1 - 504 / SESSIONS}),
    ("slow shared drift, 1% of variance", NONE_SHOWN, None, {"drift": 0.01}),
    ("slow shared drift, 2% of variance, together .3", NOT_SHOWN, None, {"drift": 0.02, **TOGETHER_3}),
    ("an omitted series leads 3%", NOT_SHOWN, None, {"omitted": 0.03, **TOGETHER_3}),
    ("move together .15, wrong labels", NOT_ENOUGH, None, {"together": 0.15, "own_together": True, "seen": "close date"}),
)  # fmt: skip


def made(rows: Rows) -> tuple[World, ...]:
    """Return the worlds of a table of (name, verdict that ought to be given, its target, what is planted)."""
    return tuple(World(name, expected, target, **planted) for name, expected, target, planted in rows)  # type: ignore[arg-type]


WORLDS = made((*NULLS, *LEADING))
"""Every cell of the calibration."""
BLIND_SPOTS = made(BLIND)
"""What the rule cannot see by itself: shown, and held to no target."""
BY_NAME = {world.name: world for world in (*WORLDS, *BLIND_SPOTS)}
