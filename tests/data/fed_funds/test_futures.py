"""Fed funds futures: the files, the table, the arithmetic of the live page, and what was known of the calendar."""

import gzip
import math

import numpy as np
import pandas as pd
import pytest

from data.calendars.events import fomc_decisions
from data.calendars.meetings import agenda, days_in, fomc_schedule, moves_outside_the_schedule, ordinal, spans
from data.catalogue import lookup
from data.checks.table import check
from data.errors import BadFile, DataError, MissingSeries, OutsideCalendar, UnknownSymbol
from data.fed_funds.fedwatch import decided_range, load, load_contracts, range_on, watch
from data.fed_funds.rate_path import convolve, distribution, end_from_month, start_from_month
from data.fetch import fetch_series
from data.futures import Contracts, to_contracts
from data.market import Market
from data.sources import yahoo_futures
from data.sources.downloaded import StoredSource
from data.sources.folder.source import FolderSource
from data.store import Store, content_hash
from data.table import validate
from tests.contracts import make_tables
from tests.wire import Wire, bars

ZQ = lookup("ZQ")
NOW = pd.Timestamp("2026-11-20", tz="UTC")


def day(text):
    return pd.Timestamp(text)


def table(settles):
    """The raw table of {date: {contract: settle}}."""
    rows = [(day(d), day(f"{c}-01"), float(s)) for d, found in settles.items() for c, s in found.items()]
    return validate(pd.DataFrame(sorted(rows), columns=["date", "contract", "settle"]), ZQ, "test")


def contracts(settles):
    return to_contracts(table(settles), ZQ, "test")


def see(date, settles, range_bp=(0, 25), before=None):
    """The FedWatch table of one date."""
    return watch(contracts({**(before or {}), date: settles}), range_bp, day(date))


