"""The tables of facts: whole, in order, and in agreement with FRED."""

import numpy as np
import pandas as pd

from data.calendars.events import announcement_of_effective_dates, eth_events, fomc_decisions
from data.calendars.publication import sessions
from data.catalogue import lookup
from data.sources.folder.source import FolderSource


def held():
    return fomc_decisions().dropna(subset="upper")


def test_decisions_are_in_order_and_once():
    table = fomc_decisions()
    for column in ("decision_date", "effective_date", "announced_at"):
        assert table[column].is_monotonic_increasing, column
        assert table[column].is_unique, column
        assert table[column].notna().all(), column
    assert (table["effective_date"] > table["decision_date"]).all()
    assert set(table["type"]) == {"scheduled", "unscheduled"}


def test_decisions_take_effect_on_the_next_weekday():
    table = fomc_decisions()
    days = table["decision_date"].to_numpy().astype("datetime64[D]")
    expected = np.busday_offset(days, 1, roll="backward")
    assert (table["effective_date"].to_numpy().astype("datetime64[D]") == expected).all()


def test_scheduled_decisions_are_on_sessions_at_two_o_clock():
    table = fomc_decisions()
    scheduled = table[table["type"] == "scheduled"]
    days = pd.DatetimeIndex(scheduled["decision_date"])
    assert days.isin(sessions(days[0], days[-1])).all()
    local = pd.DatetimeIndex(scheduled["announced_at"]).tz_convert("America/New_York")
    assert set(local.strftime("%H:%M")) == {"14:00"}
    assert (local.tz_localize(None).normalize() == days).all()


def test_the_changes_are_the_differences_of_the_range():
    table = held()
    assert ((table["upper"] - table["lower"]).round(9) == 0.25).all()
    assert (table["upper"].diff().mul(100).round().iloc[1:] == table["change_bp"].iloc[1:]).all()
    assert (table["change_bp"] % 25 == 0).all()


def test_a_decision_not_yet_held_has_no_range_and_no_announcement():
    table = fomc_decisions()
    coming = table[table["upper"].isna()]
    assert len(coming) == 2
    assert coming["lower"].isna().all()
    assert not coming["effective_date"].isin(announcement_of_effective_dates().index).any()
    assert len(announcement_of_effective_dates()) == len(held())


def test_every_row_says_where_it_comes_from():
    for table in (fomc_decisions(), eth_events()):
        assert table["source"].str.len().gt(0).all()
        assert table["verified"].str.len().gt(0).all()


def test_eth_events_are_in_order_and_named_once():
    table = eth_events()
    assert table["date"].is_monotonic_increasing
    assert not table.duplicated(["date", "name"]).any()
    merge = table[table["name"].str.contains("Merge")]
    assert pd.Timestamp("2022-09-15") in set(merge["date"])


def test_moves_are_the_steps_of_fred(shared_market):
    source = FolderSource(shared_market)
    moves = held()
    moves = moves[(moves["change_bp"] != 0) & (moves["verified"] == "yes")]
    for id, column in (("DFEDTARU", "upper"), ("DFEDTARL", "lower")):
        table = source.load(lookup(id))
        steps = table[(table["value"].diff() != 0) & (table["date"] >= "2015-01-01")]
        steps = steps[steps["date"] <= moves["effective_date"].iloc[-1]]
        assert list(steps["value"]) == list(moves[column])
        lead = moves["effective_date"].to_numpy() - steps["date"].to_numpy()
        early = [f"{day:%Y-%m-%d}" for day in steps["date"][lead != np.timedelta64(0)]]
        assert early == ["2015-12-16", "2016-12-14"]  # FRED steps on the decision's own day


def test_the_announced_range_is_known_before_fred_has_it(shared_market):
    row = lookup("DFEDTARU")
    table = FolderSource(shared_market).load(row)
    known = pd.Series(row.rule.known_at(pd.DatetimeIndex(table["date"])), index=table["date"])
    assert known[pd.Timestamp("2022-06-16")] == pd.Timestamp("2022-06-15 18:01", tz="UTC")
    assert known[pd.Timestamp("2015-12-16")] > pd.Timestamp("2015-12-16 19:00", tz="UTC")
