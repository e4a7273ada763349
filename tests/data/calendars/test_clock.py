"""Bars cut from hours: where the cuts lie, what a bar is made of, and that nothing later changes it."""

import numpy as np
import pandas as pd
import pytest

from backtests.checks.publication import cut_instants
from data.calendars.clock import Clock, bars_from_hours, clock_of
from data.catalogue import lookup
from data.checks.alignment import check_together
from data.checks.hour_labels import check_hours
from data.checks.table import check
from data.errors import BadFile, DataError, MissingSeries, OutOfBounds
from data.market import Market
from data.sources.downloaded import StoredSource
from data.sources.folder.source import FolderSource
from data.sources.simulated.source import SimulatedSource
from data.table import validate
from signals.coupling import Coupling
from tests.contracts import make_tables

HOURS = lookup("ETHUSDT-1H")
HOUR = pd.Timedelta(hours=1)
CLOCKS = [*(Clock(hour) for hour in range(24)), *(Clock(hour, after_close=True) for hour in range(24))]


def naive(text):
    return pd.Timestamp(text)


def hourly(first, last, seed=0, missing=()):
    """Return a random walk of hours from `first` to `last`, both starts included, without those of `missing`."""
    starts = pd.date_range(first, last, freq="h", unit="ns")
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, len(starts))))
    open_ = np.r_[100.0, close[:-1]] * np.exp(rng.normal(0, 0.001, len(starts)))
    spread = rng.uniform(1.0, 1.01, (2, len(starts)))
    table = pd.DataFrame({"date": starts, "open": open_, "high": np.maximum(open_, close) * spread[0],
                          "low": np.minimum(open_, close) / spread[1], "close": close})  # fmt: skip
    return validate(table[~table["date"].isin(pd.DatetimeIndex(list(missing)))].reset_index(drop=True), HOURS, "test")


def holed(seed, share=0.05):
    """Return hours of 2023 and 2024 with random ones missing, some of them many in a row."""
    rng = np.random.default_rng([seed, 1])
    table = hourly("2023-10-01 05:00", "2024-12-10 07:00", seed)
    gone = rng.random(len(table)) < share
    for at in rng.integers(0, len(table), 6):
        gone[at : at + rng.integers(2, 60)] = True
    return table[~gone].reset_index(drop=True)


# The clock


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("daily", None),
        ("00:00 UTC", Clock(0)),
        ("23:00 UTC", Clock(23)),
        ("NYSE close +0h", Clock(0, after_close=True)),
        ("NYSE close +23h", Clock(23, after_close=True)),
    ],
)
def test_forms(text, clock):
    assert clock_of(text) == clock
    assert clock is None or str(clock) == text


@pytest.mark.parametrize(
    "text", ["", "24:00 UTC", "8:00 UTC", "08:30 UTC", "NYSE close", "NYSE close +24h", "NYSE close +01h", "NYSE close -1h",
             "nyse close +1h", "NYSE close +1h ", "00:00 UTC\n", "\u0660\u0660:00 UTC"]
)  # fmt: skip
def test_other_forms_are_refused(text):
    with pytest.raises(OutOfBounds, match='"daily", "HH:00 UTC" with HH from 00 to 23, or "NYSE close'):
        clock_of(text)


@pytest.mark.uncounted
@pytest.mark.slow
@pytest.mark.parametrize(
    ("day", "cut"),
    [
        ("2024-07-15", "2024-07-15 21:00"),  # summer
        ("2024-01-16", "2024-01-16 22:00"),  # winter
        ("2024-11-29", "2024-11-29 19:00"),  # a half day: 13:00 New York
        ("2024-07-03", "2024-07-03 18:00"),  # a half day in summer
        ("2024-07-04", "2024-07-04 21:00"),  # a holiday: as a session would close
        ("2024-03-09", "2024-03-09 22:00"),  # the Saturday before New York changes its clock
        ("2024-03-10", "2024-03-10 21:00"),
        ("2024-11-02", "2024-11-02 21:00"),
        ("2024-11-03", "2024-11-03 22:00"),
    ],
)
def test_an_hour_after_the_new_york_close(day, cut):
    cuts = Clock(1, after_close=True).cuts
    assert [at for at in cuts if at.tz_localize("UTC").tz_convert("America/New_York").date() == naive(day).date()] == [
        naive(cut)
    ]


