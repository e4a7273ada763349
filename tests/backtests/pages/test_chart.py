"""Curves over time: what stands still, or is not known, is a panel too."""

import numpy as np
import pandas as pd
import pytest

from backtests.pages.chart import BUCKETS, Curve, Panel, _kept, chart

DAYS = pd.date_range("2020-01-01", periods=3, freq="D")


@pytest.mark.parametrize(("log", "area"), [(False, False), (False, True), (True, False)])
@pytest.mark.parametrize("value", [0.0, 1.0, -2.0, np.nan])
def test_a_curve_that_stands_still_is_drawn(value, log, area):
    curve = Curve("still", np.full(3, value), "--c1", 1.0, area=area)
    page = chart(DAYS, [Panel("Still", [curve], 80, "number", log=log)], says="still", claim="")
    assert 'class="panel"' in page
    assert "nan" not in page.partition("<script")[0]


@pytest.mark.parametrize("n", [1, 2 * BUCKETS, 2 * BUCKETS + 1, 3 * BUCKETS, 3_150, 7 * BUCKETS - 1])
@pytest.mark.parametrize("known", [1.0, 0.9, 0.02, 0.0])
def test_of_many_bars_the_lowest_and_the_highest_of_each_bucket_are_drawn(n, known):
    draw = np.random.default_rng(n)
    heights = np.where(draw.random(n) < known, np.round(draw.normal(size=n), 1), np.nan)
    expected = {0, n - 1}
    for bucket in np.array_split(np.arange(n), BUCKETS) if n > 2 * BUCKETS else [np.array([at]) for at in range(n)]:
        there = [int(at) for at in bucket if np.isfinite(heights[at])]
        expected |= (
            {min(there, key=lambda at: heights[at]), max(there, key=lambda at: heights[at])}
            if there
            else {int(bucket[0])}
        )
    assert _kept(heights) == sorted(expected)