def moves_of(meeting, now):
    return {(low - now) // 25: p for (low, _), p in meeting.probabilities.items()}


# The arithmetic


def test_f1_the_note_of_2015():
    assert end_from_month(0.195, 0.1325, 17, 30) == pytest.approx(0.2664286, abs=5e-8)
    (meeting, *later) = see("2015-08-03", {"2015-08": 99.8675, "2015-09": 99.805}).meetings
    assert meeting.date == day("2015-09-17")
    assert f"{meeting.probabilities[25, 50]:.7f}" == "0.5357143"  # published 53.6%
    assert f"{meeting.probabilities[0, 25]:.1%}" == "46.4%"
    assert all(m.missing for m in later)


SHEET = {"2022-09": 97.4475, "2022-10": 96.94, "2022-11": 96.43}


def test_f2_the_sheet_of_2022():
    start = start_from_month(2.5525, 3.06, 21, 30)
    assert f"{start:.5f}" == "2.29875"
    assert f"{3.06 - start:.5f}" == "0.76125"
    end = end_from_month(3.57, 3.06, 2, 30)
    assert f"{end:.5f}" == "3.58759"
    assert f"{end - 3.06:.5f}" == "0.52759"
    (meeting, *_) = see("2022-09-12", SHEET, (225, 250)).meetings  # August has expired and is not in the data
    assert {r: f"{p:.1%}" for r, p in meeting.probabilities.items()} == {(300, 325): "95.5%", (325, 350): "4.5%"}


def test_an_expired_month_is_read_from_its_final_settle():
    (meeting, *_) = see("2022-09-12", SHEET, (225, 250), {"2022-08-31": {"2022-08": 97.67}}).meetings
    assert meeting.expected_change_bp == pytest.approx(100 * (3.06 - 2.33))
    (meeting, *_) = see("2022-09-12", SHEET, (225, 250), {"2022-08-15": {"2022-08": 97.67}}).meetings
    assert meeting.expected_change_bp == pytest.approx(76.125)  # a settle of mid-August is not final


def test_f3_the_live_page():
    (meeting, *_) = see("2022-08-09", {"2022-08": 97.655, "2022-09": 97.445, "2022-10": 96.985}, (225, 250)).meetings
    assert f"{meeting.probabilities[300, 325]:.1%}" == "68.0%"
    settles = {"2023-04": 95.185, "2023-05": 95.04, "2023-06": 95.035, "2023-07": 95.05, "2023-08": 95.135}
    (meeting, *_) = see("2023-04-03", settles, (475, 500)).meetings
    assert {r: f"{p:.1%}" for r, p in meeting.probabilities.items()} == {(475, 500): "42.8%", (500, 525): "57.2%"}


def test_hikes_read_as_hikes_and_cuts_as_cuts():
    hike = see("2026-08-21", {"2026-08": 96.37, "2026-09": 96.33, "2026-10": 96.28, "2026-11": 96.21}, (350, 375))
    assert set(hike.meetings[0].probabilities) == {(350, 375), (375, 400)}
    assert hike.meetings[0].expected_change_bp > 0
    cut = see(
        "2019-07-10", {"2019-07": 97.6, "2019-08": 97.86}, (225, 250), {"2019-06-28": {"2019-06": 97.61}}
    )  # =(225, 250))
    assert cut.meetings[0].expected_change_bp < 0
    assert min(low for low, _ in cut.meetings[0].probabilities) < 225


def test_a_distribution_sums_to_one_and_keeps_its_mean():
    for steps in (0.0, -0.0, 0.3, -0.3, 1.0, -2.0, 2.68, -3.999):
        found = distribution(steps)
        assert sum(found.values()) == pytest.approx(1)
        assert sum(k * p for k, p in found.items()) == pytest.approx(steps)
        assert all(p > 0 for p in found.values())
        assert len(found) <= 2
    both = convolve(distribution(0.4), distribution(-1.5))
    assert both == pytest.approx({-2: 0.3, -1: 0.5, 0: 0.2})


# A path of rates, its months, and the path again

PATH = {"2019-07-31": -0.25, "2019-09-18": 0.1, "2019-10-30": -0.3, "2019-12-11": 0.0, "2020-01-29": 0.07,
        "2020-03-03": -0.5, "2020-03-18": -0.4, "2020-04-29": 0.25, "2020-06-10": -0.6, "2020-07-29": 0.11,
        "2020-09-16": 0.9, "2020-11-05": -0.25}  # fmt: skip


def month_means(path, first="2019-05", last="2021-03", rate=2.4):
    """The average rate of each month on a path of decisions, the day of a decision counted as new."""
    days = pd.date_range(f"{first}-01", pd.Period(last).end_time.normalize())
    change = pd.Series(path).rename(pd.Timestamp).reindex(days).fillna(0)
    level = rate + change.cumsum()
    return level, level.groupby(level.index.to_period("M")).mean()


@pytest.mark.parametrize("date", ["2019-07-05", "2019-07-31", "2019-08-01", "2019-10-30", "2019-11-29", "2019-12-30",
                                  "2020-01-30", "2020-02-28", "2020-03-02", "2020-03-03", "2020-03-13"])  # fmt: skip
def test_a_path_comes_back_from_its_months(date):
    """On a path that moves only at meetings every way of reading it agrees: any slip in days or months shows."""
    known = {at: change for at, change in PATH.items() if at != "2020-03-03" or date >= at}
    level, means = month_means(known)
    now = pd.Period(date, "M")
    settles = {str(m): 100 - r for m, r in means.items() if m >= now}
    before = {str((now - 1).end_time.date()): {str(now - 1): 100 - means[now - 1]}}
    found = see(date, settles, before=before).meetings
    there = [m for m in found if m.missing is None]
    assert len(there) >= 3
    for meeting in there:
        assert meeting.expected_change_bp == pytest.approx(100 * (level[meeting.date] - level[day(date)]), abs=1e-6)
        assert sum(meeting.probabilities.values()) == pytest.approx(1)


def test_without_the_month_before_the_same_path_comes_back():
    level, means = month_means({at: c for at, c in PATH.items() if at != "2020-03-03"})
    found = see("2019-10-01", {str(m): 100 - r for m, r in means.items() if str(m) >= "2019-10"}).meetings
    assert found[0].expected_change_bp == pytest.approx(-30)


def settles_of_2019():
    _, means = month_means({at: c for at, c in PATH.items() if at != "2020-03-03"})
    return {str(m): 100 - r for m, r in means.items() if str(m) >= "2019-08"}


@pytest.mark.parametrize(
    ("gone", "first_missing", "why"),
    [
        (["2019-08"], "2019-09-18", "no settle of 2019-08"),
        (["2019-08", "2019-09"], "2019-09-18", "no settle of 2019-08"),
        (["2019-11"], "2019-10-30", "no settle of 2019-11"),
        (["2020-02"], "2019-12-11", "no settle of 2020-02"),
        (["2020-01"], "2019-12-11", "no settle of 2020-01"),
    ],
)
def test_a_missing_month_is_missing_with_its_name(gone, first_missing, why):
    settles = {c: s for c, s in settles_of_2019().items() if c not in gone}
    found = see("2019-08-05", settles).meetings
    missing = [m for m in found if m.missing]
    assert missing[0].date == day(first_missing)
    assert missing[0].missing.startswith(why)
    assert [m for m in found if m.date >= day(first_missing)] == missing  # and all after it
    for meeting in missing:
        assert (meeting.probabilities, meeting.expected_change_bp) == ({}, None)


def test_a_decision_on_the_first_cannot_be_solved_back():
    assert math.isnan(start_from_month(np.array([2.0]), np.array([2.1]), 1, 30)[0])
    # Wednesday 1 May 2019: April has no meeting, so its contract gives the start.
    (meeting, *_) = see("2019-04-10", {"2019-04": 97.59, "2019-05": 97.60, "2019-06": 97.62, "2019-07": 97.7}).meetings
    assert meeting.date == day("2019-05-01")
    assert meeting.missing is None


# The calendar


def test_the_schedule_is_whole():
    schedule = fomc_schedule()
    assert schedule["meeting"].is_monotonic_increasing
    assert schedule["meeting"].is_unique
    assert (schedule["published"] < schedule["meeting"]).all()
    assert schedule["source"].str.len().gt(0).all()
    standing = schedule[schedule["withdrawn"].isna()]
    per_year = standing["meeting"].dt.year.value_counts()
    assert {year: n for year, n in per_year.items() if n != 8} == {2020: 7, 2028: 1}
    assert not standing["meeting"].dt.to_period("M").duplicated().any()
    decisions = fomc_decisions()
    held = decisions.loc[decisions["type"] == "scheduled", "decision_date"]
    assert set(held) == set(standing.loc[standing["meeting"] <= held.max(), "meeting"])


def test_each_schedule_comes_out_before_its_year_and_brings_the_next_january():
    schedule = fomc_schedule().set_index("meeting")["published"]
    for year, published in schedule.groupby(schedule.index.year):
        assert published.iloc[1:].nunique() <= 1
        assert (published.dt.year < year).all()
        assert published.iloc[0] <= published.iloc[-1]


@pytest.mark.uncounted
@pytest.mark.slow
def test_a_meeting_outside_the_schedule_is_not_known_before_and_one_withdrawn_not_after():
    assert [str(d.date()) for d in moves_outside_the_schedule()["decision_date"]] == ["2020-03-03", "2020-03-15"]
    march = ordinal(day("2020-03-01"))
    eve = agenda(day("2020-03-02"))
    assert eve.upcoming[0] == day("2020-03-18")
    assert eve.moved == ()
    assert day("2020-03-03") not in eve.upcoming
    assert agenda(day("2020-03-04")).moved == ((march, 3, -0.5),)
    assert agenda(day("2020-03-13")).upcoming[0] == day("2020-03-18")
    after = agenda(day("2020-03-16"))
    assert after.upcoming[0] == day("2020-04-29")
    assert not after.is_free(march)
    decisions = fomc_decisions()
    unscheduled = set(decisions.loc[decisions["type"] == "unscheduled", "decision_date"])
    for date in pd.date_range("2015-01-01", "2026-10-01", freq="7D"):
        assert not unscheduled & set(agenda(date).upcoming)


def test_a_decision_is_held_by_the_settle_of_its_day_and_its_month_stays_a_meeting_month():
    held = agenda(day("2022-07-27"))
    assert held.upcoming[0] == day("2022-09-21")
    assert not held.is_free(ordinal(day("2022-07-01")))
    assert agenda(day("2022-07-26")).upcoming[0] == day("2022-07-27")


def test_a_schedule_is_not_known_before_it_was_published():
    assert agenda(day("2025-09-04")).upcoming[-1] == day("2027-01-27")
    assert agenda(day("2025-09-05")).upcoming[-1] == day("2028-01-26")
    later = agenda(day("2025-09-04"))
    assert not later.is_free(ordinal(day("2027-02-01")))
    assert not later.is_known(ordinal(day("2027-02-01")))


def test_spans_are_the_agendas_of_their_days():
    days = pd.date_range("2014-11-20", "2021-08-01")
    for rows, calendar in spans(days):
        for at in {rows.start, (rows.start + rows.stop) // 2, rows.stop - 1}:
            assert agenda(days[at]) == calendar
    assert sum(rows.stop - rows.start for rows, _ in spans(days)) == len(days)
    assert spans(days[:0]) == []


def test_before_2015_there_is_no_calendar():
    with pytest.raises(OutsideCalendar, match="before 2015-01"):
        see("2014-12-30", {"2014-12": 99.88, "2015-01": 99.88})


def test_the_range_in_force():
    assert decided_range(day("2022-09-20")) == (225, 250)
    assert decided_range(day("2022-09-21")) == (300, 325)
    assert decided_range(day("2014-06-01")) is None
    open_from = fomc_decisions().loc[fomc_decisions()["upper"].isna(), "decision_date"].min()
    assert decided_range(open_from) is None
    assert decided_range(open_from - pd.Timedelta(days=1)) is not None


# Files


def write(folder, name, text):
    path = folder / "futures" / name
    path.parent.mkdir(exist_ok=True)
    payload = text.encode()
    path.write_bytes(gzip.compress(payload) if name.endswith(".gz") else payload)
    return path


def source(folder, now=NOW):
    return FolderSource(folder, now=lambda: now)


OLD = "date,contract,open,settle,volume\n2022-08-31,2022-08,,97.67,\n2022-08-31,2022-09,97.4,97.44,12\n"
NEW = "date,contract,settle\n2022-09-12,2022-10,96.94\n2022-09-12,2022-09,97.4475\n2022-09-12,2022-11,96.43\n"


def test_several_files_are_one_table(tmp_path):
    write(tmp_path, "zq_new.csv", NEW)
    write(tmp_path, "zq_old.csv.gz", OLD)
    write(tmp_path, "IWM.csv", "Date,Open,High,Low,Close\n2022-09-12,1,1,1,1\n")  # another series: left alone
    found = source(tmp_path).load(ZQ)
    expected = table({"2022-08-31": {"2022-08": 97.67, "2022-09": 97.44}, "2022-09-12": SHEET})
    pd.testing.assert_frame_equal(found, expected)
    assert list(found.dtypes.astype(str)) == ["datetime64[ns]", "datetime64[ns]", "float64"]
    assert load(source(tmp_path)).meetings[0].expected_change_bp == pytest.approx(73)


def test_quick_and_slow_reading_agree(tmp_path):
    write(tmp_path, "a.csv", OLD)
    quick = source(tmp_path).load(ZQ)
    write(tmp_path, "a.csv", OLD.replace("97.67,", '"97.67",'))
    assert content_hash(source(tmp_path).load(ZQ)) == content_hash(quick)


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("date,contract\n2022-09-12,2022-09\n", "the header", "no column settle"),
        ("date,settle\n2022-09-12,97\n", "the header", "no column contract"),
        (NEW + "2022-09-12,2022-10,96.9\n", "line 5 (2022-09-12)", "2022-10 stands twice"),
        (NEW + "2022-09-13,2022-13,96.9\n", "line 5", "'2022-13', not a month"),
        (NEW + "2022-09-13,Oct 22,96.9\n", "line 5", "'Oct 22', not a month"),
        (NEW + "2022-09-13,2022-10-01,96.9\n", "line 5", "'2022-10-01', not a month"),
        (NEW + "2022-09-13,2022-10,\n", "line 5", "settle is "),
        (NEW + "2022-09-13,2022-10,nan\n", "line 5", "not a plain number"),
        (NEW + "2022-09-13,2022-10,3.06\n", "line 5 (2022-09-13)", "3.06 is outside 70..105"),
        (NEW + "2022-09-13,2022-08,97.67\n", "line 5 (2022-09-13)", "had expired"),
        (NEW + "2022-09-11,2022-10,96.9\n", "line 5 (2022-09-11)", "Sunday"),
        (NEW + "2022-09-13,2062-10,96.9\n", "line 5 (2022-09-13)", "months ahead"),
        (NEW + "2027-09-13,2027-10,96.9\n", "line 5 (2027-09-13)", "in the future"),
        (NEW + "2022-02-30,2022-10,96.9\n", "line 5", "no day 2022-02-30"),
        (NEW + "2022-09-13,2022-10\n", "line 5", "2 fields"),
    ],
)
def test_a_file_with_a_fault_is_refused_with_its_line(tmp_path, text, where, what):
    path = write(tmp_path, "zq.csv", text)
    with pytest.raises(BadFile) as error:
        source(tmp_path).load(ZQ)
    assert str(error.value).startswith(f"{path}, {where}")
    assert what in str(error.value) or (what == "settle is " and "missing" in str(error.value))
    assert error.value.remedy
    assert "\n" not in str(error.value)