@pytest.mark.parametrize("clock", CLOCKS, ids=str)
def test_the_cuts_are_those_of_the_second_statement(clock):
    first, last = pd.Timestamp("2015-01-01", tz="UTC"), pd.Timestamp("2027-12-31", tz="UTC")
    stated = cut_instants(str(clock), first, last)
    ours = clock.cuts.tz_localize("UTC")
    assert len(stated) > 4700
    assert ours[(ours >= first) & (ours <= last)].equals(stated)


@pytest.mark.parametrize("clock", CLOCKS, ids=str)
def test_one_cut_a_day_on_the_hour(clock):
    steps = np.diff(clock.cuts) / np.timedelta64(1, "h")
    assert steps.min() >= 20
    assert steps.max() <= 28
    assert (clock.cuts == clock.cuts.floor("h")).all()
    assert abs(len(clock.cuts) - 51 * 365.25) < 2


# Bars


def slowly(table, clock):
    """Return the bars by the definition, one hour after the other: {label: (open, high, low, close, end)}."""
    rows = {row.date: row for row in table.itertuples(index=False)}
    cuts, found, begun, inside = set(clock.cuts), {}, None, []
    for at in pd.date_range(table["date"].iloc[0], table["date"].iloc[-1] + HOUR, freq="h"):
        if at in cuts and (begun is None or at - HOUR in rows):
            if begun is not None:
                prices = [row.open for row in inside[:1]] + [
                    max(row.high for row in inside),
                    min(row.low for row in inside),
                ]
                found[begun] = (*prices, inside[-1].close, at)
            begun, inside = at, []
        if at in rows and begun is not None:
            inside.append(rows[at])
    return found


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("text", ["00:00 UTC", "13:00 UTC", "NYSE close +0h", "NYSE close +1h", "NYSE close +19h"])
def test_bars_are_those_of_the_definition(text, seed):
    table, clock = holed(seed), clock_of(text)
    built, wanted = bars_from_hours(table, clock), slowly(table, clock)
    assert 380 < len(built.bars) < 436
    assert list(built.bars.index) == list(wanted)
    found = list(zip(*(built.bars[name] for name in built.bars), built.closes.tz_localize(None), strict=True))
    assert found == list(wanted.values())
    there = set(table["date"])
    assert list(built.late) == [label for label in wanted if label not in there]
    assert len(built.late) > 5
    assert (np.diff(built.bars.index) > np.timedelta64(30, "h")).sum() > 5


@pytest.mark.parametrize("text", ["00:00 UTC", "NYSE close +1h", "NYSE close +4h"])
def test_nothing_later_changes_a_bar(text):
    table, clock = holed(7), clock_of(text)
    whole = bars_from_hours(table, clock)
    instants = pd.date_range("2024-01-02 00:30", "2024-12-09", freq="29h")
    for instant in [*instants, *whole.closes.tz_localize(None)[90:130]]:
        part = bars_from_hours(table[table["date"] + HOUR <= instant].reset_index(drop=True), clock)
        known = whole.closes.tz_localize(None) <= instant
        assert part.bars.equals(whole.bars[known])
        assert part.closes.equals(whole.closes[known])
        assert list(part.late) == [label for label in whole.late if label in part.bars.index]


def test_what_is_not_finished_is_left_out():
    table = hourly("2024-07-01 05:00", "2024-07-04 19:00")
    built = bars_from_hours(table, clock_of("NYSE close +1h"))  # cuts at 21:00, on the half day of the 3rd at 18:00
    assert list(built.bars.index) == [naive("2024-07-01 21:00"), naive("2024-07-02 21:00")]
    assert list(built.closes.tz_localize(None)) == [naive("2024-07-02 21:00"), naive("2024-07-03 18:00")]
    ended = hourly("2024-07-01 05:00", "2024-07-04 20:00")
    assert bars_from_hours(ended, clock_of("NYSE close +1h")).closes[-1] == pd.Timestamp("2024-07-04 21:00", tz="UTC")
    for nothing in (table.iloc[:0], table.iloc[:20]):
        assert bars_from_hours(nothing, clock_of("NYSE close +1h")).bars.empty


def test_missing_hours():
    table = hourly("2024-07-08 00:00", "2024-07-12 23:00", missing=map(naive, ["2024-07-09 23:00", "2024-07-11 00:00"]))
    built = bars_from_hours(table, clock_of("00:00 UTC"))
    labels = [naive(f"2024-07-{day}") for day in ("08", "09", "11", "12")]
    assert list(built.bars.index) == labels  # the 9th goes on over the cut at which there was no price
    assert built.bars.loc[labels[1], "close"] == table.set_index("date").loc["2024-07-10 23:00", "close"]
    assert list(built.late) == [naive("2024-07-11")]
    assert built.bars.loc[labels[2], "open"] == table.set_index("date").loc["2024-07-11 01:00", "open"]


