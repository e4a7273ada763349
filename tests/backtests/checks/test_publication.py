"""The independent statement of publication against the product's own rules, series by series."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from backtests.checks.publication import REVISED, federal_holidays, published
from data.calendars.publication import EXECUTIVE_CLOSURES, nyse_closes
from data.calendars.publication import federal_holidays as product_holidays
from data.catalogue import ROWS, lookup
from tests.contracts import make_tables

SPAN = pd.Timestamp("2001-01-02"), pd.Timestamp("2026-12-31")
STATED = [row.id for row in ROWS if row.id not in REVISED]


def dates_of(id):
    row = lookup(id)
    if row.kind == "contracts":
        return pd.DatetimeIndex(nyse_closes()[SPAN[0] : SPAN[1]].index)
    return pd.DatetimeIndex(make_tables([id], span=SPAN)[id]["date"])


def tolerated(row, dates):
    """Where the product is late on purpose."""
    if row.rule_name == "vix_close":
        return np.asarray(nyse_closes()[dates].dt.tz_convert("America/New_York").dt.hour == 13)
    if row.rule_name == "target_range":
        return dates.isin(pd.DatetimeIndex(["2020-03-04", "2020-03-24", "2019-10-07", "2025-08-25"]))
    if row.rule_name in ("h15", "effr", "sofr", "h41"):
        fridays = [
            day
            for day in pd.DatetimeIndex(product_holidays())
            if day.day_of_week == 4 and day.date() not in federal_holidays(day.year)
        ]
        closed = pd.DatetimeIndex([*fridays, *pd.DatetimeIndex(EXECUTIVE_CLOSURES)])
        # Within a holiday weekend, four days may pass before the closure shows in the next day of publication.
        return np.logical_or.reduce([(dates + pd.Timedelta(days=n)).isin(closed) for n in range(6)])
    return np.zeros(len(dates), dtype=bool)


@pytest.mark.parametrize("id", STATED)
def test_the_product_is_never_earlier_and_late_only_where_it_means_to_be(id):
    row, dates = lookup(id), dates_of(id)
    ours, product = published(pd.DataFrame({"date": dates}), id), row.rule.known_at(dates)
    assert len(dates) > 1000
    assert not ours.isna().any()
    early = dates[product < ours]
    assert early.empty, f"{id} is known before it is published on {early[:3]}"
    late = np.asarray(product > ours)
    assert not (late & ~tolerated(row, dates)).any(), dates[late & ~tolerated(row, dates)][:5]
    assert late.mean() < 0.03


@pytest.mark.parametrize(
    ("id", "day", "instant"),
    [
        ("ETH-USD", "2024-03-15", "2024-03-16 00:00"),
        ("IWM", "2024-03-15", "2024-03-15 20:01"),
        ("IWM", "2024-01-16", "2024-01-16 21:01"),
        ("IWM", "2024-11-29", "2024-11-29 18:01"),
        ("VIX", "2024-07-15", "2024-07-15 20:16"),
        ("VIX", "2024-11-29", "2024-11-29 18:16"),
        ("DGS2", "2024-10-11", "2024-10-15 20:16"),  # Columbus Day is a session, not a federal business day
        ("DGS2", "2024-03-28", "2024-03-29 20:16"),  # Good Friday is a federal business day
        ("DFF", "2024-07-03", "2024-07-05 13:01"),
        ("SOFR", "2024-12-31", "2025-01-02 13:01"),
        ("RRPONTSYD", "2024-07-15", "2024-07-15 17:31"),
        ("WALCL", "2024-07-03", "2024-07-05 20:31"),  # Thursday was the Fourth of July
        ("WALCL", "2024-07-10", "2024-07-11 20:31"),
        ("DFEDTARU", "2024-09-19", "2024-09-18 18:01"),
        ("DFEDTARU", "2015-12-16", "2015-12-16 21:16"),
        ("DFEDTARU", "2020-03-04", "2020-03-03 15:01"),
        ("DFEDTARU", "2020-03-16", "2020-03-15 21:01"),
    ],
)
def test_known_answers(id, day, instant):
    table = pd.DataFrame({"date": pd.DatetimeIndex([day])})
    assert published(table, id)[0] == pd.Timestamp(instant, tz="UTC")


def test_holidays_of_a_year():
    want = ["01-01", "01-15", "02-19", "05-27", "06-19", "07-04", "09-02", "10-14", "11-11", "11-28", "12-25"]
    assert federal_holidays(2024) == {date.fromisoformat(f"2024-{day}") for day in want}
    assert date(2023, 1, 2) in federal_holidays(2023)  # a Sunday's moves to Monday
    assert date(2021, 12, 24) not in federal_holidays(2021)  # a Saturday's does not close the Friday


def test_a_vintage_counts_from_its_own_date_and_a_revised_series_without_one_never():
    days = pd.DatetimeIndex(["2024-07-05", "2024-07-05"])
    table = pd.DataFrame({"date": days, "vintage": pd.DatetimeIndex(["2024-07-10", "2024-07-17"]), "value": [0.1, 0.2]})
    wanted = [pd.Timestamp("2024-07-10 12:31", tz="UTC"), pd.Timestamp("2024-07-17 12:31", tz="UTC")]
    assert list(published(table, "NFCI")) == wanted


def test_a_session_that_never_was_is_never_published():
    assert published(pd.DataFrame({"date": pd.DatetimeIndex(["2024-07-04"])}), "IWM").isna().all()
