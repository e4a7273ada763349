"""Series beside each other: a file whose dates are shifted by a row shows in its partners.

Two series of one market move together on the same date. Where the changes of one follow, or lead, those of the other by
exactly one row instead, one of the two has its dates shifted: by a session for the NYSE's, by a day for crypto, by a
business day for yields. Calendars cannot see such a shift. Rank correlations, for one crash must not decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from data.catalogue import SeriesInfo, lookup
from data.checks.hour_labels import check_hours
from data.finding import Finding
from data.table import first_fault

REMEDY = "date each bar by its own start: the session, the UTC day, the day of the rate"
BLOCK = 250
SHIFTED, MARGIN = 0.3, 0.22  # real history since 1987 stays below both together, in every block of every pair
TOGETHER = 0.3
SAME_SHARE, LEAST_SAME = 0.5, 20
US_ROWS, US_SDS = 1500, 3.0
US_PARTNERS = ("SPY", "GSPC", "IWM", "RUT", "QQQ", "IXIC")

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


@dataclass(frozen=True)
class Pair:
    """How two series lie to each other: `lag` +1 where the second follows the first by a row, -1 where it leads.

    `together`: they move together on the same date. `where`: the first date of the block that is shifted, "" for all.
    """

    first: str
    second: str
    lag: int
    together: bool
    where: str = ""


def check_together(tables: Mapping[str, pd.DataFrame], now: pd.Timestamp, *, validated: bool = False) -> list[Finding]:
    """Return what is suspicious in series beside each other, keyed by id, in rows dated up to `now` (UTC).

    Tables that have a fault of their own (`data.table.first_fault`) are left out, unless they are `validated`.
    """
    levels: dict[str, pd.Series[float]] = {}
    for id, table in tables.items():
        row = lookup(id)
        if row.kind in ("contracts", "vintages", "hours", "funding"):
            continue  # no partner moves with them day by day; hours are compared by `check_hours`
        seen = table[table["date"] <= now.tz_convert("UTC").tz_localize(None)]
        if not seen.empty and (validated or first_fault(seen, row) is None):
            value = np.log(seen["close"]) if row.kind == "bars" else seen["value"]
            levels[row.id] = value.set_axis(pd.DatetimeIndex(seen["date"]))
    groups: dict[str, list[str]] = {}
    for id in levels:
        groups.setdefault(_market(lookup(id)), []).append(id)
    groups.pop("", None)
    pairs = [compare(a, levels[a], b, levels[b]) for group in groups.values() for a, b in combinations(group, 2)]
    same = [finding for group in groups.values() for a, b in combinations(group, 2) for finding in _same(a, b, levels)]
    return [*same, *_shifted(pairs), *_crypto_against_us(levels), *check_hours(tables)]


def _same(first: str, second: str, levels: Mapping[str, pd.Series[float]]) -> Iterator[Finding]:
    """Yield an error where two assets have the same closes: one file under two names."""
    if lookup(first).kind != "bars":
        return
    both = pd.concat([levels[first], levels[second]], axis=1, join="inner")
    equal = (both.iloc[:, 0] == both.iloc[:, 1]).to_numpy()
    if len(both) >= LEAST_SAME and equal.mean() > SAME_SHARE:
        what = f"{equal.sum():,} of {len(both):,} closes are the same number"
        remedy = "one file stands under two names: download the other"
        yield Finding("error", f"{first} and {second}", f"{both.index[int(np.argmax(equal))]:%Y-%m-%d}", what, remedy)


def _market(row: SeriesInfo) -> str:
    """Name the market whose series move together on the same date; "" for balances and the target range."""
    if row.kind == "bars":
        return row.calendar
    return {"h15": "yields", "treasury": "yields", "effr": "overnight", "sofr": "overnight"}.get(row.rule_name, "")


def compare(first: str, a: pd.Series[float], second: str, b: pd.Series[float]) -> Pair:
    """Return how the changes of two levels lie to each other, over the dates that both have, whole and in blocks."""
    changes = _common_changes(a, b)
    ranks = changes.rank().to_numpy()
    if len(ranks) < BLOCK // 2:
        return Pair(first, second, 0, False)
    whole = _correlations(ranks)
    if _lag(whole, len(ranks)):
        return Pair(first, second, _lag(whole, len(ranks)), False)
    last = len(ranks) - BLOCK
    for start in (*range(0, last, BLOCK), *([last] if last >= 0 else [])):
        lag = _lag(_correlations(ranks[start : start + BLOCK]), BLOCK)
        if lag:
            return Pair(first, second, lag, False, f"{changes.index[start]:%Y-%m-%d}")
    return Pair(first, second, 0, bool(whole[1] >= TOGETHER))


def _common_changes(a: pd.Series[float], b: pd.Series[float]) -> pd.DataFrame:
    return pd.concat([a, b], axis=1, join="inner").diff().iloc[1:]


def _correlations(ranks: Floats) -> Floats:
    """Return |correlation| of two columns where the second leads by a row, on the same row, and follows by a row."""
    x, y = ranks[:, 0], ranks[:, 1]
    pairs = ((x[1:], y[:-1]), (x, y), (x[:-1], y[1:]))
    return np.array([abs(np.corrcoef(p, q)[0, 1]) if p.std() > 0 and q.std() > 0 else 0.0 for p, q in pairs])


def _lag(correlations: Floats, rows: int, shifted: float = SHIFTED, margin: float = MARGIN) -> int:
    lag = -1 if correlations[0] > correlations[2] else 1
    there = correlations[1 + lag]
    return lag if there >= max(shifted, 4 / np.sqrt(rows)) and there - correlations[1] >= margin else 0


def _shifted(pairs: list[Pair]) -> Iterator[Finding]:
    """Yield an error for each series that most of its partners contradict, and for each pair where nobody can tell."""
    against: dict[str, list[tuple[str, int, str]]] = {}
    for pair in pairs:
        if pair.lag:
            against.setdefault(pair.first, []).append((pair.second, -pair.lag, pair.where))
            against.setdefault(pair.second, []).append((pair.first, pair.lag, pair.where))
    partners = {id: sum(id in (p.first, p.second) for p in pairs if p.together) for id in against}
    blamed = {id for id, found in against.items() if len(found) > max(1, partners[id])}
    for id in sorted(blamed):
        late = sum(lag for _, lag, _ in against[id]) > 0
        where = min(where for _, _, where in against[id])
        others = ", ".join(sorted(other for other, _, _ in against[id]))
        what = f"its changes {'follow' if late else 'come before'} those of {others} by one row"
        yield Finding("error", id, where, f"{what}: dates a row {'late' if late else 'early'}", REMEDY)
    for pair in pairs:
        if pair.lag and not blamed & {pair.first, pair.second}:
            what = f"{pair.second} {'follows' if pair.lag > 0 else 'leads'} {pair.first} by one row: one is shifted"
            yield Finding("error", f"{pair.first} and {pair.second}", pair.where, what, REMEDY)


def _crypto_against_us(levels: Mapping[str, pd.Series[float]]) -> Iterator[Finding]:
    """Yield a warning where crypto moves with the US session of another date: the look of bars labelled by their close.

    A warning, for a true lead of a day would look the same.
    """
    partner = next((id for id in US_PARTNERS if id in levels), None)
    for id, level in levels.items():
        if partner is None or _market(lookup(id)) != "utc_day":
            continue
        ranks = _common_changes(levels[partner], level).iloc[-US_ROWS:].rank().to_numpy()
        if len(ranks) < BLOCK:
            continue
        found = _correlations(ranks)
        lag = _lag(found, len(ranks), shifted=0.0, margin=US_SDS * np.sqrt(2 / len(ranks)))
        if lag:
            what = (
                f"moves with {partner}'s session {'before' if lag > 0 else 'after'} its date "
                f"({found[1 + lag]:.2f}) rather than on it ({found[1]:.2f}), as bars do that are dated a day "
                f"{'late (by their close)' if lag > 0 else 'early'}"
            )
            yield Finding("warning", id, "", what, REMEDY)
