"""Kin: how a signal moves with the other signals of the project, on the same decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from backtests.signal_sheets.sample import Floats, Sample
from data.errors import DataError
from data.market import Market
from signals.base import Signal

LEAST_ROWS, CHANGE = 250, 20


@dataclass(frozen=True)
class RelatedSignals:
    """Rank correlations (Spearman) of levels at the decisions; `names[0]` is the signal itself.

    `correlations[i][j]` is None where two have fewer than 250 decisions in common or one does not vary on them.
    `changes` holds those of the 20-bar changes with the signal itself. `missing`: why a signal is not among them.
    """

    names: tuple[str, ...]
    correlations: tuple[tuple[float | None, ...], ...]
    changes: tuple[float | None, ...]
    common: tuple[int, ...]
    missing: dict[str, str]


def kin(
    name: str, rows: Sample, market: Market, others: Mapping[str, Signal], lacking: Mapping[str, str]
) -> RelatedSignals:
    """Return how `rows.x` moves with `others`; `lacking` says of series ids why the source has none."""
    found, missing = {name: rows.x}, {}
    for plain, signal in others.items():
        other = f"{plain} (defaults)" if plain == name else plain
        lacks = sorted({why for id in signal.needs if (why := lacking.get(id) or market.refused.get(id))})
        values, why = (None, "; ".join(lacks)) if lacks else _values(signal, market, rows)
        if values is None:
            missing[other] = why
        else:
            found[other] = values
    table = pd.DataFrame(found)
    ranks = table.corr(method="spearman", min_periods=LEAST_ROWS)
    moves = table.diff(CHANGE)
    return RelatedSignals(
        names=tuple(found),
        correlations=tuple(tuple(_number(v) for v in row) for row in ranks.to_numpy()),
        changes=tuple(_number(moves[other].corr(moves[name], "spearman", LEAST_ROWS)) for other in found),
        common=tuple(int((table[other].notna() & table[name].notna()).sum()) for other in found),
        missing=missing,
    )


def _values(signal: Signal, market: Market, rows: Sample) -> tuple[Floats | None, str]:
    try:
        values: Floats = np.asarray(market.asof(signal.compute(market), at=rows.decisions), dtype=np.float64)
    except DataError as error:
        return None, str(error)
    known = np.isfinite(values) & np.isfinite(rows.x)
    if known.sum() < LEAST_ROWS:
        return None, f"{int(known.sum())} decisions in common; {LEAST_ROWS} are needed"
    if np.ptp(values[known]) == 0:
        return None, "it does not vary over the decisions in common"
    return values, ""


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
