"""What `data check` notices, what it does not, and that it accuses no real history."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from data.calendars.events import fomc_decisions
from data.calendars.publication import federal_holidays, sessions
from data.catalogue import ROWS, lookup
from data.checks.table import Finding, check, check_together, gaps
from data.due import due_dates, longest_gap, off_calendar
from data.sources.folder.source import FolderSource

NOW = pd.Timestamp("2024-03-16 12:00", tz="UTC")
LATER = pd.Timestamp("2026-08-22", tz="UTC")
SHARED = tuple(
    row.id
    for row in ROWS
    if row.id not in ("BAA10Y", "VIX3M", "FNG", "WDTGAL", "ETHUSDT-FUNDING")
    and row.vendor != "treasury"
    and (row.vendor, row.kind) != ("yahoo", "hours")
)
FIRST_DAY, LAST_DAY = pd.Timestamp("2022-03-15"), pd.Timestamp("2024-03-15")
DAY = pd.Timedelta(days=1)


def made(id, seed=0, sd=0.01, common=None):
    """A clean made table of a series over its due dates in two years."""
    row = lookup(id)
    first = FIRST_DAY + DAY if row.calendar == "weekly" else FIRST_DAY
    dates = due_dates(row, first, LAST_DAY)
    noise = np.random.default_rng(seed).normal(0, sd, len(dates)) + (0 if common is None else common[: len(dates)])
    if row.kind == "rate":
        noise *= 1 if row.unit.startswith("percent") else 1e3  # of millions and billions
        level = row.low + (row.high - row.low) / 3 + np.cumsum(noise).round(2)
        return pd.DataFrame({"date": dates, "value": level})
    close = 100 * np.exp(np.cumsum(noise))
    opened = np.concatenate([[100.0], close[:-1]])
    high, low = 1.001 * np.maximum(opened, close), 0.999 * np.minimum(opened, close)
    return pd.DataFrame({"date": dates, "open": opened, "high": high, "low": low, "close": close})


def shifted(table, days):
    return table.assign(date=table["date"] + pd.Timedelta(days=days))


def a_row_later(table, rows):
    """Put every row on the date of the row after (or before): no calendar can see it."""
    return table.assign(date=table["date"].shift(-rows)).dropna(subset="date").reset_index(drop=True)


def without(table, positions):
    return table.drop(index=positions).reset_index(drop=True)


def scaled(table, factor, start, stop=None):
    columns = [c for c in ("open", "high", "low", "close", "value") if c in table]
    table = table.copy()
    table.loc[start : (len(table) if stop is None else stop) - 1, columns] *= factor
    return table


def errors(findings):
    return [finding for finding in findings if finding.level == "error"]


def only(findings):
    assert len(findings) == 1, [str(f) for f in findings]
    assert findings[0].remedy
    assert "\n" not in str(findings[0])
    return findings[0]


# Due dates


@pytest.mark.parametrize(
    ("id", "due", "not_due"),
    [
        ("IWM", ["2023-11-24", "2024-10-14"], ["2023-11-23", "2024-03-29", "2024-03-16"]),
        ("ETH-USD", ["2024-02-29", "2024-03-16", "2024-12-25"], []),
        ("DFF", ["2024-03-16", "2024-12-25"], []),
        ("DGS2", ["2024-10-11", "2024-10-15"], ["2024-10-14", "2024-11-11", "2024-03-29", "2001-09-12", "2024-03-16"]),
        ("WALCL", ["2024-03-13", "2023-11-22"], ["2024-03-14", "2024-03-12"]),
    ],
)
def test_due_dates(id, due, not_due):
    row = lookup(id)
    first = pd.Timestamp("2001-01-03")  # a Wednesday
    found = due_dates(row, first, pd.Timestamp("2024-12-31"))
    assert pd.DatetimeIndex(due).isin(found).all()
    assert not pd.DatetimeIndex(not_due).isin(found).any()
    assert not off_calendar(found, row).any()


@pytest.mark.parametrize("id", ["IWM", "ETH-USD", "DGS2", "DFF", "WALCL"])
def test_gaps(id):
    table = made(id)
    row = lookup(id)
    assert len(gaps(table, row)) == 0
    assert longest_gap(table, row)[1] == 0
    holes = [5, 6, 7, 20]
    assert list(gaps(without(table, holes), row)) == list(table["date"][holes])
    assert longest_gap(without(table, holes), row) == (table["date"][5], 3)
    assert len(gaps(table[["date"]], row)) == 0
    assert len(gaps(without(table, [0, len(table) - 1]), row)) == 0


def test_rows_of_a_holiday_that_is_observed_on_friday_are_no_fault():
    row = lookup("DGS2")
    observed = pd.DatetimeIndex(["2021-06-18", "2021-12-31", "2023-11-10", "2010-12-31"])
    assert not off_calendar(observed, row).any()
    assert off_calendar(pd.DatetimeIndex(["2021-07-05", "2020-12-25", "2023-11-23", "2026-06-19"]), row).all()
    fridays = pd.DatetimeIndex(federal_holidays())
    assert off_calendar(fridays, row).mean() > 0.9


# One series


@pytest.mark.parametrize("id", ["IWM", "RUT", "VIX", "ETH-USD", "SOL-USD", "DGS2", "DFF", "SOFR", "WALCL", "RRPONTSYD"])
def test_a_clean_series_has_no_findings(id):
    table = made(id)
    if id == "DFF":
        table["value"] = 5.33
    assert check(table, lookup(id), NOW) == []


@pytest.mark.parametrize("id", ["IWM", "DGS2", "ETH-USD"])
def test_every_end_of_a_table_is_handled(id):
    table, row = made(id), lookup(id)
    for rows in (1, 2, 3, 25):
        assert check(table.tail(rows).reset_index(drop=True), row, NOW) == []
    assert only(check(table.iloc[:0], row, NOW)).what == "no rows"


@pytest.mark.parametrize(
    ("change", "where", "what"),
    [
        (lambda t: pd.concat([t.iloc[:3], t.iloc[2:]], ignore_index=True), 2, "the date stands twice"),
        (lambda t: t.iloc[::-1].reset_index(drop=True), -2, "the dates are not in order"),
        (lambda t: scaled(t, np.nan, 4, 5), 4, "a number is missing or infinite"),
        (lambda t: scaled(t, -1.0, 4, 5), 4, "a price is zero or negative"),
    ],
)
def test_a_fault_of_form_is_one_error(change, where, what):
    table = made("IWM")
    finding = only(check(change(table), lookup("IWM"), NOW))
    assert (finding.level, finding.id, finding.what) == ("error", "IWM", what)
    assert finding.where == f"{table['date'].iloc[where]:%Y-%m-%d}"


def test_dates_outside_the_calendars():
    finding = only(check(shifted(made("IWM"), -20_000), lookup("IWM"), NOW))
    assert "reaches outside the calendars" in finding.what
    assert "1985-01-01..2035-12-31" in finding.remedy


@pytest.mark.parametrize(("holes", "level"), [(3, "warning"), (10, "warning"), (11, "error")])
@pytest.mark.parametrize("id", ["IWM", "ETH-USD", "DGS2", "WALCL"])
def test_gaps_are_warned_of_and_long_ones_are_errors(id, holes, level):
    table = made(id)
    finding = only([f for f in check(without(table, range(40, 40 + holes)), lookup(id), NOW) if "without" in f.what])
    assert finding.level == level
    assert finding.where == f"{table['date'][40]:%Y-%m-%d}"
    assert f"without an observation: {holes}; longest gap {holes}" in finding.what


def test_operations_that_are_held_now_and_then_may_have_long_gaps():
    findings = check(without(made("RRPONTSYD"), range(40, 240)), lookup("RRPONTSYD"), NOW)
    assert [f.level for f in findings] == ["warning"]


@pytest.mark.parametrize("id", ["IWM", "VIX", "DGS2", "SOFR", "RRPONTSYD", "WALCL"])
@pytest.mark.parametrize(("days", "word"), [(1, "late"), (-1, "early")])
def test_a_shift_by_a_calendar_day_is_seen_by_the_calendar(id, days, word):
    findings = check(shifted(made(id), days), lookup(id), NOW)
    finding = only([f for f in findings if "on days without an observation" in f.what])
    assert finding.level == "error"
    assert f"dated a day {word}: shifted by {-days:+d} day" in finding.what


def test_one_row_on_a_holiday():
    table = made("IWM")
    extra = table.iloc[[100]].assign(date=pd.Timestamp("2023-11-23"))
    table = pd.concat([table, extra]).sort_values("date", ignore_index=True)
    finding = only(errors(check(table, lookup("IWM"), NOW)))
    assert finding.where == "2023-11-23"
    assert finding.what.startswith("1 of ")
    assert "dated a day" not in finding.what


@pytest.mark.parametrize(
    ("factor", "start"), [(0.5, 200), (2.0, 200), (10.0, 300), (0.01, 30), (1.5, 480), (100.0, 200)]
)
@pytest.mark.parametrize("id", ["IWM", "ETH-USD", "GLD"])
def test_a_seam_is_an_error(id, factor, start):
    table = scaled(made(id), factor, start)
    finding = only(errors(check(table, lookup(id), NOW)))
    assert finding.where == f"{table['date'][start]:%Y-%m-%d}"
    shown = float(finding.what.split("factor of ")[1].split()[0])
    assert shown == pytest.approx(factor, rel=0.05)


def test_a_crash_that_is_traded_through_is_no_seam():
    table = made("ETH-USD")
    table.loc[200, ["low", "close"]] *= 0.45
    table.loc[201:, ["open", "high", "low", "close"]] *= 0.45
    assert check(table, lookup("ETH-USD"), NOW) == []


def test_a_yield_in_fractions_is_noticed():
    table = made("DGS2").assign(value=lambda t: (4.0 + t["value"] - t["value"][0]).round(2))
    assert check(table, lookup("DGS2"), NOW) == []
    whole = only(errors(check(scaled(table, 0.01, 0), lookup("DGS2"), NOW)))
    assert "these look like fractions" in whole.what
    assert "4.25, not 0.0425" in whole.remedy
    part = only(errors(check(scaled(table, 0.01, 200), lookup("DGS2"), NOW)))
    assert part.where == f"{table['date'][200]:%Y-%m-%d}"
    assert "steps from 4.03 to 0.0402" in part.what


def test_a_yield_near_zero_is_no_fraction():
    table = made("DGS3MO").assign(value=lambda t: 0.05 + 0.01 * (np.arange(len(t)) % 3))
    assert check(table, lookup("DGS3MO"), NOW) == []


@pytest.mark.parametrize(
    ("id", "factor", "remedy"),
    [("WALCL", 1e-3, "USD million"), ("WALCL", 1e3, "USD million"), ("RRPONTSYD", 1e3, "USD b")],
)
def test_a_wrong_unit_is_outside_the_bounds(id, factor, remedy):
    finding = only(errors(check(scaled(made(id), factor, 0), lookup(id), NOW)))
    assert f"outside {lookup(id).low:g}..{lookup(id).high:g}" in finding.what
    assert remedy in finding.remedy


@pytest.mark.parametrize(("factor", "level"), [(1.3, "warning"), (10.0, "error"), (0.1, "error")])
def test_a_bad_tick_comes_back(factor, level):
    table = scaled(made("IWM"), factor, 250, 251)
    finding = only(check(table, lookup("IWM"), NOW))
    assert finding.level == level
    assert finding.where == f"{table['date'][250]:%Y-%m-%d}"
    assert "come back on the next row" in finding.what


def test_a_rate_of_every_day_does_not_change_on_weekends():
    table = made("DFF")
    weekday = table["date"].dt.day_of_week < 5
    table["value"] = (5.0 + 0.01 * (np.cumsum(weekday) % 7)).where(weekday).ffill()
    assert check(table, lookup("DFF"), NOW) == []
    for days in (1, -1):
        assert "shifted" in only(errors(check(shifted(table, days), lookup("DFF"), NOW))).what


def target_range(id):
    table = fomc_decisions().dropna(subset="upper")
    ranges = table.set_index("effective_date")["upper" if id == "DFEDTARU" else "lower"]
    dates = pd.date_range(ranges.index[0], pd.Timestamp("2026-08-21"), unit="ns")
    return pd.DataFrame({"date": dates, "value": ranges.reindex(dates, method="ffill").to_numpy()})


@pytest.mark.parametrize("id", ["DFEDTARU", "DFEDTARL"])
def test_the_target_range_is_held_to_the_decisions(id):
    row, table = lookup(id), target_range(id)
    assert check(table, row, LATER) == []
    for days in (1, -1, 2, 7):
        assert any(
            "differ from the FOMC's decisions" in f.what for f in errors(check(shifted(table, days), row, LATER))
        )
    since = table[table["date"] >= "2023-09-01"].reset_index(drop=True)
    assert check(since, row, LATER) == []
    for days in (1, -1):
        assert len(errors(check(shifted(since, days), row, LATER))) >= 1
    other = target_range("DFEDTARL" if id == "DFEDTARU" else "DFEDTARU")
    assert "differ" in only(errors(check(other, row, LATER))).what


def test_made_numbers_are_not_held_to_the_decisions_and_do_not_grow_old():
    table = target_range("DFEDTARU").assign(value=2.0)
    assert len(errors(check(table, lookup("DFEDTARU"), LATER))) == 1
    assert check(table, lookup("DFEDTARU"), LATER, simulated=True) == []
    assert check(made("IWM"), lookup("IWM"), LATER, simulated=True) == []


def test_ranges_after_the_verified_decisions_are_not_judged():
    table = target_range("DFEDTARU")
    dates = pd.date_range("2026-08-22", "2026-10-15", unit="ns")
    table = pd.concat([table, pd.DataFrame({"date": dates, "value": 3.75})], ignore_index=True)
    table.loc[table["date"] >= "2026-09-16", "value"] = 4.25
    assert errors(check(table, lookup("DFEDTARU"), pd.Timestamp("2026-10-16", tz="UTC"))) == []


@pytest.mark.parametrize(
    ("id", "now", "late"),
    [
        ("IWM", "2024-03-16 12:00", 0),
        ("IWM", "2024-03-19 20:30", 0),  # two sessions late: a weekend and a slow vendor
        ("IWM", "2024-03-20 19:59", 0),
        ("IWM", "2024-03-20 20:01", 3),
        ("ETH-USD", "2024-03-18 23:59", 0),
        ("ETH-USD", "2024-03-19 00:00", 3),
        ("DGS2", "2024-03-21 20:00", 0),
        ("DGS2", "2024-03-21 20:16", 3),
        ("WALCL", "2024-03-28 20:00", 0),
        ("WALCL", "2024-03-28 20:31", 2),
        ("IWM", "2040-01-01", len(sessions(LAST_DAY, pd.Timestamp("2035-12-31"))) - 1),
    ],
)
def test_age(id, now, late):
    findings = check(made(id), lookup(id), pd.Timestamp(now, tz="UTC"))
    if not late:
        assert findings == []
        return
    finding = only(findings)
    assert finding.level == "warning"
    assert f"later ones due by now: {late}" in finding.what


def test_a_finding_is_one_line():
    finding = Finding("error", "IWM", "2024-03-15", "what", "remedy")
    assert str(finding) == "error: IWM 2024-03-15: what; remedy"
    assert str(Finding("warning", "IWM", "", "what", "remedy")) == "warning: IWM: what; remedy"


# Series beside each other


def market(ids, seed=5, sd=0.01):
    """Made tables that share half of their variance on the same date."""
    common = np.random.default_rng(seed).normal(0, sd, 800)
    return {id: made(id, seed=at + 1, sd=sd, common=common) for at, id in enumerate(ids)}


@pytest.mark.parametrize(
    "ids", [("IWM", "SPY", "QQQ", "RUT"), ("ETH-USD", "BTC-USD", "SOL-USD"), ("DGS1", "DGS2", "DGS5")]
)
@pytest.mark.parametrize(("rows", "word"), [(1, "late"), (-1, "early")])
def test_a_shift_by_a_row_is_seen_by_its_partners(ids, rows, word):
    tables = market(ids, sd=0.05)
    assert check_together(tables, NOW) == []
    for id in ids:
        moved = a_row_later(tables[id], rows)
        assert errors(check(moved, lookup(id), NOW)) == []
        finding = only(errors(check_together(tables | {id: moved}, NOW)))
        assert (finding.id, finding.where) == (id, "")
        assert f"dates a row {word}" in finding.what
        assert all(other in finding.what for other in ids if other != id)


def test_of_two_nobody_can_tell_which_is_shifted():
    tables = market(("ETH-USD", "BTC-USD"))
    finding = only(check_together(tables | {"BTC-USD": a_row_later(tables["BTC-USD"], 1)}, NOW))
    assert finding.id == "ETH-USD and BTC-USD"
    assert "BTC-USD follows ETH-USD by one row: one is shifted" in finding.what


def test_a_seam_from_which_the_dates_are_shifted():
    tables = market(("ETH-USD", "BTC-USD", "SOL-USD"))
    eth = tables["ETH-USD"]
    late = pd.concat([eth[:400], a_row_later(eth[400:].reset_index(drop=True), 1)], ignore_index=True)
    finding = only(errors(check_together(tables | {"ETH-USD": late}, NOW)))
    assert finding.id == "ETH-USD"
    assert finding.where >= f"{eth['date'][200]:%Y-%m-%d}"


def test_a_weak_lead_of_a_row_is_no_shift():
    rng = np.random.default_rng(2)
    a = made("IWM", seed=1)
    lead = np.log(a["close"]).diff().shift().fillna(0.0).to_numpy()
    b = made("SPY", seed=2, common=0.28 * lead + rng.normal(0, 0.001, len(lead)))
    changes = [np.log(table["close"]).diff().to_numpy()[2:] for table in (a, b)]
    assert 0.18 < np.corrcoef(changes[0][:-1], changes[1][1:])[0, 1] < 0.3
    assert check_together({"IWM": a, "SPY": b}, NOW) == []


def test_series_of_different_markets_and_short_ones_are_not_compared():
    tables = market(("IWM", "DGS2", "WALCL", "DFEDTARU"))
    assert check_together(tables, NOW) == []
    assert check_together({}, NOW) == []
    short = {id: table.tail(60).reset_index(drop=True) for id, table in market(("IWM", "SPY")).items()}
    assert check_together(short | {"SPY": a_row_later(short["SPY"], 1)}, NOW) == []


def test_faulty_tables_and_rows_of_the_future_are_left_out():
    tables = market(("ETH-USD", "BTC-USD"))
    moved = a_row_later(tables["BTC-USD"], 1)
    assert check_together(tables | {"BTC-USD": moved.iloc[::-1]}, NOW) == []
    assert check_together(tables | {"BTC-USD": moved}, pd.Timestamp("2022-06-01", tz="UTC")) == []


def test_a_constant_series_is_no_partner():
    tables = market(("SOFR", "DFF"))
    tables["DFF"]["value"] = 5.33
    assert check_together(tables, NOW) == []


def test_a_coin_dated_by_its_close_is_warned_of():
    """The look of the false lead of docs/timing.md: both coins late, so that they agree with each other."""
    days = pd.date_range(FIRST_DAY, LAST_DAY, unit="ns")
    open_days = sessions(FIRST_DAY, LAST_DAY)
    news = np.random.default_rng(3).normal(0, 0.01, len(days)) * days.isin(open_days)
    stocks = made("SPY", seed=1, sd=0.003, common=news[days.isin(open_days)])
    coins = {id: made(id, seed=at, sd=0.01, common=news) for at, id in enumerate(("ETH-USD", "BTC-USD"), start=7)}
    assert check_together(coins | {"SPY": stocks}, NOW) == []
    for days_off, word in ((1, "late (by their close)"), (-1, "early")):
        moved = {id: shifted(table, days_off) for id, table in coins.items()}
        findings = check_together(moved | {"SPY": stocks}, NOW + DAY)
        assert [(f.level, f.id) for f in findings] == [("warning", "ETH-USD"), ("warning", "BTC-USD")]
        assert all(word in f.what for f in findings)


# Vintages


def vintages(weeks=60):
    """Every week the past again, released on the Wednesday after, or on Thursday where that is a holiday."""
    days = pd.date_range("2023-01-06", periods=weeks, freq="W-FRI", unit="ns")
    released = NFCI.rule.known_at(days).tz_convert("America/New_York").tz_localize(None).normalize()
    at, of = np.tril_indices(weeks)
    value = np.random.default_rng(0).normal(0, 0.1, len(at)).round(5)
    return pd.DataFrame({"date": days[of], "value": value, "vintage": released[at]})


NFCI = lookup("NFCI")


def test_sound_vintages_are_clean():
    assert check(vintages(), NFCI, pd.Timestamp("2024-03-02", tz="UTC")) == []


def test_vintages_dated_a_week_early_are_noticed():
    early = vintages().assign(vintage=lambda t: t["vintage"] - pd.Timedelta(days=4))
    finding = only(check(early, NFCI, pd.Timestamp("2024-03-02", tz="UTC")))
    assert (finding.level, finding.where) == ("error", "2023-01-07")
    assert "60 of 60 vintages are dated before their newest observation is due" in finding.what
    one = vintages()
    one.loc[one["vintage"] == one["vintage"].iloc[-1], "vintage"] -= pd.Timedelta(days=1)
    assert only(check(one, NFCI, pd.Timestamp("2024-03-02", tz="UTC"))).level == "warning"


def test_vintages_of_new_observations_only_are_noticed():
    table = vintages()
    few = table[(table["vintage"] - table["date"]).dt.days.isin([5, 6, 40, 41])].reset_index(drop=True)
    found = check(few, NFCI, pd.Timestamp("2024-03-02", tz="UTC"))
    assert "vintages lack weeks inside their span" in only(found).what
    assert "not only those that are new or revised" in only(found).remedy


def test_one_vintage_under_many_dates_is_noticed():
    table = vintages()
    same = table.assign(value=table.groupby("date")["value"].transform("last"))
    finding = only(check(same, NFCI, pd.Timestamp("2024-03-02", tz="UTC")))
    assert (finding.level, "no observation differs between two vintages" in finding.what) == ("warning", True)


def test_wrong_units_days_and_age_of_vintages_are_noticed():
    now, table = pd.Timestamp("2024-03-02", tz="UTC"), vintages()
    assert "outside -5..10" in only(errors(check(table.assign(value=100 * table["value"]), NFCI, now))).what
    assert "without an observation" in only(errors(check(shifted(table, -1), NFCI, now))).what
    assert "the last observation is old" in only(check(table, NFCI, now + pd.Timedelta(days=21))).what
    assert check(table, NFCI, now + pd.Timedelta(days=700), simulated=True) == []


def test_todays_vintage_is_pointed_out_with_its_remedy():
    table = vintages()
    today = table[table["vintage"] == table["vintage"].iloc[-1]].drop(columns="vintage").reset_index(drop=True)
    finding = only(check(today, NFCI, pd.Timestamp("2024-03-02", tz="UTC")))
    assert (finding.level, "is today's vintage" in finding.what) == ("warning", True)
    assert "NFCI_YYYYMMDD" in finding.remedy


def test_sentiment_is_no_coin():
    """Its days are UTC days, and it may follow the US session of the day before without a word."""
    spy = made("SPY", seed=1)
    mood = a_row_later(pd.DataFrame({"date": spy["date"], "value": 50 + 20 * np.log(spy["close"] / 100)}), 1)
    assert check_together({"SPY": spy, "FNG": mood}, NOW) == []
    coin = a_row_later(spy, 1)
    assert [finding.id for finding in check_together({"SPY": spy, "SOL-USD": coin}, NOW)] == ["SOL-USD"]


# Real history


@pytest.fixture(scope="module")
def real(shared_market):
    source = FolderSource(shared_market, now=lambda: LATER)
    return {id: source.load(lookup(id)) for id in SHARED}


@pytest.mark.uncounted
@pytest.mark.slow
def test_real_history_gives_no_error(real):
    findings = [finding for id, table in real.items() for finding in check(table, lookup(id), LATER)]
    assert [str(finding) for finding in errors(findings)] == []
    assert [f.id for f in findings if "today's vintage" in f.what] == ["NFCI"]
    holes = [f for f in findings if lookup(f.id).kind == "hours" and "without an observation" in f.what]
    assert [(f.id, f.level) for f in holes] == [("ETHUSDT-1H", "warning"), ("ETHUSD-GEMINI-1H", "warning")]
    findings = [f for f in findings if f not in holes]
    known = ("the last observation is old", "today's vintage")
    assert len([f for f in findings if not any(what in f.what for what in known)]) <= 4
    assert [str(finding) for finding in check_together(real, LATER)] == []


@pytest.mark.uncounted
@pytest.mark.slow
@pytest.mark.parametrize(("rows", "ends"), [(1500, 0), (750, 750), (750, 1500), (260, 2000), (1500, 3500)])
def test_no_part_of_real_history_gives_an_error(real, rows, ends):
    part = {id: t.iloc[max(0, len(t) - ends - rows) : len(t) - ends].reset_index(drop=True) for id, t in real.items()}
    part = {id: table for id, table in part.items() if len(table) > 1}
    for id, table in part.items():
        assert errors(check(table, lookup(id), LATER)) == []
    assert [str(finding) for finding in check_together(part, LATER)] == []


@pytest.mark.uncounted
@pytest.mark.slow
@pytest.mark.parametrize("days", [1, -1])
def test_every_real_file_shifted_by_a_calendar_day_is_noticed(real, days):
    unnoticed = []
    for id, table in real.items():
        moved = shifted(table, days)
        alone = errors(check(moved, lookup(id), LATER))
        peers = {peer: real[peer] for peer in ("ETH-USD", "BTC-USD", "ETHUSDT-BINANCE")} if not alone else {}
        if not alone and not errors(check_together(peers | {id: moved}, LATER)):
            unnoticed.append(id)
    assert unnoticed == []


CANNOT = {"RRPONTSYD"}  # docs/timing.md, "What it cannot notice"


@pytest.mark.uncounted
@pytest.mark.slow
@pytest.mark.parametrize("rows", [1, -1])
def test_every_real_file_shifted_by_a_row_is_noticed_where_it_has_partners(real, rows):
    groups = (
        ("ETH-USD", "BTC-USD", "ETHUSDT-BINANCE"),
        ("IWM", "SPY", "QQQ", "RUT", "VIX"),
        ("IWM", "GSPC", "IXIC", "HYG"),
        ("LQD", "TLT", "GLD", "UUP"),
        ("DGS3MO", "DGS6MO", "DGS1", "DGS2", "DGS5", "DGS10"),
        ("SOFR", "DFF"),
        ("RRPONTSYD", "SOFR"),
    )
    noticed = set()
    for group in groups:
        tables = {id: real[id] for id in group}
        for id in group:
            moved = a_row_later(real[id], rows)
            findings = errors(check(moved, lookup(id), LATER)) + errors(check_together(tables | {id: moved}, LATER))
            if any(id in finding.id for finding in findings):
                noticed.add(id)
    assert {id for group in groups for id in group} - noticed == CANNOT


@pytest.mark.uncounted
@pytest.mark.slow
def test_real_coins_that_are_all_late_are_warned_of(real):
    coins = ("ETH-USD", "BTC-USD")
    for days in (1, -1):
        tables = {id: shifted(real[id], days) for id in coins} | {"SPY": real["SPY"]}
        findings = check_together(tables, LATER)
        assert sorted((f.level, f.id) for f in findings) == [("warning", "BTC-USD"), ("warning", "ETH-USD")]


def test_real_partners_lie_on_the_same_date(real):
    """The bounds of data/checks/alignment.py, measured: no pair of a market comes near a shift in any block."""
    assert all(
        not any(f.id == f"{a} and {b}" for f in check_together({a: real[a], b: real[b]}, LATER))
        for a, b in combinations(("IWM", "LQD", "GLD", "UUP", "VIX", "TLT"), 2)
    )