@pytest.mark.uncounted
@pytest.mark.slow
def test_real_hours_give_the_daily_file(shared_market):
    source = FolderSource(shared_market)
    daily = source.load(lookup("ETHUSDT-BINANCE")).set_index("date")[["open", "high", "low", "close"]]
    built = bars_from_hours(source.load(HOURS), clock_of("00:00 UTC"))
    both = built.bars.index.intersection(daily.index)
    assert (len(both), len(daily), len(built.bars)) == (3187, 3190, 3187)
    same = (built.bars.loc[both] / daily.loc[both] - 1).abs() < 1e-12
    assert same["open"].all()
    # Three bars go on over a cut whose last hour is missing, and take in the day after: nothing else differs.
    longer = both[np.diff(built.bars.index, append=np.datetime64("2026-05-13")) > np.timedelta64(24, "h")]
    assert [f"{day:%Y-%m-%d}" for day in longer] == ["2018-02-08", "2019-06-18", "2020-02-24"]
    assert set(both[~same.all(axis=1)]) == set(longer)


@pytest.mark.uncounted
@pytest.mark.slow
def test_real_bars_last_a_day_but_where_clocks_change(shared_market):
    built = bars_from_hours(FolderSource(shared_market).load(HOURS), clock_of("NYSE close +1h"))
    days = (built.closes.tz_localize(None) - built.bars.index) / HOUR
    lengths = pd.Series(days).value_counts()
    assert set(lengths.index) == {21, 23, 24, 25, 27, 48}
    assert (lengths[23], lengths[25]) == (9, 9)  # the springs of 2018 to 2026, the autumns of 2017 to 2025
    assert lengths[21] == lengths[27]


# The market


def market(text="NYSE close +1h", tables=None, **more):
    tables = tables or make_tables(["ETHUSDT-1H", "IWM", "VIX"])
    return Market.from_tables(tables, traded="ETH-USD", leader="IWM", source="test", bar=text, **more)


def test_the_traded_series_follows_the_clock():
    found = market()
    assert found["traded"].id == found["ETH-USD"].id == "ETH-USD"
    assert found["traded"].values.index.equals(found.decisions)
    assert (found["traded"].values.to_numpy() == found.bars["close"].to_numpy()).all()
    assert (found.periods_per_year, found.hours, str(found.clock)) == (365, "ETHUSDT-1H", "NYSE close +1h")
    assert found.decisions[:-1].tz_localize(None).equals(found.bars.index[1:])
    hour = found["ETHUSDT-1H"].frame
    assert (hour["known_at"] - hour["observed"].dt.tz_localize("UTC") == HOUR).all()


def test_a_daily_table_beside_the_hours_is_not_what_is_traded():
    tables = make_tables(["ETHUSDT-1H", "ETH-USD", "IWM"])
    clocked, daily = market(tables=tables), market("daily", tables=tables)
    assert daily.clock is None
    assert len(daily["ETHUSDT-1H"].frame) == len(tables["ETHUSDT-1H"])
    assert not set(clocked["ETH-USD"].values) & set(daily["ETH-USD"].values)


def test_until_is_what_was_known():
    whole = market()
    for instant in (pd.Timestamp(text, tz="UTC") for text in ("2020-11-27 18:59", "2020-11-27 19:00", "2020-11-28")):
        seen = whole.until(instant)
        assert seen.decisions.equals(whole.decisions[whole.decisions <= instant])
        assert seen.bars.equals(whole.bars[whole.decisions <= instant])
    assert whole.until(pd.Timestamp("2020-11-27 19:00", tz="UTC")).bars.index[-1] == naive("2020-11-26 22:00")