def test_a_settle_in_two_files_is_refused_with_both(tmp_path):
    one, two = (
        write(tmp_path, "a.csv", NEW),
        write(tmp_path, "b.csv", "date,contract,settle\n2022-09-12,2022-10,96.94\n"),
    )
    with pytest.raises(BadFile, match="stands twice") as error:
        source(tmp_path).load(ZQ)
    assert str(error.value).startswith(f"{two}, line 2")
    assert str(one) in str(error.value)


def test_no_file_says_where_to_put_one(tmp_path):
    with pytest.raises(MissingSeries, match="folder futures"):
        source(tmp_path).load(ZQ)


def test_a_settle_not_published_yet_is_left_out(tmp_path):
    write(tmp_path, "zq.csv", OLD + "2022-09-12,2022-09,1,97.44,1\n")
    early = source(tmp_path, pd.Timestamp("2022-09-12 18:59", tz="UTC")).load(ZQ)
    late = source(tmp_path, pd.Timestamp("2022-09-12 19:01", tz="UTC")).load(ZQ)
    assert (len(early), len(late)) == (2, 3)


# The market and the store


@pytest.fixture(scope="module")
def made():
    return make_tables({"ETH-USD", "IWM", "ZQ"})


def market(tables):
    return Market.from_tables(tables, traded="ETH-USD", leader="IWM", source="test")


