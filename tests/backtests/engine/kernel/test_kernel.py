"""The compiled kernel against the plain loop, backtrader and the metrics: the same arrays handed to each."""

import subprocess
import sys
from dataclasses import replace
from itertools import pairwise

import numba
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backtests.engine import backtrader as reference
from backtests.engine import loop
from backtests.engine.kernel import layout, machine_code, measures
from backtests.engine.ledger import DUST, Decisions
from backtests.experiments.costs import FUNDING, Costs, Execution
from backtests.metrics import performance
from backtests.runs.batch import sets as batch
from backtests.runs.batch.sets import run_decisions, run_many
from data.catalogue import lookup
from data.errors import RunError
from data.sources.folder.source import FolderSource
from tests.recursion import decisions_of, with_carry

P = 365
CASH = 1e5


def days_from_2020(n):
    return pd.date_range("2020-01-01", periods=n, name="date")


def run(decisions, costs, execution, decided=None, **other):
    """Run the tape's decisions, or the rows of `decided`, through the kernel."""
    settings = {
        "commission_bps": costs.commission_bps,
        "slippage_bps": costs.slippage_bps,
        "borrow_pct_per_year": costs.charged_borrow_pct,
        "cash_yield": decisions.yields(costs),
        "funding": decisions.funded(costs)
        if decisions.funding is None or decisions.funding.ndim == 1
        else decisions.funding,
        "rebalance_band": execution.rebalance_band,
        "delay_bars": execution.delay_bars,
        "max_leverage": execution.max_leverage,
        "cash_usd": CASH,
        "periods_per_year": P,
        "keep_equity": True,
    }
    prices = (decisions.bars[name].to_numpy() for name in ("open", "close"))
    decided = decisions.decided[None] if decided is None else decided
    return run_many(*prices, decisions.days, decided, **settings | other)


def bounded(decisions, execution):
    """Return the tape as `make_tape` hands it to an engine."""
    bound = execution.max_leverage
    return replace(decisions, decided=np.clip(decisions.decided, -bound, bound))


def assert_equal(ledger, found, i, costs):
    """Equity on every bar to 1e-12 relative, the same end, the same numbers and reasons."""
    n = ledger.bars
    assert (found.bars[i], bool(found.ruined[i]), found.failure(i)) == (n, ledger.ruined, None)
    assert np.max(np.abs(found.equity[i, :n] / ledger.equity_usd - 1)) <= 1e-12
    assert np.isnan(found.equity[i, n:]).all()
    expected, numbers = performance.of_ledger(ledger, P, costs), found.of(i)
    assert numbers.reasons == expected.reasons
    assert type(numbers["orders"]) is int
    assert [n for n in performance.NAMES if numbers[n] is None] == [n for n in performance.NAMES if expected[n] is None]
    for name in performance.NAMES:
        assert expected[name] is None or numbers[name] == pytest.approx(expected[name], rel=1e-12, abs=0), name


weights = st.one_of(st.just(np.nan), st.sampled_from([-3.0, -1.0, 0.0, 0.5, 1.0]), st.floats(-3, 3))
costs = st.builds(
    Costs, st.sampled_from([0.0, 10.0, 1000.0]), st.sampled_from([0.0, 5.0, 1000.0]),
    st.sampled_from([0.0, 9.0, 200.0]), st.sampled_from([0.0, 4.0, 50.0]), st.sampled_from(["", FUNDING]),
)  # fmt: skip
executions = st.builds(
    Execution, st.sampled_from([0.0, 0.02, 0.3, 1.0]), st.integers(0, 5), st.sampled_from([0.0, 0.7, 1.0, 3.0])
)
decisions_list = st.builds(
    lambda seed, decided, vol, gaps, paths: with_carry(
        decisions_of(seed, len(decided), vol, gaps, decided), seed, *paths
    ),
    st.integers(0, 10**6),
    st.integers(1, 150).flatmap(lambda n: st.lists(weights, min_size=n, max_size=n)),
    st.sampled_from([0.01, 0.05, 0.12, 0.5]),  # at 0.5 a bar in three moves by half or more, and many sets are ruined
    st.booleans(),
    st.tuples(st.booleans(), st.booleans()),
)


