"""Which sets may be chosen in a window, and what is said of their ranks: by scores that are made here."""

import numpy as np
import pytest

from backtests.experiments.studies import load
from backtests.runs.batch.shared_bars import SharedBarsByMarket
from backtests.sweeps.plans.axes import axis
from backtests.sweeps.plans.plan import Plan
from backtests.sweeps.plans.schedule import Fold
from backtests.sweeps.plans.sets import Settings
from backtests.sweeps.plateau import Neighbours
from backtests.sweeps.walk_forward.choosing import choose
from backtests.sweeps.walk_forward.scores import Rules, Scores
from backtests.sweeps.walk_forward.scoring import Scoring
from backtests.sweeps.walk_forward.walk import _of_ranks
from backtests.sweeps.work.block import decide_block
from tests.contracts import make_tables

FOLD = Fold((0, 100), (101, 200))


@pytest.mark.parametrize("how", ["point", "region"])
def test_a_set_that_was_ruined_in_a_training_window_is_not_chosen_there(how):
    """Its numbers of the days before may be the best of all: who had traded it has no money left."""
    base = load("own_trend")
    plan = Plan(base, (axis(base, "trend.lookback", "20,60,120"),), metric="volatility")
    values = np.array([[[0.5], [0.2], [0.6]]] * 2)
    ended = np.array([[True, False, True], [True, True, True]])
    scores = Scores((FOLD.train, FOLD.test), ("volatility",), values, ended)
    assert choose(Neighbours(plan), scores, FOLD, how) == 0
    assert choose(Neighbours(plan), scores, Fold(FOLD.test, FOLD.train), how) == 1


def test_the_interval_of_mean_ranks_ends_where_correlations_do():
    low, high = _of_ranks(np.array([1.0, 0.2, 1.0]))
    assert (low > -1, high) == (True, 1.0)
    low, high = _of_ranks(np.array([-1.0, -0.2, -1.0]))
    assert (low, high < 1) == (-1.0, True)
    assert _of_ranks(np.array([0.5])) is None


def test_sets_have_the_same_scores_whichever_blocks_they_are_decided_in():
    """Beside the sweep, block after block; after it, as where it is resumed; and some of both."""
    base = load("own_trend").with_values({"study.start": "2019-09-02", "study.end": "2021-12-31"})
    plan = Plan(base, (axis(base, "trend.lookback", "5,20,60,120"), axis(base, "threshold", "0,0.05")))
    settings, shared = Settings(plan), SharedBarsByMarket(make_tables(("ETH-USD", "IWM", "DGS3MO")), "test")
    rules, spans = Rules(plan, shared, settings), [(0, 300), (301, 500), (100, 400)]

    def scores(*blocks):
        scoring = Scoring(rules, spans)
        for first, last in blocks:
            scoring.look(first, decide_block(plan.sets[first:last], settings, shared))
        return scoring.scores()

    alone = scores()
    assert alone.ended.all()
    assert len(np.unique(alone.values[0, :, 0])) == len(plan.sets)
    for blocks in ([(0, 8)], [(0, 3), (3, 6), (6, 8)], [(2, 5)]):
        found = scores(*blocks)
        assert (found.spans, found.columns) == (alone.spans, alone.columns)
        assert np.array_equal(found.values, alone.values), blocks
        assert np.array_equal(found.ended, alone.ended), blocks
    for at, span in enumerate(spans):
        one = [rules.batch(rules.decided(position)[None], span).of(0).values for position in range(len(plan.sets))]
        assert alone.values[at].tolist() == [[numbers[name] for name in alone.columns] for numbers in one]