def test_contracts_stand_in_the_market_as_they_were_known(made):
    found = market(made)["ZQ"]
    assert isinstance(found, Contracts)
    assert len(found.frame) == len(made["ZQ"])
    assert found.frame["known_at"].iloc[0] == pd.Timestamp("2019-06-03 19:01", tz="UTC")
    instant = pd.Timestamp("2020-02-05 19:59", tz="UTC")  # a minute before the settle of the day, in winter
    seen = market(made).until(instant)["ZQ"]
    assert isinstance(seen, Contracts)
    assert seen.frame["observed"].iloc[-1] == day("2020-02-04")
    assert seen.rates.days[-1] == day("2020-02-04")
    np.testing.assert_array_equal(seen.rates.ahead(3), found.rates.ahead(3)[: len(seen.rates.days)])


def test_the_front_settle_is_the_value(made):
    found = market(made)["ZQ"]
    expected = made["ZQ"][made["ZQ"]["contract"].dt.to_period("M") == made["ZQ"]["date"].dt.to_period("M")]
    np.testing.assert_array_equal(found.values.to_numpy(), expected["settle"].to_numpy())


def test_one_settle_changes_the_fingerprint_and_a_frozen_table_comes_back(made, tmp_path):
    changed = made | {"ZQ": made["ZQ"].assign(settle=made["ZQ"]["settle"].where(made["ZQ"].index != 77, 97.0))}
    moved = made | {"ZQ": made["ZQ"].assign(contract=made["ZQ"]["contract"] + pd.offsets.MonthBegin(1))}
    assert len({market(tables).fingerprint for tables in (made, changed, moved)}) == 3
    store = Store(tmp_path)
    fingerprint = store.freeze(made, source="test", fetched_at="2026-01-01T00:00:00+00:00")
    _, thawed = store.thaw(fingerprint)
    pd.testing.assert_frame_equal(thawed["ZQ"], made["ZQ"])
    assert market(thawed).fingerprint == market(made).fingerprint


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda t: t.assign(settle=t["settle"].where(t.index != 5)), "missing or infinite"),
        (lambda t: t.iloc[::-1], "not in order"),
        (lambda t: pd.concat([t.iloc[:6], t.iloc[5:]]), "stands twice"),
        (lambda t: t.assign(contract=t["contract"] + pd.Timedelta(days=1)), "first day of a month"),
        (lambda t: t.assign(contract=t["contract"] - pd.Timedelta(days=365)), "first day|expired"),
        (lambda t: t.drop(columns="contract"), "lacks the column contract"),
    ],
)
def test_a_table_that_is_not_canonical_is_refused(made, change, what):
    with pytest.raises(DataError, match=what):
        validate(change(made["ZQ"]).reset_index(drop=True), ZQ, "test")