@pytest.mark.parametrize(
    ("text", "day", "iwm", "vix"),
    [
        ("NYSE close +0h", "2020-07-15", 1, 1),  # the auction prints after the second of the cut
        ("NYSE close +1h", "2020-07-15", 0, 0),
        ("19:00 UTC", "2020-07-15", 1, 1),
        ("20:00 UTC", "2020-07-15", 1, 1),
        ("21:00 UTC", "2020-07-15", 0, 0),
        ("20:00 UTC", "2020-12-15", 1, 1),
        ("NYSE close +1h", "2020-11-27", 0, 1),  # a half day; our VIX of 16:15 comes after the cut at 14:00
    ],
)
def test_a_decision_uses_what_is_known_at_its_cut(text, day, iwm, vix):
    found = market(text)
    at = found.decisions[found.decisions.tz_convert("America/New_York").tz_localize(None).normalize() == naive(day)]
    assert len(at) == 1
    for id, sessions_ago in (("IWM", iwm), ("VIX", vix)):
        frame = found[id].frame.set_index("observed")["value"]
        assert found.asof(found[id].values)[at[0]] == frame[:day].iloc[-1 - sessions_ago]


@pytest.mark.parametrize(
    ("text", "id", "day"),
    [
        ("NYSE close +0h", "IWM", "2020-07-15"),  # 16:00:00 New York
        ("NYSE close +0h", "RUT", "2020-11-27"),  # 13:00:00, a half day
        ("19:00 UTC", "ZQ", "2020-07-15"),  # 15:00:00: the settle is being made
        ("18:00 UTC", "DFEDTARU", "2019-08-01"),  # decided on 31 July at 14:00:00, effective the day after
        ("13:00 UTC", "DFF", "2020-07-14"),  # 09:00:00 of the 15th
        ("12:00 UTC", "SOFR", "2020-07-14"),  # 08:00:00 of the 15th
    ],
)
def test_what_is_made_at_the_second_of_a_cut_is_not_known_at_it(text, id, day):
    row, cuts = lookup(id), clock_of(text).cuts.tz_localize("UTC")
    made, known = row.rule.made_at(pd.DatetimeIndex([day]))[0], row.rule.known_at(pd.DatetimeIndex([day]))[0]
    assert made in cuts
    assert made < known < made + HOUR  # so the cut itself may not use it, and the next whole hour may


def test_bars_of_the_utc_day_are_known_when_they_close():
    """The decision at 00:00 UTC is the close of the traded bar: nothing of it is a minute late."""
    days = pd.DatetimeIndex(["2024-03-15"])
    for id in ("ETH-USD", "BTC-USD", "FNG", "ETHUSDT-1H"):
        rule = lookup(id).rule
        assert rule.known_at(days).equals(rule.made_at(days))


def aggregated(hours):
    """Return the UTC days of whole hours as a daily table."""
    days = hours.groupby(hours["date"].dt.normalize()).agg(
        {"open": "first", "high": "max", "low": "min", "close": "last"}
    )
    return validate(days.reset_index(), lookup("ETH-USD"), "test")


@pytest.mark.parametrize("delay", [0, 2])
@pytest.mark.parametrize("join", ["hold", "flat", "us_sessions_only"])
def test_a_cut_at_midnight_is_the_daily_market(join, delay):
    tables = make_tables(["ETHUSDT-1H", "IWM"])
    clocked = market("00:00 UTC", tables, join=join)
    daily = market("daily", {"ETH-USD": aggregated(tables["ETHUSDT-1H"]), "IWM": tables["IWM"]}, join=join)
    assert clocked.bars.equals(daily.bars)
    assert clocked.decisions.equals(daily.decisions)
    assert clocked["traded"].values.equals(daily["traded"].values)
    weights = pd.Series(np.arange(len(daily.bars), dtype=float), index=daily.decisions)
    assert clocked.joined(weights, delay).equals(daily.joined(weights, delay))


def held(join, delay=0):
    found = market("NYSE close +1h", join=join)
    joined = found.joined(pd.Series(1.0, index=found.decisions), delay)
    joined.index = joined.index.tz_convert("America/New_York").tz_localize(None).normalize()
    return joined


def test_flat_is_out_at_fridays_cut_and_in_again_at_sundays():
    flat = held("flat")  # by the New York day of the decision, which is that of the fill
    assert flat["2021-01-14":"2021-01-19"].tolist() == [1, 0, 0, 0, 1, 1]  # Monday the 18th is a holiday
    assert flat["2021-02-04":"2021-02-09"].tolist() == [1, 0, 0, 1, 1, 1]
    assert held("flat", delay=1)["2021-02-03":"2021-02-08"].tolist() == [1, 0, 0, 1, 1, 1]
    week = flat["2021-01-24":"2021-02-12"].groupby(lambda day: day.day_of_week).unique()
    assert {day: list(found) for day, found in week.items()} == {0: [1], 1: [1], 2: [1], 3: [1], 4: [0], 5: [0], 6: [1]}


