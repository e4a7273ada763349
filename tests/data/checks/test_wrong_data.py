"""What a hostile user does to the rows of a series, drawn for every series of the catalogue, and what is let through.

The tables are simulated ones, which are clean by construction; `test_real_history_is_clean_wherever_it_is_cut` holds the
same bounds to real history. What cannot be noticed is listed in UNSEEN and in docs/timing.md.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.catalogue import ROWS, lookup
from data.checks.table import check_together, findings_in
from data.due import due_dates
from data.errors import DataError, MissingSeries
from data.sources.folder.source import FolderSource
from data.sources.simulated.source import SimulatedSource
from data.table import validate

WORLD = SimulatedSource()
LATER = pd.Timestamp("2026-01-01", tz="UTC")
PRICES = ("open", "high", "low", "close")
VALUES = (*PRICES, "adj_close", "value", "settle")


def hours():
    """Half a year of hours of a random walk."""
    dates = pd.date_range("2022-01-01", periods=4_400, freq="h")
    close = 2000 * np.exp(np.cumsum(np.random.default_rng(3).normal(0, 0.007, len(dates))))
    opened = np.r_[2000.0, close[:-1]]
    rows = {"open": opened, "high": 1.001 * np.maximum(opened, close), "low": 0.999 * np.minimum(opened, close)}
    return pd.DataFrame({"date": dates, **rows, "close": close})


def settles():
    """Six contracts a session around a rate that steps by a quarter now and then."""
    dates = due_dates(lookup("ZQ"), pd.Timestamp("2019-01-02"), pd.Timestamp("2021-12-31"))
    rate = 2.0 + 0.25 * (np.arange(len(dates)) // 120) + np.random.default_rng(4).normal(0, 0.003, len(dates))
    parts = [
        pd.DataFrame(
            {"date": dates, "contract": (dates.to_period("M") + n).start_time, "settle": 100 - rate - 0.05 * n}
        )
        for n in range(6)
    ]
    return pd.concat(parts).sort_values(["date", "contract"], ignore_index=True)


def weeks():
    """Vintages of an index, each with the two years before it."""
    rng = np.random.default_rng(5)
    fridays = pd.date_range("2017-01-06", "2021-12-31", freq="7D")
    level = -0.5 + np.cumsum(rng.normal(0, 0.03, len(fridays)))
    parts = [
        pd.DataFrame(
            {
                "date": fridays[at - 104 : at],
                "value": level[at - 104 : at] + rng.normal(0, 0.01, 104),
                "vintage": fridays[at - 1] + pd.Timedelta(days=5),
            }
        )
        for at in range(104, len(fridays), 4)
    ]
    return pd.concat(parts, ignore_index=True)


def clean(row):
    if row.kind == "hours":
        return validate(hours(), row, "made")
    if row.kind == "contracts":
        return validate(settles(), row, "made")
    if row.kind == "vintages":
        return validate(weeks(), row, "made")
    if row.kind == "funding":
        instants = pd.date_range("2020-01-01", periods=3_000, freq="8h")
        return pd.DataFrame({"date": instants, "value": np.random.default_rng(6).normal(1e-4, 5e-5, len(instants))})
    id = {"ETHUSDT-BINANCE": "ETH-USD"}.get(row.id, row.id)
    return WORLD.load(lookup(id))


CLEAN = {row.id: clean(row) for row in ROWS}
BARS = [row.id for row in ROWS if row.has_prices]
DIVIDENDS = [row.id for row in ROWS if row.pays_dividends]


def columns(table):
    return [name for name in VALUES if name in table]


def changed(table, name, start, stop, change):
    """Return the table with `change` applied to one column, or to all that are values ("" ), on rows start..stop - 1."""
    table = table.copy()
    names = [name] if name else columns(table)
    table.loc[start : stop - 1, names] = change(table.loc[start : stop - 1, names].to_numpy().copy())
    return table


def noticed(table, row):
    """Whether the table is refused when it is read, or called wrong by the check."""
    try:
        table = validate(table, row, "test")
    except DataError:
        return True
    return any(finding.level == "error" for finding in findings_in(table, row, simulated=True))


def test_what_is_made_here_is_clean():
    for id, table in CLEAN.items():
        assert [str(f) for f in findings_in(table, lookup(id), simulated=True) if f.level == "error"] == [], id


# A level that jumps by a factor; a table of the factors that each kind of series shows at any row.
JUMPS = (
    *((id, factor) for id in BARS for factor in (0.01, 0.5, 2.0, 10.0, 100.0)),
    *((row.id, f) for row in ROWS if row.rule_name == "h15" for f in (0.01, 0.1, 10.0, 100.0)),
    *((id, f) for id in ("DFF", "SOFR", "DFEDTARU", "DFEDTARL") for f in (0.01, 10.0, 100.0)),
    *(("WALCL", f) for f in (1e-3, 0.1, 0.5, 2.0, 10.0, 1e3)),
    *((id, f) for id in ("WTREGEN", "WDTGAL") for f in (1e-3, 0.01, 100.0, 1e3)),
    *(("RRPONTSYD", f) for f in (100.0, 1e3)),
    *(("ZQ", f) for f in (0.01, 0.1, 0.9, 1.1, 10.0, 100.0)),
    *(("NFCI", f) for f in (-10.0, 10.0, 100.0)),
    *(("FNG", f) for f in (-1.0, 10.0, 100.0)),
)


@pytest.mark.parametrize(("id", "factor"), JUMPS)
def test_a_jump_of_level_is_noticed_wherever_it_begins(id, factor):
    table, row = CLEAN[id], lookup(id)
    for start in (len(table) // 3, len(table) - 300):
        assert noticed(changed(table, "", start, len(table), lambda x: x * factor), row), start


def names(found):
    return pytest.mark.parametrize("id", found)


@pytest.mark.uncounted
@pytest.mark.slow
@names(BARS)
@given(data=st.data())
@settings(max_examples=8)
def test_bars_of_any_series_show_what_is_done_to_them(id, data):
    table, row = CLEAN[id], lookup(id)
    start = data.draw(st.integers(300, len(table) - 400))
    factor = data.draw(st.sampled_from((0.001, 0.01, 0.1, 1 / 3, 0.5, 2, 3, 10, 100, 1000)))
    rows = data.draw(st.sampled_from((260, 380, len(table) - start)))
    attack = data.draw(st.sampled_from(sorted(ATTACKS)))
    assert noticed(ATTACKS[attack](table, start, start + rows, factor), row), attack


def exchanged(table, start, stop, _):
    """Open and close exchanged."""
    table = table.copy()
    was = table.loc[start : stop - 1, ["open", "close"]].to_numpy().copy()
    table.loc[start : stop - 1, "open"], table.loc[start : stop - 1, "close"] = was[:, 1], was[:, 0]
    return table


def copied(table, start, stop, _):
    """The rows before again."""
    table, rows = table.copy(), min(stop - start, start)
    kept = table.loc[start - rows : start - 1, columns(table)].to_numpy().copy()
    table.loc[start : start + rows - 1, columns(table)] = kept
    return table


ATTACKS = {
    "all columns scaled": lambda t, a, b, f: changed(t, "", a, b, lambda x: x * f),
    "a digit shifted in one row": lambda t, a, b, f: changed(t, "", a, a + 1, lambda x: x * (100 if f > 1 else 0.01)),
    "the high scaled": lambda t, a, b, f: changed(t, "high", a, b, lambda x: x * max(f, 1 / f)),
    "the low scaled": lambda t, a, b, f: changed(t, "low", a, b, lambda x: x * min(f, 1 / f)),
    "the close scaled": lambda t, a, b, f: changed(t, "close", a, b, lambda x: x * f),
    "the sign flipped": lambda t, a, b, f: changed(t, "", a, b, lambda x: -x),
    "time reversed": lambda t, a, b, f: changed(t, "", a, b, lambda x: x[::-1]),
    "open and close exchanged": exchanged,
    "a feed that stood still": lambda t, a, b, f: changed(t, "", a, b, lambda x: np.full_like(x, x[0, -1])),
    "days copied": copied,
}


@names(DIVIDENDS)
@pytest.mark.parametrize("factor", [0.6, 0.9, 1.2, 1.7])
def test_an_adjusted_close_that_leaves_the_close_is_noticed(id, factor):
    table, row = CLEAN[id], lookup(id)
    for start, stop in ((0, len(table)), (900, len(table)), (900, 901), (900, 1200)):
        if (start, factor < 1) != (0, True):  # lower from the first row on is what later dividends do
            assert noticed(changed(table, "adj_close", start, stop, lambda x: x * factor), row), (start, stop)
    paid = np.exp(-0.005 * (np.arange(len(table))[::-1] // 63))
    adjusted = table.assign(adj_close=table["close"] * paid)
    assert not noticed(adjusted, row)
    other = adjusted.assign(close=adjusted["adj_close"], adj_close=adjusted["close"])
    assert noticed(other, row)


@pytest.mark.parametrize("id", ["IWM", "TLT"])
def test_a_dividend_in_another_unit_is_noticed(id):
    table = CLEAN[id].drop(columns="adj_close").assign(dividend=0.0)
    table.loc[500, "dividend"] = 0.004 * table["close"][499]
    assert not noticed(table, lookup(id))
    table.loc[500, "dividend"] *= 100
    assert noticed(table, lookup(id))


RATES = [row.id for row in ROWS if row.kind == "rate"]


@names([id for id in RATES if not id.startswith("DFEDTAR")])
def test_a_rate_that_stood_still_is_noticed(id):
    rows = {"DFF": 1600, "SOFR": 300}.get(id, 120)
    start = 100 if id in ("WALCL", "WTREGEN", "WDTGAL") else 500
    table = changed(CLEAN[id], "value", start, start + rows, lambda x: np.full_like(x, max(x.flat[0], 1.0)))
    assert noticed(table, lookup(id))


@names(["DGS2", "SOFR", "DFF", "BAA10Y"])
def test_a_sign_that_is_lost_is_noticed_where_rates_are_observed(id):
    table = CLEAN[id].assign(value=lambda t: 0.2 + 0.0 * t["value"] + 0.01 * (np.arange(len(t)) % 7))
    flipped = changed(table, "value", 900, len(table), lambda x: -x)
    found = [f for f in findings_in(flipped, lookup(id)) if "below zero" in f.what]
    assert [f.level for f in found] == ["error"]


@pytest.mark.parametrize("change", [lambda x: -x, lambda x: 10 * x, lambda x: x + 1.5, lambda x: 0 * x])
def test_a_release_in_another_unit_is_noticed(change):
    table = CLEAN["NFCI"]
    from_here = table["vintage"] >= table["vintage"].unique()[20]
    other = table.assign(value=np.where(from_here, change(table["value"]), table["value"]))
    assert noticed(other, lookup("NFCI"))


def test_one_contract_in_another_scale_is_noticed():
    table = CLEAN["ZQ"].copy()
    table.loc[table["contract"] == pd.Timestamp("2020-06-01"), "settle"] *= 0.95
    assert noticed(table, lookup("ZQ"))


def test_bars_without_volume_are_a_warning():
    table = changed(CLEAN["IWM"], "volume", 900, 960, lambda x: 0 * x)
    (finding,) = findings_in(table, lookup("IWM"))
    assert (finding.level, finding.where) == ("warning", f"{table['date'][900]:%Y-%m-%d}")
    assert "60 rows without volume" in finding.what


@pytest.mark.parametrize(("id", "other"), [("ETH-USD", "BTC-USD"), ("IWM", "SPY"), ("RUT", "GSPC")])
def test_one_file_under_two_names_is_noticed(id, other):
    tables = {id: CLEAN[id], other: CLEAN[other]}
    assert [f for f in check_together(tables, LATER) if f.level == "error"] == []
    half = pd.concat([CLEAN[other][:1000], CLEAN[id][1000:]], ignore_index=True)
    for wrong in (CLEAN[id], half[CLEAN[id].columns.intersection(half.columns)]):
        (found,) = [f for f in check_together({id: CLEAN[id], other: wrong}, LATER) if "same number" in f.what]
        assert found.ids in ((id, other), (other, id))


UNSEEN = (
    ("IWM", "prices raised by 10%", lambda t: changed(t, "", 900, len(t), lambda x: 1.1 * x)),
    ("DGS2", "a yield's time reversed", lambda t: changed(t, "value", 900, 1100, lambda x: x[::-1])),
    ("RRPONTSYD", "a balance halved", lambda t: changed(t, "value", 900, len(t), lambda x: 0.5 * x)),
    ("FNG", "an index halved", lambda t: changed(t, "value", 900, len(t), lambda x: 0.5 * x)),
)


@pytest.mark.parametrize(("id", "what", "change"), UNSEEN, ids=[what for _, what, _ in UNSEEN])
def test_the_page_says_what_nobody_can_see(id, what, change):
    """Not a wish: when one of these is noticed one day, the page and this list must say so."""
    assert not noticed(change(CLEAN[id]), lookup(id)), what


@pytest.mark.uncounted
@pytest.mark.slow
@pytest.mark.parametrize("text", ["simulated:seed=2", "simulated:null,seed=3", "simulated:lead=1,strength=0.1,seed=9"])
def test_no_simulated_market_has_an_error(text):
    world = SimulatedSource.parse(text)
    found = [
        str(finding)
        for row in ROWS
        if row.vendor != "file" and row.kind not in ("contracts", "hours")
        for finding in findings_in(world.load(row), row, simulated=True)
        if finding.level == "error"
    ]
    assert found == []


@pytest.mark.uncounted
@pytest.mark.slow
def test_real_history_is_clean_wherever_it_is_cut(shared_market):
    """A run may begin or end on the worst day that there was, when nobody knew yet whether the level would stay."""
    source, found = FolderSource(shared_market), []
    for row in ROWS:
        if row.kind in ("contracts", "hours"):
            continue
        try:
            table = source.load(row)
        except MissingSeries:
            continue
        level = np.log(table["close"].to_numpy()) if row.has_prices else table["value"].to_numpy()
        for at in np.argsort(-np.abs(np.diff(level)))[:5] + 1:
            for start, stop in ((max(0, at - 300), at + 1), (max(0, at - 300), at + 3), (at, at + 200)):
                part = table.iloc[start:stop].reset_index(drop=True)
                found += [str(f) for f in findings_in(part, row) if f.level == "error"]
    assert found == []