def test_checks_of_a_table(made):
    now = pd.Timestamp("2022-04-01", tz="UTC")
    whole = made["ZQ"]
    assert check(whole, ZQ, now) == []
    holes = whole[whole["contract"] != day("2021-05-01")].reset_index(drop=True)
    (finding,) = check(holes, ZQ, now)
    assert finding.level == "warning"
    assert "2021-04-01 to 2021-05-28" in finding.what
    late = whole.assign(date=whole["date"] + pd.Timedelta(days=1))
    late = late[late["contract"] >= late["date"].dt.to_period("M").dt.start_time].reset_index(drop=True)
    assert any(f.level == "error" and "weekend" in f.what for f in check(late, ZQ, now))
    assert any("old" in f.what for f in check(whole, ZQ, pd.Timestamp("2022-05-01", tz="UTC")))


# Yahoo


def test_symbols():
    assert yahoo_futures.symbol(pd.Period("2026-12", "M")) == "ZQZ26.CBT"
    assert yahoo_futures.symbol(pd.Period("2027-01", "M")) == "ZQF27.CBT"


@pytest.fixture
def wire():
    with Wire() as server:
        yield server


def serve(wire, months, first, last, seed=0):
    for at, month in enumerate(months):
        quoted = bars(first, last, seed=seed + at)
        scale = quoted["close"].iloc[0] / (96.5 - 0.03 * at)
        level = quoted[["open", "high", "low", "close"]] / scale
        wire.quote(yahoo_futures.symbol(pd.Period(month, "M")), quoted.assign(**(96 + (level - 96) / 100)))