def test_us_sessions_only_decides_at_the_cut_of_a_session():
    only = held("us_sessions_only")
    assert only["2021-01-14":"2021-01-19"].tolist() == pytest.approx([1, 1, np.nan, np.nan, np.nan, 1], nan_ok=True)


def test_windows_are_matched_at_the_new_york_close():
    """ETH that repeats the leader from close to close and is anything between: coupled at the close, at no other cut."""
    tables = make_tables(["ETHUSDT-1H", "IWM"])
    leader = market(tables=tables)["IWM"].values
    leader = leader.set_axis(leader.index.floor("h"))  # the closes; they are known a minute later
    hours = tables["ETHUSDT-1H"]
    ends = pd.DatetimeIndex(hours["date"] + HOUR, tz="UTC")
    at = leader.reindex(ends).to_numpy()
    close = np.where(np.isnan(at), hours["close"], at)
    hours = hours.assign(open=close, high=close, low=close, close=close)
    found = {
        text: Coupling(60).compute(market(text, {"ETHUSDT-1H": hours, "IWM": tables["IWM"]})).dropna()
        for text in ("NYSE close +0h", "NYSE close +1h", "00:00 UTC")
    }
    assert found["NYSE close +0h"].min() > 1 - 1e-9
    assert max(found["NYSE close +1h"].mean(), found["00:00 UTC"].mean()) < 0.3
    assert len(found["NYSE close +0h"]) > 600


# Files and sources


def write(folder, hours, name="eth_usdt_1h.csv", form="%Y-%m-%d %H:%M:%S"):
    table = hours.assign(date=hours["date"].dt.strftime(form)).rename(columns={"date": "TimeUTC"})
    table.columns = [name.title() if name != "TimeUTC" else name for name in table.columns]
    table.to_csv(folder / name, index=False)
    return folder


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("eth_usdt_1h.csv", "%Y-%m-%d %H:%M:%S"),
        ("ETHUSDT-1H.csv", "%Y-%m-%dT%H:%MZ"),
        ("ethusdt-1h.csv", "%Y-%m-%d %H:%M:%S+00:00"),
    ],
)
def test_hours_are_read_from_a_folder(tmp_path, name, form):
    hours = hourly("2024-07-01 05:00", "2024-07-04 19:00")
    assert FolderSource(write(tmp_path, hours, name, form)).load(HOURS).equals(hours)


def test_words_in_other_columns_and_the_open_hour_are_left_out(tmp_path):
    hours = hourly("2024-07-01 05:00", "2024-07-04 19:00")
    write(tmp_path, hours.assign(source="spot"))
    now = pd.Timestamp("2024-07-04 19:30", tz="UTC")
    assert FolderSource(tmp_path, now=lambda: now).load(HOURS).equals(hours.iloc[:-1])


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("2024-07-02 05:30:00", "line 26: TimeUTC is '2024-07-02 05:30:00', not the start of an hour in UTC"),
        ("2024-07-02", "write every hour as YYYY-MM-DD HH:00, its start in UTC"),
        ("2024-07-02 05:00:00-04:00", "not the start of an hour in UTC"),
        ("2024-07-02 25:00:00", "not the start of an hour in UTC"),
        ("2024-07-02 04:00:00", r"line 26 \(2024-07-02 04:00\): the date stands twice"),
        ("2024-07-01 22:00:00", r"line 26 \(2024-07-01 22:00\): the dates are not in order"),
        ("2027-07-02 05:00:00", "the date is in the future"),
    ],
)
def test_a_bad_hour_is_named(tmp_path, row, says):
    write(tmp_path, hourly("2024-07-01 05:00", "2024-07-02 05:00"))
    file = tmp_path / "eth_usdt_1h.csv"
    file.write_text(file.read_text().replace("2024-07-02 05:00:00", row))
    with pytest.raises(BadFile, match=says):
        FolderSource(tmp_path, now=lambda: pd.Timestamp("2025-01-01", tz="UTC")).load(HOURS)


def test_more_than_ten_days_missing_is_refused(tmp_path):
    hours = hourly("2024-07-01 05:00", "2024-07-20 05:00")
    for first, refused in ((60, 301), (60, 300)):
        gap = hours.drop(index=range(first, refused)).reset_index(drop=True)
        write(tmp_path, gap)
        if refused - first > 240:
            with pytest.raises(BadFile, match="241 due dates are missing"):
                FolderSource(tmp_path).load(HOURS)
        else:
            assert len(FolderSource(tmp_path).load(HOURS)) == len(gap)


