"""What quantstats is asked of a run: returns of the run and of holding, bar by bar, at the asset's bars a year."""

from dataclasses import replace

import numpy as np
import pytest

from backtests import run
from backtests.runs.tearsheet import drawers, quantstats_chapter


@pytest.fixture
def asked(monkeypatch):
    """Return what is asked of a result."""

    def of(result):
        given = []
        monkeypatch.setattr(drawers, "ask", lambda _, one: given.append(one) or (lambda: None))
        quantstats_chapter.chapter(result, "net of costs")
        return given[0]

    return of


@pytest.mark.parametrize(("traded", "periods"), [("ETH-USD", 365), ("SPY", 252)])
def test_its_returns_grow_to_the_equity_of_the_run_and_of_holding(asked, traded, periods):
    result = run("own_trend", source="simulated:seed=4", settings={"market.traded": traded}, end="2017-12-31")
    found, cash = asked(result), result.experiment.study.cash_usd
    held = next(iter(result.benchmark_curves.values()))
    assert found.periods_per_year == periods
    assert found.benchmark.index.equals(found.returns.index)
    np.testing.assert_allclose(cash * (1 + found.benchmark).cumprod(), held.reindex(found.returns.index), rtol=1e-12)
    np.testing.assert_allclose(cash * (1 + found.returns).cumprod().iloc[-1], result.ledger.equity_usd[-1], rtol=1e-12)


def test_a_benchmark_that_was_ruined_stays_where_it_ended(asked):
    result = run("own_trend", source="simulated:seed=4", end="2017-12-31")
    ((name, held), *_) = result.benchmark_curves.items()
    found = asked(replace(result, benchmark_curves={name: held.iloc[:100]}))
    assert found.benchmark.iloc[1:100].abs().sum() > 0
    assert found.benchmark.iloc[100:].tolist() == [0.0] * (len(held) - 100)
