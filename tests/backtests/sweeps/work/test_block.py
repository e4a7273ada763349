"""A block of sets of every kind at once: each row is what the reference engine says of that set alone."""

import numpy as np
import pytest

from backtests.engine import loop
from backtests.experiments.studies import load
from backtests.metrics import performance
from backtests.runs.batch.shared_bars import SharedBarsByMarket
from backtests.runs.decisions import decisions_of
from backtests.sweeps.plans.axes import axis
from backtests.sweeps.plans.plan import Plan
from backtests.sweeps.plans.sets import Settings
from backtests.sweeps.work.block import equity_of, failed, run_block
from tests.contracts import make_tables

FUNDING = "ETHUSDT-FUNDING"
IDS = ("ETH-USD", "IWM", "DGS3MO", "DFF", FUNDING)
SPAN = {"study.start": "2019-09-02", "study.end": "2021-12-31"}
AXES = (
    "costs.cash_yield=DGS3MO,DFF,3",
    f"costs.funding=,{FUNDING}",
    "costs.slippage_bps=0,30",
    "costs.borrow_pct_per_year=0,20",
    "execution.delay_bars=0,2",
    "execution.rebalance_band=0,0.05",
    "study.cash_usd=1000,50000",
    "study.start=2019-09-02,2020-03-02",
    "market.join=hold,flat",
    "weight=-2,-0.5,1",
)


@pytest.fixture(scope="module")
def tables():
    """Ether doubles on one day: whoever is short twice is ruined."""
    made = make_tables(IDS)
    eth = made["ETH-USD"]
    by = np.where(eth["date"] < "2020-11-02", 1.0, 2.0)
    prices = {name: eth[name] * by for name in ("open", "high", "low", "close")}
    return made | {"ETH-USD": eth.assign(**prices)}


def swept(*words, **settings):
    base = load("hold_eth").with_values(SPAN | {"execution.max_leverage": 2.0} | settings)
    return Plan(base, tuple(axis(base, *word.split("=", 1)) for word in words))


def alone(experiment, shared):
    """The metrics, the Sharpe ratios of sub-periods, how it ends and the equity of one set by the reference engine."""
    market = shared.of(experiment).market
    decisions, _ = decisions_of(experiment, market)
    ledger = loop.run(decisions, experiment.costs, experiment.execution, experiment.study.cash_usd)
    numbers = performance.of_ledger(ledger, market.periods_per_year, experiment.costs)
    ruin = f"equity reached zero on {decisions.bars.index[ledger.bars - 1]:%Y-%m-%d}" if ledger.ruined else ""
    return [numbers[name] for name in performance.NAMES], ruin, ledger.equity_usd


def none(numbers):
    return [None if number != number else number for number in numbers]


def test_each_set_is_what_the_reference_engine_says_of_it_alone(tables):
    plan, shared = swept(*AXES), SharedBarsByMarket(tables, "test")
    settings = Settings(plan)
    sets = np.random.default_rng(1).permutation(len(plan.sets))[:60].tolist()
    chosen = [plan.sets[at] for at in sets]
    rows = run_block(chosen, settings, shared, keep_equity=True)
    for values, row in zip(chosen, rows, strict=True):
        numbers, ruin, equity = alone(settings.experiment(values), shared)
        assert none(row.metrics) == numbers, values
        assert (row.status, row.reason) == (("ruin", ruin) if ruin else ("ok", "")), values
        assert row.equity_usd.tolist() == equity.tolist(), values
        assert equity_of(values, settings, shared).tolist() == equity.tolist(), values
    assert {row.status for row in rows} == {"ok", "ruin"}
    assert len({tuple(none(row.metrics)) for row in rows}) > 50


@pytest.mark.parametrize("first", ["3", "DGS6MO"])
def test_a_set_whose_series_is_not_there_fails_alone_and_says_why(tables, first):
    """What its market shares with it is made already, or is made for it: the reason is one."""
    yields = ",".join(dict.fromkeys((first, "3", "DGS6MO", "DGS3MO")))
    plan = swept(f"costs.cash_yield={yields}", "weight=0.5,1")
    shared = SharedBarsByMarket(tables, "test", {"DGS6MO": "no bills of six months"})
    rows = run_block(plan.sets, Settings(plan), shared)
    found = [(row.status, row.reason) for row in rows]
    wanted = [("failed", "no bills of six months") if values[0] == "DGS6MO" else ("ok", "") for values in plan.sets]
    assert found == wanted


@pytest.mark.parametrize("first", ["h15", "treasury"])
def test_a_rule_that_reads_what_is_not_there_fails_alone_and_says_why(first):
    base = load("small_cap_trend_and_cuts").with_values(SPAN)
    plan = Plan(base, (axis(base, "gate.yields", ",".join(dict.fromkeys((first, "h15", "treasury")))),))
    shared = SharedBarsByMarket(make_tables(base.needs), "test", {"UST2": "no yields of the Treasury"})
    rows = run_block(plan.sets, Settings(plan), shared)
    found = {row.values[0]: (row.status, row.reason) for row in rows}
    assert found == {"h15": ("ok", ""), "treasury": ("failed", "no yields of the Treasury")}


def test_the_reason_of_a_set_names_no_place_of_this_machine(tmp_path, monkeypatch):
    """It goes into files that are passed on."""
    monkeypatch.chdir(tmp_path)
    row = failed((1,), ValueError(f"{tmp_path}/mine.csv has no row"))
    assert (row.status, str(tmp_path) in row.reason) == ("failed", False)
    assert "mine.csv has no row" in row.reason
