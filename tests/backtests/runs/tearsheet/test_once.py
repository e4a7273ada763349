"""What a page asks for twice is computed once, and nobody sees the difference."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from backtests.runs.tearsheet.once import computed_once, once

DAYS = pd.date_range("2020-01-01", periods=3, name="day")


@pytest.fixture
def counted():
    """A function that doubles, and what it was asked."""
    asked = []

    def double(values, period="D", **more):
        asked.append((period, more))
        return values * 2

    return once(double), asked


def test_the_same_is_computed_once_and_each_has_a_copy(counted):
    double, asked = counted
    one = pd.Series([1.0, np.nan, 3.0], DAYS, name="a")
    first = double(one, "M", compounded=True)
    first.iloc[0] = 99
    pd.testing.assert_series_equal(double(one.copy(), "M", compounded=True), one * 2)
    assert asked == [("M", {"compounded": True})]


@pytest.mark.parametrize(
    "other",
    [
        pd.Series([1.0, np.nan, 4.0], DAYS, name="a"),
        pd.Series([1.0, np.nan, 3.0], DAYS, name="b"),
        pd.Series([1.0, np.nan, 3.0], DAYS + pd.Timedelta(days=1), name="a"),
        pd.DataFrame({"a": [1.0, np.nan, 3.0]}, DAYS),
        pd.Series([1, 2, 3], DAYS, name="a"),
    ],
    ids=("value", "name", "day", "frame", "type"),
)
def test_what_differs_is_computed(counted, other):
    double, asked = counted
    double(pd.Series([1.0, np.nan, 3.0], DAYS, name="a"))
    assert double(other).equals(other * 2)
    double(other, "M")
    assert [period for period, _ in asked] == ["D", "D", "M"]


def test_the_functions_are_back_afterwards_whatever_happened():
    library = SimpleNamespace(copy=dict.copy, none=lambda _: None)
    with computed_once(library, ("copy", "none")):
        assert library.copy is not dict.copy
        assert library.none(1) is None
    assert library.copy is dict.copy

    def failing():
        with computed_once(library, ("copy",)):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing()
    assert library.copy is dict.copy