@pytest.mark.uncounted
@pytest.mark.slow
def test_yahoo_s_live_contracts_are_fetched_stored_and_kept(wire, tmp_path):
    store = Store(tmp_path)
    serve(wire, ["2026-08", "2026-09", "2026-10", "2026-11"], "2026-07-20", "2026-08-21")

    def fetch(now):
        return fetch_series(ZQ, store, pd.Timestamp(now, tz="UTC"), session=wire.session(), sleep=lambda s: None)

    first = fetch("2026-08-20 21:00")
    assert first.outcome == "new"
    stored = StoredSource(store).load(ZQ)
    assert stored["date"].max() == day("2026-08-19")  # the day of the 20th is not over: its close is a last trade
    assert sorted(stored["contract"].dt.strftime("%Y-%m").unique()) == ["2026-08", "2026-09", "2026-10", "2026-11"]
    quoted = wire.quotes["ZQU26.CBT"].bars["close"]
    kept = stored[stored["contract"] == day("2026-09-01")].set_index("date")["settle"]
    np.testing.assert_allclose(kept, quoted[:"2026-08-19"])
    del wire.quotes["ZQQ26.CBT"]  # expired, and gone
    second = fetch("2026-08-22 01:00")
    assert (second.outcome, second.added) == ("appended", 6)
    again = StoredSource(store).load(ZQ)
    assert (again["contract"] == day("2026-08-01")).sum() == (stored["contract"] == day("2026-08-01")).sum()
    assert fetch("2026-08-22 02:00").outcome == "unchanged"
    seen = watch(load_contracts(StoredSource(store)), (350, 375), day("2026-08-19"))
    assert seen.meetings[0].date == day("2026-09-16")
    assert seen.meetings[0].missing is None