@pytest.mark.uncounted
@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(decisions=decisions_list, costs=costs, execution=executions)
def test_equals_the_plain_loop_and_the_metrics_to_the_bit(decisions, costs, execution):
    ledger = loop.run(bounded(decisions, execution), costs, execution, CASH)
    found = run(decisions, costs, execution)
    assert_equal(ledger, found, 0, costs)
    assert np.array_equal(found.equity[0, : ledger.bars], ledger.equity_usd)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(
    decisions=st.builds(
        lambda seed, decided, vol, gaps: with_carry(decisions_of(seed, len(decided), vol, gaps, decided), seed),
        st.integers(0, 10**6), st.lists(weights, min_size=2, max_size=60), st.sampled_from([0.02, 0.12]), st.booleans(),
    ),
    costs=costs,
    execution=executions,
)  # fmt: skip
def test_equals_backtrader(decisions, costs, execution):
    ledger = reference.run(bounded(decisions, execution), costs, execution, CASH)
    assert_equal(ledger, run(decisions, costs, execution), 0, costs)


def test_equals_backtrader_on_real_history(shared_market):
    """Years of ETH: a trend in and out, at a weight that follows volatility, and through a short."""
    table = FolderSource(shared_market).load(lookup("ETH-USD")).set_index("date")[["open", "high", "low", "close"]]
    bars = table.iloc[-1500:].astype("float64")
    close = bars["close"]
    spread = np.log(close).diff().rolling(30).std() * np.sqrt(P)
    side = np.sign(np.log(close).diff(60))
    decided = np.array([(0.6 / spread * side).clip(0), 0.4 / spread * side])
    costs, execution = Costs(10, 5, 9, 4), Execution(0.05, 0, 1)
    found = run(Decisions(bars, decided[0], np.ones(1500)), costs, execution, decided)
    for i in range(2):
        decisions = bounded(Decisions(bars, decided[i], np.ones(1500)), execution)
        ledger = reference.run(decisions, costs, execution, CASH)
        assert len(ledger.fills) > 100
        assert_equal(ledger, found, i, costs)


@pytest.mark.parametrize(
    ("prices", "weight", "reasons"),
    [
        ([100.0, 100.0, 101.0, 99.0], np.nan, {"no variance", "no loss", "no drawdown"}),
        ([100.0, 100.0, 101.0, 103.0], 1.0, {"no loss", "no drawdown"}),
        ([100.0, 100.0, 300.0], -1.0, {"equity ended below zero"}),
        ([100.0, 100.0, 50.0, 1e6], 1.0, {"too large: the span is too short"}),
        ([100.0], 1.0, {"under two bars"}),
    ],
)
def test_each_reason_is_that_of_the_metrics(prices, weight, reasons):
    n = len(prices)
    bars = pd.DataFrame(dict.fromkeys(("open", "high", "low", "close"), prices), index=days_from_2020(n))
    decisions = Decisions(bars, np.full(n, weight), np.ones(n))
    ledger = loop.run(decisions, Costs(0, 0), Execution(0), CASH)
    found = run(decisions, Costs(0, 0), Execution(0))
    assert_equal(ledger, found, 0, Costs(0, 0))
    assert set(found.of(0).reasons.values()) == reasons


def test_random_cases_reach_ruin():
    """The property tests are worth what they reach: counted over the wildest of their tapes."""
    decisions_list = [
        decisions_of(seed, 60, 0.5, decided=np.random.default_rng(seed).uniform(-3, 3, 60)) for seed in range(100)
    ]
    ends = [run(decisions, Costs(10, 5, 9, 4), Execution(0.02, 0, 3)) for decisions in decisions_list]
    ledgers = [loop.run(decisions, Costs(10, 5, 9, 4), Execution(0.02, 0, 3), CASH) for decisions in decisions_list]
    assert [bool(end.ruined[0]) for end in ends] == [ledger.ruined for ledger in ledgers]
    ruined = [ledger for ledger in ledgers if ledger.ruined]
    at_open = [ledger for ledger in ruined if ledger.position[-1] == 0]
    assert len(ruined) > 50
    assert 0 < len(at_open) < len(ruined)


