"""Does anything see the future? Every past value and weight is computed again from what had been published."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from backtests.checks import CUTS, CUTS_OF_MANY, MANY_ROWS, SEED
from backtests.checks.attacks import FIRST, SECOND, History, reanchored
from backtests.checks.instants import choose
from backtests.checks.publication import cut_instants, published
from backtests.runs.subject import Part, Target
from data.calendars.clock import DAILY
from data.errors import DataError, HarbingerError
from data.market import Market

Progress = Callable[[str], None]
Build = Callable[[Mapping[str, pd.DataFrame]], Market]
ABSENT = "absent"
TOLERANCE, TOLERANCE_REANCHORED = 1e-12, 1e-9


@dataclass(frozen=True)
class Leak:
    """The first instant at which a part says something else about the past when it knows the future.

    `date`: the UTC instant (ISO 8601) of the value; `field`: "value" of a signal, "weight" of a strategy, "order" of a
    native one (what it asked for, USD), or "row" where a value stands in one and not in the other; `full`: with the
    whole history; `cut`: with what was published. A number, None for NaN, "absent", or the error that the part raised.
    """

    name: str
    date: str
    field: Literal["value", "weight", "order", "rate", "row"]
    full: float | str | None
    cut: float | str | None

    def __str__(self) -> str:
        shown = [x if isinstance(x, str) else "NaN" if x is None else f"{x:.10g}" for x in (self.full, self.cut)]
        return (
            f"{self.name}: the {self.field} of {self.date} is {shown[0]} with the whole history, "
            f"{shown[1]} with what was published"
        )


@dataclass(frozen=True)
class Lookahead:
    """The outcome for one target: at how many instants it was cut, and the first finding of each part and field."""

    target: str
    cuts: int
    findings: tuple[Leak, ...]

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def content(self) -> dict[str, Any]:
        """Return what `--json` prints."""
        found = [asdict(finding) for finding in self.findings]
        return {"target": self.target, "clean": self.clean, "cuts": self.cuts, "findings": found}


def check_lookahead(
    target: Target,
    tables: Mapping[str, pd.DataFrame],
    *,
    source: str = "",
    cuts: int | None = None,
    seed: int = SEED,
    start: pd.Timestamp | None = None,
    end: pd.Timestamp | None = None,
    build: Build | None = None,
    progress: Progress = lambda _: None,
) -> Lookahead:
    """Compare every past value and weight of `target` on attacked tables with those on the whole of them.

    `tables` are raw and validated (`data.market.load_tables`). `cuts` (default: 200; 40 of more than 100,000 rows or of
    a native strategy, which is slow) fall from `start` to `end`. `build` makes a market of tables (default: as a run).
    """
    long = sum(map(len, tables.values())) > MANY_ROWS or any(part.field == "order" for part in target.parts)
    count = cuts or (CUTS_OF_MANY if long else CUTS)
    make = build or (lambda rows: target.rebuilt(rows, source))
    history = History(tables, {id: published(table, id) for id, table in tables.items()}, seed)
    bars = target.market.table_of("traded")
    closes = history.published[bars]
    if target.market.bar != DAILY:
        closes = cut_instants(target.market.bar, closes.min(), closes.max())
    instants = choose(history.published, bars, closes, count=count, seed=seed, start=start, end=end)
    progress("computing on the whole history")
    market, parts = make(tables), target.parts_in(tables)
    whole = [_whole(part, market) for part in parts]
    found: dict[tuple[str, str], Leak] = {}
    for position, instant in enumerate(instants):
        progress(f"cut {position + 1} of {len(instants)}: {instant:%Y-%m-%d %H:%M} UTC")
        for attack in (FIRST, SECOND[position % len(SECOND)]):
            attacked = make(attack(history, instant))
            tolerance = TOLERANCE_REANCHORED if attack is reanchored else TOLERANCE
            for part, full in zip(parts, whole, strict=True):
                finding = _difference(part, full, attacked, instant, tolerance)
                if finding:
                    key = (finding.name, finding.field)
                    found[key] = min(found.get(key, finding), finding, key=lambda f: f.date)
    return Lookahead(target.name, len(instants), tuple(sorted(found.values(), key=lambda f: (f.date, f.name))))


def _whole(part: Part, market: Market) -> pd.Series[float]:
    try:
        values = _checked(part, part.compute(market))
    except HarbingerError:
        raise
    except Exception as error:  # the user's own code: name it
        raise DataError(f"{part.name}: {type(error).__name__}: {error} (on the whole history)") from error
    if values.isna().all():
        raise DataError(f"{part.name} has no {part.field} on the whole history: there is nothing to check")
    return values


def _checked(part: Part, values: pd.Series[float]) -> pd.Series[float]:
    index = values.index
    if not isinstance(index, pd.DatetimeIndex) or index.tz is None:
        raise DataError(f"{part.name}: the index of its {part.field}s is no UTC instant; stand them on known_at")
    series = values.astype("float64")
    return series[~index.duplicated(keep="last")].sort_index()


def _difference(
    part: Part, full: pd.Series[float], market: Market, instant: pd.Timestamp, tolerance: float
) -> Leak | None:
    """Return the first difference at or before `instant`, or None."""
    past = full[: full.index.searchsorted(instant, side="right")]
    try:
        seen = _checked(part, part.compute(market, instant))
    except Exception as error:  # noqa: BLE001  # whatever it raised: it had an opinion with the future, none without
        said = past.dropna()
        if said.empty:
            return None
        return Leak(part.name, _iso(said.index[0]), "row", float(said.iloc[0]), f"{type(error).__name__}: {error}")
    seen = seen[: seen.index.searchsorted(instant, side="right")]
    if not seen.index.equals(past.index):
        rows = past.index.symmetric_difference(seen.index)
        if len(rows):
            at = rows.min()
            sides = [_plain(side[at]) if at in side.index else ABSENT for side in (past, seen)]
            return Leak(part.name, _iso(at), "row", sides[0], sides[1])
    return _first_value(part, past, seen, tolerance)


def _first_value(part: Part, past: pd.Series[float], seen: pd.Series[float], tolerance: float) -> Leak | None:
    a, b = past.to_numpy(), seen.to_numpy()
    size = np.abs(a[np.isfinite(a) & (a != 0)])
    # A value near zero is a difference of larger ones: it is held to the size that the part usually has.
    usual = float(np.median(size)) if len(size) else 0.0
    same = np.isclose(a, b, rtol=tolerance, atol=tolerance * usual, equal_nan=True)
    if same.all():
        return None
    at = int(np.argmin(same))
    return Leak(part.name, _iso(past.index[at]), part.field, _plain(a[at]), _plain(b[at]))


def _plain(value: Any) -> float | str | None:
    number = float(value)
    return None if np.isnan(number) else str(number) if np.isinf(number) else number


def _iso(instant: Any) -> str:
    return str(pd.Timestamp(instant).tz_convert("UTC").isoformat())
