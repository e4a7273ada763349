"""A small market for contract tests, made here and sharing nothing with the simulated source."""

from functools import lru_cache

import numpy as np
import pandas as pd

from data.calendars.publication import federal_holidays, sessions
from data.catalogue import lookup
from data.due import WEEKDAY
from data.market import Market
from data.table import validate

SPAN = pd.Timestamp("2019-06-03"), pd.Timestamp("2022-03-31")


def _walk(rng, n, sd, start):
    return start * np.exp(np.cumsum(rng.normal(0, sd, n)))


def _contracts(rng, days, months=24):
    """Settles of the coming months: a curve that walks and tilts."""
    month = days.to_numpy().astype("datetime64[M]")
    level, slope = 2 + np.cumsum(rng.normal(0, 0.03, len(days))), np.cumsum(rng.normal(0, 0.003, len(days)))
    parts = [pd.DataFrame({"date": days, "contract": (month + k).astype("datetime64[ns]"),
                           "settle": 100 - level - k * slope}) for k in range(months)]  # fmt: skip
    return pd.concat(parts).sort_values(["date", "contract"], ignore_index=True)


def _vintages(rng, days):
    """Every week the whole past again, another scale and error each time, released on the Wednesday after."""
    at, of = np.tril_indices(len(days))
    value = (_walk(rng, len(days), 0.05, 1.0) - 1)[of] * rng.uniform(0.8, 1.2, len(days))[at]
    release = (days + pd.Timedelta(days=5)).to_numpy()
    return pd.DataFrame({"date": days.to_numpy()[of], "value": value + rng.normal(0, 0.05, len(at)),
                         "vintage": release[at]})  # fmt: skip


def make_tables(ids, seed=0, span=SPAN):
    """Return random tables of any ids of the catalogue on their own calendars: the caller's own copies."""
    return {id: table.copy() for id, table in _made(tuple(sorted(ids)), seed, span).items()}


@lru_cache(maxsize=64)
def _made(ids, seed, span):
    tables = {}
    for offset, id in enumerate(ids):
        row, rng = lookup(id), np.random.default_rng([seed, offset])
        days = pd.date_range(*span)
        if row.calendar == "utc_hour":
            days = pd.date_range(span[0], span[1] + pd.Timedelta(hours=23), freq="h")
        if row.calendar == "utc_8h":
            days = pd.date_range(span[0], span[1] + pd.Timedelta(days=1), freq="8h")
        if row.calendar == "nyse":
            days = sessions(*span)
        elif row.calendar == "federal":
            off = pd.DatetimeIndex(federal_holidays())
            days = days[(days.day_of_week < 5) & ~days.isin(off)]
        elif row.calendar in WEEKDAY:
            days = days[days.day_of_week == WEEKDAY[row.calendar]]
        middle = float(np.sqrt(max(row.low, 1e-3) * row.high)) if row.low > 0 else 3.0
        if row.kind == "contracts":
            table = _contracts(rng, days)
        elif row.kind == "vintages":
            table = _vintages(rng, days)
        elif row.kind == "funding":
            table = pd.DataFrame({"date": days, "value": rng.normal(1e-4, 2e-4, len(days))})
        elif row.kind == "rate":
            value = middle * np.exp(np.cumsum(rng.normal(0, 0.01, len(days))))
            table = pd.DataFrame({"date": days, "value": value})
        else:
            close = _walk(rng, len(days), 0.03, 100.0)
            open_ = np.r_[100.0, close[:-1]]
            table = pd.DataFrame({"date": days, "open": open_, "high": np.maximum(open_, close) * 1.01,
                                  "low": np.minimum(open_, close) / 1.01, "close": close})  # fmt: skip
        tables[id] = validate(table, row, "test")
    return tables


def make_market(ids, *, traded="ETH-USD", leader="IWM", tables=None, **kwargs):
    """Return the market of random tables of `ids` and the traded asset and leader."""
    named = {"traded": traded, "leader": leader}
    wanted = {named.get(id, id) for id in (*ids, "traded", "leader")}
    tables = make_tables(wanted) if tables is None else {id: tables[id] for id in wanted}
    return Market.from_tables(tables, traded=traded, leader=leader, source="test", **kwargs)


def truncated(tables, last):
    """Return the rows of every table dated `last` or before, as a file cut there would have them."""
    return {id: table[table["date"] <= last].reset_index(drop=True) for id, table in tables.items()}