def many(sets=300, n=200, seed=5):
    """Return a tape with the accruals of five kinds, distinct weights, and a row, costs and a delay for each of `sets`."""
    rng = np.random.default_rng(seed)
    decisions = decisions_of(seed, n, 0.08, gaps=True)
    decided = rng.uniform(-2, 2, (40, n))
    decided[rng.random(decided.shape) < 0.2] = np.nan
    yields = rng.uniform(0, 9, (5, n)) * np.array([0, 1, 1, 0, 1])[:, None]
    rates = rng.normal(0, 0.001, (5, n)) * np.array([0, 0, 0, 1, 1])[:, None]
    decisions = replace(decisions, cash_yield=yields, funding=rates)
    carries = rng.integers(0, 5, sets)
    own = {
        "rows": rng.integers(0, 40, sets),
        "carries": carries,
        "commission_bps": rng.choice([0.0, 10.0, 50.0], sets),
        "slippage_bps": rng.choice([0.0, 5.0], sets),
        "borrow_pct_per_year": np.where(rates[carries, 0] == 0, rng.choice([0.0, 9.0], sets), 0.0),
        "rebalance_band": rng.choice([0.0, 0.05], sets),
        "delay_bars": rng.integers(0, 4, sets),
        "max_leverage": rng.choice([1.0, 2.0], sets),
    }
    return decisions, decided, own


def assert_same(a, b):
    for name in ("metrics", "equity"):
        assert np.array_equal(getattr(a, name), getattr(b, name), equal_nan=True), name
    for name in ("why", "ruined", "bars"):
        assert np.array_equal(getattr(a, name), getattr(b, name)), name
    assert (a.sharpe_by_part is None) == (b.sharpe_by_part is None)
    if a.sharpe_by_part is not None:
        assert np.array_equal(a.sharpe_by_part, b.sharpe_by_part, equal_nan=True)


def test_each_set_has_its_own_costs_and_execution():
    decisions, decided, own = many(60)
    found = run(decisions, Costs(), Execution(), decided, **own)
    for i in range(60):
        mine = {name: values[i].item() for name, values in own.items()}
        row, carry = mine.pop("rows"), mine.pop("carries")
        paid = {name: mine.pop(name) for name in ("commission_bps", "slippage_bps", "borrow_pct_per_year")}
        costs, execution = Costs(**paid, funding=FUNDING), Execution(**mine)
        rates, earned = decisions.funding[carry], decisions.cash_yield[carry]
        if not rates.any():
            costs = replace(costs, funding="")
        tape_of_set = bounded(replace(decisions, decided=decided[row], cash_yield=earned, funding=rates), execution)
        ledger = loop.run(tape_of_set, costs, execution, CASH)
        assert_equal(ledger, found, i, costs)
        assert np.array_equal(found.equity[i, : ledger.bars], ledger.equity_usd)


def test_threads_and_blocks_change_nothing(monkeypatch):
    decisions, decided, own = many()
    one = run(decisions, Costs(), Execution(), decided, threads=1, cuts=[0, 50, 120], **own)
    assert_same(one, run(decisions, Costs(), Execution(), decided, threads=2, cuts=[0, 50, 120], **own))
    monkeypatch.setattr(batch, "BLOCK", 7)
    assert_same(one, run(decisions, Costs(), Execution(), decided, threads=3, cuts=[0, 50, 120], **own))


def test_a_set_does_not_depend_on_its_neighbours():
    decisions, decided, own = many()
    every = run(decisions, Costs(), Execution(), decided, cuts=[0, 100, 200], **own)
    order = np.random.default_rng(1).permutation(300)[:90]
    some = run(
        decisions, Costs(), Execution(), decided, cuts=[0, 100, 200], **{name: v[order] for name, v in own.items()}
    )
    for name in ("metrics", "equity", "sharpe_by_part", "why", "bars"):
        assert np.array_equal(getattr(every, name)[order], getattr(some, name), equal_nan=True), name


def test_equity_is_kept_only_when_asked_for():
    decisions, decided, own = many(10)
    kept = run(decisions, Costs(), Execution(), decided, **own)
    lean = run(decisions, Costs(), Execution(), decided, keep_equity=False, **own)
    assert kept.equity.shape == (10, 200)
    assert lean.equity is None
    assert lean.sharpe_by_part is None
    assert np.array_equal(kept.metrics, lean.metrics, equal_nan=True)


