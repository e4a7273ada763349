"""The verdict on every run: what it stands on, held to the definitions and to the engine."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from backtests import record, run
from backtests.engine import loop
from backtests.experiments.costs import Costs
from backtests.runs import controls
from backtests.runs.evidence import NO_TIMING, break_even_cost_bps, line, measure
from backtests.runs.record import RunRecord
from backtests.runs.tearsheet.page import tiles
from backtests.runs.timing import timing
from backtests.statistics.verdict import CANNOT_TELL

PLANTED = "simulated:lead=60,strength=0.1,seed=1"


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARBINGER_HOME", str(tmp_path_factory.mktemp("home")))
        yield run("small_cap_trend", source=PLANTED, start="2018-01-01", settings={"trend.lookback": 60})


def test_active_returns_are_net_less_a_constant_exposure(planted):
    parts, table = timing(planted.ledger, planted.experiment.costs), planted.equity
    before = np.append(100_000.0, table["equity_usd"].to_numpy()[:-1])
    cash = table["cash_yield_pct_per_year"].to_numpy() / 36500
    assert cash.min() > 0
    assert parts.net == pytest.approx(table["equity_usd"].to_numpy() / before - 1 - cash)
    assert parts.asset[1:] == pytest.approx((table["close_usd"].pct_change().to_numpy() - cash)[1:])
    assert parts.active == pytest.approx(parts.net - parts.weights.mean() * parts.asset)
    held = table["position_units"].to_numpy() > 0
    assert parts.weights[held].min() > 0.99
    assert (parts.weights[~held] == 0).all()


def test_a_planted_lead_is_seen_and_its_numbers_hang_together(planted):
    found = planted.evidence
    assert found.active_sharpe > 1
    assert found.active_interval[0] < found.active_sharpe < found.active_interval[1]
    assert found.placebo_p_value < 0.05
    assert found.placebo_percentile > 0.95
    assert found.deflated_sharpe > 0.95
    assert set(found.spa) == {"vol-targeted holding", "own trend"}
    assert str(found.n_trials) in line(found)
    later = planted.measured.after(1_000_000)
    assert later.deflated_sharpe < found.deflated_sharpe
    assert later.active_sharpe == found.active_sharpe
    assert planted.measured.after(12, variance=1.0).deflated_sharpe < planted.measured.after(12).deflated_sharpe


def test_the_break_even_cost_is_where_the_engine_says_that_timing_earns_nothing(planted):
    experiment = planted.experiment
    wanted = break_even_cost_bps(planted.ledger, timing(planted.ledger, experiment.costs).active, experiment.costs)
    costs = Costs(commission_bps=wanted / 2, slippage_bps=wanted / 2)
    ledger = loop.run(planted.ledger.decisions, costs, experiment.execution, 100_000.0)
    left = timing(ledger, costs).active.mean() / timing(planted.ledger, experiment.costs).active.mean()
    assert abs(left) < 0.06  # at many percent an order, its size matters in second order


def test_what_never_changes_its_weight_has_no_timing():
    held = run("hold_eth", source="simulated:null", start="2022-01-01", end="2023-12-31")
    assert held.evidence.verdict == CANNOT_TELL
    assert held.evidence.active_sharpe is None
    assert held.evidence.missing["active_sharpe"] == NO_TIMING
    assert held.sharpe_interval is not None
    assert NO_TIMING in line(held.evidence)


def test_a_control_is_not_held_against_itself():
    own = run("own_trend", source="simulated:null", start="2022-01-01", end="2023-12-31")
    assert own.evidence.spa["own trend"] is None
    assert "own trend itself" in own.evidence.missing["own trend"]
    assert own.evidence.verdict != "survives"


def test_a_short_run_says_what_it_lacks():
    short = run("own_trend", source="simulated:null", start="2022-01-01", end="2022-02-01")
    assert short.sharpe_interval is None
    assert "60 are needed" in line(short.evidence)


def test_a_ruined_control_and_one_that_never_trades_are_said(planted, monkeypatch):
    monkeypatch.setattr(controls, "control_returns", lambda *_: np.zeros(10))
    assert "ended in ruin" in str(measure(planted.experiment, planted.market, planted.ledger).missing)
    monkeypatch.setattr(controls, "control_returns", lambda *_: np.zeros(10_000))
    assert "never traded" in str(measure(planted.experiment, planted.market, planted.ledger).missing)


def test_the_line_stands_on_screen_in_json_and_on_the_page(harbinger, tmp_path):
    words = (
        "own_trend",
        "--source",
        "simulated:null",
        "--start",
        "2022-01-01",
        "--end",
        "2022-12-31",
        "--no-tearsheet",
    )
    _, out, _ = harbinger("run", *words, "--out", "here")
    assert "Is it luck?" in out
    run_record = record.read(RunRecord, tmp_path / "here" / "run.json")
    told = json.loads((tmp_path / "here" / "run.json").read_text())["evidence"]
    assert told["verdict"] in ("survives", "does not survive", "cannot tell yet")
    assert told["n_trials"] >= 1
    assert told["verdict"] in out
    number, interval = tiles(run_record)["Active Sharpe ratio"]
    assert number == f"{told['active_sharpe']:+.2f}"
    assert interval.startswith(f"95% {told['active_interval'][0]:+.2f} to {told['active_interval'][1]:+.2f}")
    low, high = told["cagr_interval"]
    assert low < json.loads((tmp_path / "here" / "run.json").read_text())["metrics"]["cagr"] < high


@pytest.mark.uncounted
@pytest.mark.slow
def test_the_null_path_is_no_edge():
    """On a market that knows nothing of small caps few runs stand beyond 95% of their slides."""
    from backtests.experiments.studies import load
    from backtests.runs.run import run as plain
    from data.sources.open import open_source
    from data.store import Store

    experiment, store = load("small_cap_trend").with_value("study.start", "2021-01-01"), Store()
    worlds = [open_source(f"simulated:null,seed={seed}", store) for seed in range(5)]
    p = [plain(experiment, world, store).measured.placebo_p_value for world in worlds]
    assert sum(value < 0.05 for value in p) <= 2
    assert 0.15 < np.mean(p) < 0.85
    assert all(0 < value <= 1 and math.isfinite(value) for value in pd.Series(p))