def test_yahoo_without_any_contract(wire, tmp_path):
    with pytest.raises(UnknownSymbol, match="ZQQ26.CBT"):
        fetch_series(ZQ, Store(tmp_path), pd.Timestamp("2026-08-20", tz="UTC"), session=wire.session(), tries=1)


# Real history


@pytest.fixture(scope="module")
def real(shared_market):
    return load_contracts(FolderSource(shared_market))


def test_the_real_history_is_read_whole(real):
    assert len(real.frame) == 213_970
    assert [f.level for f in check(pd.DataFrame({"date": real.frame["observed"], "contract": real.frame["contract"],
                                                  "settle": real.frame["value"]}), ZQ, NOW)] == ["warning"] * 3  # fmt: skip


def test_final_settles_are_the_month_s_effective_rate(real, shared_market):
    dff = FolderSource(shared_market).load(lookup("DFF")).set_index("date")["value"]
    means = dff.groupby(dff.index.to_period("M")).mean()
    errors = []
    for month, mean in means["2015-01":"2023-08"].items():
        after = real.rates.days.searchsorted(month.end_time.normalize() + pd.Timedelta(days=2))
        errors.append(real.rates.month(ordinal(month.start_time))[after] - mean)
    assert np.abs(errors).max() < 0.03
    assert np.median(np.abs(errors)) < 0.003


def test_the_range_of_the_decisions_is_fred_s(shared_market):
    fred = FolderSource(shared_market)

    class Made(FolderSource):
        simulated = True  # asks the source, not the table of decisions

    for date in ("2016-12-15", "2019-07-31", "2020-03-16", "2022-09-20", "2023-07-26"):
        assert range_on(day(date), fred) == range_on(day(date), Made(shared_market)), date


def test_cut_and_hike_eves_of_real_history(real):
    cut = watch(real, (225, 250), day("2019-07-30")).meetings[0]
    assert min(cut.probabilities)[0] < 225
    assert cut.probabilities.get((225, 250), 0) < 0.05
    hike = watch(real, (0, 25), day("2022-03-15")).meetings[0]
    assert hike.probabilities.get((0, 25), 0) < 0.05
    gap = watch(real, (525, 550), day("2024-01-22"))
    assert all(m.missing and m.probabilities == {} for m in gap.meetings)
    assert "no settle of 2024-01" in gap.meetings[0].missing


def test_days_in():
    assert [days_in(ordinal(day(d))) for d in ("2024-02-10", "2023-02-10", "2026-12-31")] == [29, 28, 31]