def test_the_inputs_are_left_as_they_were_and_may_be_read_only():
    decisions, decided, own = many(10)
    before = decided.copy()
    run(decisions, Costs(), Execution(), decided, **own)
    assert decided.flags.writeable
    assert np.array_equal(decided, before, equal_nan=True)
    compiled = machine_code._function.cache_info().misses
    decided.flags.writeable = False
    run(decisions, Costs(), Execution(), decided[::2], **own | {"rows": np.arange(10)})
    assert machine_code._function.cache_info().misses == compiled  # one compilation whatever the arrays are like


def test_sharpe_by_part():
    decisions = decisions_of(3, 300, 0.04)
    costs = Costs(10, 5, 0, 4)
    cuts = [0, 100, 101, 250, 300, 300]
    found = run(decisions, costs, Execution(), cuts=cuts)
    ledger = loop.run(decisions, costs, Execution(), CASH)
    x = performance.returns(ledger.equity_usd, CASH) - decisions.days / 36500 * 4
    expected = [performance.sharpe(x[a:b], P) for a, b in pairwise(cuts)]
    assert np.isnan(expected).tolist() == [False, True, False, False, True]
    assert np.array_equal(found.sharpe_by_part[0], expected, equal_nan=True)
    assert run(decisions, costs, Execution(), cuts=[0, 300]).sharpe_by_part[0, 0] == found.of(0)["sharpe"]


def test_sharpe_by_part_ends_with_ruin():
    decisions = decisions_of(11, n=60, decided=np.full(60, -1.0))
    bars = decisions.bars.copy()
    bars.iloc[30:] *= 3.0
    found = run(replace(decisions, bars=bars), Costs(0, 0), Execution(0.5), cuts=[0, 20, 30, 40, 60])
    assert (found.bars[0], found.ruined[0]) == (31, True)
    assert np.isfinite(found.sharpe_by_part[0, :2]).all()
    assert np.isnan(found.sharpe_by_part[0, 2:]).all()


def test_one_failing_set_leaves_the_others():
    decisions, decided, own = many(3)
    own["rows"] = np.array([0, 1, 2])
    clean = run(decisions, Costs(), Execution(), decided, cuts=[0, 9, 200], **own)
    decided[1, -1] = np.inf  # decided at the last close: never filled, refused all the same
    found = run(decisions, Costs(), Execution(), decided, cuts=[0, 9, 200], **own)
    assert found.failed.tolist() == [False, True, False]
    assert found.failure(1) == "a decided weight is infinite"
    assert set(found.of(1).values.values()) == {None}
    assert set(found.of(1).reasons) == set(performance.NAMES)
    assert np.isnan(found.equity[1]).all()
    for i in (0, 2):
        assert found.of(i) == clean.of(i)


def test_an_order_whose_size_would_have_no_end_is_ruin():
    """Buying back part of a short at a slippage of 10% and a target of -10: open + w*k = open*(1 - 10*0.1)."""
    prices = [100.0, 100.0, 128.0, 128.0]  # a short of 3 has become one of 24 times what is left
    k = 128.0 * 1.1 - 128.0
    assert 128.0 + -128.0 / k * k == 0
    bars = pd.DataFrame(dict.fromkeys(("open", "high", "low", "close"), prices), index=days_from_2020(4))
    decisions = Decisions(bars, np.array([-3.0, -128.0 / k, np.nan, np.nan]), np.ones(4))
    costs, execution = Costs(0, 1000), Execution(0, 0, 10.0)
    ledger = loop.run(decisions, costs, execution, CASH)
    assert (ledger.ruined, ledger.bars, ledger.position[-1], len(ledger.fills)) == (True, 3, 0.0, 1)
    assert ledger.equity_usd[-1] < 0
    assert_equal(ledger, run(decisions, costs, execution), 0, costs)


