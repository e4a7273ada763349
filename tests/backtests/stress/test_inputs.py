"""Worse inputs are still sound tables: same dates, no value from later, the moves of noise those of the input."""

import numpy as np
import pandas as pd
import pytest

from backtests.stress.inputs import dropped, late, noise
from data.catalogue import lookup
from data.sources.simulated.source import SimulatedSource
from data.table import validate


@pytest.fixture(scope="module", params=["IWM", "DGS2", "VIX"])
def one(request):
    row = lookup(request.param)
    return row, validate(SimulatedSource(seed=3).load(row), row, "simulated")


def test_each_is_a_table_that_a_source_could_give(one):
    row, table = one
    for made in (dropped(table), late(table), noise(table, row, seed=1)):
        assert validate(made, row, "made").columns.tolist() == table.columns.tolist()


def test_late_is_the_row_before(one):
    row, table = one
    value = "value" if row.kind == "rate" else "close"
    made = late(table)
    assert made["date"].tolist() == table["date"].tolist()[1:]
    assert made[value].tolist() == table[value].tolist()[:-1]


def test_noise_has_the_moves_and_not_their_order(one):
    row, table = one
    made = noise(table, row, seed=1)
    value = "value" if row.kind == "rate" else "close"
    before, after = (np.diff(t[value] if row.kind == "rate" else np.log(t[value])) for t in (table, made))
    np.testing.assert_allclose(np.sort(before), np.sort(after), atol=2e-6)
    assert abs(np.corrcoef(before, after)[0, 1]) < 0.2
    assert made["date"].equals(table["date"])
    assert noise(table, row, seed=1).equals(made)
    assert not noise(table, row, seed=2).equals(made)
    if row.kind != "rate":
        assert (made["high"] >= made[["open", "close"]].max(axis=1) * (1 - 1e-12)).all()


@pytest.mark.parametrize("one", ["IWM", "VIX"], indirect=True)
def test_a_bar_of_noise_is_a_bar_of_the_input_that_moved_as_it_does(one):
    """A day of a large move keeps its large range: what trades on ranges would otherwise see bars that never were."""
    row, table = one

    def bars(of):
        shapes = [np.log(of["close"]).diff(), *(of[name] / of["close"] for name in ("open", "high", "low"))]
        found = np.column_stack(shapes)[1:]
        return found[np.argsort(found[:, 0])]

    np.testing.assert_allclose(bars(noise(table, row, seed=1)), bars(table), atol=1e-9)


def test_dropped_is_soon_too_old(one):
    _, table = one
    assert dropped(table)["date"].tolist() == [pd.Timestamp(table["date"].iloc[0])]
