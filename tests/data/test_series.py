"""As-of semantics: what a series says at each instant."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import DataError
from data.series import Series


def utc(text):
    return pd.Timestamp(text, tz="UTC")


def series(*rows):
    observed = pd.DatetimeIndex([pd.Timestamp(d) for d, _, _ in rows], dtype="datetime64[ns]")
    known_at = pd.DatetimeIndex([pd.Timestamp(k) for _, k, _ in rows], dtype="datetime64[ns]").tz_localize("UTC")
    frame = pd.DataFrame({"observed": observed, "known_at": known_at, "value": [float(v) for _, _, v in rows]})
    return Series("X", frame, "unit", "source")


def test_values_are_on_known_at():
    found = series(("2024-01-01", "2024-01-02", 1), ("2024-01-02", "2024-01-03", 2)).values
    assert list(found.index) == [utc("2024-01-02"), utc("2024-01-03")]
    assert list(found) == [1.0, 2.0]
    assert found.name == "X"


def test_at_one_instant_the_latest_observed_wins():
    rows = [("2024-01-05", "2024-01-09", 5), ("2024-01-08", "2024-01-09", 8), ("2024-01-04", "2024-01-05", 4)]
    found = series(*rows).values
    assert list(found) == [4.0, 8.0]


def test_an_older_observation_that_arrives_late_changes_nothing():
    found = series(("2015-12-17", "2015-12-16 19:00", 0.5), ("2015-12-16", "2015-12-16 21:15", 0.25)).values
    assert list(found) == [0.5]
    assert found.index[0] == utc("2015-12-16 19:00")


def test_a_revision_wins_from_its_own_instant_on():
    found = series(("2024-01-01", "2024-01-02", 1), ("2024-01-01", "2024-02-01", 7)).values
    assert found[utc("2024-01-02")] == 1.0
    assert found[utc("2024-02-01")] == 7.0


def test_a_revision_of_an_older_observation_does_not_come_back():
    rows = [("2024-01-01", "2024-01-02", 1), ("2024-01-02", "2024-01-03", 2), ("2024-01-01", "2024-01-04", 9)]
    assert list(series(*rows).values) == [1.0, 2.0]


def test_two_versions_at_one_instant_keep_the_later_row():
    found = series(("2024-01-01", "2024-01-02", 1), ("2024-01-01", "2024-01-02", 3)).values
    assert list(found) == [3.0]


def test_until_includes_the_very_instant():
    whole = series(("2024-01-01", "2024-01-02", 1), ("2024-01-02", "2024-01-03", 2))
    assert list(whole.until(utc("2024-01-03")).values) == [1.0, 2.0]
    assert list(whole.until(utc("2024-01-02 23:59:59.999999999")).values) == [1.0]
    assert whole.until(utc("2023-01-01")).values.empty


def test_what_is_computed_by_date_is_placed_when_it_was_known():
    rows = [("2024-12-20", "2024-12-23", 3), ("2024-12-23", "2024-12-27", 5), ("2024-12-26", "2024-12-27", 9)]
    yields = series(*rows)
    assert list(yields.by_date.index) == [pd.Timestamp(day) for day, _, _ in rows]
    change = yields.when_known(yields.by_date.diff())
    assert list(change.index) == [utc("2024-12-23"), utc("2024-12-27")]
    assert change.iloc[1] == 4.0  # of two dates known at one instant the later; not 9 - 3, the two known instants
    assert (change.index.name, change.name) == ("known_at", "X")


def test_a_date_counts_only_when_every_one_before_it_is_known():
    late = series(
        ("2015-12-15", "2015-12-15 21:15", 1),
        ("2015-12-16", "2015-12-16 21:15", 2),
        ("2015-12-17", "2015-12-16 19:00", 4),
    )
    change = late.when_known(late.by_date.diff())
    assert list(change.index) == [utc("2015-12-15 21:15"), utc("2015-12-16 21:15")]
    assert change.iloc[1] == 2.0


def test_a_date_that_stands_twice_has_no_difference():
    revised = series(("2024-01-01", "2024-01-02", 1), ("2024-01-01", "2024-02-01", 7))
    with pytest.raises(DataError, match="X: 2024-01-01 stands twice, revised; take differences within one vintage"):
        revised.by_date  # noqa: B018  # the property raises


def test_a_frame_of_another_form_is_refused():
    frame = pd.DataFrame({"known_at": [utc("2024-01-02")], "observed": [pd.Timestamp("2024-01-01")], "value": [1.0]})
    with pytest.raises(ValueError, match=r"X: columns \['known_at', 'observed', 'value'\] are not"):
        Series("X", frame, "unit", "source")
    with pytest.raises(ValueError, match="a value is NaN; leave the row out"):
        series(("2024-01-01", "2024-01-02", float("nan")))


def test_repr():
    assert repr(series(("2024-01-01", "2024-01-02", 1))) == (
        "Series('X', 1 observations, 2024-01-01..2024-01-01, unit, source)"
    )
    assert "empty" in repr(series(("2024-01-01", "2024-01-02", 1)).until(utc("2000-01-01")))


OBSERVATIONS = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20), st.floats(-9, 9)), max_size=25)


@pytest.mark.uncounted
@pytest.mark.slow
@given(OBSERVATIONS, st.integers(0, 40))
def test_values_known_at_an_instant_do_not_depend_on_what_comes_after(observations, cut):
    start = pd.Timestamp("2024-01-01")
    rows = [(start + pd.Timedelta(days=d), start + pd.Timedelta(days=d + late), v) for d, late, v in observations]
    whole = series(*rows)
    instant = utc(start + pd.Timedelta(days=cut))
    seen = whole.values
    assert seen.index.is_monotonic_increasing
    assert seen.index.is_unique
    pd.testing.assert_series_equal(seen[seen.index <= instant], whole.until(instant).values)


@pytest.mark.uncounted
@pytest.mark.slow
@given(OBSERVATIONS, st.integers(0, 40), st.integers(1, 4))
def test_a_difference_known_at_an_instant_does_not_depend_on_what_comes_after(observations, cut, lag):
    """Of dates that become known in their order, several at one instant among them."""
    start, known, rows = pd.Timestamp("2024-01-01"), 0, []
    for day, (late, value) in sorted({d: (late, v) for d, late, v in observations}.items()):
        known = max(known, day + late)
        rows.append((start + pd.Timedelta(days=day), start + pd.Timedelta(days=known), value))
    whole, instant = series(*rows), utc(start + pd.Timedelta(days=cut))
    seen, part = whole.when_known(whole.by_date.diff(lag)), whole.until(instant)
    assert seen.index.is_monotonic_increasing
    assert seen.index.is_unique
    pd.testing.assert_series_equal(seen[seen.index <= instant], part.when_known(part.by_date.diff(lag)))
    for at, change in seen.items():
        visible = [value for _, when, value in rows if utc(when) <= at]
        assert change == pytest.approx(visible[-1] - visible[-1 - lag]) if len(visible) > lag else change != change


@pytest.mark.uncounted
@pytest.mark.slow
@given(OBSERVATIONS)
def test_values_are_the_latest_observed_of_all_that_was_known(observations):
    start = pd.Timestamp("2024-01-01")
    rows = [(start + pd.Timedelta(days=d), start + pd.Timedelta(days=d + late), v) for d, late, v in observations]
    for instant, value in series(*rows).values.items():
        visible = [row for row in rows if utc(row[1]) <= instant]
        newest = max(row[0] for row in visible)
        latest = max(row[1] for row in visible if row[0] == newest)
        assert value == [row for row in visible if row[:2] == (newest, latest)][-1][2]