def test_equity_beyond_any_float_fails():
    decisions = decisions_of(1, n=8, decided=np.ones(8))
    bars = decisions.bars * 1e-150
    bars.iloc[4:] = 1e300
    assert run(replace(decisions, bars=bars), Costs(0, 0), Execution()).failure(0) == batch.REASONS[layout.NOT_FINITE]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rows": np.array([0, 40])}, "rows must be whole numbers from 0 to 39"),
        ({"rows": np.array([-1])}, "rows must be"),
        ({"rows": np.array([0.0])}, "rows must be"),
        ({"rows": np.array([0]), "commission_bps": np.array([1.0, 2.0])}, r"commission_bps has shape \(2,\)"),
        ({"rows": np.array([0]), "commission_bps": np.nan}, "commission_bps must be finite"),
        ({"rows": np.array([0]), "delay_bars": -1}, "delay_bars must be finite and not negative"),
        ({"rows": np.array([0]), "delay_bars": 0.5}, "delay_bars must be whole"),
        ({"rows": np.array([0]), "cash_usd": 0.0}, "cash_usd"),
        ({"rows": np.array([0]), "cuts": [5, 0]}, "cuts must rise"),
        ({"rows": np.array([0]), "cuts": [5, 201]}, "cuts must rise"),
        ({"rows": np.array([0]), "carries": np.array([5])}, "carries must be whole numbers from 0 to 4"),
        ({"rows": np.array([0]), "carries": np.array([0, 1])}, "carries has 2 values for 1 sets"),
        ({"rows": np.array([0]), "cash_yield": np.ones(7)}, r"cash_yield has shape \(1, 7\)"),
        ({"rows": np.array([0]), "cash_yield": -1.0}, "cash_yield must be finite and not negative"),
        ({"rows": np.array([0]), "funding": np.nan}, "funding must be finite"),
    ],
)
def test_what_does_not_fit_is_refused(change, message):
    decisions, decided, _ = many(1)
    with pytest.raises(ValueError, match=message):
        run(decisions, Costs(), Execution(), decided, **change)


def test_bars_that_are_not_finite_are_refused():
    decisions, decided, _ = many(1)
    bars = decisions.bars.copy()
    bars.iloc[4, 0] = np.nan
    with pytest.raises(ValueError, match="finite"):
        run(replace(decisions, bars=bars), Costs(), Execution(), decided)
    with pytest.raises(ValueError, match="decided has shape"):
        run(decisions, Costs(), Execution(), decided[:, :-1])


def test_one_tape_is_run_to_its_end():
    decisions, costs, execution = (
        decisions_of(11, n=60, decided=np.full(60, -1.0)),
        Costs(10, 5, 9, 4),
        Execution(0.5, 2, 0.7),
    )
    assert np.array_equal(
        run_decisions(decisions, costs, execution, CASH, P), run(decisions, costs, execution).equity[0]
    )
    bars = decisions.bars.copy()
    bars.iloc[30:] *= 100.0
    ruined = replace(decisions, bars=bars)
    assert loop.run(bounded(ruined, execution), costs, execution, CASH).bars == 31
    assert len(run_decisions(ruined, costs, execution, CASH, P)) == 31
    with pytest.raises(RunError, match="a decided weight is infinite"):
        run_decisions(replace(decisions, decided=np.full(60, np.inf)), costs, execution, CASH, P)


def test_no_sets_are_no_rows():
    decisions, decided, _ = many(1)
    found = run(decisions, Costs(), Execution(), decided, rows=np.array([], dtype=int))
    assert (len(found), found.metrics.shape, found.equity.shape) == (0, (0, 11), (0, 200))


def test_sums_go_as_numpys():
    rng, total, stack = np.random.default_rng(0), numba.njit(measures.total.py_func), np.empty(2 * layout.DEPTH)
    for n in [*range(1, 300), 1000, 1023, 3150, 5001, 1_000_003]:
        x = rng.normal(size=n)
        assert total(x, stack) == np.sum(x), n


def test_codes_and_constants_are_those_of_the_metrics():
    assert len(batch.REASONS) == layout.NOT_FINITE + 1
    assert (layout.DUST, layout.NO_ROOM) == (DUST, performance.NO_ROOM)
    assert (len(performance.NAMES), performance.NAMES.index("sharpe")) == (layout.NUMBERS, layout.SHARPE)


@pytest.mark.slow
def test_the_package_does_not_import_numba_by_itself():
    code = "import sys, backtests.runs.batch.sets, backtests.runs.run; assert 'numba' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
