"""Golden instants of every rule, its bounds, and that docs/timing.md says what the code does."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.calendars.events import announcement_of_effective_dates
from data.calendars.publication import FIRST, LAST, PRINTED, RULES, nyse_closes, sessions
from data.catalogue import PERIODS_PER_YEAR, ROWS, lookup
from data.errors import OutsideCalendar, UnknownName
from tests.paths import DOCS

TIMING = DOCS / "timing.md"
DUE = {
    "utc_day": "every UTC day",
    "nyse": "NYSE sessions",
    "federal": "federal business days",
    "daily": "every day",
    "weekly": "Wednesdays",
    "weekly_friday": "Fridays",
    "utc_hour": "every UTC hour",
    "utc_8h": "every eighth UTC hour",
}


def utc(text):
    return pd.Timestamp(text, tz="UTC")


def known(rule, date):
    return RULES[rule].known_at(pd.DatetimeIndex([date]))[0]


@pytest.mark.parametrize(
    ("rule", "date", "instant"),
    [
        ("utc_day", "2024-02-28", "2024-02-29 00:00"),
        ("utc_day", "2024-12-31", "2025-01-01 00:00"),
        ("nyse_close", "2024-01-16", "2024-01-16 21:01"),  # winter
        ("nyse_close", "2024-07-15", "2024-07-15 20:01"),  # summer
        ("nyse_close", "2024-03-08", "2024-03-08 21:01"),  # the Friday before summer time
        ("nyse_close", "2024-03-11", "2024-03-11 20:01"),  # the Monday after
        ("nyse_close", "2024-11-01", "2024-11-01 20:01"),
        ("nyse_close", "2024-11-04", "2024-11-04 21:01"),
        ("nyse_close", "2023-11-24", "2023-11-24 18:01"),  # the half day after Thanksgiving, 13:01 New York
        ("nyse_close", "2024-07-03", "2024-07-03 17:01"),  # a half day in summer
        ("nyse_close", "2024-10-14", "2024-10-14 20:01"),  # Columbus Day: a session
        ("vix_close", "2024-01-16", "2024-01-16 21:16"),
        ("vix_close", "2023-11-24", "2023-11-24 21:16"),
        ("h15", "2024-03-14", "2024-03-15 20:16"),
        ("h15", "2024-03-15", "2024-03-18 20:16"),  # Friday's comes on Monday
        ("h15", "2024-10-10", "2024-10-11 20:16"),
        ("h15", "2024-10-11", "2024-10-15 20:16"),  # over Columbus Day, on which the NYSE trades
        ("h15", "2024-11-08", "2024-11-12 21:16"),  # over Veterans Day
        ("h15", "2021-06-17", "2021-06-21 20:16"),  # over Juneteenth, observed on Friday
        ("h15", "2018-12-04", "2018-12-06 21:16"),  # over the day of mourning
        ("h15", "2018-12-21", "2018-12-26 21:16"),  # Christmas Eve by executive order, and Christmas
        ("h15", "2014-12-24", "2014-12-29 21:16"),
        ("nfci", "2024-07-05", "2024-07-10 12:31"),
        ("nfci", "2024-01-05", "2024-01-10 13:31"),  # winter
        ("nfci", "2024-06-14", "2024-06-20 12:31"),  # Wednesday was Juneteenth
        ("nfci", "2024-12-20", "2024-12-26 13:31"),  # Wednesday was Christmas
        ("nfci", "2025-12-19", "2025-12-29 13:31"),  # Christmas Eve and the day after by executive order
        ("effr", "2024-03-15", "2024-03-18 13:01"),
        ("effr", "2024-03-16", "2024-03-18 13:01"),  # Saturday's, with Friday's
        ("effr", "2024-11-01", "2024-11-04 14:01"),  # summer time ends on the Sunday between
        ("sofr", "2024-03-08", "2024-03-11 12:01"),  # summer time begins on the Sunday between
        ("sofr", "2024-11-10", "2024-11-12 13:01"),
        ("rrp", "2024-01-16", "2024-01-16 18:31"),
        ("rrp", "2024-07-15", "2024-07-15 17:31"),
        ("h41", "2024-11-20", "2024-11-21 21:31"),
        ("h41", "2024-11-27", "2024-11-29 21:31"),  # Thanksgiving is a Thursday
        ("h41", "2024-07-03", "2024-07-05 20:31"),
        ("h41", "2023-12-20", "2023-12-21 21:31"),
        ("target_range", "2025-09-18", "2025-09-17 18:01"),  # effective the day after the decision
        ("target_range", "2025-09-17", "2025-09-17 20:16"),  # the day itself: FRED's own row of that day
        ("target_range", "2015-12-16", "2015-12-16 21:16"),  # FRED steps on the decision day: not before 14:00
        ("target_range", "2015-12-17", "2015-12-16 19:01"),
        ("target_range", "2016-12-14", "2016-12-14 21:16"),
        ("target_range", "2020-03-16", "2020-03-15 21:01"),  # a Sunday evening
        ("target_range", "2020-03-15", "2020-03-15 20:16"),
        ("target_range", "2020-03-04", "2020-03-03 22:01"),
        ("target_range", "2014-06-19", "2014-06-19 20:16"),  # before the table of decisions
        ("target_range", "2026-10-29", "2026-10-29 20:16"),  # scheduled, not yet held
    ],
)
def test_golden_instants(rule, date, instant):
    assert known(rule, date) == utc(instant)


@pytest.mark.parametrize(
    ("date", "name"),
    [
        ("2023-11-23", "Thursday"),
        ("2018-12-05", "Wednesday"),  # a day of mourning
        ("2023-06-19", "Monday"),  # Juneteenth
        ("2022-06-20", "Monday"),
        ("2001-09-11", "Tuesday"),
        ("2012-10-29", "Monday"),
        ("2024-03-29", "Friday"),  # Good Friday
        ("2024-03-16", "Saturday"),
    ],
)
@pytest.mark.parametrize("rule", ["nyse_close", "vix_close"])
def test_a_day_without_a_session_is_an_error(rule, date, name):
    with pytest.raises(OutsideCalendar, match=f"{name} {date} is not a NYSE session"):
        known(rule, date)


def test_juneteenth_was_a_session_before_it_was_a_holiday():
    assert known("nyse_close", "2020-06-19") == utc("2020-06-19 20:01")


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("date", ["1984-12-31", "2036-01-01", "1962-01-02"])
def test_bounds(rule, date):
    with pytest.raises(OutsideCalendar, match=rf"{date} is outside the calendars \(1985-01-01\.\.2035-12-31\); cut"):
        known(rule, date)


@pytest.mark.parametrize("rule", RULES)
def test_the_bounds_themselves_are_inside(rule):
    first, last = sessions(FIRST, LAST)[[0, -1]]
    for date in (first, last):
        assert known(rule, date) > date.tz_localize("UTC") or rule == "instant"
        assert known(rule, date) >= date.tz_localize("UTC")


def test_bounds_do_not_depend_on_the_day_of_asking():
    closes = nyse_closes()
    assert (closes.index[0], closes.index[-1]) == (pd.Timestamp("1985-01-02"), pd.Timestamp("2035-12-31"))


def test_sessions_include_both_ends():
    found = sessions(pd.Timestamp("2023-11-22"), pd.Timestamp("2023-11-27"))
    assert list(found) == list(pd.DatetimeIndex(["2023-11-22", "2023-11-24", "2023-11-27"]))
    with pytest.raises(OutsideCalendar, match="1984-12-31"):
        sessions(pd.Timestamp("1984-12-31"), LAST)


def dates_in(first, last):
    return st.dates(first.date(), last.date()).map(pd.Timestamp)


@pytest.mark.uncounted
@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(dates_in(FIRST, LAST))
def test_nothing_is_known_before_its_day_but_an_announcement(date):
    announced = announcement_of_effective_dates()
    for name in ("utc_day", "h15", "effr", "sofr", "rrp", "h41", "target_range"):
        at = known(name, date)
        assert at.tz is not None
        if name == "target_range" and date in announced.index:
            assert at == announced[date] + PRINTED
        else:
            assert at > date.tz_localize("UTC"), name


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(nyse_closes()) - 1))
def test_sessions_are_known_within_their_new_york_day(at):
    date = nyse_closes().index[at]
    for name in ("nyse_close", "vix_close"):
        local = known(name, date).tz_convert("America/New_York")
        assert local.date() == date.date()
        assert 13 <= local.hour <= 16


@settings(max_examples=100, deadline=None)
@given(dates_in(FIRST, LAST - pd.Timedelta(days=10)), st.sampled_from(["utc_day", "h15", "effr", "sofr", "rrp"]))
def test_later_observations_are_never_known_earlier(date, rule):
    instants = RULES[rule].known_at(pd.date_range(date, periods=10, unit="ns"))
    assert (np.diff(instants.asi8) >= 0).all()


def test_published_rates_come_on_days_when_the_federal_reserve_publishes():
    days = pd.date_range(FIRST, LAST, unit="ns")
    for name in ("h15", "effr", "sofr"):
        local = RULES[name].known_at(days).tz_convert("America/New_York")
        assert set(local.day_of_week) == {0, 1, 2, 3, 4}
        assert not local.strftime("%m-%d").isin(["01-01", "12-25"]).any()


def test_an_announcement_is_after_its_decision_and_before_the_effective_day_ends():
    announced = announcement_of_effective_dates()
    effective = pd.DatetimeIndex(announced.index)
    lead = (effective.tz_localize("UTC") - pd.DatetimeIndex(announced)) / pd.Timedelta(hours=1)
    assert lead.min() > 0
    assert lead.max() <= 72  # a Friday's, effective on Monday


def test_rules_of_the_catalogue():
    assert {row.rule_name for row in ROWS} == set(RULES)
    assert {row.calendar for row in ROWS if row.kind == "bars"} == set(PERIODS_PER_YEAR)
    for row in ROWS:
        assert row.low < row.high, row.id
        assert row.rule.name == row.rule_name
    assert lookup("ETH-USD").periods_per_year == 365
    assert lookup("IWM").periods_per_year == 252


def test_lookup():
    assert lookup("^RUT").id == "RUT"
    made = lookup("SOL-USD")
    assert (made.id, made.symbol, made.calendar, made.title) == ("SOL-USD", "SOL-USD", "utc_day", "SOL in US dollars")
    for name in ("IWN", "../etc-USD", "sol-usd", ""):
        with pytest.raises(UnknownName):
            lookup(name)


def rules_table():
    """Render the rules as the table of docs/timing.md; run this file to print it."""
    lines = ["| series | due on | known at | rule |", "|---|---|---|---|"]
    for name, rule in RULES.items():
        rows = [row for row in ROWS if row.rule_name == name]
        due = ", ".join(dict.fromkeys(DUE[row.calendar] for row in rows))
        lines.append(f"| {', '.join(row.id for row in rows)} | {due} | {rule.text} | `{name}` |")
    return "\n".join(lines)


def test_the_docs_hold_the_rules_of_the_code():
    found = TIMING.read_text(encoding="utf-8").split("<!-- rules -->")[1].strip()
    assert found == rules_table(), f"docs/timing.md must say:\n{rules_table()}"


if __name__ == "__main__":
    print(rules_table())  # noqa: T201