def test_half_hours_are_no_hours():
    table = hourly("2024-07-01 05:00", "2024-07-02 05:00").assign(date=lambda t: t["date"] + HOUR / 2)
    with pytest.raises(DataError, match="2024-07-01 05:30: the hour does not start on the hour"):
        validate(table, HOURS, "test")


def test_a_source_without_hours_says_what_to_do(tmp_path):
    (tmp_path / "ETH-USD.csv").write_text("Date,Open,High,Low,Close\n")
    for source, says in (
        (SimulatedSource(), "its bars are daily: leave market.bar out"),
        (
            StoredSource(),
            "run: harbinger data fetch --interval 1h ETH-USD, or read a file of your own with --source folder:PATH",
        ),
        (FolderSource(tmp_path), "market.bar.* are built from its hours; put the file there"),
    ):
        with pytest.raises(MissingSeries, match=says):
            source.load(HOURS)


def test_hours_of_any_coin():
    row = lookup("SOL-USD-1H")
    assert (row.id, row.kind, row.rule_name, lookup("SOL-USD").hours) == (
        "SOL-USD-1H",
        "hours",
        "utc_hour",
        "SOL-USD-1H",
    )
    assert {lookup(id).hours for id in ("ETH-USD", "ETHUSDT-BINANCE")} == {"ETHUSDT-1H"}
    assert lookup("BTC-USD").hours == "BTC-USD-1H"


# What `data check` says


@pytest.mark.parametrize("hours_late", [-24, -5, -1, 1, 2, 24])
def test_hours_with_wrong_labels_are_noticed_beside_the_daily_bars(hours_late):
    hours = hourly("2024-01-01", "2024-12-01 23:00")
    days = aggregated(hours).assign(close=lambda t: t["close"] * 1.0005)
    tables = {"ETH-USD": days, "BTC-USD": days.assign(**(days.drop(columns="date") * 30)), "ETHUSDT-1H": hours}
    assert list(check_hours(tables)) == []
    moved = hours.assign(date=hours["date"] + hours_late * HOUR)
    (finding,) = check_hours(tables | {"ETHUSDT-1H": moved})
    assert (finding.level, finding.id) == ("error", "ETHUSDT-1H")
    assert f"agree with ETH-USD's closes when they are moved by {-hours_late:+d} h" in finding.what
    assert finding in check_together(tables | {"ETHUSDT-1H": moved}, pd.Timestamp("2025-01-01", tz="UTC"))


def test_a_shift_that_begins_at_a_seam_is_noticed():
    hours = hourly("2022-01-01", "2024-12-01 23:00")
    late = hours["date"] >= naive("2023-06-01")
    moved = hours.assign(date=hours["date"].where(~late, hours["date"] + HOUR))
    (finding,) = check_hours({"ETH-USD": aggregated(hours), "ETHUSDT-1H": moved})
    assert "moved by -1 h" in finding.what
    assert "2023-01" < finding.where < "2023-10"


def test_sound_hours_are_clean_and_holes_are_told():
    now = pd.Timestamp("2024-12-10 08:00", tz="UTC")
    assert check(hourly("2023-10-01 05:00", "2024-12-10 07:00"), HOURS, now) == []
    (finding,) = check(holed(1, share=0.01), HOURS, now)
    assert (finding.level, "due dates without an observation" in finding.what) == ("warning", True)
    (old,) = check(hourly("2023-10-01 05:00", "2024-12-01 07:00"), HOURS, now)
    assert "the last observation is old" in old.what


@pytest.mark.uncounted
@pytest.mark.slow
def test_real_hours_one_off_are_noticed(shared_market):
    source = FolderSource(shared_market)
    tables = {id: source.load(lookup(id)) for id in ("ETHUSDT-1H", "ETHUSD-GEMINI-1H", "ETH-USD", "BTC-USD")}
    assert list(check_hours(tables)) == []
    for id in ("ETHUSDT-1H", "ETHUSD-GEMINI-1H"):
        moved = tables[id].assign(date=tables[id]["date"] + HOUR)
        (finding,) = check_hours(tables | {id: moved})
        assert (finding.id, "moved by -1 h" in finding.what) == (id, True)
