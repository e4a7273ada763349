"""The best number that the screen shows of a sweep under way."""

from types import SimpleNamespace

import numpy as np
import pytest

from backtests.experiments.studies import load
from backtests.metrics.performance import NAMES
from backtests.sweeps.plans.axes import axis
from backtests.sweeps.plans.plan import Plan
from backtests.sweeps.work.runner import Work


@pytest.mark.parametrize(
    ("metric", "best"), [("sharpe", [None, 1.0, 1.0, 3.0]), ("volatility", [None, 1.0, -2.0, -2.0])]
)
def test_it_is_the_best_of_all_blocks_so_far_in_the_sense_of_its_metric(metric, best):
    base = load("own_trend")
    under_way = SimpleNamespace(
        plan=Plan(base, (axis(base, "trend.lookback", "20:27:1"),), metric=metric),
        metrics=np.full((8, len(NAMES)), np.nan), status=[], _looked_at=0, _best=np.nan,
    )  # fmt: skip
    under_way.metrics[:, NAMES.index(metric)] = [np.nan, np.nan, np.nan, 1.0, -2.0, np.nan, 3.0, 0.0]
    for wanted in best:
        under_way.status += ["ok", "ok"]
        assert Work.best_metric.fget(under_way) == wanted
