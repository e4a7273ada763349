"""Windows: in order, apart by the purge, side by side out of sample, whatever the lengths."""

from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtests.sweeps.plans.schedule import LEAST_TEST, LEAST_TRAIN, Schedule
from data.errors import BadSpec

LENGTH = st.one_of(
    st.integers(1, 4).map(lambda n: f"{n}y"), st.integers(1, 40).map(lambda n: f"{n}m"),
    st.integers(1, 200).map(lambda n: f"{n}w"), st.integers(1, 1500).map(lambda n: f"{n}d"),
)  # fmt: skip


@given(LENGTH, LENGTH, st.booleans(), st.integers(1, 4), st.integers(60, 3000), st.integers(0, 90))
def test_folds_are_in_order_and_never_see_what_they_trade(train, test, anchored, purge, bars, late):
    labels = pd.date_range("2018-01-07", periods=bars)
    try:
        folds = Schedule(train, test, anchored).folds(labels, purge, late)
    except BadSpec:
        return
    assert len(folds) >= 2
    for fold in folds:
        assert 0 <= fold.train[0] < fold.train[1] == fold.test[0] - purge
        assert fold.train[1] - fold.train[0] >= LEAST_TRAIN
        assert fold.test[1] - fold.test[0] >= LEAST_TEST
        assert fold.test[1] <= bars
    for before, after in pairwise(folds):
        assert before.test[1] == after.test[0], "every bar is traded once"
        assert (after.train[0] == before.train[0]) is anchored or after.train[0] > before.train[0]
    assert folds[0].train[0] == late


def test_months_are_of_the_calendar():
    labels = pd.date_range("2018-01-01", "2021-06-30")
    folds = Schedule.parse(" 2y / 6m ").folds(labels, 1)
    assert [f"{labels[fold.test[0]]:%Y-%m-%d}" for fold in folds] == ["2020-01-01", "2020-07-01", "2021-01-01"]
    assert folds[-1].test[1] == len(labels)


def test_a_clock_of_its_own_cuts_by_days_too():
    labels = pd.date_range("2018-01-01 21:00", "2021-06-30 21:00")
    days = pd.date_range("2018-01-01", "2021-06-30")
    assert Schedule("2y", "6m").folds(labels, 1) == Schedule("2y", "6m").folds(days, 1)


def test_more_folds_than_anyone_reads_are_refused():
    with pytest.raises(BadSpec, match="more than 120 folds"):
        Schedule("60d", "20d").folds(pd.date_range("2010-01-01", periods=5000), 1)
