"""How a set's row and equity are compared with backtrader's, and what of it fails a sweep."""

import math

import numpy as np
import pytest

from backtests.sweeps.work.backtrader_check import Answer, check, difference
from data.errors import RunError

EQUITY = np.array([100.0, 110.0, 99.0])


@pytest.mark.parametrize(
    ("row", "theirs", "equity", "apart"),
    [
        ([1.0, 2.0], [1.0, 2.0], EQUITY, 0.0),
        ([1.0, math.nan], [1.0, math.nan], EQUITY, 0.0),
        ([1.0, math.nan], [1.0, 2.0], EQUITY, math.inf),
        ([1.0, 2.0], [math.nan, 2.0], EQUITY, math.inf),
        ([1.0, 2.002], [1.0, 2.0], EQUITY, 1e-3),
        ([-1.002, 2.0], [-1.0, 2.0], EQUITY, 2e-3),
        ([1.0, 2.0], [1.0, 2.0], EQUITY * [1, 1, 1.01], 1e-2),
        ([1.0, 2.002], [1.0, 2.0], EQUITY * [1, 0.99, 1], 1e-2),
        ([1.0, 2.0], [1.0, 2.0], EQUITY[:2], math.inf),
    ],
)
def test_the_largest_difference_of_metrics_and_equity_counts(row, theirs, equity, apart):
    answer = Answer(theirs, [], EQUITY, "")
    assert difference(row, equity, answer) == pytest.approx(apart, rel=1e-9, abs=0)


@pytest.mark.parametrize("worst", [2e-9, 1.0, math.inf, math.nan])
def test_what_is_further_apart_than_rounding_or_no_number_fails(worst):
    with pytest.raises(RunError, match="the sweep and backtrader differ by .* at a=1"):
        check(worst, "a=1")


def test_what_rounding_does_passes():
    check(0.0, "a=1")
    check(1e-9, "a=1")
