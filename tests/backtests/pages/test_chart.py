"""Curves over time: what stands still, or is not known, is a panel too."""

import numpy as np
import pandas as pd
import pytest

from backtests.pages.chart import Curve, Panel, chart

DAYS = pd.date_range("2020-01-01", periods=3, freq="D")


@pytest.mark.parametrize(("log", "area"), [(False, False), (False, True), (True, False)])
@pytest.mark.parametrize("value", [0.0, 1.0, -2.0, np.nan])
def test_a_curve_that_stands_still_is_drawn(value, log, area):
    curve = Curve("still", np.full(3, value), "--c1", 1.0, area=area)
    page = chart(DAYS, [Panel("Still", [curve], 80, "number", log=log)], says="still", claim="")
    assert 'class="panel"' in page
    assert "nan" not in page.partition("<script")[0]
