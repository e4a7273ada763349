"""The simulated source: a seeded market of our own with a planted lead of small caps over ETH, or with none.

What it gives is SIMULATED: made numbers, not observed ones. The model and its measured facts: docs/simulated.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from data.catalogue import PAR_YIELDS, SeriesInfo
from data.errors import BadSpec, MissingSeries, OutOfBounds, UnknownName
from data.sources.simulated import conditions, extras, funding, prices, rates
from data.sources.simulated.prices import Prices

FIRST, LAST = pd.Timestamp("2016-01-01"), pd.Timestamp("2025-12-31")
DEFAULT_LEAD, DEFAULT_STRENGTH = 60, 0.03
MOST_LEAD, MOST_STRENGTH, MOST_SEED = 252, 0.1, 2**32 - 1
FORM = "write simulated, simulated:lead=60,strength=0.03,seed=1 (any of the three) or simulated:null,seed=1"


@dataclass(frozen=True)
class SimulatedSource:
    """One simulated market.

    `lead`: NYSE sessions over which small caps' own moves are summed, 1..252. `strength`: the share of the variance of
    ETH's daily bar that this sum explains (population R2), 0..0.1; 0 is the null world, in which the lead has no
    length and is set to its default. `seed`: 0..2**32-1. Raises OutOfBounds.
    """

    lead: int = DEFAULT_LEAD
    strength: float = DEFAULT_STRENGTH
    seed: int = 1

    simulated = True

    def __post_init__(self) -> None:
        bounds = (
            ("lead", 1 <= self.lead <= MOST_LEAD, f"1..{MOST_LEAD} NYSE sessions"),
            ("strength", 0 <= self.strength <= MOST_STRENGTH, f"0..{MOST_STRENGTH} of the variance of ETH's daily bar"),
            ("seed", 0 <= self.seed <= MOST_SEED, f"0..{MOST_SEED}"),
        )
        for name, inside, bound in bounds:
            if not inside:
                raise OutOfBounds(f"simulated:{name}", getattr(self, name), bound)
        if self.null:
            object.__setattr__(self, "lead", DEFAULT_LEAD)

    @classmethod
    def parse(cls, text: str) -> SimulatedSource:
        """Return the source that `text` (as after --source) names; a UsageError says what is wrong with it."""
        head, colon, rest = text.partition(":")
        if head != "simulated":
            raise UnknownName("source", head, ["simulated"])
        fields: dict[str, int | float] = {}
        for part in rest.split(",") if colon else ():
            name, value = _field(text, part)
            if name in fields:
                raise BadSpec(f"--source {text}: {name} is given twice (null is strength=0); give it once")
            fields[name] = value
        if fields.get("strength") == 0 and "lead" in fields:
            raise BadSpec(f"--source {text}: a market without a lead has no length of one; leave out lead")
        return cls(**fields)  # type: ignore[arg-type]  # lead and seed are read as int, strength as float

    @property
    def null(self) -> bool:
        """Whether nothing is planted."""
        return self.strength == 0

    @property
    def name(self) -> str:
        """As written after --source, every default spelled out."""
        what = "null" if self.null else f"lead={self.lead},strength={float(self.strength)!r}"
        return f"simulated:{what},seed={self.seed}"

    def load(self, row: SeriesInfo) -> pd.DataFrame:
        """Return the canonical table of `row`; MissingSeries, naming what there is, for any other series."""
        tables = _world(self.lead, self.strength, self.seed)
        if row.id not in tables:
            daily = "; its bars are daily: leave market.bar out" if row.kind == "hours" else ""
            raise MissingSeries(f"{self.name} has no {row.id}; it has {', '.join(tables)}{daily}")
        return tables[row.id].copy()


READ: dict[str, Callable[[str], float]] = {"lead": int, "strength": float, "seed": int}


def _field(text: str, part: str) -> tuple[str, float]:
    name, equals, value = part.partition("=")
    if part == "null":
        return "strength", 0.0
    if name == "null":
        raise BadSpec(f"--source {text}: {part!r}: null takes no value; write null alone")
    if name and name not in READ:
        raise UnknownName("field of simulated", name, [*READ, "null"], remedy=f"({FORM})")
    try:
        return name, READ[name](value)
    except (KeyError, ValueError):
        wanted = {"strength": "a number"}.get(name, "a whole number")
        what = f"{name} = {value!r} is not {wanted}" if equals else f"{part!r} has no value"
        raise BadSpec(f"--source {text}: {what}; {FORM}") from None


def simulate(lead: int, strength: float, seed: int, last: pd.Timestamp = LAST) -> dict[str, pd.DataFrame]:
    """Return every table of one world from FIRST to `last`: a later `last` only adds rows.

    One generator, one row of standard normal draws a UTC day, the same for every `lead` and `strength`; two more for
    what neither prices nor rates depend on.
    """
    days = pd.date_range(FIRST, last, freq="D")
    names = (*prices.SHOCKS, *rates.SHOCKS)
    draws = np.random.default_rng(seed).standard_normal((len(days), len(names)))
    shocks = dict(zip(names, draws.T, strict=True))
    made = Prices(days, shocks, lead, strength).tables() | rates.tables(days, shocks)
    made |= {id: made[id.replace("UST", "DGS")] for id, *_ in PAR_YIELDS}  # H.15 has them from the Treasury
    beside = conditions.tables(days, seed, made) | funding.tables(days, seed)
    return {id: _in_single_precision(table) for id, table in (made | extras.tables(days, seed, made) | beside).items()}


def _in_single_precision(table: pd.DataFrame) -> pd.DataFrame:
    """Return bars with their prices in single precision, as vendors give them; other tables have few decimals as made.

    Processors differ in the last bit of an exponential, one value in six of a market: rounded to 24 bits a market and
    its fingerprint are the same on all of them.
    """
    if "close" not in table:
        return table
    prices = table.columns.drop("date")
    return table.astype(dict.fromkeys(prices, np.float32)).astype(dict.fromkeys(prices, np.float64))


# A bound on the cache: a study over hundreds of seeds would keep 3 MB a world for good.
_world = lru_cache(maxsize=8)(simulate)
