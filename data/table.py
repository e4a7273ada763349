"""The raw table of a series, as every source gives it, and what is made of it.

Bars: `date` (naive label, the start of the bar), `open`, `high`, `low`, `close`, and where the vendor has them
`adj_close`, `volume`, `dividend` (USD a share on the ex-date, in the same share units as `close`), `split` (new
shares for one old, 0 or 1 where none). `close` is split-adjusted, dividend-adjusted only where it equals `adj_close`.
Rates: `date`, `value`. Contracts: `date`, `contract`, `settle` (fed_funds/futures.py). Vintages: `date`, `value`,
`vintage`; without `vintage` it is one of them, today's (vintages.py). Hours: as bars, `date` the hour's start in UTC.
Funding: `date` (the instant in UTC, on the hour), `value`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from data import futures, vintages
from data.catalogue import SeriesInfo
from data.errors import DataError
from data.series import PRICES, Series

REQUIRED = {
    "bars": ("date", *PRICES),
    "rate": ("date", "value"),
    "contracts": ("date", "contract", "settle"),
    "vintages": ("date", "value"),
    "hours": ("date", *PRICES),
    "funding": ("date", "value"),
}
OPTIONAL = {
    "bars": ("adj_close", "volume", "dividend", "split"),
    "rate": (),
    "contracts": (),
    "vintages": ("vintage",),
    "hours": ("volume",),
    "funding": (),
}
DATES = ("contract", "vintage")
DAY = "datetime64[ns]"


def validate(table: pd.DataFrame, row: SeriesInfo, origin: str) -> pd.DataFrame:
    """Return `table` with its columns in canonical order and types; DataError names the first bad date.

    Checks what no series may have: missing columns, no rows, unsorted or double dates, NaN or infinite numbers (but in
    `volume`), prices of zero or less, high below low, open or close outside high..low by more than one part in a
    million, a dividend below zero or at or above the close before it. Columns not of `data.table` are left out.
    """
    columns = [c for c in (*REQUIRED[row.kind], *OPTIONAL[row.kind]) if c in table.columns]
    missing = [c for c in REQUIRED[row.kind] if c not in columns]
    if missing:
        raise DataError(f"{origin}: {row.id} lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}")
    if table.empty:
        raise DataError(f"{origin}: {row.id} has no rows")
    if isinstance(table["date"].dtype, pd.DatetimeTZDtype):
        raise DataError(f"{origin}: {row.id} has dates of zone {table['date'].dt.tz}; a date is a naive label")
    numbers = {c: table[c].to_numpy(dtype=DAY if c in DATES else "float64") for c in columns[1:]}
    clean = pd.DataFrame({"date": table["date"].to_numpy(dtype=DAY), **numbers})
    fault = first_fault(clean, row)
    if fault:
        where, what = fault
        raise DataError(f"{origin}: {row.id}, {label(clean['date'].iloc[where], row)}: {what}")
    return clean


def label(date: pd.Timestamp, row: SeriesInfo) -> str:
    """Return the date of a row as errors say it, with the time of day where rows are hours."""
    return str(date)[: 16 if row.is_hourly else 10]


def first_fault(table: pd.DataFrame, row: SeriesInfo) -> tuple[int, str] | None:
    """Return (position, what is wrong) of the first row that no series may have, or None."""
    if row.kind == "contracts":
        return futures.first_fault(table)
    if "vintage" in table:
        return vintages.first_fault(table)
    dates = table["date"]
    steps = np.floor(dates.diff().dt.total_seconds() / (3600 if row.is_hourly else 86400))
    numbers = table[[c for c in table.columns if c not in ("date", "volume")]]
    faults: list[tuple[Any, str]] = [
        (dates.isna().to_numpy(), "the date is missing"),
        ((steps == 0).to_numpy(), "the date stands twice"),
        ((steps < 0).to_numpy(), "the dates are not in order"),
        (~np.isfinite(numbers.to_numpy()).all(axis=1), "a number is missing or infinite"),
    ]
    if row.is_hourly:
        faults.append(((dates != dates.dt.floor("h")).to_numpy(), "the hour does not start on the hour"))
    if row.has_prices:
        o, h, low, c = (table[p].to_numpy() for p in PRICES)
        slack = 1e-6 * np.abs(h)
        positive = [p for p in (*PRICES, "adj_close") if p in table]
        faults += [
            ((table[positive].to_numpy() <= 0).any(axis=1), "a price is zero or negative"),
            (h < low - slack, "the high is below the low"),
            (
                (np.maximum(o, c) > h + slack) | (np.minimum(o, c) < low - slack),
                "the open or close is outside low..high",
            ),
        ]
    if "dividend" in table:
        dividend, before = table["dividend"].to_numpy(), table["close"].shift(fill_value=np.inf).to_numpy()
        faults.append(
            ((dividend < 0) | (dividend >= before), "the dividend is negative or not below the close before it")
        )
    hits = [(int(np.argmax(mask)), what) for mask, what in faults if mask.any()]
    return min(hits, default=None, key=lambda hit: hit[0])


def total_return(table: pd.DataFrame) -> pd.Series[float]:
    """Return the total-return close of bars, by position.

    The vendor's `adj_close` where there is one; else a forward index from `close` and `dividend`:
    TR_0 = close_0, TR_t = TR_{t-1} * close_t / (close_{t-1} - dividend_t) (dividends reinvested at the price of the
    day before the ex-date, as CRSP's adjustment factor does). Anchored at the first row, so that no later dividend
    changes an earlier value.
    """
    if "adj_close" in table:
        return table["adj_close"]
    if "dividend" not in table:
        return table["close"]
    before = table["close"].shift()
    factor = (before / (before - table["dividend"])).fillna(1.0).cumprod()
    return table["close"] * factor


def to_series(table: pd.DataFrame, row: SeriesInfo, source: str) -> Series:
    """Return the observations of a table with the instants at which they could be known."""
    if row.kind == "contracts":
        return futures.to_contracts(table, row, source)
    if row.kind == "vintages":
        return vintages.to_vintages(table, row, source)
    value = table["value"] if "value" in table else total_return(table) if row.pays_dividends else table["close"]
    known_at = row.rule.known_at(pd.DatetimeIndex(table["date"]))
    frame = pd.DataFrame({"observed": table["date"], "known_at": known_at, "value": value.to_numpy()})
    return Series(row.id, frame, row.unit, source)


def to_bars(table: pd.DataFrame, row: SeriesInfo) -> pd.DataFrame:
    """Return `open, high, low, close` on the label of each bar, scaled to total return where dividends are paid."""
    prices = table[list(PRICES)].set_axis(pd.DatetimeIndex(table["date"], name="date"))
    if not row.pays_dividends:
        return prices
    return prices.mul((total_return(table) / table["close"]).to_numpy(), axis=0)
